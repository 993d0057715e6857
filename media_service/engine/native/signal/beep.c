/* The beep of an answering machine: see media_service/signal/beep.py for the rules. */
#include "signal.h"

#include <complex.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    HALF = BEEP_FRAME / 2, SHORTEST = 7, LONGEST = 201, QUIET = 5, APART = 5, REPEAT = 750, PROGRESS_QUIET = 40,
    RINGING_LEAST = 44, RINGING_MOST = 106, EDGES = 2
};

static const double rate = 8000.0, pi = 3.14159265358979323846;
static const double lowest_frequency = 395.0, highest_frequency = 2510.0, least_level = -35.0, least_share = 0.9;
static const double same_frequency = 0.01, rise = 3.0, fall = 12.0, quieter = 10.0;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static double hann[BEEP_FRAME], half_hann[HALF], gain, power, fade[2];

static void prepare(void) {
    gain = power = fade[0] = fade[1] = 0.0;
    for (int n = 0; n < BEEP_FRAME; n++) {
        hann[n] = 0.5 - 0.5 * cos(2.0 * pi * (n + 0.5) / BEEP_FRAME);
        gain += hann[n];
        power += hann[n] * hann[n];
    }
    for (int n = 0; n < HALF; n++)
        half_hann[n] = 0.5 - 0.5 * cos(2.0 * pi * (n + 0.5) / HALF);
    for (int lag = 1; lag <= 2; lag++)
        for (int n = lag; n < BEEP_FRAME; n++)
            fade[lag - 1] += hann[n] * hann[n - lag] / power;
}

void beep_begin(beep_t *beep) {
    pthread_once(&once, prepare);
    memset(beep, 0, sizeof *beep);
    beep->last_tone = beep->last_burst = -REPEAT;
}

/* The weighted samples turned back by `step` radians each, summed. */
static double complex turned_back(const int16_t *samples, const double *weights, int n, double step) {
    double turn_real = cos(step), turn_imaginary = sin(step), c = 1.0, s = 0.0, real = 0.0, imaginary = 0.0;
    for (int k = 0; k < n; k++) {
        double sample = weights[k] * samples[k], next = c * turn_real - s * turn_imaginary;
        real += sample * c;
        imaginary -= sample * s;
        s = s * turn_real + c * turn_imaginary;
        c = next;
    }
    return CMPLX(real, imaginary);
}

/* The radians from sample to sample, as the phases of the frame's halves tell, within 50 Hz of `step`. */
static double refined(const int16_t *frame, double step) {
    double complex before = turned_back(frame, half_hann, HALF, step);
    double complex behind = turned_back(frame + HALF, half_hann, HALF, step);
    double complex turned = behind * conj(before) * CMPLX(cos(step * HALF), -sin(step * HALF));
    return step + carg(turned) / HALF;
}

/* The frequency that holds nearly all of the frame, or 0 where none does or it is out of bounds. */
static double single_frequency(const int16_t *frame) {
    double first = 0.0, second = 0.0, energy = 0.0, one = 0.0, two = 0.0;
    for (int n = 0; n < BEEP_FRAME; n++) {
        double sample = hann[n] * frame[n];
        energy += sample * sample;
        first += sample * one;
        second += sample * two;
        two = one;
        one = sample;
    }
    first /= fade[0];
    second /= fade[1];
    double below = sqrt(second * second + 8.0 * first * first) - second;
    if (below <= 0.0 || fabs(2.0 * first) >= below)
        return 0.0;
    double step = refined(frame, acos(2.0 * first / below)), frequency = step * rate / (2.0 * pi);
    if (!(frequency >= lowest_frequency && frequency <= highest_frequency))
        return 0.0;
    double strength = cabs(turned_back(frame, hann, BEEP_FRAME, step));
    return 2.0 * strength * strength * power / (gain * gain) >= least_share * energy ? frequency : 0.0;
}

static void begin_burst(beep_t *beep, double frequency, double level) {
    beep->any = frequency > 0.0;
    beep->frequency = frequency;
    beep->level = level;
    beep->began = beep->number;
    beep->apart = beep->number - beep->last_tone > APART;
    beep->frames = 1;
    beep->edges = beep->quiet = 0;
    beep->repeated = false;
}

static void end_burst(beep_t *beep) {
    if (beep->frames < SHORTEST) {
        beep->any = false;
        return;
    }
    beep->quiet = 1;
    double far = fabs(beep->frequency - beep->last_frequency);
    bool near = far <= fmax(2.0 * same_frequency * beep->frequency, 20.0);
    beep->repeated = near && beep->number - beep->last_burst < REPEAT;
    beep->last_frequency = beep->frequency;
    beep->last_burst = beep->number;
}

/* The silence behind a burst goes on: its frequency where it was a beep, else 0. */
static double wait_for_silence(beep_t *beep, double frequency, double level) {
    if (level > beep->level - quieter) {
        begin_burst(beep, frequency, level);
        return 0.0;
    }
    beep->quiet++;
    bool progress = beep->frequency >= 340.0 && beep->frequency <= 500.0;
    if (beep->quiet < (progress ? PROGRESS_QUIET : QUIET))
        return 0.0;
    beep->any = false;
    bool ringing = progress && beep->frames >= RINGING_LEAST && beep->frames <= RINGING_MOST;
    bool answer = beep->frequency >= 2079.0 && beep->frequency <= 2121.0;
    if (ringing || answer || beep->repeated || !beep->apart || beep->frames > LONGEST)
        return 0.0;
    beep->ended_at = (uint64_t)(beep->number + 1 - beep->quiet) * BEEP_FRAME;
    return beep->frequency;
}

static bool same_tone(const beep_t *beep, double frequency, double level) {
    return fabs(frequency - beep->frequency) <= fmax(same_frequency * beep->frequency, 10.0) &&
           level >= beep->level - fall && level <= beep->level + rise;
}

static double hear(beep_t *beep) {
    double level = vad_level(beep->frame, BEEP_FRAME);
    double frequency = level >= least_level ? single_frequency(beep->frame) : 0.0;
    if (!beep->any) {
        begin_burst(beep, frequency, level);
    } else if (beep->quiet) {
        return wait_for_silence(beep, frequency, level);
    } else if (frequency > 0.0 && same_tone(beep, frequency, level)) {
        beep->frames++;
        beep->edges = 0;
        if (beep->frames >= EDGES + 2)
            beep->last_tone = beep->number;
    } else if (frequency > 0.0 && beep->frames <= EDGES) {  /* the frames before held but a part of the tone */
        beep->frequency = frequency;
        beep->level = level;
        beep->frames++;
    } else if (level <= beep->level - quieter) {
        end_burst(beep);
    } else if (++beep->edges > 1) {
        begin_burst(beep, frequency, level);
    }
    return 0.0;
}

double beep_feed(beep_t *beep, const int16_t *pcm, size_t n) {
    double told = 0.0;
    while (n > 0) {
        size_t part = BEEP_FRAME - beep->filled;
        if (part > n)
            part = n;
        memcpy(beep->frame + beep->filled, pcm, part * sizeof *pcm);
        beep->filled += part;
        pcm += part;
        n -= part;
        if (beep->filled == BEEP_FRAME) {
            double heard = hear(beep);
            told = heard > 0.0 ? heard : told;
            beep->number++;
            beep->filled = 0;
        }
    }
    return told;
}
