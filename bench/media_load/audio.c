/* The callers' audio: G.711 or G.722 in and out, digits pressed, and what is measured of it. */
#include "load.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENT = 101, HEADER = 12, READ = 8, GROWING = 5, EVENT_PACKETS = 8, FIRST_PROMPT = 400, SECOND_PROMPT = 1000 };

nanoseconds clock_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (nanoseconds)time.tv_sec * SECOND + time.tv_nsec;
}

nanoseconds stamped(struct msghdr *message, uint32_t *drops) {
    nanoseconds at = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        if (part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            at = (nanoseconds)time.tv_sec * SECOND + time.tv_nsec;
        } else if (part->cmsg_type == SO_RXQ_OVFL && drops) {
            memcpy(drops, CMSG_DATA(part), sizeof *drops);
        }
    }
    return at ? at : clock_now();
}

/* ---- figures ---- */

void samples_add(samples_t *samples, double value) {
    if (samples->length == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 1024;
        samples->values = realloc(samples->values, samples->room * sizeof(double));
        if (!samples->values) abort();
    }
    samples->values[samples->length++] = value;
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

double samples_at(samples_t *samples, double share) {
    if (!samples->length) return 0;
    qsort(samples->values, samples->length, sizeof(double), ascending);
    size_t rank = (size_t)ceil(share * (double)samples->length);
    return samples->values[rank ? rank - 1 : 0];
}

void samples_clear(samples_t *samples) { samples->length = 0; }

/* ---- sockets ---- */

bool audio_open(audio_t *audio, const char *host, uint16_t port) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    if (inet_pton(AF_INET, host, &own.sin_addr) != 1) return false;
    *audio = (audio_t){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
    if (audio->fd < 0) return false;
    setsockopt(audio->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    setsockopt(audio->fd, SOL_SOCKET, SO_RXQ_OVFL, &yes, sizeof yes);
    return bind(audio->fd, (struct sockaddr *)&own, sizeof own) == 0;
}

void audio_begin(audio_t *audio, const struct sockaddr_in *far, secure_t *secure, nanoseconds now) {
    int fd = audio->fd;
    uint32_t drops = audio->kernel_drops;
    *audio = (audio_t){
        .fd = fd, .begun = true, .far = *far, .secure = secure, .next = now, .kernel_drops = drops};
    audio->own_ssrc = (uint32_t)random();
    audio->own_timestamp = (uint32_t)random();
    audio->own_sequence = (uint16_t)random();
}

void audio_end(audio_t *audio) {
    audio->begun = false;
    secure_end(audio->secure);
    audio->secure = NULL;
}

void audio_account(audio_t *audio, audio_figures_t *figures, bool fresh) {
    if (audio->heard && audio->worst > 0) samples_add(&figures->jitter, audio->worst);
    audio->worst = 0;
    if (fresh) audio->heard = false;
}

/* ---- heard ---- */

static int16_t expand_mu_law(uint8_t code) {
    code = (uint8_t)~code;
    int magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
    return (int16_t)(code & 0x80 ? -magnitude : magnitude);
}

static int16_t expand_a_law(uint8_t code) {
    code ^= 0x55;
    int segment = (code & 0x70) >> 4, magnitude = ((code & 0x0F) << 4) + 8;
    if (segment) magnitude = (magnitude + 0x100) << (segment - 1);
    return (int16_t)(code & 0x80 ? magnitude : -magnitude);
}

/* Share of the energy that lies at `frequency` (Goertzel). */
static double share_at(const int16_t *pcm, size_t length, double frequency, double energy) {
    double factor = 2 * cos(2 * M_PI * frequency / 8000), before = 0, last = 0;
    for (size_t i = 0; i < length; i++) {
        double next = pcm[i] + factor * last - before;
        before = last;
        last = next;
    }
    double power = last * last + before * before - factor * last * before;
    return 2 * power / (energy * (double)length);
}

/* FIRST_PROMPT, SECOND_PROMPT, or 0 for anything else. */
static int prompt_heard(const uint8_t *payload, size_t length, int type) {
    int16_t pcm[OCTETS];
    double energy = 0;
    if (length > OCTETS) length = OCTETS;
    for (size_t i = 0; i < length; i++) {
        pcm[i] = type == 8 ? expand_a_law(payload[i]) : expand_mu_law(payload[i]);
        energy += (double)pcm[i] * pcm[i];
    }
    if (length < 40 || energy / (double)length < 300.0 * 300.0) return 0;
    if (share_at(pcm, length, FIRST_PROMPT, energy) > 0.5) return FIRST_PROMPT;
    return share_at(pcm, length, SECOND_PROMPT, energy) > 0.5 ? SECOND_PROMPT : 0;
}

static void hear_prompt(audio_t *audio, audio_figures_t *figures, int prompt, nanoseconds at) {
    if (!audio->pressed_at || audio->heeded) return;
    if (prompt == FIRST_PROMPT) audio->last_first_prompt = at;
    if (prompt != SECOND_PROMPT) return;
    audio->heeded = true;
    figures->heeded++;
    samples_add(&figures->barge_in, (double)(at - audio->pressed_at) / MILLISECOND);
    nanoseconds end = audio->pressed_at + GROWING * PACKET_TIME;
    samples_add(&figures->after_end, at > end ? (double)(at - end) / MILLISECOND : 0);
    nanoseconds last = audio->last_first_prompt;
    samples_add(&figures->stopped, last > audio->pressed_at ? (double)(last - audio->pressed_at) / MILLISECOND : 0);
}

/* `marked`: a talk spurt begins, whose packet need not keep the distance of the packets before it (RFC 3551 4.1). */
static void measure(audio_t *audio, audio_figures_t *figures, uint16_t sequence, uint32_t timestamp, bool marked,
                    nanoseconds at) {
    int16_t step = (int16_t)(sequence - audio->sequence);
    if (step <= 0) {
        figures->disordered++;
        return;
    }
    figures->lost += (uint64_t)(step - 1);
    double gap = (double)(at - audio->arrived) / MILLISECOND, due = (int32_t)(timestamp - audio->timestamp) / 8.0;
    if (step == 1 && !marked && due > 0 && due <= 60) {
        double deviation = fabs(gap - due);
        samples_add(&figures->gaps, gap);
        samples_add(&figures->deviations, deviation);
        audio->jitter += (deviation - audio->jitter) / 16;
        if (audio->jitter > audio->worst) audio->worst = audio->jitter;
    }
    audio->sequence = sequence;
    audio->timestamp = timestamp;
    audio->arrived = at;
}

static void hear_packet(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures, uint8_t *data,
                        size_t length, nanoseconds at) {
    if (length <= HEADER || data[0] >> 6 != 2 || !audio->begun) return;
    if (audio->secure && !secure_unprotect(audio->secure, data, &length)) {
        figures->garbled++;
        return;
    }
    int type = data[1] & 0x7F;
    uint16_t sequence = (uint16_t)(data[2] << 8 | data[3]);
    uint32_t timestamp = (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 8 | data[7];
    uint32_t ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 | (uint32_t)data[10] << 8 | data[11];
    figures->packets++;
    if (!audio->first) {
        audio->first = at;
        audio->press_at = at + plan->after;
    }
    if (!audio->heard || ssrc != audio->ssrc) {
        audio->heard = true;
        audio->ssrc = ssrc;
        audio->sequence = sequence;
        audio->timestamp = timestamp;
        audio->arrived = at;
    } else {
        measure(audio, figures, sequence, timestamp, data[1] & 0x80, at);
    }
    if (type != EVENT && plan->digit >= 0 && !plan->every)
        hear_prompt(audio, figures, prompt_heard(data + HEADER, length - HEADER, type), at);
}

void audio_hear(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures) {
    static uint8_t data[READ][512];
    static char control[READ][128];
    struct iovec parts[READ];
    struct mmsghdr messages[READ];
    for (int i = 0; i < READ; i++) {
        parts[i] = (struct iovec){data[i], sizeof data[i]};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
    }
    int count = recvmmsg(audio->fd, messages, READ, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        uint32_t drops = audio->kernel_drops;
        nanoseconds at = stamped(&messages[i].msg_hdr, &drops);
        figures->dropped += drops - audio->kernel_drops;
        audio->kernel_drops = drops;
        hear_packet(audio, plan, figures, data[i], messages[i].msg_len, at);
    }
}

/* ---- sent ---- */

static void send_packet(audio_t *audio, audio_figures_t *figures, uint8_t type, uint32_t timestamp,
                        const uint8_t *payload, size_t length) {
    uint8_t packet[HEADER + OCTETS + TRAILER];
    size_t octets = HEADER + length;
    uint16_t sequence = audio->own_sequence++;
    uint32_t ssrc = audio->own_ssrc;
    const uint8_t header[HEADER] = {
        0x80, type, (uint8_t)(sequence >> 8), (uint8_t)sequence,
        (uint8_t)(timestamp >> 24), (uint8_t)(timestamp >> 16), (uint8_t)(timestamp >> 8), (uint8_t)timestamp,
        (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc};
    memcpy(packet, header, HEADER);
    memcpy(packet + HEADER, payload, length);
    if (audio->secure && !secure_protect(audio->secure, packet, &octets)) return;
    if (sendto(audio->fd, packet, octets, MSG_DONTWAIT, (struct sockaddr *)&audio->far, sizeof audio->far) > 0)
        figures->sent++;
}

static void press(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures, nanoseconds now) {
    int packet = audio->event_packets++;
    bool end = packet >= GROWING;
    unsigned duration = (unsigned)(end ? GROWING : packet + 1) * OCTETS;
    if (packet == 0) {
        audio->event_timestamp = audio->own_timestamp;
        audio->pressed_at = now;
        figures->pressed++;
    }
    const uint8_t payload[4] = {(uint8_t)plan->digit, (uint8_t)((end ? 0x80 : 0) | 10), (uint8_t)(duration >> 8),
                                (uint8_t)duration};
    send_packet(audio, figures, (uint8_t)(EVENT | (packet == 0 ? 0x80 : 0)), audio->event_timestamp, payload, 4);
    if (audio->event_packets == EVENT_PACKETS) {
        audio->event_packets = 0;
        audio->press_at = plan->every ? audio->press_at + plan->every : 0;
    }
}

void audio_send(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures, nanoseconds now) {
    static const uint8_t a_law[OCTETS] = {[0 ... OCTETS - 1] = 0xD5}, g722[OCTETS] = {[0 ... OCTETS - 1] = 0xFA};
    const uint8_t *voice = plan->type == 9 ? g722 : a_law; /* very soft */
    if (!audio->begun || now < audio->next) return;
    /* A caller that was held up sends what is due at once: the far end counts on 50 packets a second. */
    for (int burst = 0; burst < 5 && now >= audio->next; burst++) {
        audio->next += PACKET_TIME;
        audio->own_timestamp += OCTETS;
        bool due = plan->digit >= 0 && audio->press_at && now >= audio->press_at;
        if (audio->event_packets || due)
            press(audio, plan, figures, now);
        else if (plan->talk)
            send_packet(audio, figures, plan->type, audio->own_timestamp, voice, OCTETS);
    }
    if (now >= audio->next) audio->next = now + PACKET_TIME;
}
