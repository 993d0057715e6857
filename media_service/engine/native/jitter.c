/* The jitter buffer's rules, those of media_service/signal/jitter.py.
 *
 * A packet's transit time is its arrival less its position. The sound of a position is played when its transit time would
 * be the target: the third highest of the last 2 s (so that some 3 % may come too late) and half a tick, at least 20 ms and
 * at most 200 ms above the lowest; 40 ms at first. Where we play earlier than the target we wait at once, a frame at a
 * time; where we play a frame and a half later than it, a quiet frame is left out now and then; where it is three frames for
 * 2 s, or more than can be wished, any frame. A gap is filled by what was heard last, fading to silence in 80 ms. Where nothing is in hand we stay where we are
 * for as long as the delay allows, so that what comes late is heard all the same; what was waited so is taken off a hole
 * that shows behind it. After a second of nothing, or a leap of the stream's clock, everything begins anew.
 */
#include "jitter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST = FRAME,
    FIRST = 2 * FRAME,
    MOST = RATE / 5,
    MARGIN = FRAME / 2,
    TRUSTED = 10,          /* packets */
    LATE_IN_A_ROW = 10,
    LEAP = 2 * RATE,
    FADE = 4,              /* frames */
    GIVE_UP = 50,          /* frames */
    SKIP_EVERY = 5,       /* frames */
    OVER = FRAME + FRAME / 2,
    FAR_OVER = 3 * FRAME,
    PATIENCE = 100,        /* frames */
    QUIET = 100            /* mean absolute sample below which nobody misses a frame: -50 dBm0 or so */
};

jitter_t *jitter_new(void) { return calloc(1, sizeof(jitter_t)); }

static void drop_first(jitter_t *jitter) {
    free(jitter->queue[0].payload);
    jitter->queued--;
    memmove(jitter->queue, jitter->queue + 1, jitter->queued * sizeof jitter->queue[0]);
}

void jitter_free(jitter_t *jitter) {
    if (!jitter) return;
    while (jitter->queued) drop_first(jitter);
    decoder_free(jitter->decoder);
    free(jitter);
}

double jitter_delay(const jitter_t *jitter) {
    return (double)(jitter->transit_count ? jitter->target - jitter->lowest : FIRST) / RATE;
}

/* ---- packets in ---- */

static void begin(jitter_t *jitter, const packet_t *packet, uint32_t scale) {
    while (jitter->queued) drop_first(jitter);
    jitter->begun = true;
    jitter->flows = false;
    jitter->ssrc = packet->ssrc;
    jitter->scale = scale;
    jitter->last_timestamp = packet->timestamp;
    jitter->last_position = 0;
    jitter->transit_count = jitter->transit_next = 0;
    jitter->decoded = 0;
    jitter->late_in_a_row = 0;
    jitter->starved = 0;
    jitter->any_played = false;
}

static void aim(jitter_t *jitter, int64_t transit) {
    jitter->transits[jitter->transit_next] = transit;
    jitter->transit_next = (jitter->transit_next + 1) % TRANSITS;
    if (jitter->transit_count < TRANSITS) jitter->transit_count++;
    int64_t lowest = INT64_MAX, highest[OUTLIERS] = {INT64_MIN, INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < jitter->transit_count; i++) {
        int64_t one = jitter->transits[i];
        if (one < lowest) lowest = one;
        for (int rank = 0; rank < OUTLIERS; rank++)
            if (one > highest[rank]) {
                int64_t lower = highest[rank];
                highest[rank] = one;
                one = lower;
            }
    }
    size_t rank = jitter->transit_count < OUTLIERS ? jitter->transit_count - 1 : OUTLIERS - 1;
    int64_t least = jitter->transit_count < TRUSTED ? FIRST : LEAST;
    jitter->lowest = lowest;
    jitter->target = highest[rank] + MARGIN;
    if (jitter->target < lowest + least) jitter->target = lowest + least;
    if (jitter->target > lowest + MOST) jitter->target = lowest + MOST;
}

