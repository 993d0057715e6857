/* SRTP and SRTCP of one port (RFC 3711, RFC 7714) by libsrtp2, where the core was built with it. */
#ifndef CALLWRIGHT_SECURE_H
#define CALLWRIGHT_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROFILES = 4,        /* AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32, AEAD_AES_128_GCM, AEAD_AES_256_GCM */
    LONGEST_KEY = 44,    /* octets of master key and salt */
    SECURE_TRAILER = 160 /* octets that protection may add */
};

typedef struct secure secure_t;

/* Octets of master key and salt; 0 for what is no profile or not to be had here. */
size_t secure_key_length(int profile);
/* NULL where it cannot be made. Keys have the profile's length. */
secure_t *secure_new(int profile, const uint8_t *sending, const uint8_t *receiving);
void secure_free(secure_t *secure);
/* Whether it was made of these: then it goes on, and its packet counts with it. */
bool secure_is(const secure_t *secure, int profile, const uint8_t *sending, const uint8_t *receiving);
/* In place, `length` changed; `data` has room for SECURE_TRAILER more. False: nothing may be sent. */
bool secure_protect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length);
/* In place, `length` changed. False for what was forged, replayed or cut. */
bool secure_unprotect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length);

#endif
