/* News for the owner: a ring that grows while the owner does not read, and an eventfd that wakes it. */
#include "ring.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { FIRST_ROOM = 256, UNREAD_LIMIT = 1 << 16 };

bool ring_begin(ring_t *ring) {
    ring->events = malloc(FIRST_ROOM * sizeof *ring->events);
    ring->room = FIRST_ROOM;
    ring->first = ring->length = 0;
    ring->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return ring->events && ring->bell >= 0;
}

void ring_end(ring_t *ring) {
    for (size_t i = 0; i < ring->length; i++) free(ring->events[(ring->first + i) % ring->room].data);
    free(ring->events);
    if (ring->bell >= 0) close(ring->bell);
}

static bool grow(ring_t *ring) {
    event_t *events = malloc(2 * ring->room * sizeof *events);
    if (!events) return false;
    for (size_t i = 0; i < ring->length; i++) events[i] = ring->events[(ring->first + i) % ring->room];
    free(ring->events);
    ring->events = events;
    ring->first = 0;
    ring->room *= 2;
    return true;
}

bool ring_put(ring_t *ring, event_t event, bool must) {
    if ((!must && ring->length >= UNREAD_LIMIT) || (ring->length == ring->room && !grow(ring))) {
        ring->dropped++;
        free(event.data);
        return false;
    }
    ring->events[(ring->first + ring->length++) % ring->room] = event;
    if (ring->length == 1) {
        uint64_t one = 1;
        /* Fails only when the counter is full: then the bell rings already. */
        if (write(ring->bell, &one, sizeof one) != sizeof one) return true;
    }
    return true;
}

event_t *ring_take(ring_t *ring, size_t *length) {
    uint64_t rung;
    *length = 0;
    event_t *taken = malloc((ring->length ? ring->length : 1) * sizeof *taken);
    if (!taken) return NULL;
    for (size_t i = 0; i < ring->length; i++) taken[i] = ring->events[(ring->first + i) % ring->room];
    *length = ring->length;
    ring->first = ring->length = 0;
    if (read(ring->bell, &rung, sizeof rung) < 0) return taken; /* nothing had rung */
    return taken;
}
