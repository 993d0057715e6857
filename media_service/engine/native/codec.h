/* Payload encodings, prompts in memory, and the state that an encoder or decoder keeps for one stream. */
#ifndef CALLWRIGHT_CODEC_H
#define CALLWRIGHT_CODEC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME = 160,            /* samples of one packet: 20 ms at 8 kHz */
    WIDE_FRAME = 2 * FRAME, /* ... and at 16 kHz */
    RATE = 8000,
    ENCODED = 512,          /* octets of the longest encoded frame: L16 has 320 */
    DECODED = 2048          /* samples at 8 kHz of the longest packet that is decoded: 256 ms */
};

typedef enum { NO_ENCODING = -1, PCMU = 0, PCMA = 1, G722 = 2, OPUS = 3, L16 = 4, ENCODINGS = 5 } encoding_t;

/* G.711 by table; filled once by the owner. */
typedef struct {
    uint8_t compress[2][65536]; /* by sample taken as unsigned */
    int16_t expand[2][256];
    uint8_t silence[2];
} tables_t;

/* 20 ms of audio at 8 kHz, and at 16 kHz where it came so. */
typedef struct {
    int16_t narrow[FRAME], wide[WIDE_FRAME];
    bool has_wide;
} sound_t;

/* Whether this machine's core can speak it. */
bool encoding_known(int encoding);
/* The RTP clock, Hz. */
uint32_t encoding_clock(encoding_t encoding);
bool encoding_is_wide(encoding_t encoding);
/* Samples at 8 kHz that the payload holds; 0 for what cannot be decoded. */
size_t payload_samples(encoding_t encoding, const uint8_t *payload, size_t length);

/* ---- one stream's state ---- */

typedef struct encoder encoder_t;
typedef struct decoder decoder_t;

encoder_t *encoder_new(encoding_t encoding);
void encoder_free(encoder_t *encoder);
encoding_t encoder_encoding(const encoder_t *encoder);
/* Octets written to `payload`, which has room for ENCODED; 0 where the codec refuses. */
size_t encode(encoder_t *encoder, const tables_t *tables, const sound_t *sound, uint8_t *payload);

decoder_t *decoder_new(encoding_t encoding);
void decoder_free(decoder_t *decoder);
encoding_t decoder_encoding(const decoder_t *decoder);
/* Samples at 8 kHz written to `narrow` (room for DECODED), twice as many to `wide` where the encoding is wide (else it is
 * left alone); 0 for what cannot be decoded. */
size_t decode(decoder_t *decoder, const tables_t *tables, const uint8_t *payload, size_t length, int16_t *narrow,
              int16_t *wide);

/* ---- prompts ---- */

/* One prompt, encoded once for each encoding when it is first wanted, and shared by all who play it. */
typedef struct {
    atomic_int holders;
    size_t samples;
    int16_t *linear;                      /* at 8 kHz */
    _Atomic(uint8_t *) octets[ENCODINGS];
    uint32_t *places;                     /* Opus: where each frame begins, and where the last one ends */
} clip_t;

/* `linear`: `octets` octets of little-endian PCM16. NULL without memory. */
clip_t *clip_new(const uint8_t *linear, size_t octets);
/* Encode it for `encoding`, unless it is; takes its time. False without memory. Not to be called by two at once. */
bool clip_prepare(clip_t *clip, const tables_t *tables, encoding_t encoding);
void clip_hold(clip_t *clip);
void clip_release(clip_t *clip);
/* The payload (room for ENCODED) of the 20 ms from sample `start` on: its length; 0 where the clip has no whole frame there,
 * is not prepared, or has frames that lie otherwise. */
size_t clip_octets(const clip_t *clip, encoding_t encoding, size_t start, uint8_t *payload);

#endif
