/* Between 8 and 16 kHz by a half-band filter: see media_service/signal/resample.py. */
#include "signal.h"

#include <math.h>
#include <string.h>

enum { PIECE = 320, UP_PAST = 2 * HALFBAND_SIDE - 1, DOWN_PAST = HALFBAND_TAPS - 1 };

/* Taps 1, 3, 5, ... off the middle; the middle one is a half. */
static const double side[HALFBAND_SIDE] = {
    0.3170104454, -0.101989826, 0.0569643152, -0.0364751691, 0.0244295326, -0.0164706684,
    0.0109271896, -0.0070035021, 0.0042502611, -0.0023731872, 0.0011554867, -0.0004248778,
};

void halfband_begin(halfband_t *halfband) {
    memset(halfband, 0, sizeof *halfband);
}

static int16_t rounded(double sample) {
    return (int16_t)fmax(-32768.0, fmin(32767.0, rint(sample)));
}

void halfband_up(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out) {
    int16_t line[UP_PAST + PIECE];
    while (n > 0) {
        size_t part = n < PIECE ? n : PIECE;
        memcpy(line, halfband->past, UP_PAST * sizeof *line);
        memcpy(line + UP_PAST, in, part * sizeof *line);
        for (size_t k = 0; k < part; k++) {
            const int16_t *left = line + k + HALFBAND_SIDE - 1, *right = left + 1;
            double sum = 0.0;
            for (int tap = 0; tap < HALFBAND_SIDE; tap++)
                sum += side[tap] * (left[-tap] + right[tap]);
            out[2 * k] = *left;
            out[2 * k + 1] = rounded(2.0 * sum);
        }
        memcpy(halfband->past, line + part, UP_PAST * sizeof *line);
        in += part;
        out += 2 * part;
        n -= part;
    }
}

void halfband_down(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out) {
    int16_t line[DOWN_PAST + PIECE];
    n -= n % 2;
    while (n > 0) {
        size_t part = n < PIECE ? n : PIECE;
        memcpy(line, halfband->past, DOWN_PAST * sizeof *line);
        memcpy(line + DOWN_PAST, in, part * sizeof *line);
        for (size_t k = 0; k < part / 2; k++) {
            const int16_t *middle = line + 2 * k + UP_PAST;
            double sum = 0.5 * *middle;
            for (int tap = 0; tap < HALFBAND_SIDE; tap++)
                sum += side[tap] * (middle[-1 - 2 * tap] + middle[1 + 2 * tap]);
            out[k] = rounded(sum);
        }
        memcpy(halfband->past, line + part, DOWN_PAST * sizeof *line);
        in += part;
        out += part / 2;
        n -= part;
    }
}
