/* Whether somebody speaks: see media_service/signal/speech.py for the rules. */
#include "signal.h"

#include <math.h>
#include <string.h>

static const float lowest = -70.0f, margin = 6.0f, least_level = -45.0f, steady_range = 2.5f, steady_step = 0.3f;
static const float leak = 0.5f, first_floor = -60.0f, fall = 0.3f, steady_rise = 1.0f, slow_rise = 0.02f;

enum { BEGIN = 6, END = 20 };  /* three fifths of 200 ms, 400 ms: in frames */

double vad_level(const int16_t *samples, size_t n) {
    double sum = 0.0, squares = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += samples[k];
        squares += (double)samples[k] * samples[k];
    }
    double mean = n ? sum / (double)n : 0.0, power = n ? squares / (double)n - mean * mean : 0.0;
    if (power <= 1e-9)
        return lowest;
    return fmax(10.0 * log10(power / (32768.0 * 32768.0 / 2.0)) + 3.14, lowest);
}

void vad_begin(vad_t *vad) {
    memset(vad, 0, sizeof *vad);
    vad->floor = first_floor;
}

static bool remember_level(vad_t *vad, float level) {
    float least = level, most = level, before = vad->at ? vad->levels[VAD_LEVELS - 1] : level;
    if (vad->at == 0)
        for (int k = 0; k < VAD_LEVELS; k++)
            vad->levels[k] = level;
    memmove(vad->levels, vad->levels + 1, (VAD_LEVELS - 1) * sizeof *vad->levels);
    vad->levels[VAD_LEVELS - 1] = level;
    for (int k = 0; k < VAD_LEVELS; k++) {
        least = fminf(least, vad->levels[k]);
        most = fmaxf(most, vad->levels[k]);
    }
    return fabsf(level - before) < steady_step || most - least <= steady_range;
}

static int changed(vad_t *vad) {
    if (vad->speaking) {
        if (vad->inactive < END)
            return -1;
        vad->speaking = false;
        vad->active = 0.0f;
        vad->changed_at = vad->last_active;
        return 0;
    }
    if (vad->active < BEGIN)
        return -1;
    vad->speaking = true;
    vad->changed_at = vad->onset;
    return 1;
}

static int hear(vad_t *vad) {
    float level = (float)vad_level(vad->frame, VAD_FRAME);
    bool steady = remember_level(vad, level);
    bool active = level > vad->floor + margin && level > least_level && !steady;
    if (level < vad->floor)
        vad->floor += fall * (level - vad->floor);
    else
        vad->floor = fminf(vad->floor + (steady ? steady_rise : slow_rise), level);
    if (active) {
        if (vad->active == 0.0f)
            vad->onset = vad->at;
        vad->active += 1.0f;
        vad->inactive = 0;
        vad->last_active = vad->at + VAD_FRAME;
    } else {
        vad->active = fmaxf(vad->active - leak, 0.0f);
        vad->inactive++;
    }
    return changed(vad);
}

int vad_feed(vad_t *vad, const int16_t *pcm, size_t n) {
    int change = -1;
    while (n > 0) {
        size_t part = VAD_FRAME - vad->filled;
        if (part > n)
            part = n;
        memcpy(vad->frame + vad->filled, pcm, part * sizeof *pcm);
        vad->filled += part;
        pcm += part;
        n -= part;
        if (vad->filled == VAD_FRAME) {
            int heard = hear(vad);
            change = heard >= 0 ? heard : change;
            vad->at += VAD_FRAME;
            vad->filled = 0;
        }
    }
    return change;
}
