/* Encoders and decoders: G.711 by table, L16, G.722 by libspandsp, Opus by libopus (both where they were found). */
#include "codec.h"

#include "signal/signal.h"

#include <stdlib.h>
#include <string.h>

#ifdef WITH_SPANDSP
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
#endif
#ifdef WITH_OPUS
#include <opus.h>
#endif

enum { G722_RATE = 64000, OPUS_CLOCK = 48000, WIDE_RATE = 16000, OPUS_BITS = 32000, OPUS_EFFORT = 5 };

bool encoding_known(int encoding) {
    switch (encoding) {
        case PCMU:
        case PCMA:
        case L16: return true;
#ifdef WITH_SPANDSP
        case G722: return true;
#endif
#ifdef WITH_OPUS
        case OPUS: return true;
#endif
        default: return false;
    }
}

uint32_t encoding_clock(encoding_t encoding) { return encoding == OPUS ? OPUS_CLOCK : RATE; }

bool encoding_is_wide(encoding_t encoding) { return encoding == G722 || encoding == OPUS; }

size_t payload_samples(encoding_t encoding, const uint8_t *payload, size_t length) {
    (void)payload;
    switch (encoding) {
        case L16: return length / 2;
#ifdef WITH_OPUS
        case OPUS: {
            int samples = opus_packet_get_nb_samples(payload, (opus_int32)length, RATE);
            return samples > 0 ? (size_t)samples : 0;
        }
#endif
        default: return length;
    }
}

/* ---- encoders ---- */

struct encoder {
    encoding_t encoding;
    halfband_t up;
#ifdef WITH_SPANDSP
    g722_encode_state_t *g722;
#endif
#ifdef WITH_OPUS
    OpusEncoder *opus;
#endif
};

encoding_t encoder_encoding(const encoder_t *encoder) { return encoder->encoding; }

static bool begin_encoder(encoder_t *encoder) {
#ifdef WITH_SPANDSP
    if (encoder->encoding == G722) return (encoder->g722 = g722_encode_init(NULL, G722_RATE, 0)) != NULL;
#endif
#ifdef WITH_OPUS
    if (encoder->encoding == OPUS) {
        int fault = 0;
        encoder->opus = opus_encoder_create(WIDE_RATE, 1, OPUS_APPLICATION_VOIP, &fault);
        if (!encoder->opus) return false;
        return opus_encoder_ctl(encoder->opus, OPUS_SET_BITRATE(OPUS_BITS)) == OPUS_OK &&
               opus_encoder_ctl(encoder->opus, OPUS_SET_COMPLEXITY(OPUS_EFFORT)) == OPUS_OK &&
               opus_encoder_ctl(encoder->opus, OPUS_SET_INBAND_FEC(1)) == OPUS_OK;
    }
#endif
    return encoding_known(encoder->encoding);
}

encoder_t *encoder_new(encoding_t encoding) {
    encoder_t *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return NULL;
    encoder->encoding = encoding;
    halfband_begin(&encoder->up);
    if (begin_encoder(encoder)) return encoder;
    encoder_free(encoder);
    return NULL;
}

void encoder_free(encoder_t *encoder) {
    if (!encoder) return;
#ifdef WITH_SPANDSP
    if (encoder->g722) g722_encode_free(encoder->g722);
#endif
#ifdef WITH_OPUS
    if (encoder->opus) opus_encoder_destroy(encoder->opus);
#endif
    free(encoder);
}

static size_t encode_wide(encoder_t *encoder, const int16_t *wide, uint8_t *payload) {
    int length = 0;
    (void)encoder, (void)wide, (void)payload;
#ifdef WITH_SPANDSP
    if (encoder->encoding == G722) length = g722_encode(encoder->g722, payload, wide, WIDE_FRAME);
#endif
#ifdef WITH_OPUS
    if (encoder->encoding == OPUS) length = opus_encode(encoder->opus, wide, WIDE_FRAME, payload, ENCODED);
#endif
    return length > 0 ? (size_t)length : 0;
}

