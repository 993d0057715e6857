/* The packet thread: every 5 ms it takes what has come for any port and sends for a quarter of them.
 *
 * A slot that comes late is made up for, never left out: the far end counts on 50 packets for each second. Only after
 * half a second in which the thread did not run at all (a stopped virtual machine) is time let go.
 */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    READY = 1024,
    ROUNDS_PER_SECOND = 200,
    NICE = -10,
    UNEVEN = 16 /* ports that a slot may have more than its share */
};
static const double SLOT_SECONDS = 0.005, FRAME_SECONDS = 0.02, TOO_LATE = 0.5;

double clock_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double unix_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double engine_chance(engine_t *engine) {
    engine->chance = engine->chance * 6364136223846793005u + 1442695040888963407u;
    return (double)(engine->chance >> 11) / 9007199254740992.0;
}

/* ---- the lock ---- */

void engine_enter(engine_t *engine) {
    pthread_mutex_lock(&engine->gate);
    pthread_mutex_lock(&engine->lock);
    pthread_mutex_unlock(&engine->gate);
}

void engine_leave(engine_t *engine) { pthread_mutex_unlock(&engine->lock); }

static void give_way(engine_t *engine) {
    engine_leave(engine);
    engine_enter(engine);
}

/* ---- ports ---- */

port_t *engine_port(engine_t *engine, uint64_t handle) {
    port_t *port = engine->places[handle % MAX_PORTS];
    return port && port->handle == handle ? port : NULL;
}

static int emptiest(const engine_t *engine) {
    int best = 0;
    for (int slot = 1; slot < SLOTS; slot++)
        if (engine->slots[slot].live < engine->slots[best].live) best = slot;
    return best;
}

static bool join_slot(engine_t *engine, port_t *port, int best) {
    if (engine->slots[best].length == engine->slots[best].room) {
        size_t room = engine->slots[best].room ? 2 * engine->slots[best].room : 64;
        port_t **ports = realloc(engine->slots[best].ports, room * sizeof(port_t *));
        if (!ports) return false;
        engine->slots[best].ports = ports;
        engine->slots[best].room = room;
    }
    engine->slots[best].ports[engine->slots[best].length++] = port;
    engine->slots[best].live++;
    port->slot = best;
    return true;
}

/* RFC 3550 5.1 and 8.1: what begins a stream is chance; RFC 3711 3.3.1: a sequence in its lower half; RFC 7022: a name
 * that tells nothing. */
static bool draw_identity(port_t *port) {
    uint8_t chance[20];
    if (getrandom(chance, sizeof chance, 0) != sizeof chance) return false;
    memcpy(&port->sequence, chance, 2);
    port->sequence &= 0x7FFF;
    memcpy(&port->timestamp, chance + 2, 4);
    memcpy(&port->ssrc, chance + 6, 4);
    for (int i = 0; i < CNAME / 2; i++) {
        port->rtcp.cname[2 * i] = "0123456789abcdef"[chance[10 + i] >> 4];
        port->rtcp.cname[2 * i + 1] = "0123456789abcdef"[chance[10 + i] & 15];
    }
    return true;
}

static port_t *new_port(void) {
    port_t *port = calloc(1, sizeof *port);
    if (!port) return NULL;
    port->fd = port->rtcp_fd = -1;
    port->stream.digit_payload_type = -1;
    memset(port->encodings, NO_ENCODING, sizeof port->encodings);
    if (draw_identity(port)) return port;
    port_free(port);
    return NULL;
}

/* What epoll tells of the RTCP socket is the port with the lowest bit set. */
static bool watch(engine_t *engine, port_t *port, int fd, int rtcp_fd) {
    struct epoll_event rtp = {.events = EPOLLIN, .data.u64 = (uintptr_t)port};
    struct epoll_event rtcp = {.events = EPOLLIN, .data.u64 = (uintptr_t)port | 1};
    if (epoll_ctl(engine->epoll, EPOLL_CTL_ADD, fd, &rtp) < 0) return false;
    if (epoll_ctl(engine->epoll, EPOLL_CTL_ADD, rtcp_fd, &rtcp) == 0) return true;
    int fault = errno;
    epoll_ctl(engine->epoll, EPOLL_CTL_DEL, fd, NULL);
    errno = fault;
    return false;
}

static void leave_slot(engine_t *engine, const port_t *port) {
    engine->slots[port->slot].live--;
    for (size_t i = 0; i < engine->slots[port->slot].length; i++)
        if (engine->slots[port->slot].ports[i] == port) engine->slots[port->slot].ports[i] = NULL;
}

void engine_hasten(engine_t *engine, port_t *port) {
    int next = (int)(engine->round % SLOTS), last = port->slot;
    size_t fair = engine->port_count / SLOTS;
    if (next == last || engine->slots[next].live > fair + fair / 2 + UNEVEN) return;
    leave_slot(engine, port);
    if (join_slot(engine, port, next)) return;
    /* No memory to grow by: its old place is still free. */
    join_slot(engine, port, last);
}

