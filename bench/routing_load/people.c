/* people: callers who dial a pilot at a steady rate, and agents who answer, talk for a moment and hang up.
 *
 *   people --target 127.0.0.1:15060 --dial 7000 --calls 300 --rate 12.5 --agents 20 --first 72001 --talk 1000-3000
 *
 * Ends when every call is over, and prints one JSON object. Free to ring is from the agent's BYE to the arrival of the
 * INVITE of that agent's next call, counted only where a caller was waiting for the agent at that time. Caller to ring
 * is from a caller's INVITE to the arrival of the INVITE of the same caller's call at an agent; at once is the same
 * where an agent was free for the caller.
 *
 * With --swing SECONDS callers come in waves of that length: in the first half half as many again, in the second half
 * of what --rate says, so that now callers wait for agents, now agents for callers. With --every SECONDS a line of JSON
 * tells in between how things stand, with the times since the line before.
 */
#include "people.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

typedef enum { IDLE, CALLING, UP, OVER, FAILED } caller_state_t;
typedef enum { FREE, ANSWERED, TALKING, LEAVING } agent_state_t;

typedef struct {
    caller_state_t state;
    bool rung, joined, at_once;     /* at once: an agent was free for it */
    nanoseconds invited, again, wait;
    char contact[NAME];
} caller_t;

typedef struct {
    agent_state_t state;
    bool counted;               /* somebody was waiting when it became free */
    nanoseconds freed, due, wait;
    unsigned calls;
    char call[NAME], to[NAME], from[NAME], contact[NAME];
    char last[TEXT];            /* sent, and sent again until it is answered */
} agent_t;

static const nanoseconds T1 = 500 * MILLISECOND, SETTLED = 200 * MILLISECOND;
static struct {
    const char *dial;
    int calls, agents, first, talk_least, talk_most;
    double rate, limit, swing, every;
} want = {.dial = "7000", .calls = 100, .agents = 20, .first = 72001, .talk_least = 1000, .talk_most = 3000,
          .rate = 10, .limit = 300};
static side_t outside = {.host = "127.0.0.12", .port = 5070, .audio = 30000},
              inside = {.host = "127.0.0.13", .port = 6000, .audio = 30000};
static side_t *const sides[] = {&outside, &inside};
static caller_t *callers;
static agent_t *agents;
static int audio[2], placed, settled, rung, oldest;
static uint64_t over_count, failed, repeated, joined, busy, repeated_by_switch, audio_packets, unknown;
static unsigned run;
static samples_t free_to_ring, caller_to_ring, talking, lately_free, lately_at_once;

/* ---- callers ---- */

