/* What is heard: RTP packets, their sources, their count, and the telephone events among them. All bounds are checked
 * here; nothing in a packet is believed. */
#include "rtp.h"

#include <string.h>

enum { PATIENCE = 5, MAX_DROPOUT = 3000, MAX_MISORDER = 100, CYCLE = 1 << 16, MAX_DURATION = 0xFFFF, FASTEST_CLOCK = 48000 };
static const double SILENCE = 0.5;

uint32_t read_be32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void write_be32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

bool rtp_parse(const uint8_t *data, size_t length, packet_t *packet) {
    if (length < RTP_HEADER || (data[0] & 0xC0) != 0x80) return false;
    size_t start = RTP_HEADER + 4u * (data[0] & 0x0F), end = length;
    if (start > end) return false;
    if (data[0] & 0x10) {
        if (end - start < 4) return false;
        size_t extension = 4 + 4 * ((size_t)data[start + 2] << 8 | data[start + 3]);
        if (end - start < extension) return false;
        start += extension;
    }
    if (data[0] & 0x20) {
        uint8_t padding = data[length - 1];
        if (end == start || padding == 0 || padding > end - start) return false;
        end -= padding;
    }
    if (end == start) return false;
    packet->payload_type = data[1] & 0x7F;
    packet->sequence = (uint16_t)(data[2] << 8 | data[3]);
    packet->timestamp = read_be32(data + 4);
    packet->ssrc = read_be32(data + 8);
    packet->payload = data + start;
    packet->length = end - start;
    return true;
}

bool address_same_host(const address_t *one, const address_t *other) {
    if (one->any.sa_family != other->any.sa_family) return false;
    if (one->any.sa_family == AF_INET) return one->v4.sin_addr.s_addr == other->v4.sin_addr.s_addr;
    return memcmp(&one->v6.sin6_addr, &other->v6.sin6_addr, sizeof one->v6.sin6_addr) == 0;
}

bool address_same(const address_t *one, const address_t *other) {
    /* The port stands at the same place in both families. */
    return address_same_host(one, other) && one->v4.sin_port == other->v4.sin_port;
}

