/* Puts what a port hears and sends on a time line in which positions are times, pauses left out. */
#include "recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETTLED = RATE * 2 / 5, /* samples after which a late packet is no longer waited for: 400 ms */
    DRIFT = RATE / 5        /* a packet this far (200 ms) from where its arrival puts it sets the time line anew */
};

recording_t *recording_new(uint64_t id, recorded_t what, double now) {
    recording_t *recording = calloc(1, sizeof *recording);
    if (recording) {
        recording->id = id;
        recording->what = what;
        recording->began = now;
    }
    return recording;
}

void recording_free(recording_t *recording) {
    if (!recording) return;
    free(recording->heard.pending);
    free(recording->sent.pending);
    decoder_free(recording->decoder);
    free(recording);
}

/* Let the side be `length` samples long at least, silence where nothing was. */
static bool fill(recording_t *recording, side_t *side, size_t length) {
    if (length <= side->length) return true;
    if (length > side->room) {
        size_t room = length + RATE;
        int16_t *pending = realloc(side->pending, room * sizeof *pending);
        if (!pending) {
            recording->failed = true;
            return false;
        }
        side->pending = pending;
        side->room = room;
    }
    memset(side->pending + side->length, 0, (length - side->length) * sizeof *side->pending);
    side->length = length;
    return true;
}

static int64_t passed(const recording_t *recording, double now) { return llround((now - recording->began) * RATE); }

static void put(recording_t *recording, side_t *side, int64_t position, const int16_t *samples, size_t count) {
    int64_t start = position - recording->written;
    if (start < 0) return; /* so late that its place is on the disk already */
    if (!fill(recording, side, (size_t)start + count)) return;
    memcpy(side->pending + start, samples, count * sizeof *samples);
}

/* Where the packet belongs by its own clock, as long as its arrival does not contradict. */
static int64_t position_of(recording_t *recording, uint32_t clock, const packet_t *packet, double now) {
    uint32_t scale = clock / RATE;
    int64_t arrival = passed(recording, now);
    uint32_t anchor = packet->timestamp - (uint32_t)arrival * scale;
    if (!recording->anchored || packet->ssrc != recording->ssrc) {
        recording->anchor = anchor;
        recording->ssrc = packet->ssrc;
        recording->anchored = true;
    }
    int64_t away = (int32_t)(anchor - recording->anchor) / (int32_t)scale;
    if (llabs(away) > DRIFT) {
        recording->anchor = anchor;
        away = 0;
    }
    return arrival + away;
}

void recording_hear(recording_t *recording, const tables_t *tables, encoding_t encoding, const packet_t *packet,
                    double now) {
    if (recording->is_paused) return;
    if (!recording->decoder || decoder_encoding(recording->decoder) != encoding) {
        decoder_free(recording->decoder);
        recording->decoder = decoder_new(encoding);
        recording->anchored = false; /* another clock, perhaps */
    }
    if (!recording->decoder) {
        recording->failed = true;
        return;
    }
    int16_t narrow[DECODED], wide[2 * DECODED];
    size_t count = decode(recording->decoder, tables, packet->payload, packet->length, narrow, wide);
    int64_t position = position_of(recording, encoding_clock(encoding), packet, now);
    if (count) put(recording, &recording->heard, position, narrow, count);
}

void recording_send(recording_t *recording, const int16_t *frame, unsigned samples, double now) {
    if (recording->is_paused || recording->what == HEARD_ALONE) return;
    int64_t position = passed(recording, now);
    recording->sent_at += samples;
    if (!recording->sent_any || llabs(recording->sent_at - position) > DRIFT) recording->sent_at = position;
    recording->sent_any = true;
    if (frame) put(recording, &recording->sent, recording->sent_at, frame, FRAME);
}

void recording_pause(recording_t *recording, bool paused, double now) {
    if (paused == recording->is_paused) return;
    recording->is_paused = paused;
    if (paused) {
        recording->paused_at = now;
        return;
    }
    recording->paused += now - recording->paused_at;
    recording->began += now - recording->paused_at;
    recording->anchored = recording->sent_any = false;
}

static int16_t mixed(int one, int other) {
    int sum = one + other;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

static uint8_t *write_sample(uint8_t *at, int16_t sample) {
    at[0] = (uint8_t)(uint16_t)sample;
    at[1] = (uint8_t)((uint16_t)sample >> 8);
    return at + 2;
}

static void drop_taken(side_t *side, size_t samples) {
    side->length -= samples;
    if (side->length) memmove(side->pending, side->pending + samples, side->length * sizeof *side->pending);
}

uint8_t *recording_take(recording_t *recording, double now, bool all, size_t *octets) {
    *octets = 0;
    if (recording->is_paused) return NULL; /* everything was taken when the pause began */
    int64_t ready = passed(recording, now) - recording->written - (all ? 0 : SETTLED);
    size_t longest = recording->heard.length > recording->sent.length ? recording->heard.length : recording->sent.length;
    if (all && ready < (int64_t)longest) ready = (int64_t)longest;
    if (ready <= 0) return NULL;
    size_t samples = (size_t)ready;
    if (!fill(recording, &recording->heard, samples) || !fill(recording, &recording->sent, samples)) return NULL;
    uint8_t *taken = malloc(samples * (recording->what == STEREO ? 4 : 2)), *at = taken;
    if (!taken) {
        recording->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < samples; i++) {
        int16_t heard = recording->heard.pending[i], sent = recording->sent.pending[i];
        at = write_sample(at, recording->what == BOTH_MIXED ? mixed(heard, sent) : heard);
        if (recording->what == STEREO) at = write_sample(at, sent);
    }
    drop_taken(&recording->heard, samples);
    drop_taken(&recording->sent, samples);
    recording->written += ready;
    *octets = (size_t)(at - taken);
    return taken;
}