int engine_open(engine_t *engine, int fd, int rtcp_fd, uint64_t *handle) {
    if (!engine->runs) return ESHUTDOWN;
    if (engine->port_count == MAX_PORTS) return EMFILE;
    while (engine->places[engine->next_place]) engine->next_place = (engine->next_place + 1) % MAX_PORTS;
    port_t *port = new_port();
    if (!port) return ENOMEM;
    if (!watch(engine, port, fd, rtcp_fd)) {
        int fault = errno;
        port_free(port);
        return fault;
    }
    if (!join_slot(engine, port, emptiest(engine))) {
        epoll_ctl(engine->epoll, EPOLL_CTL_DEL, fd, NULL);
        epoll_ctl(engine->epoll, EPOLL_CTL_DEL, rtcp_fd, NULL);
        port_free(port);
        return ENOMEM;
    }
    port->fd = fd;
    port->rtcp_fd = rtcp_fd;
    port->handle = ++engine->generation * MAX_PORTS + engine->next_place;
    engine->places[engine->next_place] = port;
    engine->next_place = (engine->next_place + 1) % MAX_PORTS;
    engine->port_count++;
    *handle = port->handle;
    return 0;
}

void engine_close(engine_t *engine, port_t *port) {
    double now = clock_now();
    if (port->rtcp.any_sent) port_report(engine, port, now, true);
    port_finish_recording(engine, port, now);
    port_unbridge(port);
    room_leave(engine, port);
    epoll_ctl(engine->epoll, EPOLL_CTL_DEL, port->fd, NULL);
    epoll_ctl(engine->epoll, EPOLL_CTL_DEL, port->rtcp_fd, NULL);
    close(port->fd);
    close(port->rtcp_fd);
    port->fd = port->rtcp_fd = -1;
    engine->places[port->handle % MAX_PORTS] = NULL;
    engine->port_count--;
    leave_slot(engine, port);
    /* The packet thread may hold it among what epoll told: it is freed when a round begins. */
    port->closed = true;
    port->next_dead = engine->dead;
    engine->dead = port;
}

static void bury(engine_t *engine) {
    while (engine->dead) {
        port_t *port = engine->dead;
        engine->dead = port->next_dead;
        port_free(port);
    }
}

/* ---- the thread ---- */

typedef struct {
    uint8_t data[DATAGRAM];
    struct epoll_event ready[READY];
} buffers_t;

/* One datagram: mostly there is no more, and to ask for a second in vain costs a third of taking the first. */
static void hear_port(engine_t *engine, port_t *port, bool on_rtcp, buffers_t *buffers, double now) {
    address_t source;
    socklen_t size = sizeof source;
    int fd = on_rtcp ? port->rtcp_fd : port->fd;
    ssize_t length = recvfrom(fd, buffers->data, DATAGRAM, MSG_DONTWAIT | MSG_TRUNC, &source.any, &size);
    /* Below zero: nothing there after all, or the far end's port is closed (ICMP). */
    if (length < 0 || length > DATAGRAM) return;
    port_heard(engine, port, on_rtcp, buffers->data, (size_t)length, &source, now);
}

/* 0 or an errno that ends everything. Ports with more than one datagram are told of again. */
static int hear_all(engine_t *engine, buffers_t *buffers) {
    for (int pass = 0; pass < READ_ROUND; pass++) {
        int count = epoll_wait(engine->epoll, buffers->ready, READY, 0);
        if (count < 0) return errno == EINTR ? 0 : errno;
        if (!count) return 0;
        double now = clock_now();
        for (int i = 0; i < count; i++) {
            if (i % BATCH == BATCH - 1) {
                give_way(engine);
                now = clock_now();
            }
            uint64_t told = buffers->ready[i].data.u64;
            port_t *port = (port_t *)(uintptr_t)(told & ~(uint64_t)1);
            if (!port->closed) hear_port(engine, port, told & 1, buffers, now);
        }
    }
    return 0;
}

static void close_gaps(engine_t *engine, int slot) {
    size_t kept = 0;
    for (size_t i = 0; i < engine->slots[slot].length; i++)
        if (engine->slots[slot].ports[i]) engine->slots[slot].ports[kept++] = engine->slots[slot].ports[i];
    engine->slots[slot].length = kept;
}

static void send_slot(engine_t *engine) {
    uint64_t round = engine->round++;
    int slot = (int)(round % SLOTS);
    if (engine->slots[slot].live < engine->slots[slot].length) close_gaps(engine, slot);
    bool second = round % ROUNDS_PER_SECOND < SLOTS;
    size_t length = engine->slots[slot].length; /* a port that joins meanwhile begins with the next round */
    for (size_t i = 0; i < length; i++) {
        if (i % BATCH == BATCH - 1) give_way(engine);
        port_t *port = engine->slots[slot].ports[i];
        if (!port) continue;
        double now = clock_now();
        port_tick(engine, port, round, now);
        if (second) port_every_second(engine, port, now);
    }
}

