/* callers: place calls at a steady rate, and print what came of them as one JSON object.
 *
 *   callers --target 127.0.0.1:5060 --user ivr --calls 300 --rate 100 --press 5 --after 2000
 *   callers --target 127.0.0.1:5060 --user moh --calls 400 --rate 100 --hold 20 --talk --press 5 --every 3000
 *
 * --g722 offers that codec instead of G.711, --secure SRTP with keys in the SDP instead of RTP.
 *
 * Without --hold a call waits for the other side's BYE. With it every call stays until all are up, a window of so many
 * seconds has been measured, and is then ended; lines "begin" and "end" on the standard output mark that window.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TEXT = 2048, MAX_CALLS = 100000, READY = 512 };
static const nanoseconds T1 = 500 * MILLISECOND, PATIENCE = 10LL * SECOND, LONGEST = 16LL * SECOND,
                         SETTLE = 3LL * SECOND;

typedef enum { IDLE, CALLING, UP, ENDING, OVER, FAILED } state_t;

typedef struct {
    state_t state;
    int place;               /* of its audio */
    nanoseconds invited, answered, again, wait, end_by;
    char to[160], contact[160];
} call_t;

static struct {
    const char *user, *host;
    struct sockaddr_in target;
    uint16_t port, audio_port;
    int calls, press, window;
    bool secure;
    double rate;
    audio_plan_t plan;
} want = {.user = "ivr", .host = "127.0.0.2", .port = 5070, .audio_port = 30000, .calls = 100, .rate = 20,
          .plan = {.digit = -1, .type = 8, .after = 2LL * SECOND}};

static int sip, poller;
static unsigned run;
static call_t *calls;
static audio_t *audios;
static int *vacant, vacant_count, places;
static audio_figures_t figures, uncounted, *counting = &figures;
static samples_t setup;
static uint64_t completed, failed, unheeded, repeated, no_answer, refused, no_bye;
static volatile sig_atomic_t stopped;

static void stop(int signal) { stopped = signal; }

static void send_sip(const char *text, size_t length) {
    sendto(sip, text, length, 0, (struct sockaddr *)&want.target, sizeof want.target);
}

static void send_request(const call_t *call, const char *method, int sequence, const char *body) {
    char text[TEXT], target[64], to[480];
    /* The ACK of a refusal belongs to the INVITE's transaction, that of a 2xx does not (RFC 3261 17.1.1.3). */
    const char *branch = !strcmp(method, "ACK") && call->state == CALLING ? "INVITE" : method;
    int index = (int)(call - calls);
    inet_ntop(AF_INET, &want.target.sin_addr, target, sizeof target);
    bool in_dialog = call->contact[0];
    snprintf(to, sizeof to, "<sip:%s@%s>%s", want.user, target, call->to);
    int length = snprintf(
        text, sizeof text,
        "%s %s%s%s%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=z9hG4bK%u-%d-%s\r\nMax-Forwards: 70\r\n"
        "From: <sip:caller%d@%s>;tag=%u-%d\r\nTo: %s\r\nCall-ID: %u-%d@%s\r\nCSeq: %d %s\r\n"
        "Contact: <sip:caller@%s:%d>\r\n%sContent-Length: %zu\r\n\r\n%s",
        method, in_dialog ? call->contact : "sip:", in_dialog ? "" : want.user, in_dialog ? "" : "@",
        in_dialog ? "" : target, want.host, want.port, run, index, branch, index, want.host, run, index, to, run, index,
        want.host, sequence, method, want.host, want.port, *body ? "Content-Type: application/sdp\r\n" : "",
        strlen(body), body);
    send_sip(text, (size_t)length);
}

static void invite(call_t *call) {
    char body[600];
    bool g722 = want.plan.type == 9;
    snprintf(body, sizeof body,
             "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/%s %s 101\r\n%s"
             "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n%s%s%s",
             want.host, want.host, want.audio_port + 2 * call->place, want.secure ? "SAVP" : "AVP",
             g722 ? "9" : "8 0", g722 ? "a=rtpmap:9 G722/8000\r\n" : "", want.secure ? "a=crypto:" : "",
             secure_offer(), want.secure ? "\r\n" : "");
    send_request(call, "INVITE", 1, body);
}

static void over(call_t *call, state_t state) {
    if (call->state == UP || call->state == ENDING) audio_account(&audios[call->place], counting, false);
    call->state = state;
    audio_end(&audios[call->place]);
    vacant[vacant_count++] = call->place;
    if (state == FAILED) failed++;
}