socklen_t address_size(const address_t *address) {
    return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

void filter_begin(filter_t *filter, const address_t *named) {
    memset(filter, 0, sizeof *filter);
    filter->named = filter->target = *named;
}

static bool take(filter_t *filter, const address_t *source, int rank, double now) {
    filter->taken = filter->target = *source;
    filter->any_taken = true;
    filter->rank = rank;
    filter->heard_at = now;
    filter->any_candidate = false;
    filter->count = 0;
    return true;
}

bool filter_accepts(filter_t *filter, const address_t *source, double now) {
    if (filter->any_taken && address_same(source, &filter->taken)) {
        filter->heard_at = now;
        return true;
    }
    if (address_same(source, &filter->named)) return take(filter, source, 3, now);
    int rank = address_same_host(source, &filter->named) ? 2 : 1;
    if (filter->any_taken && rank <= filter->rank && now - filter->heard_at < SILENCE) return false;
    if (!filter->any_candidate || !address_same(source, &filter->candidate)) {
        filter->candidate = *source;
        filter->any_candidate = true;
        filter->count = 0;
    }
    return ++filter->count >= PATIENCE && take(filter, source, rank, now);
}

void filter_release_silent(filter_t *filter, double now) {
    if (filter->any_taken && filter->rank < 3 && now - filter->heard_at > 2 * SILENCE) {
        filter->any_taken = false;
        filter->rank = filter->count = 0;
        filter->target = filter->named;
    }
}

uint64_t count_expected(const count_t *count) {
    return count->begun ? (uint64_t)(count->highest - count->base + 1) : 0;
}

static uint64_t lost_now(const count_t *count) {
    uint64_t expected = count_expected(count);
    return expected > count->counted ? expected - count->counted : 0;
}

static void begin_source(count_t *count, uint32_t ssrc, uint16_t sequence) {
    count->earlier_lost += lost_now(count);
    count->begun = true;
    count->timed = false;
    count->ssrc = ssrc;
    count->base = count->highest = sequence;
    count->counted = 1;
    count->bad = -1;
    count->expected_told = count->received_told = 0;
}

/* RFC 3550 A.8. An event's packets all bear the time of its beginning: their jitter would mean nothing. */
static void time_packet(count_t *count, const packet_t *packet, uint32_t clock, double now) {
    double transit = now - (double)packet->timestamp / clock;
    double cycle = 4294967296.0 / clock, moved = transit - count->transit;
    if (count->timed && moved > cycle / 2) moved -= cycle;
    if (count->timed && moved < -cycle / 2) moved += cycle;
    /* A leap of more than a second is a clock that was set anew, no jitter. */
    if (count->timed && moved > -1 && moved < 1) count->jitter += ((moved < 0 ? -moved : moved) - count->jitter) / 16;
    count->timed = true;
    count->transit = transit;
}

static bool count_sequence(count_t *count, uint32_t ssrc, uint16_t sequence) {
    count->received++;
    if (!count->begun || ssrc != count->ssrc) {
        begin_source(count, ssrc, sequence);
        return true;
    }
    uint16_t ahead = (uint16_t)(sequence - (uint16_t)count->highest);
    if (ahead == 0 || ahead > CYCLE - MAX_MISORDER) {
        count->counted++;
        return false;
    }
    if (ahead < MAX_DROPOUT) {
        count->highest += ahead;
        count->counted++;
        return true;
    }
    if (sequence == count->bad) { /* two in a row after a great leap: the far end has started again */
        begin_source(count, ssrc, sequence);
        return true;
    }
    count->bad = (sequence + 1) % CYCLE;
    return false;
}

bool count_heard(count_t *count, const packet_t *packet, uint32_t clock, double now) {
    bool newer = count_sequence(count, packet->ssrc, packet->sequence);
    if (clock) time_packet(count, packet, clock, now); /* in order of arrival, whatever the sequence */
    return newer;
}

uint64_t count_lost(const count_t *count) { return count->earlier_lost + lost_now(count); }

static bool seen(const detector_t *detector, uint32_t timestamp, uint8_t event) {
    for (int i = 0; i < detector->length; i++)
        if (detector->seen[i].timestamp == timestamp && detector->seen[i].event == event) return true;
    return false;
}

static void remember(detector_t *detector, uint32_t timestamp, uint8_t event) {
    if (detector->length == MEMORY) {
        memmove(detector->seen, detector->seen + 1, (MEMORY - 1) * sizeof detector->seen[0]);
        detector->length--;
    }
    detector->seen[detector->length].timestamp = timestamp;
    detector->seen[detector->length++].event = event;
}

static bool known(detector_t *detector, uint32_t timestamp, uint8_t event) {
    if (seen(detector, timestamp, event)) return true;
    if (detector->length == 0) return false;
    if (seen(detector, timestamp - MAX_DURATION, event)) {
        /* A digit held for more than 8.19 s goes on in a further segment (RFC 4733 2.5.1.3). */
        remember(detector, timestamp, event);
        return true;
    }
    if (detector->length < MEMORY) return false;
    /* A late packet of an event that has been forgotten is at most seconds old; a jump beyond is a restarted clock. */
    int32_t behind = (int32_t)(detector->seen[MEMORY - 1].timestamp - timestamp);
    int32_t oldest = (int32_t)(detector->seen[MEMORY - 1].timestamp - detector->seen[0].timestamp);
    return oldest < behind && behind < 60 * FASTEST_CLOCK;
}

int detector_event(detector_t *detector, const packet_t *packet) {
    if (packet->length < 4) return -1;
    if (!detector->begun || packet->ssrc != detector->ssrc) {
        detector->begun = true;
        detector->ssrc = packet->ssrc;
        detector->length = 0;
    }
    uint8_t event = packet->payload[0];
    if (event >= 16 || known(detector, packet->timestamp, event)) return -1;
    remember(detector, packet->timestamp, event);
    return event;
}
