/* The E-model (ITU-T G.107) with what a media service can know: see media_service/signal/quality.py. */
#include "signal.h"

#include <math.h>

typedef struct {
    double impairment, robustness;
} codec_t;

/* G.113 appendix I: Ie and Bpl, both with concealment; by QUALITY_... */
static const codec_t codecs[] = {{0.0, 25.1}, {0.0, 25.1}, {0.0, 25.1}, {0.0, 25.1}};

double mos_estimate(double delay, double loss, int codec) {
    size_t known = codec >= 0 && codec < (int)(sizeof codecs / sizeof *codecs) ? (size_t)codec : QUALITY_G711;
    double milliseconds = 1000.0 * fmax(delay, 0.0), percent = 100.0 * fmin(fmax(loss, 0.0), 1.0);
    double waiting = 0.024 * milliseconds + 0.11 * fmax(milliseconds - 177.3, 0.0);
    double impairment = codecs[known].impairment;
    double broken = impairment + (95.0 - impairment) * percent / (percent + codecs[known].robustness);
    double rating = 93.2 - waiting - broken;
    if (rating <= 0.0)
        return 1.0;
    double mos = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    return fmax(mos, 1.0);
}