static void begin_call(call_t *call, nanoseconds now) {
    if (!vacant_count) { /* the server keeps far more calls than the rate allows for */
        call->state = FAILED;
        failed++;
        return;
    }
    *call = (call_t){.state = CALLING, .place = vacant[--vacant_count], .again = now + T1, .wait = T1};
    call->invited = clock_now();
    invite(call);
}

/* ---- what comes ---- */

/* The value of a header (long form) up to the end of its line; empty where there is none. */
static void header(const char *message, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    *value = 0;
    for (const char *line = strstr(message, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) || line[2 + length] != ':') continue;
        const char *start = line + 3 + length;
        start += strspn(start, " ");
        size_t size = strcspn(start, "\r");
        if (size >= room) size = room - 1;
        memcpy(value, start, size);
        value[size] = 0;
        return;
    }
}

static call_t *called_by(const char *message) {
    char id[128];
    unsigned which;
    int index;
    header(message, "Call-ID", id, sizeof id);
    if (sscanf(id, "%u-%d@", &which, &index) != 2 || which != run || index < 0 || index >= want.calls) return NULL;
    return &calls[index];
}

static void answered(call_t *call, const char *message, nanoseconds at) {
    char value[256];
    if (call->state == CALLING) {
        header(message, "To", value, sizeof value);
        const char *tag = strstr(value, ";tag=");
        snprintf(call->to, sizeof call->to, "%.150s", tag ? tag : "");
        header(message, "Contact", value, sizeof value);
        char *start = strchr(value, '<'), *end = start ? strchr(start, '>') : NULL;
        if (end) *end = 0;
        snprintf(call->contact, sizeof call->contact, "%.150s", start ? start + 1 : value);
        const char *line = strstr(message, "\r\nm=audio "), *address = strstr(message, "\r\nc=IN IP4 ");
        struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(line ? atoi(line + 10) : 0))};
        char numbers[64] = "";
        if (address) sscanf(address + 11, "%63[0-9.]", numbers);
        if (inet_pton(AF_INET, numbers, &far.sin_addr) != 1 || !far.sin_port) {
            over(call, FAILED);
            return;
        }
        const char *crypto = strstr(message, "\r\na=crypto:");
        secure_t *secure = want.secure && crypto ? secure_begin(crypto) : NULL;
        if (want.secure && !secure) {
            over(call, FAILED);
            return;
        }
        samples_add(&setup, (double)(at - call->invited) / MILLISECOND);
        call->state = UP;
        call->answered = at;
        audio_begin(&audios[call->place], &far, secure, clock_now());
    }
    send_request(call, "ACK", 1, "");
}

static void response(call_t *call, const char *message, nanoseconds at) {
    char sequence[64];
    int status = atoi(message + 8);
    header(message, "CSeq", sequence, sizeof sequence);
    if (strstr(sequence, "INVITE")) {
        if (status < 200) {
            call->wait = LONGEST; /* it is being worked on: repeat no more */
            call->again = call->invited + PATIENCE;
        } else if (status < 300) {
            answered(call, message, at);
        } else if (call->state == CALLING) {
            refused++;
            send_request(call, "ACK", 1, "");
            over(call, FAILED);
        }
    } else if (strstr(sequence, "BYE") && call->state == ENDING && status >= 200) {
        over(call, OVER);
        completed++;
    }
}

static void request(call_t *call, const char *message) {
    static const char *const copied[] = {"Via", "From", "To", "Call-ID", "CSeq"};
    char text[TEXT], value[512];
    bool bye = !strncmp(message, "BYE ", 4);
    if (!strncmp(message, "ACK ", 4)) return;
    int length = snprintf(text, sizeof text, "SIP/2.0 %s\r\n", bye ? "200 OK" : "501 Not Implemented");
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        header(message, copied[i], value, sizeof value);
        length += snprintf(text + length, sizeof text - (size_t)length, "%s: %s\r\n", copied[i], value);
    }
    length += snprintf(text + length, sizeof text - (size_t)length, "Content-Length: 0\r\n\r\n");
    send_sip(text, (size_t)length);
    if (!bye || call->state != UP) return;
    bool unheard = want.plan.digit >= 0 && !want.plan.every && !audios[call->place].heeded;
    unheeded += unheard;
    over(call, unheard ? FAILED : OVER);
    if (!unheard) completed++;
}

static void hear_sip(void) {
    static char message[TEXT + 1], control[128];
    for (;;) {
        struct iovec part = {message, TEXT};
        struct msghdr head = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t length = recvmsg(sip, &head, MSG_DONTWAIT);
        if (length <= 0) return;
        message[length] = 0;
        call_t *call = called_by(message);
        if (!call || call->state == IDLE) continue;
        if (!strncmp(message, "SIP/2.0 ", 8))
            response(call, message, stamped(&head, NULL));
        else
            request(call, message);
    }
}

