/* Reports built and read. Times on the wire are those of RFC 3550 section 4. */
#include "rtcp.h"

#include <string.h>

enum { SR = 200, RR = 201, SDES = 202, BYE = 203, VERSION = 0x80, CNAME_ITEM = 1, BLOCK = 24, MOST_LOST = 0x7FFFFF };
static const double NTP_EPOCH = 2208988800.0, LONGEST_TRIP = 60;

static uint32_t middle_of(double unix_time) {
    double seconds = unix_time + NTP_EPOCH;
    uint64_t whole = (uint64_t)seconds;
    return (uint32_t)(whole << 16 | (uint64_t)((seconds - (double)whole) * 65536));
}

static uint8_t *write_header(uint8_t *at, unsigned count, unsigned type, size_t words) {
    at[0] = (uint8_t)(VERSION | count);
    at[1] = (uint8_t)type;
    at[2] = (uint8_t)((words - 1) >> 8);
    at[3] = (uint8_t)(words - 1);
    return at + 4;
}

static uint8_t *write_word(uint8_t *at, uint32_t word) {
    write_be32(at, word);
    return at + 4;
}

/* A hostile stream's jitter, or the time since a report that was long ago, may not fit. */
static uint32_t as_word(double value) { return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX; }

/* RFC 3550 6.4.1 and A.3. */
static uint8_t *write_block(uint8_t *at, const rtcp_t *rtcp, count_t *count, const moment_t *moment) {
    uint64_t expected = count_expected(count);
    int64_t lost = (int64_t)expected - (int64_t)count->counted;
    int64_t new_expected = (int64_t)(expected - count->expected_told);
    int64_t new_lost = new_expected - (int64_t)(count->counted - count->received_told);
    count->expected_told = expected;
    count->received_told = count->counted;
    uint32_t fraction = new_expected > 0 && new_lost > 0 ? (uint32_t)(new_lost * 256 / new_expected) : 0;
    if (fraction > 255) fraction = 255;
    if (lost > MOST_LOST) lost = MOST_LOST;
    if (lost < -MOST_LOST) lost = -MOST_LOST;
    at = write_word(at, count->ssrc);
    at = write_word(at, fraction << 24 | ((uint32_t)lost & 0xFFFFFF));
    at = write_word(at, (uint32_t)count->highest);
    at = write_word(at, as_word(count->jitter * moment->clock));
    at = write_word(at, rtcp->any_sr ? rtcp->sr_middle : 0);
    return write_word(at, rtcp->any_sr ? as_word((moment->now - rtcp->sr_at) * 65536) : 0);
}

static uint8_t *write_sender(uint8_t *at, const rtcp_t *rtcp, const moment_t *moment) {
    double seconds = moment->unix_time + NTP_EPOCH;
    uint64_t whole = (uint64_t)seconds;
    at = write_word(at, (uint32_t)whole);
    at = write_word(at, (uint32_t)((seconds - (double)whole) * 4294967296.0));
    at = write_word(at, moment->timestamp);
    at = write_word(at, (uint32_t)rtcp->packets);
    return write_word(at, (uint32_t)rtcp->octets);
}

size_t rtcp_build(rtcp_t *rtcp, count_t *count, const moment_t *moment, uint8_t *out) {
    bool sender = rtcp->any_sent;
    unsigned blocks = count->begun ? 1 : 0;
    uint8_t *at = write_header(out, blocks, sender ? SR : RR, 2 + (sender ? 5 : 0) + 6 * blocks);
    at = write_word(at, moment->ssrc);
    if (sender) at = write_sender(at, rtcp, moment);
    if (blocks) at = write_block(at, rtcp, count, moment);
    size_t length = strlen(rtcp->cname), padded = (2 + length + 4) & ~(size_t)3; /* at least one zero ends the items */
    at = write_header(at, 1, SDES, 2 + padded / 4);
    at = write_word(at, moment->ssrc);
    memset(at, 0, padded);
    at[0] = CNAME_ITEM;
    at[1] = (uint8_t)length;
    memcpy(at + 2, rtcp->cname, length);
    at += padded;
    if (moment->goodbye) {
        at = write_header(at, 1, BYE, 2);
        at = write_word(at, moment->ssrc);
    }
    return (size_t)(at - out);
}

/* ---- what is read ---- */

static bool sound(const uint8_t *data, size_t length) {
    if (length < 8 || (data[0] & 0xE0) != VERSION || (data[1] != SR && data[1] != RR)) return false;
    size_t at = 0;
    while (at + 4 <= length) {
        if ((data[at] & 0xC0) != VERSION) return false;
        at += 4 * (((size_t)data[at + 2] << 8 | data[at + 3]) + 1);
    }
    return at == length;
}

static void hear_block(rtcp_t *rtcp, const uint8_t *block, const moment_t *moment) {
    if (read_be32(block) != moment->ssrc) return;
    rtcp->told = true;
    rtcp->loss = block[4] / 256.0;
    rtcp->jitter = (double)read_be32(block + 12) / moment->clock;
    uint32_t last = read_be32(block + 16), delay = read_be32(block + 20);
    if (!last) return;
    int32_t trip = (int32_t)(middle_of(moment->unix_time) - last - delay);
    if (trip < 0) trip = 0; /* clocks that count in 15 us steps */
    if (trip / 65536.0 > LONGEST_TRIP) return;
    rtcp->timed = true;
    rtcp->round_trip = trip / 65536.0;
}

static void hear_report(rtcp_t *rtcp, const uint8_t *data, size_t length, const moment_t *moment) {
    size_t at = data[1] == SR ? 28 : 8;
    if (length < at) return;
    if (data[1] == SR) {
        rtcp->any_sr = true;
        rtcp->sr_middle = read_be32(data + 8) << 16 | read_be32(data + 12) >> 16;
        rtcp->sr_at = moment->now;
    }
    for (unsigned block = data[0] & 0x1F; block && length - at >= BLOCK; block--, at += BLOCK)
        hear_block(rtcp, data + at, moment);
}

void rtcp_hear(rtcp_t *rtcp, const uint8_t *data, size_t length, const moment_t *moment) {
    if (!sound(data, length)) return;
    for (size_t at = 0; at < length;) {
        size_t part = 4 * (((size_t)data[at + 2] << 8 | data[at + 3]) + 1);
        if (data[at + 1] == SR || data[at + 1] == RR) hear_report(rtcp, data + at, part, moment);
        at += part;
    }
}
