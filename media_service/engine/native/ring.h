/* News for the owner of the core: what the packet thread puts, the owner takes. */
#ifndef CALLWRIGHT_RING_H
#define CALLWRIGHT_RING_H

#include "rtp.h"

typedef enum {
    ENDED = 1,       /* id: the play; value: whether finished; at: position, seconds */
    DIGIT,           /* value: the digit; id: 1 where in band; at: Unix seconds */
    SENT,            /* id: the token */
    RECORDED,        /* id: the recording; data: samples */
    RECORDING_OVER,  /* id: the recording; value: whether it failed; at: paused seconds */
    FAILED,          /* value: errno */
    SPEECH,          /* value: whether someone speaks; at: Unix seconds */
    BEEP,            /* id: Hz; at: Unix seconds */
    PACKET           /* data: a datagram; source */
} kind_t;

typedef struct {
    kind_t kind;
    uint64_t port, id;
    int value;
    double at;
    uint8_t *data;
    size_t length;
    address_t source;
} event_t;

typedef struct {
    event_t *events;
    size_t first, length, room;
    int bell;               /* eventfd: readable while events wait */
    uint64_t dropped;
} ring_t;

bool ring_begin(ring_t *ring);
void ring_end(ring_t *ring);
/* `must`: kept however many wait; others are dropped once the owner has not read for long. False where dropped. */
bool ring_put(ring_t *ring, event_t event, bool must);
/* All that wait, to be freed by the caller with the data in them. */
event_t *ring_take(ring_t *ring, size_t *length);

#endif