/* ---- time ---- */

static void hang_up(call_t *call, nanoseconds now) {
    if (call->state != UP) return;
    send_request(call, "BYE", 2, "");
    call->state = ENDING;
    call->again = now + T1;
    call->wait = T1;
    call->end_by = now + PATIENCE;
}

static void attend(call_t *call, nanoseconds now) {
    if (call->state == CALLING && now > call->invited + PATIENCE) {
        no_answer++;
        over(call, FAILED);
    } else if (call->state == UP && !want.window && now > call->answered + LONGEST) {
        no_bye++;
        over(call, FAILED);
    } else if (call->state == ENDING && now > call->end_by) {
        over(call, FAILED);
    } else if ((call->state == CALLING || call->state == ENDING) && now >= call->again) {
        repeated++;
        call->wait *= 2;
        call->again = now + call->wait;
        if (call->state == CALLING)
            invite(call);
        else
            send_request(call, "BYE", 2, "");
    }
}

static double cpu_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void mark(const char *text) {
    printf("%s\n", text);
    fflush(stdout);
}

static void open_window(void) {
    for (int i = 0; i < places; i++) audio_account(&audios[i], &figures, true);
    samples_t *const all[] = {&figures.gaps, &figures.deviations, &figures.jitter, &figures.barge_in,
                              &figures.after_end, &figures.stopped};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) samples_clear(all[i]);
    figures.packets = figures.lost = figures.disordered = figures.dropped = figures.garbled = 0;
    figures.sent = figures.pressed = 0;
    mark("begin");
}

/* ---- the whole ---- */

static void print_spread(const char *name, samples_t *samples) {
    printf(",\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}", name, samples->length,
           samples_at(samples, .5), samples_at(samples, .99), samples_at(samples, .999), samples_at(samples, 1));
}

static void print_figures(double seconds, double cpu) {
    printf("{\"calls\":%d,\"completed\":%llu,\"failed\":%llu,\"refused\":%llu,\"no_answer\":%llu,\"no_bye\":%llu,"
           "\"unheeded_digits\":%llu,\"repeated\":%llu,\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"packets\":%llu,"
           "\"lost\":%llu,\"disordered\":%llu,\"dropped_here\":%llu,\"garbled\":%llu,\"sent\":%llu,\"pressed\":%llu",
           want.calls, (unsigned long long)completed, (unsigned long long)failed, (unsigned long long)refused,
           (unsigned long long)no_answer, (unsigned long long)no_bye, (unsigned long long)unheeded,
           (unsigned long long)repeated, seconds, cpu, (unsigned long long)figures.packets,
           (unsigned long long)figures.lost, (unsigned long long)figures.disordered,
           (unsigned long long)figures.dropped, (unsigned long long)figures.garbled, (unsigned long long)figures.sent,
           (unsigned long long)figures.pressed);
    print_spread("setup_ms", &setup);
    print_spread("gap_ms", &figures.gaps);
    print_spread("deviation_ms", &figures.deviations);
    print_spread("jitter_ms", &figures.jitter);
    print_spread("barge_in_ms", &figures.barge_in);
    print_spread("after_digit_ms", &figures.after_end);
    print_spread("stop_ms", &figures.stopped);
    printf("}\n");
    fflush(stdout);
}

static void work(void) {
    static struct epoll_event ready[READY];
    nanoseconds began = clock_now(), opened = 0, closed = 0, last_look = 0;
    double cpu = 0;
    int begun = 0;
    for (;;) {
        /* Asleep by the clock and not by epoll: the server's packets then wake nobody, which it would have to pay for. */
        nanosleep(&(struct timespec){.tv_nsec = MILLISECOND}, NULL);
        int count = epoll_wait(poller, ready, READY, 0);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd < 0)
                hear_sip();
            else
                audio_hear(&audios[ready[i].data.fd], &want.plan, counting);
        }
        nanoseconds now = clock_now();
        while (begun < want.calls && now >= began + (nanoseconds)(begun * (SECOND / want.rate)))
            begin_call(&calls[begun++], now);
        for (int i = 0; i < places; i++) audio_send(&audios[i], &want.plan, counting, now);
        if (now - last_look < 10 * MILLISECOND) continue;
        last_look = now;
        int live = 0, up = 0;
        for (int i = 0; i < begun; i++) {
            attend(&calls[i], now);
            live += calls[i].state == CALLING || calls[i].state == UP || calls[i].state == ENDING;
            up += calls[i].state != CALLING;
        }
        if (begun == want.calls && want.window && !opened && up == begun) opened = now + SETTLE;
        if (opened && !cpu && now >= opened) {
            open_window();
            cpu = cpu_seconds();
        }
        if (cpu && !closed && now >= opened + want.window * (nanoseconds)SECOND) {
            mark("end");
            closed = now;
            cpu = cpu_seconds() - cpu;
            for (int i = 0; i < places; i++) audio_account(&audios[i], &figures, true);
            counting = &uncounted; /* what comes while the calls end is no part of the window */
            for (int i = 0; i < want.calls; i++) hang_up(&calls[i], now);
        }
        if ((begun == want.calls && !live) || stopped) break;
    }
    double seconds = (double)(clock_now() - began) / SECOND;
    print_figures(closed ? want.window : seconds, closed ? cpu : cpu_seconds());
}