size_t encode(encoder_t *encoder, const tables_t *tables, const sound_t *sound, uint8_t *payload) {
    if (encoder->encoding == PCMU || encoder->encoding == PCMA) {
        const uint8_t *compress = tables->compress[encoder->encoding];
        for (int i = 0; i < FRAME; i++) payload[i] = compress[(uint16_t)sound->narrow[i]];
        return FRAME;
    }
    if (encoder->encoding == L16) {
        for (int i = 0; i < FRAME; i++) {
            payload[2 * i] = (uint8_t)((uint16_t)sound->narrow[i] >> 8);
            payload[2 * i + 1] = (uint8_t)sound->narrow[i];
        }
        return 2 * FRAME;
    }
    if (sound->has_wide) return encode_wide(encoder, sound->wide, payload);
    int16_t wide[WIDE_FRAME];
    halfband_up(&encoder->up, sound->narrow, FRAME, wide);
    return encode_wide(encoder, wide, payload);
}

/* ---- decoders ---- */

struct decoder {
    encoding_t encoding;
    halfband_t down;
#ifdef WITH_SPANDSP
    g722_decode_state_t *g722;
#endif
#ifdef WITH_OPUS
    OpusDecoder *opus;
#endif
};

encoding_t decoder_encoding(const decoder_t *decoder) { return decoder->encoding; }

static bool begin_decoder(decoder_t *decoder) {
#ifdef WITH_SPANDSP
    if (decoder->encoding == G722) return (decoder->g722 = g722_decode_init(NULL, G722_RATE, 0)) != NULL;
#endif
#ifdef WITH_OPUS
    if (decoder->encoding == OPUS) {
        int fault = 0;
        return (decoder->opus = opus_decoder_create(WIDE_RATE, 1, &fault)) != NULL;
    }
#endif
    return encoding_known(decoder->encoding);
}

decoder_t *decoder_new(encoding_t encoding) {
    decoder_t *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->encoding = encoding;
    halfband_begin(&decoder->down);
    if (begin_decoder(decoder)) return decoder;
    decoder_free(decoder);
    return NULL;
}

void decoder_free(decoder_t *decoder) {
    if (!decoder) return;
#ifdef WITH_SPANDSP
    if (decoder->g722) g722_decode_free(decoder->g722);
#endif
#ifdef WITH_OPUS
    if (decoder->opus) opus_decoder_destroy(decoder->opus);
#endif
    free(decoder);
}

static size_t decode_wide(decoder_t *decoder, const uint8_t *payload, size_t length, int16_t *narrow, int16_t *wide) {
    int samples = 0;
    (void)payload, (void)length;
#ifdef WITH_SPANDSP
    if (decoder->encoding == G722) samples = g722_decode(decoder->g722, wide, payload, (int)length);
#endif
#ifdef WITH_OPUS
    if (decoder->encoding == OPUS)
        samples = opus_decode(decoder->opus, payload, (opus_int32)length, wide, 2 * DECODED, 0);
#endif
    if (samples <= 0) return 0;
    halfband_down(&decoder->down, wide, (size_t)samples & ~(size_t)1, narrow);
    return (size_t)samples / 2;
}

size_t decode(decoder_t *decoder, const tables_t *tables, const uint8_t *payload, size_t length, int16_t *narrow,
              int16_t *wide) {
    if (decoder->encoding == PCMU || decoder->encoding == PCMA) {
        const int16_t *expand = tables->expand[decoder->encoding];
        size_t samples = length < DECODED ? length : DECODED;
        for (size_t i = 0; i < samples; i++) narrow[i] = expand[payload[i]];
        return samples;
    }
    if (decoder->encoding == L16) {
        size_t samples = length / 2 < DECODED ? length / 2 : DECODED;
        for (size_t i = 0; i < samples; i++)
            narrow[i] = (int16_t)(uint16_t)(payload[2 * i] << 8 | payload[2 * i + 1]);
        return samples;
    }
    /* An octet of G.722 is two samples at 16 kHz. */
    size_t most = decoder->encoding == G722 ? DECODED : 4 * DECODED;
    return decode_wide(decoder, payload, length < most ? length : most, narrow, wide);
}
