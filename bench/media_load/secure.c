/* SRTP for the callers, by libsrtp2 where it was found. */
#include "secure.h"

#ifdef WITH_SRTP

#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { KEY = 30, TEXT = KEY / 3 * 4 }; /* master key and salt */
static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char SUITE[] = "AES_CM_128_HMAC_SHA1_80";
static uint8_t own[KEY];
static char offer[96];

struct secure {
    srtp_t sender, receiver;
};

static void write_key(const uint8_t *key, char *text) {
    for (int i = 0; i < KEY; i += 3) {
        unsigned three = (unsigned)key[i] << 16 | (unsigned)key[i + 1] << 8 | key[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) *text++ = LETTERS[three >> shift & 63];
    }
    *text = 0;
}

static bool read_key(const char *text, uint8_t *key) {
    for (int i = 0; i < TEXT; i += 4) {
        unsigned three = 0;
        for (int j = 0; j < 4; j++) {
            const char *letter = text[i + j] ? strchr(LETTERS, text[i + j]) : NULL;
            if (!letter) return false;
            three = three << 6 | (unsigned)(letter - LETTERS);
        }
        *key++ = (uint8_t)(three >> 16);
        *key++ = (uint8_t)(three >> 8);
        *key++ = (uint8_t)three;
    }
    return true;
}

bool secure_prepare(void) {
    char key[TEXT + 1];
    if (srtp_init() != srtp_err_status_ok || getrandom(own, KEY, 0) != KEY) return false;
    write_key(own, key);
    snprintf(offer, sizeof offer, "1 %s inline:%s", SUITE, key);
    return true;
}

const char *secure_offer(void) { return offer; }

static srtp_t session(srtp_ssrc_type_t direction, uint8_t *key) {
    srtp_policy_t policy = {.key = key, .ssrc = {.type = direction}, .window_size = 1024};
    srtp_t made = NULL;
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    return srtp_create(&made, &policy) == srtp_err_status_ok ? made : NULL;
}

secure_t *secure_begin(const char *answer) {
    uint8_t theirs[KEY];
    const char *suite = strstr(answer, SUITE), *key = strstr(answer, "inline:");
    if (!suite || !key || !read_key(key + 7, theirs)) return NULL;
    secure_t *secure = calloc(1, sizeof *secure);
    if (!secure) return NULL;
    secure->sender = session(ssrc_any_outbound, own);
    secure->receiver = session(ssrc_any_inbound, theirs);
    if (secure->sender && secure->receiver) return secure;
    secure_end(secure);
    return NULL;
}

void secure_end(secure_t *secure) {
    if (!secure) return;
    if (secure->sender) srtp_dealloc(secure->sender);
    if (secure->receiver) srtp_dealloc(secure->receiver);
    free(secure);
}

bool secure_protect(secure_t *secure, uint8_t *packet, size_t *length) {
    int octets = (int)*length;
    if (srtp_protect(secure->sender, packet, &octets) != srtp_err_status_ok) return false;
    *length = (size_t)octets;
    return true;
}

bool secure_unprotect(secure_t *secure, uint8_t *packet, size_t *length) {
    int octets = (int)*length;
    if (srtp_unprotect(secure->receiver, packet, &octets) != srtp_err_status_ok) return false;
    *length = (size_t)octets;
    return true;
}

#else

bool secure_prepare(void) { return false; }
const char *secure_offer(void) { return ""; }
secure_t *secure_begin(const char *answer) {
    (void)answer;
    return 0;
}
void secure_end(secure_t *secure) { (void)secure; }
bool secure_protect(secure_t *secure, uint8_t *packet, size_t *length) {
    (void)secure, (void)packet, (void)length;
    return false;
}
bool secure_unprotect(secure_t *secure, uint8_t *packet, size_t *length) {
    (void)secure, (void)packet, (void)length;
    return false;
}

#endif
