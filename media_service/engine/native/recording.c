/* Puts what a port hears on a time line in which positions are times; as media_service/engine/recorder.py. */
#include "core.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETTLED = RATE * 2 / 5, /* samples after which a late packet is no longer waited for: 400 ms */
    DRIFT = RATE / 5        /* a packet this far (200 ms) from where its arrival puts it sets the time line anew */
};

recording_t *recording_new(uint64_t id, double now) {
    recording_t *recording = calloc(1, sizeof *recording);
    if (recording) {
        recording->id = id;
        recording->began = now;
    }
    return recording;
}

void recording_free(recording_t *recording) {
    if (recording) free(recording->pending);
    free(recording);
}

/* Let `pending` be `length` samples long at least, silence where nothing was. */
static bool fill(recording_t *recording, size_t length) {
    if (length <= recording->length) return true;
    if (length > recording->room) {
        size_t room = length + RATE;
        int16_t *pending = realloc(recording->pending, room * sizeof *pending);
        if (!pending) {
            recording->failed = true;
            return false;
        }
        recording->pending = pending;
        recording->room = room;
    }
    memset(recording->pending + recording->length, 0, (length - recording->length) * sizeof *recording->pending);
    recording->length = length;
    return true;
}

static int64_t passed(const recording_t *recording, double now) { return llround((now - recording->began) * RATE); }

void recording_hear(recording_t *recording, const int16_t *expand, const packet_t *packet, double now) {
    int64_t arrival = passed(recording, now);
    if (!recording->anchored || packet->ssrc != recording->ssrc) {
        recording->anchor = packet->timestamp - (uint32_t)arrival;
        recording->ssrc = packet->ssrc;
        recording->anchored = true;
    }
    int64_t position = (uint32_t)(packet->timestamp - recording->anchor);
    if (llabs(position - arrival) > DRIFT) {
        recording->anchor = packet->timestamp - (uint32_t)arrival;
        position = arrival;
    }
    int64_t start = position - recording->written;
    if (start < 0) return; /* so late that its place is on the disk already */
    if (!fill(recording, (size_t)start + packet->length)) return;
    /* Files are little-endian. */
    for (size_t i = 0; i < packet->length; i++)
        recording->pending[(size_t)start + i] = (int16_t)htole16((uint16_t)expand[packet->payload[i]]);
}

int16_t *recording_take(recording_t *recording, double now, bool all, size_t *samples) {
    int64_t ready = passed(recording, now) - recording->written - (all ? 0 : SETTLED);
    if (all && ready < (int64_t)recording->length) ready = (int64_t)recording->length;
    *samples = 0;
    if (ready <= 0 || !fill(recording, (size_t)ready)) return NULL;
    int16_t *taken = malloc((size_t)ready * sizeof *taken);
    if (!taken) {
        recording->failed = true;
        return NULL;
    }
    memcpy(taken, recording->pending, (size_t)ready * sizeof *taken);
    recording->length -= (size_t)ready;
    memmove(recording->pending, recording->pending + ready, recording->length * sizeof *taken);
    recording->written += ready;
    *samples = (size_t)ready;
    return taken;
}
