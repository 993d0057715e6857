/* The adaptive jitter buffer: packets in as they come, 20 ms of sound out for each tick. */
#ifndef CALLWRIGHT_JITTER_H
#define CALLWRIGHT_JITTER_H

#include "codec.h"
#include "rtp.h"

enum {
    QUEUED = 32,         /* packets that wait at most */
    TRANSITS = 100,      /* packets whose transit times are looked at: 2 s */
    OUTLIERS = 3         /* of them that may come too late */
};

/* All positions and times are in samples at 8 kHz. */
typedef struct {
    int64_t position, samples;
    uint16_t sequence;
    encoding_t encoding;
    size_t length;
    uint8_t *payload;
} waiting_t;

typedef struct {
    /* what waits, by position */
    waiting_t queue[QUEUED];
    size_t queued;
    /* the stream's time line */
    bool begun;
    uint32_t ssrc, last_timestamp, scale;
    int64_t last_position;
    /* when packets come */
    int64_t transits[TRANSITS];
    size_t transit_count, transit_next;
    int64_t lowest;      /* transit time of the last 2 s */
    int64_t target;      /* transit time at which sound is to be played */
    int late_in_a_row;
    /* what is played */
    bool flows;
    int64_t play;        /* position of the next sample */
    int64_t starved;     /* samples for which we waited there */
    uint16_t last_sequence;
    bool any_played;
    decoder_t *decoder;
    int16_t narrow[DECODED + FRAME], wide[2 * (DECODED + FRAME)];
    size_t decoded;      /* samples in them */
    bool decoded_wide;
    sound_t last;
    int concealed;       /* frames in a row */
    int since_skip;      /* frames since one was left out */
    int over;            /* frames in a row that were played far too late */
    uint64_t late;       /* packets that came too late to be heard */
} jitter_t;

jitter_t *jitter_new(void);
void jitter_free(jitter_t *jitter);
/* A packet came; `now` in seconds. */
void jitter_put(jitter_t *jitter, encoding_t encoding, const packet_t *packet, double now);
/* The next 20 ms; false where nothing is heard (then `sound` is silence). */
bool jitter_take(jitter_t *jitter, const tables_t *tables, sound_t *sound, double now);
/* The delay that the buffer adds, seconds. */
double jitter_delay(const jitter_t *jitter);

#endif
