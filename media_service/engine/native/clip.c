/* Prompts in memory: linear once, and encoded once for each encoding that is spoken. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

clip_t *clip_new(const uint8_t *linear, size_t octets) {
    clip_t *clip = calloc(1, sizeof *clip);
    if (!clip) return NULL;
    atomic_init(&clip->holders, 1);
    for (int encoding = 0; encoding < ENCODINGS; encoding++) atomic_init(&clip->octets[encoding], NULL);
    clip->samples = octets / 2;
    clip->linear = malloc((clip->samples ? clip->samples : 1) * sizeof *clip->linear);
    if (!clip->linear) {
        clip_release(clip);
        return NULL;
    }
    for (size_t i = 0; i < clip->samples; i++)
        clip->linear[i] = (int16_t)(uint16_t)(linear[2 * i] | linear[2 * i + 1] << 8);
    return clip;
}

void clip_hold(clip_t *clip) { atomic_fetch_add(&clip->holders, 1); }

void clip_release(clip_t *clip) {
    if (atomic_fetch_sub(&clip->holders, 1) != 1) return;
    for (int encoding = 0; encoding < ENCODINGS; encoding++) free(atomic_load(&clip->octets[encoding]));
    free(clip->places);
    free(clip->linear);
    free(clip);
}

static size_t frames_of(const clip_t *clip) { return (clip->samples + FRAME - 1) / FRAME; }

static sound_t frame_at(const clip_t *clip, size_t frame) {
    sound_t sound = {0};
    size_t left = clip->samples - frame * FRAME;
    memcpy(sound.narrow, clip->linear + frame * FRAME, (left < FRAME ? left : FRAME) * sizeof(int16_t));
    return sound;
}

static uint8_t *encode_octets(const clip_t *clip, const tables_t *tables, encoder_t *encoder) {
    uint8_t *octets = malloc(frames_of(clip) * FRAME);
    for (size_t frame = 0; octets && frame < frames_of(clip); frame++) {
        uint8_t payload[ENCODED] = {0};
        sound_t sound = frame_at(clip, frame);
        encode(encoder, tables, &sound, payload);
        memcpy(octets + frame * FRAME, payload, FRAME);
    }
    return octets;
}

static uint8_t *encode_frames(clip_t *clip, const tables_t *tables, encoder_t *encoder) {
    size_t frames = frames_of(clip), length = 0, room = 0;
    uint8_t *octets = NULL;
    uint32_t *places = malloc((frames + 1) * sizeof *places);
    for (size_t frame = 0; places && frame < frames; frame++) {
        if (room - length < ENCODED) {
            uint8_t *more = realloc(octets, room = 2 * room + 64 * ENCODED);
            if (!more) break;
            octets = more;
        }
        sound_t sound = frame_at(clip, frame);
        places[frame] = (uint32_t)length;
        length += encode(encoder, tables, &sound, octets + length);
        places[frame + 1] = (uint32_t)length;
        if (frame + 1 == frames) {
            clip->places = places;
            return octets;
        }
    }
    free(places);
    free(octets);
    return NULL;
}

bool clip_prepare(clip_t *clip, const tables_t *tables, encoding_t encoding) {
    if (encoding == L16 || !clip->samples || atomic_load(&clip->octets[encoding])) return true;
    encoder_t *encoder = encoder_new(encoding);
    if (!encoder) return false;
    uint8_t *octets = encoding == OPUS ? encode_frames(clip, tables, encoder) : encode_octets(clip, tables, encoder);
    encoder_free(encoder);
    atomic_store(&clip->octets[encoding], octets);
    return octets != NULL;
}

size_t clip_octets(const clip_t *clip, encoding_t encoding, size_t start, uint8_t *payload) {
    const uint8_t *octets = atomic_load(&clip->octets[encoding]);
    if (!octets || start > clip->samples || clip->samples - start < FRAME) return 0;
    if (encoding != OPUS) {
        memcpy(payload, octets + start, FRAME);
        return FRAME;
    }
    if (start % FRAME) return 0;
    const uint32_t *place = clip->places + start / FRAME;
    memcpy(payload, octets + place[0], place[1] - place[0]);
    return place[1] - place[0];
}
