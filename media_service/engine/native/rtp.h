/* RTP as it comes in: parsing, whose packets are taken, what was lost, telephone events. Hostile octets are refused here. */
#ifndef CALLWRIGHT_RTP_H
#define CALLWRIGHT_RTP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    RTP_HEADER = 12,
    MEMORY = 16 /* telephone events that are remembered */
};

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address_t;

typedef struct {
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    const uint8_t *payload;
    size_t length;
} packet_t;

uint32_t read_be32(const uint8_t *at);
void write_be32(uint8_t *at, uint32_t value);

/* RFC 3550 section 5.1; false for what is no packet or an empty one. `data` holds `length` octets, any. */
bool rtp_parse(const uint8_t *data, size_t length, packet_t *packet);

/* Whose packets are heard and where ours go (RFC 4961); as media_service/engine/pure/reception.py. */
typedef struct {
    address_t named, target, taken, candidate;
    bool any_taken, any_candidate;
    int rank, count;
    double heard_at;
} filter_t;

bool address_same(const address_t *one, const address_t *other);
bool address_same_host(const address_t *one, const address_t *other);
socklen_t address_size(const address_t *address);
void filter_begin(filter_t *filter, const address_t *named);
bool filter_accepts(filter_t *filter, const address_t *source, double now);
void filter_release_silent(filter_t *filter, double now);

/* RFC 3550 A.1, A.3 and A.8; `clock` is the RTP clock, Hz; 0 for packets whose times say nothing of jitter. */
typedef struct {
    uint64_t received, earlier_lost, counted;
    bool begun, timed;
    uint32_t ssrc;
    int64_t base, highest;
    int32_t bad;
    double transit, jitter;         /* seconds */
    uint64_t expected_told, received_told; /* as of the last report */
} count_t;

/* Whether the packet is newer than all before. */
bool count_heard(count_t *count, const packet_t *packet, uint32_t clock, double now);
uint64_t count_lost(const count_t *count);
/* Packets of the present source that should have come. */
uint64_t count_expected(const count_t *count);

/* Telephone events (RFC 4733), each told once. */
typedef struct {
    bool begun;
    uint32_t ssrc;
    int length;
    struct { uint32_t timestamp; uint8_t event; } seen[MEMORY];
} detector_t;

/* The event's number where `payload` begins a digit, else -1. */
int detector_event(detector_t *detector, const packet_t *packet);

#endif
