/* SRTP for the callers, with keys of the SDP (RFC 4568): AES_CM_128_HMAC_SHA1_80 and nothing else. */
#ifndef CALLWRIGHT_SECURE_H
#define CALLWRIGHT_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRAILER = 16 }; /* octets that protection may add */

typedef struct secure secure_t;

/* False where this program was built without libsrtp2. */
bool secure_prepare(void);
/* The value of our crypto attribute: one key for all calls, drawn at the start. */
const char *secure_offer(void);
/* `answer` is the far end's crypto attribute; NULL where it is none that can be used. */
secure_t *secure_begin(const char *answer);
void secure_end(secure_t *secure);
/* `length` becomes the new one; false where the packet is not to be sent, or not to be believed. */
bool secure_protect(secure_t *secure, uint8_t *packet, size_t *length);
bool secure_unprotect(secure_t *secure, uint8_t *packet, size_t *length);

#endif