static void call_request(const caller_t *caller, const char *method, int sequence, const char *to, const char *body) {
    char text[TEXT], target[NAME];
    int index = (int)(caller - callers);
    bool ack = !strcmp(method, "ACK");
    snprintf(target, sizeof target, "sip:%s@%s", want.dial, inet_ntoa(outside.switch_.sin_addr));
    snprintf(text, sizeof text,
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=z9hG4bK%u-%d-%s\r\nMax-Forwards: 70\r\n"
             "From: <sip:%d@%s>;tag=%u-%d\r\nTo: %s\r\nCall-ID: %u-%d@%s\r\nCSeq: %d %s\r\n"
             "Contact: <sip:%d@%s:%d>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n%sContent-Length: %zu\r\n\r\n%s",
             method, ack && *caller->contact ? caller->contact : target, outside.host, outside.port, run, index,
             ack && *caller->contact ? "ACK" : "INVITE", 900000 + index, outside.host, run, index, to, run, index,
             outside.host, sequence, method, 900000 + index, outside.host, outside.port,
             *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    side_send(&outside, text);
}

static void invite(const caller_t *caller) {
    char body[NAME * 2], to[NAME];
    describe(&outside, body, sizeof body);
    snprintf(to, sizeof to, "<sip:%s@%s>", want.dial, inet_ntoa(outside.switch_.sin_addr));
    call_request(caller, "INVITE", 1, to, body);
}

static int free_agents(void) {
    int found = 0;
    for (int index = 0; index < want.agents; index++) found += agents[index].state == FREE;
    return found;
}

/* When a caller comes, nanoseconds after the first. */
static nanoseconds comes_after(int number) {
    double wave = want.rate * want.swing, half = 0.75 * wave;
    if (wave <= 0) return (nanoseconds)(number * (SECOND / want.rate));
    double whole = (double)(int64_t)(number / wave), in_wave = number - whole * wave;
    double after = in_wave < half ? in_wave / (1.5 * want.rate) : want.swing / 2 + (in_wave - half) / (0.5 * want.rate);
    return (nanoseconds)((whole * want.swing + after) * SECOND);
}

static void place(nanoseconds now) {
    caller_t *caller = &callers[placed++];
    caller->state = CALLING;
    caller->at_once = free_agents() >= placed - rung;
    caller->again = now + T1;
    caller->wait = T1;
    caller->invited = clock_now();
    invite(caller);
}

static void finish(caller_t *caller, bool well) {
    if (caller->state == OVER || caller->state == FAILED) return;
    caller->state = well ? OVER : FAILED;
    over_count++;
    if (!well) failed++;
}

static void caller_response(caller_t *caller, const char *message) {
    char sequence[NAME], to[NAME], value[NAME];
    int status = atoi(message + 8), number = 0;
    header(message, "CSeq", sequence, sizeof sequence);
    if (!strstr(sequence, "INVITE") || status < 101) {
        if (caller->state == CALLING) caller->again = 0;
        return;
    }
    caller->again = 0;
    if (status < 200) return;
    header(message, "To", to, sizeof to);
    header(message, "Contact", value, sizeof value);
    number = atoi(sequence);
    if (status < 300) {
        uri_of(value, caller->contact, sizeof caller->contact);
        if (caller->state == CALLING) caller->state = UP;
    }
    call_request(caller, "ACK", number, to, "");
    if (status >= 300) finish(caller, false);
}

static void caller_request(caller_t *caller, const char *message) {
    char sent[TEXT], tag[NAME], number[16];
    int index = (int)(caller - callers);
    snprintf(tag, sizeof tag, "%u-%d", run, index);
    snprintf(number, sizeof number, "%d", 900000 + index);
    if (!strncmp(message, "ACK ", 4)) return;
    if (!strncmp(message, "INVITE ", 7) || !strncmp(message, "UPDATE ", 7)) {
        respond(&outside, message, "200 OK", tag, number, true, sent, sizeof sent);
        return;
    }
    respond(&outside, message, "200 OK", tag, number, false, sent, sizeof sent);
    if (!strncmp(message, "BYE ", 4)) finish(caller, caller->rung && caller->joined);
}

static void caller_heard(const char *message) {
    char id[NAME];
    unsigned which;
    int index;
    header(message, "Call-ID", id, sizeof id);
    if (sscanf(id, "%u-%d@", &which, &index) != 2 || which != run || index < 0 || index >= placed) {
        unknown++;
        return;
    }
    caller_t *caller = &callers[index];
    /* The agent's address in a session description: from here on the two hear each other. */
    char line[NAME];
    snprintf(line, sizeof line, "c=IN IP4 %s", inside.host);
    if (!caller->joined && strstr(message, line)) {
        caller->joined = true;
        joined++;
    }
    if (!strncmp(message, "SIP/2.0 ", 8)) {
        caller_response(caller, message);
    } else {
        caller_request(caller, message);
    }
}

static void callers_due(nanoseconds now) {
    while (oldest < placed && callers[oldest].state >= OVER) oldest++;
    for (int index = oldest; index < placed; index++) {
        caller_t *caller = &callers[index];
        if (caller->state != CALLING || !caller->again || caller->again > now) continue;
        if (caller->wait > 16 * T1) {
            finish(caller, false);
            continue;
        }
        caller->wait *= 2;
        caller->again = now + caller->wait;
        repeated++;
        invite(caller);
    }
    while (settled < placed && callers[settled].invited + SETTLED < now) settled++;
}

/* ---- agents ---- */

static void agent_number(const agent_t *agent, char *number, size_t room) {
    snprintf(number, room, "%d", want.first + (int)(agent - agents));
}

static agent_t *agent_in(const char *message) {
    char id[NAME], user[NAME], line[NAME];
    header(message, "Call-ID", id, sizeof id);
    for (int index = 0; index < want.agents; index++)
        if (!strcmp(agents[index].call, id)) return &agents[index];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\r"), message);
    user_of(line, user, sizeof user);
    int index = atoi(user) - want.first;
    return !strncmp(message, "INVITE ", 7) && index >= 0 && index < want.agents ? &agents[index] : NULL;
}

static void note_ring(agent_t *agent, const char *message, nanoseconds at) {
    char value[NAME], user[NAME];
    header(message, "P-Asserted-Identity", value, sizeof value);
    if (!*value) header(message, "From", value, sizeof value);
    user_of(value, user, sizeof user);
    int index = atoi(user) - 900000;
    rung++;
    if (agent->freed && agent->counted) {
        samples_add(&free_to_ring, (double)(at - agent->freed) / MILLISECOND);
        samples_add(&lately_free, (double)(at - agent->freed) / MILLISECOND);
    }
    agent->freed = 0;
    if (index < 0 || index >= placed) return;
    if (!callers[index].rung) {
        samples_add(&caller_to_ring, (double)(at - callers[index].invited) / MILLISECOND);
        if (callers[index].at_once) samples_add(&lately_at_once, (double)(at - callers[index].invited) / MILLISECOND);
    }
    callers[index].rung = true;
}

static void answer(agent_t *agent, const char *message, nanoseconds at) {
    char number[16], tag[NAME], sent[TEXT];
    agent_number(agent, number, sizeof number);
    if (agent->state == ANSWERED || agent->state == TALKING) { /* a phone with one line */
        busy++;
        respond(&inside, message, "486 Busy Here", "busy", number, false, sent, sizeof sent);
        return;
    }
    note_ring(agent, message, at);
    snprintf(tag, sizeof tag, "%u-%s-%u", run, number, ++agent->calls);
    header(message, "Call-ID", agent->call, sizeof agent->call);
    header(message, "From", agent->from, sizeof agent->from);
    header(message, "To", agent->to, sizeof agent->to);
    header(message, "Contact", sent, NAME);
    uri_of(sent, agent->contact, sizeof agent->contact);
    snprintf(agent->to + strlen(agent->to), sizeof agent->to - strlen(agent->to), ";tag=%s", tag);
    respond(&inside, message, "180 Ringing", tag, number, false, sent, sizeof sent);
    respond(&inside, message, "200 OK", tag, number, true, agent->last, sizeof agent->last);
    agent->state = ANSWERED;
    agent->wait = T1;
    agent->due = at + T1;
}

static void hang_up(agent_t *agent) {
    snprintf(agent->last, sizeof agent->last,
             "BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=z9hG4bK%u-%d-%u\r\nMax-Forwards: 70\r\n"
             "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
             agent->contact, inside.host, inside.port, run, (int)(agent - agents), agent->calls, agent->to, agent->from,
             agent->call);
    agent->state = LEAVING;
    agent->wait = T1;
    /* Whoever was placed and not rung is waiting; agents who became free before have the first claim to them. */
    agent->counted = settled - rung > free_agents();
    agent->freed = clock_now();
    agent->due = agent->freed + T1;
    side_send(&inside, agent->last);
}

static void agent_request(agent_t *agent, const char *message, nanoseconds at) {
    char id[NAME], number[16], sent[TEXT];
    header(message, "Call-ID", id, sizeof id);
    agent_number(agent, number, sizeof number);
    if (!strncmp(message, "ACK ", 4)) {
        if (agent->state == ANSWERED) {
            int span = want.talk_most - want.talk_least;
            agent->state = TALKING;
            agent->due = at + (nanoseconds)(want.talk_least + (span ? rand() % span : 0)) * MILLISECOND;
        }
    } else if (!strncmp(message, "INVITE ", 7) && strcmp(agent->call, id)) {
        answer(agent, message, at);
    } else if (!strncmp(message, "INVITE ", 7) && agent->state == ANSWERED) {
        repeated_by_switch++;
        side_send(&inside, agent->last);
    } else if (!strncmp(message, "INVITE ", 7) || !strncmp(message, "UPDATE ", 7)) {
        respond(&inside, message, "200 OK", "", number, true, sent, sizeof sent);
    } else {
        respond(&inside, message, "200 OK", "", number, false, sent, sizeof sent);
        if (!strncmp(message, "BYE ", 4) || !strncmp(message, "CANCEL ", 7)) agent->state = FREE;
    }
}

static void agent_heard(const char *message, nanoseconds at) {
    char sequence[NAME];
    agent_t *agent = agent_in(message);
    if (!agent) {
        unknown++;
        return;
    }
    if (strncmp(message, "SIP/2.0 ", 8)) {
        agent_request(agent, message, at);
        return;
    }
    header(message, "CSeq", sequence, sizeof sequence);
    if (strstr(sequence, "BYE") && agent->state == LEAVING && atoi(message + 8) >= 200) {
        if (agent->freed) samples_add(&talking, (double)(at - agent->freed) / MILLISECOND);
        agent->state = FREE;
    }
}

static void agents_due(nanoseconds now) {
    for (int index = 0; index < want.agents; index++) {
        agent_t *agent = &agents[index];
        if (agent->state == FREE || agent->due > now) continue;
        if (agent->state == TALKING) {
            hang_up(agent);
        } else if (agent->wait > 16 * T1) {
            agent->state = FREE;
        } else {
            repeated++;
            agent->wait *= 2;
            agent->due = now + agent->wait;
            side_send(&inside, agent->last);
        }
    }
}

/* ---- the loop ---- */

static void drain_audio(void) {
    enum { BATCH = 256 };
    static struct mmsghdr heads[BATCH];
    for (int which = 0; which < 2; which++)
        for (int count = BATCH; count == BATCH; audio_packets += count > 0 ? (uint64_t)count : 0)
            count = recvmmsg(audio[which], heads, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
}

static int next_due(nanoseconds now, nanoseconds call_at) {
    nanoseconds due = now + 20 * MILLISECOND;
    if (placed < want.calls && call_at < due) due = call_at;
    for (int index = 0; index < want.agents; index++)
        if (agents[index].state != FREE && agents[index].due < due) due = agents[index].due;
    return due <= now ? 0 : (int)((due - now + MILLISECOND - 1) / MILLISECOND);
}

/* How things stand, and the times since this was last told. */
static void tell(nanoseconds since) {
    printf("{\"at\": %.2f, \"placed\": %d, \"over\": %llu, \"failed\": %llu, \"waiting\": %d, \"free_agents\": %d, "
           "\"joined\": %llu, \"busy\": %llu, \"repeated\": %llu, \"unknown\": %llu, ",
           (double)since / SECOND, placed, (unsigned long long)over_count, (unsigned long long)failed, placed - rung,
           free_agents(), (unsigned long long)joined, (unsigned long long)busy,
           (unsigned long long)(repeated + repeated_by_switch), (unsigned long long)unknown);
    samples_print("free_to_ring_ms", &lately_free);
    samples_print("caller_to_ring_ms", &lately_at_once);
    printf("\"told\": true}\n");
    fflush(stdout);
    lately_free.length = lately_at_once.length = 0;
}

static void live(void) {
    static char message[1 << 16];
    nanoseconds begin = clock_now(), end = begin + (nanoseconds)(want.limit * SECOND), heard_audio = 0, at;
    nanoseconds told = begin;
    struct pollfd ready[2] = {{.fd = outside.fd, .events = POLLIN}, {.fd = inside.fd, .events = POLLIN}};
    for (nanoseconds now = begin; over_count < (uint64_t)want.calls && now < end; now = clock_now()) {
        nanoseconds call_at = begin + comes_after(placed);
        poll(ready, 2, next_due(now, call_at));
        while (side_read(&inside, message, sizeof message, &at)) agent_heard(message, at);
        while (side_read(&outside, message, sizeof message, &at)) caller_heard(message);
        now = clock_now();
        while (placed < want.calls && begin + comes_after(placed) <= now) place(now);
        callers_due(now);
        agents_due(now);
        if (now - heard_audio > 20 * MILLISECOND) {
            heard_audio = now;
            drain_audio();
        }
        if (want.every > 0 && now - told >= (nanoseconds)(want.every * SECOND)) {
            told = now;
            tell(now - begin);
        }
    }
    /* The last agents' BYEs and 200s still travel. */
    for (nanoseconds until = clock_now() + 500 * MILLISECOND; clock_now() < until; poll(ready, 2, 20)) {
        while (side_read(&inside, message, sizeof message, &at)) agent_heard(message, at);
        while (side_read(&outside, message, sizeof message, &at)) caller_heard(message);
        agents_due(clock_now());
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"seconds\": %.2f, \"placed\": %d, \"over\": %llu, \"failed\": %llu, \"rung\": %d, \"joined\": %llu, ",
           (double)(clock_now() - begin) / SECOND, placed, (unsigned long long)over_count, (unsigned long long)failed,
           rung, (unsigned long long)joined);
    printf("\"busy\": %llu, \"repeated\": %llu, \"repeated_by_switch\": %llu, \"unknown\": %llu, \"audio\": %llu, ",
           (unsigned long long)busy, (unsigned long long)repeated, (unsigned long long)repeated_by_switch,
           (unsigned long long)unknown, (unsigned long long)audio_packets);
    samples_print("free_to_ring_ms", &free_to_ring);
    samples_print("caller_to_ring_ms", &caller_to_ring);
    samples_print("bye_answered_ms", &talking);
    printf("\"cpu_seconds\": %.3f}\n", (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                                          (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

/* Cuts HOST:PORT into two. */
static uint16_t port_in(char *text) {
    char *colon = strchr(text, ':');
    if (!colon) exit(2);
    *colon = 0;
    return (uint16_t)atoi(colon + 1);
}

static void place_at(side_t *side, char *text) {
    side->port = port_in(text);
    side->host = text;
}

static void understand(int count, char **words) {
    static const struct option known[] = {
        {"target", 1, 0, 't'}, {"dial", 1, 0, 'd'},   {"calls", 1, 0, 'c'}, {"rate", 1, 0, 'r'}, {"agents", 1, 0, 'a'},
        {"first", 1, 0, 'f'},  {"talk", 1, 0, 'k'},   {"limit", 1, 0, 'l'}, {"callers-at", 1, 0, 'C'},
        {"agents-at", 1, 0, 'A'}, {"swing", 1, 0, 's'},     {"every", 1, 0, 'e'}, {0, 0, 0, 0}};
    static struct sockaddr_in target = {.sin_family = AF_INET};
    for (int letter; (letter = getopt_long(count, words, "", known, NULL)) >= 0;) {
        switch (letter) {
        case 't':
            target.sin_port = htons(port_in(optarg));
            inet_pton(AF_INET, optarg, &target.sin_addr);
            break;
        case 'd': want.dial = optarg; break;
        case 'c': want.calls = atoi(optarg); break;
        case 'r': want.rate = atof(optarg); break;
        case 'a': want.agents = atoi(optarg); break;
        case 'f': want.first = atoi(optarg); break;
        case 'k': sscanf(optarg, "%d-%d", &want.talk_least, &want.talk_most); break;
        case 'l': want.limit = atof(optarg); break;
        case 's': want.swing = atof(optarg); break;
        case 'e': want.every = atof(optarg); break;
        case 'C': place_at(&outside, optarg); break;
        case 'A': place_at(&inside, optarg); break;
        default: exit(2);
        }
    }
    for (int which = 0; which < 2; which++) {
        side_t hearing = {.host = sides[which]->host, .port = sides[which]->audio};
        if (!side_open(sides[which], &target) || !side_open(&hearing, &target)) {
            perror(sides[which]->host);
            exit(1);
        }
        audio[which] = hearing.fd;
    }
}

int main(int count, char **words) {
    understand(count, words);
    run = (unsigned)(clock_now() / MILLISECOND % 1000000000);
    srand(7);
    callers = calloc((size_t)want.calls, sizeof *callers);
    agents = calloc((size_t)want.agents, sizeof *agents);
    if (!callers || !agents) return 1;
    live();
    return 0;
}
