/* One port: what its owner asks of it. */
#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void port_connect(port_t *port, const stream_t *stream) {
    bool elsewhere = !port->connected || !address_same(&stream->remote, &port->filter.named);
    if (elsewhere) {
        filter_begin(&port->filter, &stream->remote);
        port->talking = false;
    }
    port->connected = true;
    port->stream = *stream;
    memset(port->encodings, NO_ENCODING, sizeof port->encodings);
    port->encodings[0] = PCMU; /* RFC 3551 section 6: numbers that mean the same in every session */
    port->encodings[8] = PCMA;
    port->encodings[stream->payload_type & 0x7F] = (int8_t)stream->encoding;
    if (!stream->sending) {
        port->sent_at = 0;
        port->talking = false;
        port->paused = port->rtcp.any_sent;
    }
}

void port_stop(engine_t *engine, port_t *port) {
    if (port->playing) player_over(engine, port, false);
}

bool port_drop(port_t *port, uint64_t play) {
    if (!port->playing || port->play != play) return false;
    player_forget(port);
    return true;
}

bool port_send_digits(port_t *port, const char *digits, size_t count, uint64_t token) {
    wanted_digit_t *all = malloc((port->digit_count + count) * sizeof *all);
    if (!all) return false;
    if (port->digit_count) memcpy(all, port->digits + port->digit_first, port->digit_count * sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[port->digit_count + i] = (wanted_digit_t){digits[i], i + 1 == count ? token : 0};
    free(port->digits);
    port->digits = all;
    port->digit_first = 0;
    port->digit_count += count;
    return true;
}

/* ---- hearing ---- */

static void give_up_hearing(port_t *port) {
    if (!port->hearing) return;
    port->late += port->hearing->jitter->late;
    jitter_free(port->hearing->jitter);
    free(port->hearing);
    port->hearing = NULL;
}

bool port_hears(port_t *port) {
    if (!port->partner && !port->room && !port->ears) {
        give_up_hearing(port);
        return true;
    }
    if (port->hearing) return true;
    port->hearing = calloc(1, sizeof *port->hearing);
    if (!port->hearing) return false;
    port->hearing->jitter = jitter_new();
    if (port->hearing->jitter) return true;
    free(port->hearing);
    port->hearing = NULL;
    return false;
}

bool port_listen(port_t *port, bool digits, bool speech, bool beep) {
    if (!digits && !speech && !beep) {
        free(port->ears);
        port->ears = NULL;
        return port_hears(port);
    }
    ears_t *ears = port->ears ? port->ears : calloc(1, sizeof *ears);
    if (!ears) return false;
    if (digits && !ears->digits) dtmf_begin(&ears->dtmf);
    if (speech && !ears->speech) vad_begin(&ears->vad);
    if (beep && !ears->beep) beep_begin(&ears->tone);
    ears->digits = digits;
    ears->speech = speech;
    ears->beep = beep;
    port->ears = ears;
    return port_hears(port);
}

void port_unbridge(port_t *port) {
    port_t *partner = port->partner;
    port->partner = NULL;
    port_hears(port);
    if (!partner) return;
    partner->partner = NULL;
    port_hears(partner);
}

bool port_bridge(port_t *one, port_t *other) {
    if (one->partner == other) return true;
    port_unbridge(one);
    port_unbridge(other);
    one->partner = other;
    other->partner = one;
    if (port_hears(one) && port_hears(other)) return true;
    port_unbridge(one);
    return false;
}

/* ---- recording ---- */

static void hand_out(engine_t *engine, port_t *port, double now, bool all) {
    event_t event = {.kind = RECORDED, .id = port->recording->id};
    event.data = recording_take(port->recording, now, all, &event.length);
    if (event.data) ring_put(&engine->ring, event, true);
}

void port_every_second(engine_t *engine, port_t *port, double now) {
    filter_release_silent(&port->filter, now);
    if (port->recording) hand_out(engine, port, now, false);
}

void port_pause_recording(engine_t *engine, port_t *port, bool paused, double now) {
    if (!port->recording) return;
    hand_out(engine, port, now, true);
    recording_pause(port->recording, paused, now);
}

void port_finish_recording(engine_t *engine, port_t *port, double now) {
    recording_t *recording = port->recording;
    if (!recording) return;
    hand_out(engine, port, now, true);
    recording_pause(recording, false, now);
    event_t event = {.kind = RECORDING_OVER, .id = recording->id, .value = recording->failed, .at = recording->paused};
    port->recording = NULL;
    recording_free(recording);
    ring_put(&engine->ring, event, true);
}

void port_free(port_t *port) {
    player_forget(port);
    free(port->digits);
    free(port->ears);
    give_up_hearing(port);
    encoder_free(port->encoder);
    secure_free(port->secure);
    recording_free(port->recording);
    if (port->fd >= 0) close(port->fd);
    if (port->rtcp_fd >= 0) close(port->rtcp_fd);
    free(port);
}