static bool prepare(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(want.port)};
    int yes = 1, room = 8 << 20;
    /* Places for all calls of a window, or for those that live at the same time when each lasts 16 s at most. */
    double live = want.window ? want.calls : want.rate * (double)(LONGEST + PATIENCE) / SECOND + 20;
    places = live < want.calls ? (int)live : want.calls;
    calls = calloc((size_t)want.calls, sizeof *calls);
    audios = calloc((size_t)places, sizeof *audios);
    vacant = calloc((size_t)places, sizeof *vacant);
    poller = epoll_create1(0);
    sip = socket(AF_INET, SOCK_DGRAM, 0);
    if (!calls || !audios || !vacant || poller < 0 || sip < 0) return false;
    setsockopt(sip, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    setsockopt(sip, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    inet_pton(AF_INET, want.host, &own.sin_addr);
    if (bind(sip, (struct sockaddr *)&own, sizeof own)) return false;
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = -1};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, sip, &interest)) return false;
    for (int i = 0; i < places; i++) {
        if (!audio_open(&audios[i], want.host, (uint16_t)(want.audio_port + 2 * i))) return false;
        interest.data.fd = i;
        if (epoll_ctl(poller, EPOLL_CTL_ADD, audios[i].fd, &interest)) return false;
        vacant[vacant_count++] = places - 1 - i;
    }
    return true;
}

static bool read_target(char *text) {
    char *colon = strrchr(text, ':');
    if (!colon) return false;
    *colon = 0;
    want.target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    return inet_pton(AF_INET, text, &want.target.sin_addr) == 1;
}

int main(int count, char **words) {
    static const struct option options[] = {
        {"target", 1, 0, 't'}, {"user", 1, 0, 'u'},  {"host", 1, 0, 'H'},  {"port", 1, 0, 'P'}, {"calls", 1, 0, 'c'},
        {"rate", 1, 0, 'r'},   {"press", 1, 0, 'p'}, {"after", 1, 0, 'a'}, {"every", 1, 0, 'e'}, {"talk", 0, 0, 'k'},
        {"hold", 1, 0, 'h'},   {"g722", 0, 0, 'g'},  {"secure", 0, 0, 's'}, {0}};
    bool aimed = false;
    for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
        switch (option) {
        case 't': aimed = read_target(optarg); break;
        case 'u': want.user = optarg; break;
        case 'H': want.host = optarg; break;
        case 'P': want.port = (uint16_t)atoi(optarg); break;
        case 'c': want.calls = atoi(optarg); break;
        case 'r': want.rate = atof(optarg); break;
        case 'p': want.plan.digit = atoi(optarg); break;
        case 'a': want.plan.after = atoll(optarg) * MILLISECOND; break;
        case 'e': want.plan.every = atoll(optarg) * MILLISECOND; break;
        case 'k': want.plan.talk = true; break;
        case 'g': want.plan.type = 9; break;
        case 's': want.secure = true; break;
        case 'h': want.window = atoi(optarg); break;
        default: return 2;
        }
    }
    if (!aimed || want.calls < 1 || want.calls > MAX_CALLS || want.rate <= 0) {
        fprintf(stderr, "callers: --target HOST:PORT, --calls 1-%d and --rate above 0 are needed\n", MAX_CALLS);
        return 2;
    }
    if (want.secure && !secure_prepare()) {
        fprintf(stderr, "callers: --secure needs libsrtp2, which was not there when this was built\n");
        return 2;
    }
    run = (unsigned)getpid();
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (!prepare()) {
        fprintf(stderr, "callers: cannot open the sockets: %s\n", strerror(errno));
        return 1;
    }
    work();
    return 0;
}
