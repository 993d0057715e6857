/* The stream that a port sends: one packet for each tick, whatever its sound comes from. */
#include "core.h"

#include <math.h>
#include <string.h>

enum {
    VERSION = 0x80,
    MARKER = 0x80,
    TONE_TICKS = 5,           /* 100 ms of tone and 100 ms of pause, in ticks of 20 ms ... */
    DIGIT_TICKS = 10,
    GROWING = 4,              /* ... 20, 40, 60 and 80 ms, then the end, told three times (RFC 4733 2.5.1.4) */
    DIGIT_PACKETS = GROWING + 3,
    VOLUME = 10
};
/* Seconds after a passed-on event packet in which no audio is sent between: one lost event packet's worth. */
static const double RELAY_HOLD = 0.05;
static const char DIGITS[] = "0123456789*#ABCD";

/* ---- packets ---- */

void port_send_datagram(port_t *port, bool from_rtcp, const uint8_t *data, size_t length, const address_t *to) {
    int fd = from_rtcp ? port->rtcp_fd : port->fd;
    if (sendto(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any, address_size(to)) < 0) port->unsent++;
}

static void send_packet(port_t *port, uint8_t type, uint32_t timestamp, const uint8_t *payload, size_t length,
                        double now) {
    _Alignas(8) uint8_t packet[RTP_HEADER + DATAGRAM + SECURE_TRAILER]; /* libsrtp takes it by words */
    uint16_t sequence = ++port->sequence;
    const uint8_t header[4] = {VERSION, type, (uint8_t)(sequence >> 8), (uint8_t)sequence};
    memcpy(packet, header, sizeof header);
    write_be32(packet + 4, timestamp);
    write_be32(packet + 8, port->ssrc);
    memcpy(packet + RTP_HEADER, payload, length);
    size_t octets = RTP_HEADER + length;
    const address_t *to = &port->filter.target;
    if ((port->secure && !secure_protect(port->secure, false, packet, &octets)) ||
        sendto(port->fd, packet, octets, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any, address_size(to)) < 0) {
        /* The far end's port is closed (ICMP), no route, a full queue: the packet is lost as on any network. */
        port->unsent++;
        return;
    }
    port->sent++;
    port->rtcp.any_sent = true;
    port->rtcp.packets++;
    port->rtcp.octets += length;
    if (port->sent_at > 0 && now - port->sent_at > port->longest_gap) port->longest_gap = now - port->sent_at;
    port->sent_at = now;
}

static bool may_send(const port_t *port) { return port->connected && port->stream.sending && !port->unheard; }

/* ---- digits ---- */

static void send_event(port_t *port, bool begins, uint32_t timestamp, const uint8_t *payload, size_t length,
                       double now) {
    send_packet(port, (uint8_t)((begins ? MARKER : 0) | port->stream.digit_payload_type), timestamp, payload, length,
                now);
    port->talking = port->paused = false;
}

void port_pass_on_event(port_t *port, const packet_t *packet, uint32_t clock, double now) {
    if (!may_send(port) || port->stream.digit_payload_type < 0) return;
    bool begins = !port->relayed_any || packet->timestamp != port->relayed;
    if (begins) {
        port->relayed_any = true;
        port->relayed = packet->timestamp;
        port->relay_timestamp = port->timestamp;
    }
    port->relay_until = now + RELAY_HOLD;
    uint8_t payload[4];
    memcpy(payload, packet->payload, sizeof payload);
    uint32_t duration = (uint32_t)(payload[2] << 8 | payload[3]), ours = encoding_clock(port->stream.encoding);
    duration = (uint32_t)((uint64_t)duration * ours / clock);
    if (duration > 0xFFFF) duration = 0xFFFF;
    payload[2] = (uint8_t)(duration >> 8);
    payload[3] = (uint8_t)duration;
    send_event(port, begins, port->relay_timestamp, payload, sizeof payload, now);
}

/* ITU-T Q.23: 16 digits by four rows and four columns. -10 dBm0 and -8 dBm0. */
static void tone_frame(char digit, int tick, sound_t *sound) {
    static const char KEYS[] = "123A456B789C*0#D";
    static const double ROWS[] = {697, 770, 852, 941}, COLUMNS[] = {1209, 1336, 1477, 1633};
    const double low = 7300, high = 9200, tau = 6.283185307179586;
    const char *place = memchr(KEYS, digit, sizeof KEYS - 1);
    size_t key = place ? (size_t)(place - KEYS) : 0;
    for (int i = 0; i < FRAME; i++) {
        double time = (double)(tick * FRAME + i) / RATE;
        sound->narrow[i] =
            (int16_t)(low * sin(tau * ROWS[key / 4] * time) + high * sin(tau * COLUMNS[key % 4] * time));
    }
    sound->has_wide = false;
}

static void send_digit_packet(port_t *port, char digit, int tick, double now) {
    bool end = tick >= GROWING;
    unsigned step = FRAME * (encoding_clock(port->stream.encoding) / RATE);
    unsigned duration = (unsigned)(end ? TONE_TICKS : tick + 1) * step;
    const char *place = memchr(DIGITS, digit, sizeof DIGITS - 1);
    const uint8_t payload[4] = {place ? (uint8_t)(place - DIGITS) : 0, (uint8_t)((end ? 0x80 : 0) | VOLUME),
                                (uint8_t)(duration >> 8), (uint8_t)duration};
    send_event(port, tick == 0, port->digit_timestamp, payload, sizeof payload, now);
}

