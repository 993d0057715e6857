/* Conferences: each keeps the running sum of its speakers, so that a member costs the same however many there are. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static room_t *find(engine_t *engine, uint64_t id) {
    for (room_t *room = engine->rooms; room; room = room->next)
        if (room->id == id) return room;
    room_t *room = calloc(1, sizeof *room);
    if (!room) return NULL;
    room->id = id;
    room->next = engine->rooms;
    engine->rooms = room;
    return room;
}

static void end_if_empty(engine_t *engine, room_t *room) {
    if (room->count) return;
    room_t **place = &engine->rooms;
    while (*place != room) place = &(*place)->next;
    *place = room->next;
    free(room->members);
    free(room);
}

/* Put `samples` (NULL: silence) in the place of what the sum holds of the port. */
static void count_as(port_t *port, const int16_t *samples) {
    int16_t *counted = port->hearing->counted;
    for (int i = 0; i < FRAME; i++) {
        int16_t sample = samples ? samples[i] : 0;
        port->room->sum[i] += sample - counted[i];
        counted[i] = sample;
    }
}

void room_count(port_t *port) {
    if (port->role == SPEAKER) count_as(port, port->hearing->any ? port->hearing->heard.narrow : NULL);
}

static bool add(room_t *room, port_t *port) {
    if (room->count == room->places) {
        size_t places = room->places ? 2 * room->places : 8;
        port_t **members = realloc(room->members, places * sizeof *members);
        if (!members) return false;
        room->members = members;
        room->places = places;
    }
    room->members[room->count++] = port;
    return true;
}

static void set_role(port_t *port, role_t role, uint64_t whisper_to) {
    room_t *room = port->room;
    if (port->role == SPEAKER) count_as(port, NULL);
    if (port->role == WHISPERER) room->whisperers--;
    if (role == WHISPERER) room->whisperers++;
    port->role = role;
    port->whisper_to = whisper_to;
}

bool room_join(engine_t *engine, port_t *port, uint64_t id, role_t role, uint64_t whisper_to) {
    if (port->room && port->room->id != id) room_leave(engine, port);
    if (!port->room) {
        port_unbridge(port);
        room_t *room = find(engine, id);
        if (!room) return false;
        if (!add(room, port)) {
            end_if_empty(engine, room);
            return false;
        }
        port->room = room;
        port->role = LISTENER;
        if (!port_hears(port)) {
            room->count--;
            port->room = NULL;
            end_if_empty(engine, room);
            return false;
        }
    }
    set_role(port, role, whisper_to);
    return true;
}

void room_leave(engine_t *engine, port_t *port) {
    room_t *room = port->room;
    if (!room) return;
    set_role(port, LISTENER, 0);
    for (size_t i = 0; i < room->count; i++)
        if (room->members[i] == port) {
            room->members[i] = room->members[--room->count];
            break;
        }
    port->room = NULL;
    port_hears(port);
    end_if_empty(engine, room);
}

static void add_whispers(const port_t *port, int32_t *mix) {
    const room_t *room = port->room;
    for (size_t i = 0; i < room->count; i++) {
        const port_t *other = room->members[i];
        if (other->role != WHISPERER || other->whisper_to != port->handle || !other->hearing->any) continue;
        for (int s = 0; s < FRAME; s++) mix[s] += other->hearing->heard.narrow[s];
    }
}

void room_mix(const port_t *port, sound_t *sound) {
    const room_t *room = port->room;
    int32_t mix[FRAME];
    for (int i = 0; i < FRAME; i++) mix[i] = room->sum[i] - port->hearing->counted[i];
    if (room->whisperers) add_whispers(port, mix);
    for (int i = 0; i < FRAME; i++)
        sound->narrow[i] = (int16_t)(mix[i] > INT16_MAX ? INT16_MAX : mix[i] < INT16_MIN ? INT16_MIN : mix[i]);
    sound->has_wide = false;
}