static void let_port_go(port_t *port, uint32_t frames) {
    port->timestamp += frames * FRAME * (encoding_clock(port->stream.encoding) / RATE);
}

static double let_go(engine_t *engine, double late) {
    uint32_t frames = (uint32_t)(late / FRAME_SECONDS);
    for (int slot = 0; slot < SLOTS; slot++)
        for (size_t i = 0; i < engine->slots[slot].length; i++)
            if (engine->slots[slot].ports[i]) let_port_go(engine->slots[slot].ports[i], frames);
    return frames * FRAME_SECONDS;
}

static void sleep_until(double due) {
    struct timespec time = {.tv_sec = (time_t)due, .tv_nsec = (long)((due - (double)(time_t)due) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) continue;
}

static void serve(engine_t *engine, buffers_t *buffers) {
    double due = clock_now();
    while (!atomic_load(&engine->ending)) {
        sleep_until(due);
        engine_enter(engine);
        bury(engine);
        double now = clock_now();
        if (!engine->port_count) {
            engine_leave(engine);
            due = now + FRAME_SECONDS;
            continue;
        }
        if (now - due > engine->latest) engine->latest = now - due;
        if (now - due > TOO_LATE) due += let_go(engine, now - due);
        int fault = hear_all(engine, buffers);
        for (now = clock_now(); due <= now && !fault; due += SLOT_SECONDS) {
            send_slot(engine);
            /* What is made up for in a burst may be meant for one of our own ports. */
            if (due + SLOT_SECONDS <= now) fault = hear_all(engine, buffers);
        }
        if (fault) ring_put(&engine->ring, (event_t){.kind = FAILED, .value = fault}, true);
        engine_leave(engine);
        if (fault) return;
    }
}

static void *run(void *argument) {
    engine_t *engine = argument;
    /* Packets go before everything else, where the system lets us say so; we get along without. */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    prctl(PR_SET_NAME, "packets");
    buffers_t *buffers = malloc(sizeof *buffers);
    if (buffers) {
        serve(engine, buffers);
    } else {
        engine_enter(engine);
        ring_put(&engine->ring, (event_t){.kind = FAILED, .value = ENOMEM}, true);
        engine_leave(engine);
    }
    free(buffers);
    return NULL;
}

/* What is sent while nothing sounds, made once. */
static bool make_quiet(engine_t *engine) {
    sound_t silence = {0};
    for (int encoding = 0; encoding < ENCODINGS; encoding++) {
        if (!encoding_known(encoding)) continue;
        encoder_t *encoder = encoder_new((encoding_t)encoding);
        if (encoder) engine->quiet_length[encoding] = encode(encoder, engine->tables, &silence, engine->quiet[encoding]);
        encoder_free(encoder);
        if (!engine->quiet_length[encoding]) return false;
    }
    return true;
}

engine_t *engine_new(tables_t *tables) {
    engine_t *engine = calloc(1, sizeof *engine);
    if (!engine) return NULL;
    engine->tables = tables;
    atomic_init(&engine->ending, true);
    pthread_mutex_init(&engine->gate, NULL);
    pthread_mutex_init(&engine->lock, NULL);
    engine->epoll = epoll_create1(EPOLL_CLOEXEC);
    bool drawn = getrandom(&engine->chance, sizeof engine->chance, 0) == sizeof engine->chance;
    if (!ring_begin(&engine->ring) || engine->epoll < 0 || !drawn || !make_quiet(engine)) {
        engine->tables = NULL; /* the caller keeps what it gave */
        engine_free(engine);
        return NULL;
    }
    return engine;
}

int engine_start(engine_t *engine) {
    engine_enter(engine);
    int fault = EALREADY;
    if (!engine->runs) {
        atomic_store(&engine->ending, false);
        fault = pthread_create(&engine->thread, NULL, run, engine);
        engine->runs = fault == 0;
        atomic_store(&engine->ending, !engine->runs);
    }
    engine_leave(engine);
    return fault;
}

void engine_stop(engine_t *engine) {
    if (atomic_exchange(&engine->ending, true)) return; /* has ended, or somebody else sees to it */
    pthread_join(engine->thread, NULL);
    engine_enter(engine);
    engine->runs = false;
    for (size_t place = 0; place < MAX_PORTS; place++)
        if (engine->places[place]) engine_close(engine, engine->places[place]);
    bury(engine);
    for (int slot = 0; slot < SLOTS; slot++) engine->slots[slot].length = 0;
    engine_leave(engine);
}

void engine_free(engine_t *engine) {
    engine_stop(engine);
    for (int slot = 0; slot < SLOTS; slot++) free(engine->slots[slot].ports);
    ring_end(&engine->ring);
    if (engine->epoll >= 0) close(engine->epoll);
    pthread_mutex_destroy(&engine->gate);
    pthread_mutex_destroy(&engine->lock);
    free(engine->tables);
    free(engine);
}