/* One tick of the digits that wait; true where it sent an event packet, so that there is no room for audio. In band, the
 * tones take the place of what `out` holds. */
static bool digit_step(engine_t *engine, port_t *port, outgoing_t *out, double now) {
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
    if (port->stream.digit_payload_type >= 0) {
        if (tick < DIGIT_PACKETS) send_digit_packet(port, wanted.digit, tick, now);
        return tick < DIGIT_PACKETS;
    }
    memset(out, 0, sizeof *out);
    out->audio = out->linear = true;
    if (tick < TONE_TICKS) tone_frame(wanted.digit, tick, &out->sound);
    return false;
}

/* ---- audio ---- */

static bool from_partner(const port_t *port, outgoing_t *out) {
    const hearing_t *hearing = port->partner->hearing;
    if (!hearing || !hearing->any) return false;
    out->sound = hearing->heard;
    out->linear = true;
    return true;
}

static void fetch(engine_t *engine, port_t *port, outgoing_t *out) {
    bool recorded = port->recording && port->recording->what != HEARD_ALONE;
    out->audio = out->linear = false;
    out->length = 0;
    if (port->partner) {
        out->audio = from_partner(port, out);
    } else if (port->room) {
        room_mix(port, &out->sound);
        out->audio = out->linear = true;
    } else {
        out->audio = player_frame(engine, port, recorded, out);
    }
}

/* The payload of what is to be sent; false where it cannot be made. */
static bool pack(engine_t *engine, port_t *port, outgoing_t *out) {
    encoding_t encoding = port->stream.encoding;
    if (!out->audio) {
        out->length = engine->quiet_length[encoding];
        memcpy(out->payload, engine->quiet[encoding], out->length);
        return true;
    }
    if (out->length) return true;
    if (!port->encoder || encoder_encoding(port->encoder) != encoding) {
        encoder_free(port->encoder);
        port->encoder = encoder_new(encoding);
    }
    if (port->encoder) out->length = encode(port->encoder, engine->tables, &out->sound, out->payload);
    return out->length > 0;
}

static void send_audio(engine_t *engine, port_t *port, outgoing_t *out, double now) {
    if (!pack(engine, port, out)) {
        port->unsent++;
        return;
    }
    uint8_t marker = port->paused ? MARKER : 0; /* RFC 3551 4.1: the first one after none were sent, silent or not */
    port->paused = false;
    if (!out->audio) {
        port->talking = false;
    } else if (!port->talking) {
        port->talking = true;
        marker = MARKER;
    }
    send_packet(port, marker | port->stream.payload_type, port->timestamp, out->payload, out->length, now);
}

static uint32_t clock_ticks(const port_t *port, unsigned samples) {
    return samples * (encoding_clock(port->stream.encoding) / RATE);
}

/* Samples of time since the last tick: 160, but where the port has changed its slot. */
static unsigned pass_time(port_t *port, uint64_t round) {
    uint64_t rounds = port->ticked ? round - port->last_round : SLOTS;
    port->ticked = true;
    port->last_round = round;
    unsigned samples = (unsigned)(rounds > 2 * SLOTS ? SLOTS : rounds) * (FRAME / SLOTS);
    /* What was sent last lasts a frame: a packet that comes sooner follows it all the same, or a far end that takes no
     * overlap would drop it. The stream is then ahead of its time, until `catch_up`. */
    unsigned step = samples < FRAME ? FRAME : samples;
    port->ahead += step - samples;
    /* Time goes on in silence too: the stream never stops but for hold. */
    port->timestamp += clock_ticks(port, step);
    return samples;
}

/* A stream that is a frame ahead of its time leaves out a frame of silence; true where this one is left out. */
static bool catch_up(port_t *port, const outgoing_t *out) {
    if (out->audio || port->ahead < FRAME) return false;
    port->ahead -= FRAME;
    port->timestamp -= clock_ticks(port, FRAME);
    return true;
}

void port_tick(engine_t *engine, port_t *port, uint64_t round, double now) {
    if (!port->connected) return;
    outgoing_t out;
    unsigned samples = pass_time(port, round);
    port->unpulled += samples;
    if (port->unpulled >= FRAME) {
        port->unpulled = port->unpulled >= 2 * FRAME ? 0 : port->unpulled - FRAME;
        if (port->hearing) port_pull(engine, port, now);
    }
    fetch(engine, port, &out);
    bool open = may_send(port);
    bool event = open && port->digit_count && digit_step(engine, port, &out, now);
    if (port->recording)
        recording_send(port->recording, open && !event && out.linear ? out.sound.narrow : NULL, samples, now);
    if (open && !event && now >= port->relay_until && !catch_up(port, &out)) send_audio(engine, port, &out, now);
    if (now >= port->rtcp.due) port_report(engine, port, now, false);
}
