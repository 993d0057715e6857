/* Recordings under way: what a port hears and sends on one time line, handed out second by second. */
#ifndef CALLWRIGHT_RECORDING_H
#define CALLWRIGHT_RECORDING_H

#include "codec.h"
#include "rtp.h"

typedef enum { HEARD_ALONE, BOTH_MIXED, STEREO } recorded_t;

/* One direction's samples behind those handed out. */
typedef struct {
    int16_t *pending;
    size_t length, room;
} side_t;

typedef struct {
    uint64_t id;
    recorded_t what;
    double began;           /* moved on by each pause */
    double paused, paused_at;
    bool is_paused, failed; /* failed: out of memory */
    int64_t written;        /* samples handed out so far */
    side_t heard, sent;
    decoder_t *decoder;
    bool anchored, sent_any;
    uint32_t anchor, ssrc;
    int64_t sent_at;
} recording_t;

recording_t *recording_new(uint64_t id, recorded_t what, double now);
void recording_free(recording_t *recording);
void recording_hear(recording_t *recording, const tables_t *tables, encoding_t encoding, const packet_t *packet,
                    double now);
/* 20 ms that went out, `samples` after those before; NULL for silence. */
void recording_send(recording_t *recording, const int16_t *frame, unsigned samples, double now);
/* Everything up to now is to have been taken before. */
void recording_pause(recording_t *recording, bool paused, double now);
/* Octets of little-endian samples to be written (stereo: heard and sent by turns), to be freed by the caller; NULL for
 * none. `all`: everything up to now, as the end is here. */
uint8_t *recording_take(recording_t *recording, double now, bool all, size_t *octets);

#endif
