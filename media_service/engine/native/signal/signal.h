/* What is heard in sound: digits, speech, beeps; halving and doubling of the rate; the quality of a call.
 *
 * The twins of media_service/signal/{dtmf,speech,beep,resample,quality}.py: the rules stand there, with their sources.
 * Nothing in here allocates, locks, or knows of ports and Python. All sound is PCM16 at 8 kHz (but for the 16 kHz side
 * of a halfband), in pieces of any length. A structure belongs to one stream; `..._begin` makes it ready, and again.
 * Include as "signal/signal.h" and put no -I on this folder: <signal.h> is somebody else's.
 */
#ifndef CALLWRIGHT_SIGNAL_H
#define CALLWRIGHT_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- tone pairs (ITU-T Q.23, Q.24): dtmf.c ---- */

enum {
    DTMF_WINDOW = 160,  /* samples looked at together: 20 ms */
    DTMF_HOP = 40,      /* from one look to the next: 5 ms */
    DTMF_TONES = 8
};

typedef struct {
    int16_t window[DTMF_WINDOW];  /* the samples of the next look */
    size_t filled;
    float before[2 * DTMF_TONES]; /* the last look: real parts, then imaginary ones */
    char candidate, told;         /* 0: none */
    int looks, misses;
} dtmf_t;

void dtmf_begin(dtmf_t *dtmf);
/* Digits that have now lasted long enough, in order, at most `room` (the rest is lost); their number. Room of
 * n / 200 + 1 always does. */
int dtmf_feed(dtmf_t *dtmf, const int16_t *pcm, size_t n, char *digits, size_t room);

/* ---- speech: speech.c ---- */

/* dBm0 of a piece of sound, -70 for silence; a constant offset is no sound. */
double vad_level(const int16_t *samples, size_t n);

enum { VAD_FRAME = 160, VAD_LEVELS = 6 };

typedef struct {
    int16_t frame[VAD_FRAME];
    size_t filled;
    uint64_t at;                /* samples in all frames heard */
    float levels[VAD_LEVELS];   /* of the last frames, the newest last, dBm0 */
    float floor;                /* dBm0 */
    float active;               /* frames of speech on the way to a beginning */
    int inactive;               /* frames without, on the way to an end */
    bool speaking;
    uint64_t onset, last_active;
    uint64_t changed_at;        /* the sample at which the last change that was told really happened */
} vad_t;

void vad_begin(vad_t *vad);
/* 1: someone began to speak, 0: ceased, -1: no change. Of several changes in one piece the last is told: feed at most
 * 100 ms (800 samples) at a time. */
int vad_feed(vad_t *vad, const int16_t *pcm, size_t n);

/* ---- an answering machine's beep: beep.c ---- */

enum { BEEP_FRAME = 160 };

typedef struct {
    int16_t frame[BEEP_FRAME];
    size_t filled;
    int64_t number;             /* frames heard */
    bool any;                   /* a burst goes on: all down to `repeated` are of it */
    double frequency, level;    /* Hz, dBm0 */
    int64_t began;              /* frame */
    int frames, edges, quiet;
    bool apart, repeated;
    int64_t last_tone;          /* frame of the last one in a tone, whatever its frequency */
    double last_frequency;      /* of the last burst, which ended at ... */
    int64_t last_burst;
    uint64_t ended_at;          /* the sample at which the last beep that was told ended */
} beep_t;

void beep_begin(beep_t *beep);
/* The frequency (Hz) of a beep that is over, else 0; of several in one piece the last. */
double beep_feed(beep_t *beep, const int16_t *pcm, size_t n);

/* ---- 8 and 16 kHz: resample.c ---- */

enum { HALFBAND_TAPS = 47, HALFBAND_SIDE = 12 };

typedef struct {
    int16_t past[HALFBAND_TAPS - 1];
} halfband_t;                   /* one for each direction of each stream */

void halfband_begin(halfband_t *halfband);
/* `n` samples at 8 kHz to 2 n at 16 kHz; `in` and `out` apart. */
void halfband_up(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out);
/* `n` samples at 16 kHz, an even number, to n / 2 at 8 kHz; `out` may be `in`. */
void halfband_down(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out);

/* ---- quality (ITU-T G.107): quality.c ---- */

enum { QUALITY_G711 = 0, QUALITY_G722 = 1, QUALITY_OPUS = 2, QUALITY_L16 = 3 };

/* MOS 1-4.5 by one-way delay (seconds, mouth to ear), loss after the jitter buffer (0-1, at random) and codec. */
double mos_estimate(double delay, double loss, int codec);

#endif
