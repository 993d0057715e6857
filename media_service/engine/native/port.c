/* One port: the stream that it sends, one packet for each tick, and the stream that it hears. */
#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    VERSION = 0x80,
    MARKER = 0x80,
    TONE_SAMPLES = 800,       /* 100 ms of tone and 100 ms of pause, in ticks of 20 ms ... */
    DIGIT_TICKS = 10,
    GROWING = 4,              /* ... 20, 40, 60 and 80 ms, then the end, told three times (RFC 4733 2.5.1.4) */
    DIGIT_PACKETS = GROWING + 3,
    VOLUME = 10
};
/* Seconds after a passed-on event packet in which no audio is sent between: one lost event packet's worth. */
static const double RELAY_HOLD = 0.05;
static const char DIGITS[] = "0123456789*#ABCD";

static double unix_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- what the owner asks ---- */

void port_connect(port_t *port, const address_t *remote, law_t law, uint8_t payload_type, int digit_payload_type,
                  bool sending) {
    if (!port->connected || !address_same(remote, &port->filter.named)) {
        filter_begin(&port->filter, remote);
        port->talking = false;
    }
    if (!port->connected || law != port->law) port->bridged_length = 0;
    port->connected = true;
    port->law = law;
    memset(port->laws, NO_LAW, sizeof port->laws);
    port->laws[0] = MU_LAW; /* RFC 3551 section 6: numbers that mean the same in every session */
    port->laws[8] = A_LAW;
    port->laws[payload_type & 0x7F] = (int8_t)law;
    port->payload_type = payload_type & 0x7F;
    port->digit_payload_type = digit_payload_type;
    port->sending = sending;
    if (!sending) {
        port->sent_at = 0;
        port->talking = false;
    }
}

static void forget_player(port_t *port) {
    for (size_t i = 0; i < port->clip_count; i++) clip_release(port->clips[i]);
    free(port->clips);
    port->clips = NULL;
    port->clip_count = port->clip_index = port->position = 0;
    port->playing = port->loaded = port->loop = false;
}

static void play_over(engine_t *engine, port_t *port, bool finished) {
    event_t event = {.kind = ENDED, .port = port->handle, .id = port->play, .value = finished};
    forget_player(port);
    ring_put(&engine->ring, event, true);
}

void port_stop(engine_t *engine, port_t *port) {
    if (port->playing) play_over(engine, port, false);
}

void port_load(engine_t *engine, port_t *port, uint64_t play, clip_t **clips, size_t count, bool loop) {
    size_t kept = 0;
    bool wanted = port && port->playing && !port->loaded && port->play == play;
    for (size_t i = 0; i < count; i++) {
        if (wanted && clips[i]->samples)
            clips[kept++] = clips[i];
        else
            clip_release(clips[i]);
    }
    if (!wanted) {
        free(clips);
        return;
    }
    port->clips = clips;
    port->clip_count = kept;
    port->loaded = true;
    port->loop = loop;
    if (!kept) play_over(engine, port, true); /* an endless round of nothing is not begun */
}

