/* What plays on a port: clips one after the other, sample after sample, without a gap between them or between rounds. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

void player_forget(port_t *port) {
    for (size_t i = 0; i < port->player.count; i++) clip_release(port->player.clips[i]);
    free(port->player.clips);
    port->player = (player_t){0};
    port->playing = port->loaded = port->loop = false;
}

static size_t samples_before(const player_t *player, size_t index) {
    size_t samples = 0;
    for (size_t i = 0; i < index && i < player->count; i++) samples += player->clips[i]->samples;
    return samples;
}

void player_over(engine_t *engine, port_t *port, bool finished) {
    const player_t *player = &port->player;
    size_t place = port->loaded ? samples_before(player, player->index) + player->position : player->start;
    event_t event = {.kind = ENDED, .port = port->handle, .id = port->play, .value = finished,
                     .at = (double)place / RATE};
    player_forget(port);
    ring_put(&engine->ring, event, true);
}

/* Go to sample `start` of the whole list; beyond its end a loop wraps round. */
static void seek(player_t *player, size_t start, bool loop) {
    size_t all = samples_before(player, player->count);
    if (loop && all) start %= all;
    player->index = 0;
    while (player->index < player->count && start >= player->clips[player->index]->samples)
        start -= player->clips[player->index++]->samples;
    player->position = player->index < player->count ? start : 0;
}

/* What is new is marked (RFC 3551 4.1) and sent at once. */
static void begin_talk_spurt(engine_t *engine, port_t *port) {
    port->talking = false;
    engine_hasten(engine, port);
}

void port_load(engine_t *engine, port_t *port, uint64_t play, clip_t **clips, size_t count, bool loop) {
    size_t kept = 0;
    bool wanted = port && port->playing && !port->loaded && port->play == play;
    for (size_t i = 0; i < count; i++) {
        if (wanted && clips[i]->samples)
            clips[kept++] = clips[i];
        else
            clip_release(clips[i]);
    }
    if (!wanted) {
        free(clips);
        return;
    }
    port->player.clips = clips;
    port->player.count = kept;
    port->loaded = true;
    port->loop = loop;
    seek(&port->player, port->player.start, loop);
    if (port->player.index >= kept)
        player_over(engine, port, true); /* an endless round of nothing is not begun */
    else if (port->connected && !port->partner && !port->room && !port->digit_count)
        begin_talk_spurt(engine, port);
}

static void advance(port_t *port, size_t samples) {
    player_t *player = &port->player;
    player->position += samples;
    if (player->position < player->clips[player->index]->samples) return;
    player->position = 0;
    player->index++;
    if (port->loop) player->index %= player->count;
}

static void copy_linear(port_t *port, sound_t *sound) {
    player_t *player = &port->player;
    memset(sound, 0, sizeof *sound);
    for (size_t filled = 0; filled < FRAME && player->index < player->count;) {
        const clip_t *clip = player->clips[player->index];
        size_t left = clip->samples - player->position, part = FRAME - filled < left ? FRAME - filled : left;
        memcpy(sound->narrow + filled, clip->linear + player->position, part * sizeof(int16_t));
        filled += part;
        advance(port, part);
    }
}

bool player_frame(engine_t *engine, port_t *port, bool linear, outgoing_t *out) {
    if (!port->loaded) return false;
    player_t *player = &port->player;
    const clip_t *clip = player->clips[player->index];
    out->length = clip_octets(clip, port->stream.encoding, player->position, out->payload);
    if (linear || !out->length) {
        copy_linear(port, &out->sound);
        out->linear = true;
    } else {
        advance(port, FRAME);
    }
    if (player->index >= player->count) player_over(engine, port, true);
    return true;
}
