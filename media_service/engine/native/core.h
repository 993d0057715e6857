/* The packet core: moves the RTP of all ports on a thread of its own.
 *
 * Nothing in here knows Python. One lock guards everything; the packet thread gives it up every few packets, so that a
 * command never waits long. Commands change ports at once; news goes into a ring that the owner empties, woken by an
 * eventfd. Ports are known by handles that are never used twice.
 */
#ifndef CALLWRIGHT_CORE_H
#define CALLWRIGHT_CORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>

enum {
    FRAME = 160,               /* samples of one packet: 20 ms at 8 kHz */
    RATE = 8000,
    HEADER = 12,
    DATAGRAM = 2048,           /* longest packet that is taken */
    SLOTS = 4,                 /* ports are spread over four slots of 5 ms */
    BRIDGE_START = 2 * FRAME,  /* a bridge starts with 40 ms in hand ... */
    BRIDGE_LIMIT = 6 * FRAME,  /* ... and falls back to that when 120 ms have piled up */
    MAX_PORTS = 1 << 14,
    MEMORY = 16,               /* telephone events that are remembered */
    BATCH = 16,                /* packets between two chances for a command */
    READ = 8,                  /* datagrams taken by one system call */
    READ_ROUND = 64            /* datagrams taken from one port before the others have their turn */
};

typedef enum { MU_LAW = 0, A_LAW = 1, NO_LAW = -1 } law_t;

/* G.711 by table; filled once by the owner. */
typedef struct {
    uint8_t compress[2][65536];  /* by sample taken as unsigned */
    int16_t expand[2][256];
    uint8_t across[2][256];      /* codes of the one law in the other: across[from][code] */
    uint8_t silence[2];
} tables_t;

/* One prompt, encoded once per law and shared by all who play it. */
typedef struct {
    atomic_int holders;
    size_t samples;
    uint8_t *octets[2];
} clip_t;

/* ---- what is heard: rtp.c ---- */

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

/* RFC 3550 section 5.1; false for what is no packet or an empty one. `data` holds `length` octets, any. */
bool rtp_parse(const uint8_t *data, size_t length, packet_t *packet);

/* Whose packets are heard and where ours go (RFC 4961); as media_service/engine/reception.py. */
typedef struct {
    address_t named, target, taken, candidate;
    bool any_taken, any_candidate;
    int rank, count;
    double heard_at;
} filter_t;

bool address_same(const address_t *one, const address_t *other);
void filter_begin(filter_t *filter, const address_t *named);
bool filter_accepts(filter_t *filter, const address_t *source, double now);
void filter_release_silent(filter_t *filter, double now);

/* RFC 3550 A.1 and A.3. */
typedef struct {
    uint64_t received, earlier_lost, counted;
    bool begun;
    uint32_t ssrc;
    int64_t base, highest;
    int32_t bad;
} count_t;

bool count_heard(count_t *count, uint32_t ssrc, uint16_t sequence);
uint64_t count_lost(const count_t *count);

/* Telephone events (RFC 4733), each told once. */
typedef struct {
    bool begun;
    uint32_t ssrc;
    int length;
    struct { uint32_t timestamp; uint8_t event; } seen[MEMORY];
} detector_t;

/* The event's number where `payload` begins a digit, else -1. */
int detector_event(detector_t *detector, const uint8_t *payload, size_t length, uint32_t timestamp, uint32_t ssrc);

/* ---- recordings: recording.c ---- */

typedef struct {
    uint64_t id;
    double began;
    int64_t written;        /* samples handed out so far */
    int16_t *pending;       /* samples behind them */
    size_t length, room;
    bool anchored;
    uint32_t anchor, ssrc;
    bool failed;            /* out of memory */
} recording_t;

recording_t *recording_new(uint64_t id, double now);
void recording_free(recording_t *recording);
void recording_hear(recording_t *recording, const int16_t *expand, const packet_t *packet, double now);
/* Samples to be written, to be freed by the caller; NULL for none. `all`: everything up to now, as the end is here. */
int16_t *recording_take(recording_t *recording, double now, bool all, size_t *samples);

/* ---- news: ring.c ---- */

typedef enum { ENDED = 1, DIGIT, SENT, RECORDED, RECORDING_OVER, FAILED } kind_t;

