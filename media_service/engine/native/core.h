/* The packet core: moves the RTP of all ports on a thread of its own.
 *
 * Nothing in here knows Python. One lock guards everything; the packet thread gives it up every few packets, so that a
 * command never waits long. Commands change ports at once; news goes into a ring that the owner empties, woken by an
 * eventfd. Ports are known by handles that are never used twice.
 */
#ifndef CALLWRIGHT_CORE_H
#define CALLWRIGHT_CORE_H

#include "codec.h"
#include "jitter.h"
#include "recording.h"
#include "ring.h"
#include "rtcp.h"
#include "rtp.h"
#include "secure.h"
#include "signal/signal.h"

#include <pthread.h>

enum {
    DATAGRAM = 2048,           /* longest packet that is taken */
    SLOTS = 4,                 /* ports are spread over four slots of 5 ms */
    MAX_PORTS = 1 << 14,
    BATCH = 16,                /* packets between two chances for a command */
    READ_ROUND = 64,           /* datagrams taken from one port before the others have their turn */
    PACKETS_WAITING = 50,      /* datagrams of one port that wait to be given up ... */
    PACKETS_PER_SECOND = 200   /* ... and are, beyond those, in a second */
};

typedef struct engine engine_t;
typedef struct room room_t;

typedef struct { char digit; uint64_t token; } wanted_digit_t;

typedef enum { SPEAKER, LISTENER, WHISPERER } role_t;

/* What a port keeps while something needs its audio. */
typedef struct {
    jitter_t *jitter;
    sound_t heard;             /* of the present tick */
    bool any;
    int16_t counted[FRAME];    /* what the conference's sum holds of it */
} hearing_t;

/* What a port listens for. */
typedef struct {
    bool digits, speech, beep;
    dtmf_t dtmf;
    vad_t vad;
    beep_t tone;
} ears_t;

typedef struct {
    clip_t **clips;
    size_t count, index, position;
    size_t start;              /* where the first round begins, samples */
} player_t;

/* What one tick sends. */
typedef struct {
    bool audio;                /* or silence */
    size_t length;             /* of the payload, once it is encoded */
    uint8_t payload[ENCODED];
    bool linear;               /* whether there is sound */
    sound_t sound;
} outgoing_t;

typedef struct {
    address_t remote;
    encoding_t encoding;
    uint8_t payload_type;
    int digit_payload_type;    /* -1: none */
    bool sending;
    bool shares;               /* RTCP on the same port */
    bool any_rtcp;             /* `rtcp` says where reports go, else the port above */
    address_t rtcp;
} stream_t;

typedef struct port {
    uint64_t handle;
    int fd, rtcp_fd, slot;
    bool closed;
    struct port *next_dead;
    /* what SDP settled */
    bool connected;
    stream_t stream;
    int8_t encodings[128];
    filter_t filter;
    secure_t *secure;
    bool unheard;              /* protected, the keys not agreed yet */
    uint32_t waiting;          /* PACKET events not read yet */
    double packet_credit, packet_at;
    /* sent */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    bool talking;
    bool paused;               /* nothing was sent for a while: a far end counts anew from the next packet */
    uint64_t sent, unsent;
    double sent_at, longest_gap;
    bool ticked;
    uint64_t last_round;
    unsigned ahead;         /* samples that the stream's timestamps are ahead of time */
    unsigned unpulled;         /* samples of time since what is heard was last asked for */
    encoder_t *encoder;
    rtcp_t rtcp;
    /* played */
    bool playing, loaded, loop;
    uint64_t play;
    player_t player;
    /* digits to be sent */
    wanted_digit_t *digits;
    size_t digit_first, digit_count;
    int digit_tick;
    uint32_t digit_timestamp;
    /* bridge and conference */
    struct port *partner;
    bool relayed_any;
    uint32_t relayed, relay_timestamp;
    double relay_until;
    room_t *room;
    role_t role;
    uint64_t whisper_to;
    /* heard */
    count_t count;
    detector_t detector;
    hearing_t *hearing;
    ears_t *ears;
    recording_t *recording;
    uint64_t late, refused;
} port_t;

/* ---- port.c: what the owner asks ---- */