/* Keep the queue in order; a double is dropped, and where it is full the oldest has waited for nothing. */
static void insert(jitter_t *jitter, waiting_t one) {
    size_t place = jitter->queued;
    while (place && jitter->queue[place - 1].position >= one.position) place--;
    if (place < jitter->queued && jitter->queue[place].position == one.position) {
        free(one.payload);
        return;
    }
    if (jitter->queued == QUEUED) {
        if (!place) {
            free(one.payload);
            return;
        }
        drop_first(jitter);
        place--;
    }
    memmove(jitter->queue + place + 1, jitter->queue + place, (jitter->queued - place) * sizeof one);
    jitter->queue[place] = one;
    jitter->queued++;
}

void jitter_put(jitter_t *jitter, encoding_t encoding, const packet_t *packet, double now) {
    uint32_t scale = encoding_clock(encoding) / RATE;
    if (!jitter->begun || packet->ssrc != jitter->ssrc || scale != jitter->scale) begin(jitter, packet, scale);
    int64_t moved = (int32_t)(packet->timestamp - jitter->last_timestamp) / (int32_t)scale;
    if (llabs(moved) > LEAP) {
        begin(jitter, packet, scale);
        moved = 0;
    }
    int64_t position = jitter->last_position + moved;
    if (moved > 0) {
        jitter->last_position = position;
        jitter->last_timestamp += (uint32_t)moved * scale;
    }
    aim(jitter, llround(now * RATE) - position);
    int64_t samples = (int64_t)payload_samples(encoding, packet->payload, packet->length);
    if (jitter->flows && position + samples <= jitter->play) {
        if (jitter->any_played && packet->sequence == jitter->last_sequence) return; /* a double */
        jitter->late++;
        if (++jitter->late_in_a_row >= LATE_IN_A_ROW) jitter->begun = false;
        return;
    }
    jitter->late_in_a_row = 0;
    uint8_t *payload = malloc(packet->length);
    if (!payload) return; /* lost, as on any network */
    memcpy(payload, packet->payload, packet->length);
    insert(jitter, (waiting_t){position, samples, packet->sequence, encoding, packet->length, payload});
}

/* ---- sound out ---- */

static void append_silence(jitter_t *jitter, size_t samples) {
    memset(jitter->narrow + jitter->decoded, 0, samples * sizeof(int16_t));
    memset(jitter->wide + 2 * jitter->decoded, 0, 2 * samples * sizeof(int16_t));
    jitter->decoded += samples;
}

/* Decode the first packet behind what is decoded already. */
static void decode_first(jitter_t *jitter, const tables_t *tables) {
    waiting_t first = jitter->queue[0];
    if (!jitter->decoder || decoder_encoding(jitter->decoder) != first.encoding) {
        decoder_free(jitter->decoder);
        jitter->decoder = decoder_new(first.encoding);
        jitter->decoded = 0;
    }
    if (jitter->decoder) {
        jitter->decoded_wide = encoding_is_wide(first.encoding);
        jitter->decoded += decode(jitter->decoder, tables, first.payload, first.length,
                                  jitter->narrow + jitter->decoded, jitter->wide + 2 * jitter->decoded);
    }
    jitter->last_sequence = first.sequence;
    jitter->any_played = true;
    jitter->starved = 0;
    drop_first(jitter);
}

/* What was heard last, fainter each time; false once it is silence. */
static bool conceal(jitter_t *jitter, sound_t *sound) {
    int left = FADE - 1 - jitter->concealed++;
    if (left <= 0) {
        memset(sound, 0, sizeof *sound);
        return false;
    }
    *sound = jitter->last;
    for (int i = 0; i < FRAME; i++) sound->narrow[i] = (int16_t)(sound->narrow[i] * left / FADE);
    for (int i = 0; i < WIDE_FRAME && sound->has_wide; i++) sound->wide[i] = (int16_t)(sound->wide[i] * left / FADE);
    return true;
}

static bool fill_frame(jitter_t *jitter, const tables_t *tables) {
    while (jitter->decoded < FRAME && jitter->queued) {
        int64_t gap = jitter->queue[0].position - (jitter->play + (int64_t)jitter->decoded);
        if (gap >= FRAME - (int64_t)jitter->decoded) break;
        if (gap > 0) append_silence(jitter, (size_t)gap);
        if (-gap >= jitter->queue[0].samples)
            drop_first(jitter);
        else
            decode_first(jitter, tables);
    }
    if (jitter->decoded && jitter->decoded < FRAME) append_silence(jitter, FRAME - jitter->decoded);
    return jitter->decoded >= FRAME;
}