typedef struct {
    kind_t kind;
    uint64_t port, id;
    int value;
    double at;
    int16_t *samples;
    size_t length;
} event_t;

typedef struct {
    event_t *events;
    size_t first, length, room;
    int bell;               /* eventfd: readable while events wait */
    uint64_t dropped;
} ring_t;

bool ring_begin(ring_t *ring);
void ring_end(ring_t *ring);
/* `must`: kept however many wait; others are dropped once the owner has not read for long. */
void ring_put(ring_t *ring, event_t event, bool must);
/* All that wait, to be freed by the caller with the samples in them. */
event_t *ring_take(ring_t *ring, size_t *length);

/* ---- ports: port.c ---- */

typedef struct { char digit; uint64_t token; } wanted_digit_t;

typedef struct port {
    uint64_t handle;
    int fd, slot;
    bool closed;
    struct port *next_dead;
    uint16_t udp_port;
    /* what SDP settled */
    bool connected, sending;
    law_t law;
    int8_t laws[128];
    uint8_t payload_type;
    int digit_payload_type;
    filter_t filter;
    /* sent */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    bool talking;
    uint64_t sent, unsent;
    double sent_at, longest_gap;
    /* played */
    bool playing, loaded, loop;
    uint64_t play;
    clip_t **clips;
    size_t clip_count, clip_index, position;
    /* digits to be sent */
    wanted_digit_t *digits;
    size_t digit_first, digit_count;
    int digit_tick;
    uint32_t digit_timestamp;
    /* bridge */
    struct port *partner;
    bool bridge_flows;
    uint8_t bridged[BRIDGE_LIMIT + DATAGRAM];
    size_t bridged_length;
    bool relayed_any;
    uint32_t relayed, relay_timestamp;
    double relay_until;
    /* heard */
    count_t count;
    detector_t detector;
    recording_t *recording;
} port_t;

typedef struct engine engine_t;

void port_connect(port_t *port, const address_t *remote, law_t law, uint8_t payload_type, int digit_payload_type,
                  bool sending);
void port_stop(engine_t *engine, port_t *port);
/* Takes over `clips` and the hold on each of them, whether or not `play` is still wanted. */
void port_load(engine_t *engine, port_t *port, uint64_t play, clip_t **clips, size_t count, bool loop);
bool port_drop(port_t *port, uint64_t play);
bool port_send_digits(port_t *port, const char *digits, size_t count, uint64_t token);
void port_unbridge(port_t *port);
void port_bridge(port_t *one, port_t *other);
void port_tick(engine_t *engine, port_t *port, double now);
void port_every_second(engine_t *engine, port_t *port, double now);
void port_heard(engine_t *engine, port_t *port, const uint8_t *data, size_t length, const address_t *source,
                double now);
void port_finish_recording(engine_t *engine, port_t *port, double now);
void port_free(port_t *port);

/* ---- the engine: engine.c ---- */

struct engine {
    tables_t *tables;
    pthread_mutex_t gate, lock;  /* whoever wants the lock holds the gate until it has it: nobody is overtaken */
    pthread_t thread;
    bool runs;
    atomic_bool ending;
    int epoll;
    ring_t ring;
    port_t *places[MAX_PORTS];
    uint32_t port_count;
    uint64_t generation;
    uint32_t next_place;
    struct { port_t **ports; size_t length, room; size_t live; } slots[SLOTS];
    port_t *dead;
    double latest;               /* how late the latest slot was, seconds */
};

engine_t *engine_new(tables_t *tables);
/* 0 or an errno. */
int engine_start(engine_t *engine);
/* Ends the thread and closes all ports; recordings end in the ring. */
void engine_stop(engine_t *engine);
void engine_free(engine_t *engine);
void engine_enter(engine_t *engine);
void engine_leave(engine_t *engine);
/* The port, inside `engine_enter`; NULL once it is closed. */
port_t *engine_port(engine_t *engine, uint64_t handle);
/* 0 or an errno; to be called inside `engine_enter`. Takes over the bound socket only where it gives 0. */
int engine_open(engine_t *engine, int fd, uint64_t *handle);
void engine_close(engine_t *engine, port_t *port);

clip_t *clip_new(const tables_t *tables, const uint8_t *linear, size_t octets);
void clip_hold(clip_t *clip);
void clip_release(clip_t *clip);

double clock_now(void);

#endif
