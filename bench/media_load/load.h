/* Callers for the media benchmark: they call over SIP, hear what is played, talk, press digits, and measure.
 *
 * One thread, one SIP socket, one RTP socket for each call. Times are nanoseconds of the kernel's receive time stamps
 * (CLOCK_REALTIME), so that a busy caller does not make the server look late.
 */
#ifndef CALLWRIGHT_LOAD_H
#define CALLWRIGHT_LOAD_H

#include "secure.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t nanoseconds;
enum { SECOND = 1000000000, MILLISECOND = 1000000, PACKET_TIME = 20 * MILLISECOND, OCTETS = 160 };

typedef struct {
    double *values;
    size_t length, room;
} samples_t;

void samples_add(samples_t *samples, double value);
/* Nearest rank of `share` (0 to 1); 0 for none. Sorts. */
double samples_at(samples_t *samples, double share);
void samples_clear(samples_t *samples);

typedef struct {
    uint64_t packets, lost, disordered, dropped, garbled, sent, pressed, heeded;
    samples_t gaps, deviations, jitter, barge_in, after_end, stopped;
} audio_figures_t;

typedef struct {
    int fd;
    bool begun, heard;      /* packets are exchanged; one came */
    struct sockaddr_in far;
    secure_t *secure;       /* NULL: plain RTP */
    /* heard */
    uint32_t ssrc, timestamp, kernel_drops;
    uint16_t sequence;
    nanoseconds first, arrived;
    double jitter, worst;   /* RFC 3550 6.4.1, ms: now, and at its worst in the window */
    /* sent */
    uint32_t own_ssrc, own_timestamp, event_timestamp;
    uint16_t own_sequence;
    nanoseconds next;
    int event_packets;      /* of the digit that is being pressed; 0: none */
    nanoseconds press_at, pressed_at, ended_at, last_first_prompt;
    bool heeded;
} audio_t;

typedef struct {
    bool talk;              /* send audio as well */
    uint8_t type;           /* of its packets: 8 is G.711 A-law, 9 G.722, whose clock is 8 kHz as well (RFC 3551 4.5.2) */
    int digit;              /* RFC 4733 event; -1: none */
    nanoseconds after, every; /* from the first packet; `every` 0: once */
} audio_plan_t;

/* All return false where the socket cannot be had. */
bool audio_open(audio_t *audio, const char *host, uint16_t port);
void audio_begin(audio_t *audio, const struct sockaddr_in *far, secure_t *secure, nanoseconds now);
void audio_end(audio_t *audio);
void audio_hear(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures);
void audio_send(audio_t *audio, const audio_plan_t *plan, audio_figures_t *figures, nanoseconds now);
/* Takes the stream's jitter into the figures; `fresh`: the next packet is the first of a new window. */
void audio_account(audio_t *audio, audio_figures_t *figures, bool fresh);

nanoseconds clock_now(void);
/* The kernel's time stamp of a message, or now. `drops`, where given, becomes the socket's count of lost datagrams. */
struct msghdr;
nanoseconds stamped(struct msghdr *message, uint32_t *drops);

#endif