static void take_frame(jitter_t *jitter, sound_t *sound) {
    memcpy(sound->narrow, jitter->narrow, sizeof sound->narrow);
    jitter->decoded -= FRAME;
    memmove(jitter->narrow, jitter->narrow + FRAME, jitter->decoded * sizeof(int16_t));
    sound->has_wide = jitter->decoded_wide;
    if (sound->has_wide) {
        memcpy(sound->wide, jitter->wide, sizeof sound->wide);
        memmove(jitter->wide, jitter->wide + WIDE_FRAME, 2 * jitter->decoded * sizeof(int16_t));
    }
}

static bool quiet(const sound_t *sound) {
    int sum = 0;
    for (int i = 0; i < FRAME; i++) sum += abs(sound->narrow[i]);
    return sum < QUIET * FRAME;
}

/* Nothing is there for the position: move on with time, or wait for it. */
static void pass_time(jitter_t *jitter, int64_t now) {
    if (jitter->queued || now + FRAME - jitter->play - jitter->lowest > MOST)
        jitter->play += FRAME;
    else
        jitter->starved += FRAME;
}

/* What was waited while nothing was in hand counts for the hole before what has come now; and where the far end only
 * paused, the hole is none once that is due. */
static void cross_hole(jitter_t *jitter, int64_t now) {
    if (!jitter->queued || jitter->decoded) return;
    const waiting_t *first = &jitter->queue[0];
    if (first->position <= jitter->play) return;
    bool paused = jitter->any_played && first->sequence == (uint16_t)(jitter->last_sequence + 1);
    int64_t gap = first->position - jitter->play;
    int64_t step = paused && now - first->position >= jitter->target ? gap : jitter->starved;
    jitter->play += step < gap ? step : gap;
    jitter->starved = 0;
}

static bool next_frame(jitter_t *jitter, const tables_t *tables, sound_t *sound, int64_t now) {
    cross_hole(jitter, now);
    if (!fill_frame(jitter, tables)) {
        pass_time(jitter, now);
        return conceal(jitter, sound);
    }
    jitter->play += FRAME;
    take_frame(jitter, sound);
    jitter->last = *sound;
    jitter->concealed = 0;
    return true;
}

/* Whether the frame at hand may be left out, so that the delay becomes less. */
static bool may_skip(const jitter_t *jitter, const sound_t *sound, int64_t now, int64_t ahead) {
    if (now - jitter->play - jitter->lowest > MOST) return true;
    return jitter->over >= PATIENCE || (ahead > OVER && jitter->since_skip >= SKIP_EVERY && quiet(sound));
}

static bool start(jitter_t *jitter, int64_t now) {
    if (!jitter->queued || now - jitter->queue[0].position < jitter->target) return false;
    jitter->flows = true;
    jitter->play = jitter->queue[0].position;
    jitter->decoded = 0;
    jitter->concealed = jitter->since_skip = 0;
    jitter->starved = 0;
    jitter->any_played = false;
    memset(&jitter->last, 0, sizeof jitter->last);
    return true;
}

bool jitter_take(jitter_t *jitter, const tables_t *tables, sound_t *sound, double now) {
    memset(sound, 0, sizeof *sound);
    int64_t at = llround(now * RATE);
    if (!jitter->flows && !start(jitter, at)) return false;
    int64_t ahead = at - jitter->play - jitter->target; /* how much later we play than we should */
    if (ahead < -MARGIN && jitter->queued) return conceal(jitter, sound);
    bool heard = next_frame(jitter, tables, sound, at);
    jitter->since_skip++;
    jitter->over = ahead > FAR_OVER ? jitter->over + 1 : 0;
    if (jitter->queued && may_skip(jitter, sound, at, ahead)) {
        jitter->since_skip = jitter->over = 0;
        heard = next_frame(jitter, tables, sound, at);
    }
    if (jitter->concealed > GIVE_UP && !jitter->queued) jitter->flows = false;
    return heard;
}
