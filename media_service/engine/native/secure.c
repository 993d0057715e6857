/* SRTP and SRTCP by libsrtp2: a session for each direction, as one takes a single stream of any SSRC. */
#include "secure.h"

#ifdef WITH_SRTP
#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct secure {
    srtp_t sender, receiver;
    int profile;
    uint8_t sending[LONGEST_KEY], receiving[LONGEST_KEY];
};

static const size_t LENGTHS[PROFILES] = {30, 30, 28, 44};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable[PROFILES];

static void set_policy(srtp_policy_t *policy, int profile, srtp_ssrc_type_t direction, uint8_t *key) {
    memset(policy, 0, sizeof *policy);
    switch (profile) {
        case 1:
            srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
            srtp_crypto_policy_set_rtp_default(&policy->rtcp); /* SRTCP keeps 80 bits (RFC 4568 6.2.2) */
            break;
        case 2:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
            break;
        case 3:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
            break;
        default:
            srtp_crypto_policy_set_rtp_default(&policy->rtp);
            srtp_crypto_policy_set_rtp_default(&policy->rtcp);
    }
    policy->ssrc.type = direction;
    policy->key = key;
    policy->window_size = 128;
}

static srtp_t new_session(int profile, srtp_ssrc_type_t direction, uint8_t *key) {
    srtp_policy_t policy;
    srtp_t session = NULL;
    set_policy(&policy, profile, direction, key);
    return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

/* GCM is there only where libsrtp stands on a library of ciphers. */
static void find_usable(void) {
    uint8_t key[LONGEST_KEY] = {0};
    if (srtp_init() != srtp_err_status_ok) return;
    for (int profile = 0; profile < PROFILES; profile++) {
        srtp_t session = new_session(profile, ssrc_any_outbound, key);
        usable[profile] = session != NULL;
        if (session) srtp_dealloc(session);
    }
}

size_t secure_key_length(int profile) {
    pthread_once(&once, find_usable);
    return profile >= 0 && profile < PROFILES && usable[profile] ? LENGTHS[profile] : 0;
}

secure_t *secure_new(int profile, const uint8_t *sending, const uint8_t *receiving) {
    size_t length = secure_key_length(profile);
    secure_t *secure = length ? calloc(1, sizeof *secure) : NULL;
    if (!secure) return NULL;
    secure->profile = profile;
    memcpy(secure->sending, sending, length);
    memcpy(secure->receiving, receiving, length);
    secure->sender = new_session(profile, ssrc_any_outbound, secure->sending);
    secure->receiver = new_session(profile, ssrc_any_inbound, secure->receiving);
    if (secure->sender && secure->receiver) return secure;
    secure_free(secure);
    return NULL;
}

void secure_free(secure_t *secure) {
    if (!secure) return;
    if (secure->sender) srtp_dealloc(secure->sender);
    if (secure->receiver) srtp_dealloc(secure->receiver);
    explicit_bzero(secure, sizeof *secure);
    free(secure);
}

bool secure_is(const secure_t *secure, int profile, const uint8_t *sending, const uint8_t *receiving) {
    size_t length = secure_key_length(profile);
    return secure && secure->profile == profile && !memcmp(secure->sending, sending, length) &&
           !memcmp(secure->receiving, receiving, length);
}

bool secure_protect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length) {
    int octets = (int)*length;
    srtp_err_status_t status = rtcp ? srtp_protect_rtcp(secure->sender, data, &octets)
                                    : srtp_protect(secure->sender, data, &octets);
    *length = (size_t)octets;
    return status == srtp_err_status_ok;
}

bool secure_unprotect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length) {
    int octets = (int)*length;
    srtp_err_status_t status = rtcp ? srtp_unprotect_rtcp(secure->receiver, data, &octets)
                                    : srtp_unprotect(secure->receiver, data, &octets);
    if (status != srtp_err_status_ok || octets < 0) return false;
    *length = (size_t)octets;
    return true;
}

#else

size_t secure_key_length(int profile) { return (void)profile, 0; }
secure_t *secure_new(int profile, const uint8_t *sending, const uint8_t *receiving) {
    return (void)profile, (void)sending, (void)receiving, NULL;
}
void secure_free(secure_t *secure) { (void)secure; }
bool secure_is(const secure_t *secure, int profile, const uint8_t *sending, const uint8_t *receiving) {
    return (void)secure, (void)profile, (void)sending, (void)receiving, false;
}
bool secure_protect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length) {
    return (void)secure, (void)rtcp, (void)data, (void)length, false;
}
bool secure_unprotect(secure_t *secure, bool rtcp, uint8_t *data, size_t *length) {
    return (void)secure, (void)rtcp, (void)data, (void)length, false;
}

#endif
