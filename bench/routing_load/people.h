/* Callers and agents for the routing benchmark: SIP phones of both sides in one process, and what they measure.
 *
 * One thread; one SIP socket for all callers, one for all agents, one socket where the audio of everybody is counted and
 * thrown away. Times are nanoseconds of CLOCK_REALTIME: the kernel's receive time stamps for what comes, the time
 * before the call of the kernel for what goes.
 */
#ifndef CALLWRIGHT_PEOPLE_H
#define CALLWRIGHT_PEOPLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t nanoseconds;
enum { SECOND = 1000000000, MILLISECOND = 1000000, TEXT = 4096, NAME = 256 };

typedef struct {
    double *values;
    size_t length, room;
} samples_t;

void samples_add(samples_t *samples, double value);
/* Prints {"n": .., "mean": .., "p50": .., "p90": .., "p99": .., "max": ..}; null for none. Sorts. */
void samples_print(const char *name, samples_t *samples);

/* A side: its socket, its address, and where it sends to. */
typedef struct {
    int fd;
    const char *host;
    uint16_t port, audio;
    struct sockaddr_in switch_;
} side_t;

nanoseconds clock_now(void);
bool side_open(side_t *side, const struct sockaddr_in *target);
/* The next message, ended by a zero; false where none waits. */
bool side_read(const side_t *side, char *message, size_t room, nanoseconds *at);
void side_send(const side_t *side, const char *message);

/* The value of a header (long form) up to the end of its line; empty where there is none. */
void header(const char *message, const char *name, char *value, size_t room);
/* The user part of the SIP URI in a header's value or a request line. */
void user_of(const char *value, char *user, size_t room);
/* What stands between < and >. */
void uri_of(const char *value, char *uri, size_t room);
/* Answers a request with its own Via, From, To, Call-ID and CSeq; `tag` is added to To where it has none, and `number`
 * becomes the Contact. Gives the text that was sent. */
void respond(const side_t *side, const char *request, const char *status, const char *tag, const char *number, bool sdp,
             char *sent, size_t room);
/* The body of a session description of this side. */
int describe(const side_t *side, char *body, size_t room);

#endif