bool port_drop(port_t *port, uint64_t play) {
    if (!port->playing || port->play != play) return false;
    forget_player(port);
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

void port_unbridge(port_t *port) {
    port_t *partner = port->partner;
    port->partner = NULL;
    if (partner) partner->partner = NULL;
}

void port_bridge(port_t *one, port_t *other) {
    port_unbridge(one);
    port_unbridge(other);
    one->partner = other;
    other->partner = one;
    one->bridged_length = other->bridged_length = 0;
    one->bridge_flows = other->bridge_flows = false;
}

/* ---- the stream that is sent ---- */

static void send_packet(port_t *port, uint8_t type, uint32_t timestamp, const uint8_t *payload, size_t length,
                        double now) {
    uint8_t packet[HEADER + DATAGRAM];
    uint16_t sequence = ++port->sequence;
    uint32_t ssrc = port->ssrc;
    const uint8_t header[HEADER] = {
        VERSION, type, (uint8_t)(sequence >> 8), (uint8_t)sequence,
        (uint8_t)(timestamp >> 24), (uint8_t)(timestamp >> 16), (uint8_t)(timestamp >> 8), (uint8_t)timestamp,
        (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc};
    memcpy(packet, header, HEADER);
    memcpy(packet + HEADER, payload, length);
    const address_t *to = &port->filter.target;
    socklen_t size = to->any.sa_family == AF_INET ? sizeof to->v4 : sizeof to->v6;
    if (sendto(port->fd, packet, HEADER + length, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any, size) < 0) {
        /* The far end's port is closed (ICMP), no route, a full queue: the packet is lost as on any network. */
        port->unsent++;
        return;
    }
    port->sent++;
    if (port->sent_at > 0 && now - port->sent_at > port->longest_gap) port->longest_gap = now - port->sent_at;
    port->sent_at = now;
}

static void send_event(port_t *port, bool begins, uint32_t timestamp, const uint8_t *payload, size_t length,
                       double now) {
    if (port->digit_payload_type < 0) return;
    send_packet(port, (uint8_t)((begins ? MARKER : 0) | port->digit_payload_type), timestamp, payload, length, now);
    port->talking = false;
}

/* The next 20 ms of what plays; false where nothing does. Sample after sample, without a gap between files or rounds. */
static bool played_frame(engine_t *engine, port_t *port, uint8_t *frame) {
    if (!port->loaded) return false;
    size_t filled = 0;
    while (filled < FRAME && port->clip_index < port->clip_count) {
        const clip_t *clip = port->clips[port->clip_index];
        size_t left = clip->samples - port->position, part = FRAME - filled < left ? FRAME - filled : left;
        memcpy(frame + filled, clip->octets[port->law] + port->position, part);
        filled += part;
        port->position += part;
        if (port->position == clip->samples) {
            port->position = 0;
            port->clip_index++;
            if (port->loop) port->clip_index %= port->clip_count;
        }
    }
    memset(frame + filled, engine->tables->silence[port->law], FRAME - filled);
    if (port->clip_index >= port->clip_count) play_over(engine, port, true);
    return true;
}

static bool bridged_frame(const engine_t *engine, port_t *port, uint8_t *frame) {
    if (!port->bridge_flows) {
        if (port->bridged_length < BRIDGE_START) return false;
        port->bridge_flows = true;
    }
    if (!port->bridged_length) {
        port->bridge_flows = false;
        return false;
    }
    size_t part = port->bridged_length < FRAME ? port->bridged_length : FRAME;
    memcpy(frame, port->bridged, part);
    memset(frame + part, engine->tables->silence[port->law], FRAME - part);
    port->bridged_length -= part;
    memmove(port->bridged, port->bridged + part, port->bridged_length);
    return true;
}

/* One tick of the digits that wait; true where it sent an event packet, so that there is no room for audio. */
static bool digit_step(engine_t *engine, port_t *port, double now) {
    wanted_digit_t wanted = port->digits[port->digit_first];
    int tick = port->digit_tick++;
    if (tick == 0) port->digit_timestamp = port->timestamp;
    if (port->digit_tick == DIGIT_TICKS) {
        port->digit_tick = 0;
        port->digit_first++;
        port->digit_count--;
        if (wanted.token)
            ring_put(&engine->ring, (event_t){.kind = SENT, .port = port->handle, .id = wanted.token}, true);
        return false;
    }
    if (tick >= DIGIT_PACKETS) return false;
    bool end = tick >= GROWING;
    unsigned duration = end ? TONE_SAMPLES : (unsigned)(tick + 1) * FRAME;
    const char *place = memchr(DIGITS, wanted.digit, sizeof DIGITS - 1);
    const uint8_t payload[4] = {place ? (uint8_t)(place - DIGITS) : 0, (uint8_t)((end ? 0x80 : 0) | VOLUME),
                                (uint8_t)(duration >> 8), (uint8_t)duration};
    send_event(port, tick == 0, port->digit_timestamp, payload, sizeof payload, now);
    return port->digit_payload_type >= 0;
}

void port_tick(engine_t *engine, port_t *port, double now) {
    if (!port->connected) return;
    uint8_t frame[FRAME];
    port->timestamp += FRAME; /* time goes on in silence too: the stream never stops but for hold */
    bool audio = port->partner ? bridged_frame(engine, port, frame) : played_frame(engine, port, frame);
    if (!port->sending) return;
    if (port->digit_count && digit_step(engine, port, now)) return;
    if (now < port->relay_until) return;
    uint8_t marker = 0;
    if (!audio) {
        port->talking = false;
        memset(frame, engine->tables->silence[port->law], FRAME);
    } else if (!port->talking) {
        port->talking = true;
        marker = MARKER;
    }
    send_packet(port, marker | port->payload_type, port->timestamp, frame, FRAME, now);
}

static void hand_out(engine_t *engine, port_t *port, double now, bool all) {
    size_t samples;
    int16_t *taken = recording_take(port->recording, now, all, &samples);
    if (!taken) return;
    event_t event = {.kind = RECORDED, .id = port->recording->id, .samples = taken, .length = samples};
    ring_put(&engine->ring, event, true);
}

void port_every_second(engine_t *engine, port_t *port, double now) {
    filter_release_silent(&port->filter, now);
    if (port->recording) hand_out(engine, port, now, false);
}

void port_finish_recording(engine_t *engine, port_t *port, double now) {
    recording_t *recording = port->recording;
    if (!recording) return;
    hand_out(engine, port, now, true);
    event_t event = {.kind = RECORDING_OVER, .id = recording->id, .value = recording->failed};
    port->recording = NULL;
    recording_free(recording);
    ring_put(&engine->ring, event, true);
}

/* ---- the stream that is heard ---- */

static void pass_on_audio(const engine_t *engine, port_t *port, law_t law, const packet_t *packet) {
    if (!port->connected) return;
    uint8_t *end = port->bridged + port->bridged_length; /* never more than BRIDGE_LIMIT: there is room for a packet */
    if (law == port->law)
        memcpy(end, packet->payload, packet->length);
    else
        for (size_t i = 0; i < packet->length; i++) end[i] = engine->tables->across[law][packet->payload[i]];
    port->bridged_length += packet->length;
    if (port->bridged_length > BRIDGE_LIMIT) {
        memmove(port->bridged, port->bridged + port->bridged_length - BRIDGE_START, BRIDGE_START);
        port->bridged_length = BRIDGE_START;
    }
}

/* The partner heard an event packet: send it on at once, in this stream's own numbers. */
static void pass_on_event(port_t *port, const packet_t *packet, double now) {
    if (!port->connected || port->digit_payload_type < 0 || !port->sending) return;
    bool begins = !port->relayed_any || packet->timestamp != port->relayed;
    if (begins) {
        port->relayed_any = true;
        port->relayed = packet->timestamp;
        port->relay_timestamp = port->timestamp;
    }
    port->relay_until = now + RELAY_HOLD;
    send_event(port, begins, port->relay_timestamp, packet->payload, packet->length, now);
}

void port_heard(engine_t *engine, port_t *port, const uint8_t *data, size_t length, const address_t *source,
                double now) {
    packet_t packet;
    if (!port->connected || !rtp_parse(data, length, &packet)) return;
    law_t law = port->laws[packet.payload_type];
    if (law == NO_LAW && packet.payload_type != port->digit_payload_type) return;
    if (!filter_accepts(&port->filter, source, now)) return;
    bool newer = count_heard(&port->count, packet.ssrc, packet.sequence);
    if (law != NO_LAW) {
        if (port->recording) recording_hear(port->recording, engine->tables->expand[law], &packet, now);
        if (newer && port->partner) pass_on_audio(engine, port->partner, law, &packet);
        return;
    }
    if (packet.length < 4) return;
    int event = detector_event(&port->detector, packet.payload, packet.length, packet.timestamp, packet.ssrc);
    if (event >= 0) {
        event_t digit = {.kind = DIGIT, .port = port->handle, .value = DIGITS[event], .at = unix_now()};
        ring_put(&engine->ring, digit, false);
    }
    if (port->partner) pass_on_event(port->partner, &packet, now);
}

void port_free(port_t *port) {
    forget_player(port);
    free(port->digits);
    recording_free(port->recording);
    if (port->fd >= 0) close(port->fd);
    free(port);
}