void port_connect(port_t *port, const stream_t *stream);
void port_stop(engine_t *engine, port_t *port);
/* Takes over `clips` and the hold on each of them, whether or not `play` is still wanted. */
void port_load(engine_t *engine, port_t *port, uint64_t play, clip_t **clips, size_t count, bool loop);
bool port_drop(port_t *port, uint64_t play);
bool port_send_digits(port_t *port, const char *digits, size_t count, uint64_t token);
bool port_listen(port_t *port, bool digits, bool speech, bool beep);
void port_unbridge(port_t *port);
/* False without memory. */
bool port_bridge(port_t *one, port_t *other);
void port_pause_recording(engine_t *engine, port_t *port, bool paused, double now);
void port_finish_recording(engine_t *engine, port_t *port, double now);
void port_every_second(engine_t *engine, port_t *port, double now);
/* Keep what hearing needs, or give it up where nothing needs it any more; false without memory. */
bool port_hears(port_t *port);
void port_free(port_t *port);

/* ---- player.c ---- */

void player_forget(port_t *port);
void player_over(engine_t *engine, port_t *port, bool finished);
/* The next 20 ms of what plays, `linear` too where that is wanted; false where nothing does. */
bool player_frame(engine_t *engine, port_t *port, bool linear, outgoing_t *out);

/* ---- send.c ---- */

/* `round`: 5 ms steps since the thread began. */
void port_tick(engine_t *engine, port_t *port, uint64_t round, double now);
/* The partner heard an event packet: send it on at once, in this stream's own numbers. */
void port_pass_on_event(port_t *port, const packet_t *packet, uint32_t clock, double now);
/* An octet string as it is, from the RTP or the RTCP socket. */
void port_send_datagram(port_t *port, bool from_rtcp, const uint8_t *data, size_t length, const address_t *to);

/* ---- hear.c ---- */

/* A datagram came to the RTP or the RTCP (`on_rtcp`) socket; `data` has room for DATAGRAM and is changed. */
void port_heard(engine_t *engine, port_t *port, bool on_rtcp, uint8_t *data, size_t length, const address_t *source,
                double now);
/* The next 20 ms of what is heard: into `hearing`, the conference and the ears. */
void port_pull(engine_t *engine, port_t *port, double now);

/* ---- reports.c: RTCP of a port ---- */

void port_report(engine_t *engine, port_t *port, double now, bool goodbye);
void port_hear_report(port_t *port, uint8_t *data, size_t length, const address_t *source, double now);

/* ---- room.c: conferences ---- */

struct room {
    uint64_t id;
    room_t *next;
    port_t **members;
    size_t count, places, whisperers;
    int32_t sum[FRAME];        /* of the present sound of all speakers */
};

/* False without memory. */
bool room_join(engine_t *engine, port_t *port, uint64_t id, role_t role, uint64_t whisper_to);
void room_leave(engine_t *engine, port_t *port);
/* The port's new sound in place of its last. */
void room_count(port_t *port);
/* What the port is to send. */
void room_mix(const port_t *port, sound_t *sound);

/* ---- the engine: engine.c ---- */

struct engine {
    tables_t *tables;
    uint8_t quiet[ENCODINGS][ENCODED]; /* a silent frame in each encoding */
    size_t quiet_length[ENCODINGS];
    pthread_mutex_t gate, lock;  /* whoever wants the lock holds the gate until it has it: nobody is overtaken */
    pthread_t thread;
    bool runs;
    atomic_bool ending;          /* the thread does not run, or is to end */
    int epoll;
    ring_t ring;
    port_t *places[MAX_PORTS];
    uint32_t port_count;
    uint64_t generation;
    uint32_t next_place;
    struct { port_t **ports; size_t length, room; size_t live; } slots[SLOTS];
    port_t *dead;
    room_t *rooms;
    uint64_t chance;             /* state of the small generator that spreads reports */
    uint64_t round;              /* the next one */
    double latest;               /* how late the latest slot was, seconds */
};

/* Takes over `tables`, unless it gives NULL. */
engine_t *engine_new(tables_t *tables);
/* 0 or an errno: EALREADY where it runs. */
int engine_start(engine_t *engine);
/* Ends the thread and closes all ports; recordings end in the ring. */
void engine_stop(engine_t *engine);
void engine_free(engine_t *engine);
void engine_enter(engine_t *engine);
void engine_leave(engine_t *engine);
/* The port, inside `engine_enter`; NULL once it is closed. */
port_t *engine_port(engine_t *engine, uint64_t handle);
/* 0 or an errno; to be called inside `engine_enter`. Takes over the bound sockets only where it gives 0. */
int engine_open(engine_t *engine, int fd, int rtcp_fd, uint64_t *handle);
void engine_close(engine_t *engine, port_t *port);
/* Let the port send in the next slot, for it has something new to say: not after 20 ms, but at once. */
void engine_hasten(engine_t *engine, port_t *port);
/* 0 up to 1. */
double engine_chance(engine_t *engine);

double clock_now(void);  /* monotonic, seconds */
double unix_now(void);

#endif
