/* What comes to a port: RTP that is counted, recorded, passed on and listened to; RTCP; STUN and DTLS given up. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static const char DIGITS[] = "0123456789*#ABCD";

enum { COMFORT_NOISE = 13, FIRST_RTCP = 192, LAST_RTCP = 223, DIGITS_WAITING = 50 };

typedef enum { MEDIA, REPORTS, GIVEN_UP, NOTHING } nature_t;

/* RFC 7983 section 7; RTCP among RTP as RFC 5761 section 4 tells them apart. */
static nature_t nature_of(const uint8_t *data, size_t length) {
    if (!length) return NOTHING;
    if (data[0] <= 3 || (data[0] >= 20 && data[0] <= 63)) return GIVEN_UP;
    if (data[0] < 128 || data[0] > 191 || length < 2) return NOTHING;
    return data[1] >= FIRST_RTCP && data[1] <= LAST_RTCP ? REPORTS : MEDIA;
}

/* Connectivity checks and handshakes are few; who sends more wants to keep us busy. */
static bool within_limits(port_t *port, double now) {
    double credit = port->packet_credit + (now - port->packet_at) * PACKETS_PER_SECOND;
    port->packet_credit = credit > PACKETS_WAITING ? PACKETS_WAITING : credit;
    port->packet_at = now;
    if (port->waiting >= PACKETS_WAITING || port->packet_credit < 1) return false;
    port->packet_credit--;
    return true;
}

static void give_up(engine_t *engine, port_t *port, const uint8_t *data, size_t length, const address_t *source,
                    double now) {
    if (!within_limits(port, now)) return;
    event_t event = {.kind = PACKET, .port = port->handle, .data = malloc(length), .length = length, .source = *source};
    if (!event.data) return;
    memcpy(event.data, data, length);
    if (ring_put(&engine->ring, event, false)) port->waiting++;
}

static void hear_audio(engine_t *engine, port_t *port, encoding_t encoding, const packet_t *packet, double now) {
    if (port->recording) recording_hear(port->recording, engine->tables, encoding, packet, now);
    if (port->hearing) jitter_put(port->hearing->jitter, encoding, packet, now);
}

static void hear_event(engine_t *engine, port_t *port, const packet_t *packet, double now) {
    if (packet->length < 4) return;
    int event = detector_event(&port->detector, packet);
    if (event >= 0) {
        event_t digit = {.kind = DIGIT, .port = port->handle, .value = DIGITS[event], .at = unix_now()};
        ring_put(&engine->ring, digit, false);
        /* A partner whose far end takes no events hears the digit as a pair of tones; without memory it is lost. */
        port_t *partner = port->partner;
        if (partner && partner->connected && partner->stream.digit_payload_type < 0 &&
            partner->digit_count < DIGITS_WAITING)
            port_send_digits(partner, &DIGITS[event], 1, 0);
    }
    if (port->partner) port_pass_on_event(port->partner, packet, encoding_clock(port->stream.encoding), now);
}

static void hear_media(engine_t *engine, port_t *port, uint8_t *data, size_t length, const address_t *source,
                       double now) {
    packet_t packet;
    uint8_t type = length > 1 ? data[1] & 0x7F : 0;
    encoding_t encoding = (encoding_t)port->encodings[type];
    bool event = encoding == NO_ENCODING && type == port->stream.digit_payload_type;
    if (encoding == NO_ENCODING && !event && type != COMFORT_NOISE) return;
    if (port->secure && !secure_unprotect(port->secure, false, data, &length)) {
        port->refused++;
        return;
    }
    if (!rtp_parse(data, length, &packet) || !filter_accepts(&port->filter, source, now)) return;
    count_heard(&port->count, &packet, encoding == NO_ENCODING ? 0 : encoding_clock(encoding), now);
    if (event)
        hear_event(engine, port, &packet, now);
    else if (encoding != NO_ENCODING)
        hear_audio(engine, port, encoding, &packet, now);
}

void port_heard(engine_t *engine, port_t *port, bool on_rtcp, uint8_t *data, size_t length, const address_t *source,
                double now) {
    nature_t nature = nature_of(data, length);
    if (nature == GIVEN_UP && !on_rtcp) give_up(engine, port, data, length, source, now);
    if (!port->connected || port->unheard) return;
    if (nature == REPORTS)
        port_hear_report(port, data, length, source, now);
    else if (nature == MEDIA && !on_rtcp)
        hear_media(engine, port, data, length, source, now);
}

/* ---- once a tick ---- */

static void feed_ears(engine_t *engine, port_t *port, const int16_t *frame) {
    ears_t *ears = port->ears;
    char digits[2];
    int found = ears->digits ? dtmf_feed(&ears->dtmf, frame, FRAME, digits, sizeof digits) : 0;
    for (int i = 0; i < found; i++)
        ring_put(&engine->ring,
                 (event_t){.kind = DIGIT, .port = port->handle, .id = 1, .value = digits[i], .at = unix_now()}, false);
    int speaks = ears->speech ? vad_feed(&ears->vad, frame, FRAME) : -1;
    if (speaks >= 0) {
        double since = (double)(ears->vad.at + ears->vad.filled - ears->vad.changed_at) / RATE;
        event_t speech = {.kind = SPEECH, .port = port->handle, .value = speaks, .at = unix_now() - since};
        ring_put(&engine->ring, speech, false);
    }
    double beep = ears->beep ? beep_feed(&ears->tone, frame, FRAME) : 0;
    if (beep > 0)
        ring_put(&engine->ring,
                 (event_t){.kind = BEEP, .port = port->handle, .id = (uint64_t)(beep + 0.5), .at = unix_now()}, false);
}

void port_pull(engine_t *engine, port_t *port, double now) {
    hearing_t *hearing = port->hearing;
    hearing->any = jitter_take(hearing->jitter, engine->tables, &hearing->heard, now);
    if (port->room) room_count(port);
    if (port->ears) feed_ears(engine, port, hearing->heard.narrow);
}
