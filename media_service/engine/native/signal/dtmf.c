/* Digits heard as tone pairs: see media_service/signal/dtmf.py for the rules and where they come from. */
#include "signal.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { LOW = 4, PARTS = 2 * DTMF_TONES, LOOKS_BEGIN = 5, LOOKS_END = 4, VECTORS = PARTS / 4 };

static const double frequencies[DTMF_TONES] = {697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0};
static const char keys[LOW][LOW] = {
    {'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}};

static const double rate = 8000.0, pi = 3.14159265358979323846;
static const double least_level = -33.0, overload = 3.14, tolerance = 0.027, least_share = 0.8, most_harmonic = 0.05;
static const double near_tone = 150.0;

/* Four products at once: SSE2 and NEON have them, elsewhere the compiler takes them apart. */
typedef float four_t __attribute__((vector_size(16)));

static pthread_once_t once = PTHREAD_ONCE_INIT;
static four_t filters[DTMF_WINDOW][VECTORS];  /* real parts of the eight, then imaginary ones, weighted */
static double hann[DTMF_WINDOW];
static double advance[DTMF_TONES][2];
static double gain, quiet, share_of_power, least_power, low_above, high_above;

static void prepare(void) {
    double power = 0.0;
    gain = 0.0;
    for (int n = 0; n < DTMF_WINDOW; n++) {
        hann[n] = 0.5 - 0.5 * cos(2.0 * pi * (n + 0.5) / DTMF_WINDOW);
        gain += hann[n];
        power += hann[n] * hann[n];
        for (int tone = 0; tone < DTMF_TONES; tone++) {
            double phase = 2.0 * pi * frequencies[tone] * n / rate;
            filters[n][tone / 4][tone % 4] = (float)(hann[n] * cos(phase));
            filters[n][VECTORS / 2 + tone / 4][tone % 4] = (float)(-hann[n] * sin(phase));
        }
    }
    for (int tone = 0; tone < DTMF_TONES; tone++) {
        double phase = 2.0 * pi * frequencies[tone] * DTMF_HOP / rate;
        advance[tone][0] = cos(phase);
        advance[tone][1] = -sin(phase);
    }
    double peak = 32768.0 * pow(10.0, (least_level - overload) / 20.0);
    quiet = 0.75 * peak;
    least_power = peak * gain / 2.0 * peak * gain / 2.0;
    share_of_power = 2.0 * power / (gain * gain);
    low_above = pow(10.0, 0.9);
    high_above = pow(10.0, 0.5);
}

void dtmf_begin(dtmf_t *dtmf) {
    pthread_once(&once, prepare);
    memset(dtmf, 0, sizeof *dtmf);
}

/* Whether no tone of a pair could be loud enough, which spares the filters. */
static bool is_quiet(const int16_t *window) {
    int most = 0;
    for (int n = 0; n < DTMF_WINDOW; n++) {
        int sample = window[n] < 0 ? -window[n] : window[n];
        most = sample > most ? sample : most;
    }
    return most < quiet;
}

static void transform(const int16_t *window, float *parts) {
    four_t sums[VECTORS] = {{0}};
    for (int n = 0; n < DTMF_WINDOW; n++) {
        float sample = window[n];
        four_t all = {sample, sample, sample, sample};
        for (int k = 0; k < VECTORS; k++)
            sums[k] += all * filters[n][k];
    }
    memcpy(parts, sums, sizeof sums);
}

/* Power of one frequency through the weighted window. */
static double power_at(const int16_t *window, double frequency) {
    double step = 2.0 * pi * frequency / rate, real = 0.0, imaginary = 0.0;
    double turn_real = cos(step), turn_imaginary = sin(step), c = 1.0, s = 0.0;
    for (int n = 0; n < DTMF_WINDOW; n++) {
        double sample = hann[n] * window[n], next = c * turn_real - s * turn_imaginary;
        real += sample * c;
        imaginary -= sample * s;
        s = s * turn_real + c * turn_imaginary;
        c = next;
    }
    return real * real + imaginary * imaginary;
}

/* How much of a tone `offset` Hz off a filter passes it: the spectrum of a Hann window, 1 in its middle. */
static double response(double offset) {
    double bins = offset * DTMF_WINDOW / rate;
    double sinc = fabs(bins) < 1e-9 ? 1.0 : sin(pi * bins) / (pi * bins);
    return sinc / (1.0 - bins * bins);
}

/* Hz by which a tone is off its nominal frequency, by its phase now and before. */
static double offset_of(int tone, const float *now, const float *before) {
    double a = now[tone], b = now[DTMF_TONES + tone], c = before[tone], d = -before[DTMF_TONES + tone];
    double real = a * c - b * d, imaginary = a * d + b * c;
    double turned_real = real * advance[tone][0] - imaginary * advance[tone][1];
    double turned_imaginary = real * advance[tone][1] + imaginary * advance[tone][0];
    return atan2(turned_imaginary, turned_real) * rate / (2.0 * pi * DTMF_HOP);
}

static bool has_harmonics(const int16_t *window, const double *tones, const double *powers) {
    for (int k = 0; k < 2; k++) {
        double second = 2.0 * tones[k];
        if (fabs(second - tones[0]) < near_tone || fabs(second - tones[1]) < near_tone)
            continue;
        if (power_at(window, second) > most_harmonic * powers[k])
            return true;
    }
    return false;
}

static bool holds_the_energy(const int16_t *window, double power) {
    double energy = 0.0, need = power * share_of_power / least_share;
    for (int n = 0; n < DTMF_WINDOW; n++) {
        double sample = hann[n] * window[n];
        energy += sample * sample;
    }
    if (energy <= need)
        return true;
    return energy - (power_at(window, 350.0) + power_at(window, 440.0)) * share_of_power <= need;
}

static int strongest(const double *powers) {
    int best = 0;
    for (int k = 1; k < LOW; k++)
        if (powers[k] > powers[best])
            best = k;
    return best;
}

/* The digit that a look shows, or 0. */
static char shown(const int16_t *window, const float *parts, const float *before) {
    double powers[DTMF_TONES], tones[2], strengths[2];
    for (int k = 0; k < DTMF_TONES; k++)
        powers[k] = (double)parts[k] * parts[k] + (double)parts[DTMF_TONES + k] * parts[DTMF_TONES + k];
    int row = strongest(powers), column = strongest(powers + LOW);
    if (powers[row] < least_power / 2.0 || powers[LOW + column] < least_power / 2.0)
        return 0;
    for (int k = 0; k < 2; k++) {
        int tone = k ? LOW + column : row;
        double offset = offset_of(tone, parts, before), passed = response(offset);
        if (fabs(offset) > tolerance * frequencies[tone])
            return 0;
        tones[k] = frequencies[tone];
        strengths[k] = powers[tone] / (passed * passed);
    }
    if (fmin(strengths[0], strengths[1]) < least_power || strengths[0] > strengths[1] * low_above ||
        strengths[1] > strengths[0] * high_above)
        return 0;
    if (!holds_the_energy(window, strengths[0] + strengths[1]) || has_harmonics(window, tones, strengths))
        return 0;
    return keys[row][column];
}

/* Counts looks; the digit that is to be told now, or 0. */
static char follow(dtmf_t *dtmf, char digit) {
    dtmf->misses = digit && digit == dtmf->told ? 0 : dtmf->misses + 1;
    if (dtmf->misses >= LOOKS_END)
        dtmf->told = 0;
    if (digit != dtmf->candidate) {
        dtmf->candidate = digit;
        dtmf->looks = 0;
    }
    dtmf->looks++;
    if (!digit || digit == dtmf->told || dtmf->looks < LOOKS_BEGIN)
        return 0;
    dtmf->told = digit;
    dtmf->misses = 0;
    return digit;
}

int dtmf_feed(dtmf_t *dtmf, const int16_t *pcm, size_t n, char *digits, size_t room) {
    size_t told = 0;
    while (n > 0) {
        size_t part = DTMF_WINDOW - dtmf->filled;
        if (part > n)
            part = n;
        memcpy(dtmf->window + dtmf->filled, pcm, part * sizeof *pcm);
        dtmf->filled += part;
        pcm += part;
        n -= part;
        if (dtmf->filled < DTMF_WINDOW)
            break;
        float parts[PARTS] = {0};
        char digit = 0;
        if (!is_quiet(dtmf->window)) {
            transform(dtmf->window, parts);
            digit = shown(dtmf->window, parts, dtmf->before);
        }
        digit = follow(dtmf, digit);
        if (digit && told < room)
            digits[told++] = digit;
        memcpy(dtmf->before, parts, sizeof parts);
        dtmf->filled -= DTMF_HOP;
        memmove(dtmf->window, dtmf->window + DTMF_HOP, dtmf->filled * sizeof *dtmf->window);
    }
    return (int)told;
}
