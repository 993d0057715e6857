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
    int16_t history[DTMF_WINDOW];
    size_t filled;              /* samples in history */
    uint64_t seen;              /* samples fed before */
    float before[2 * DTMF_TONES]; /* the last look: real parts, then imaginary ones */
    bool any_before;
    char candidate, told;       /* 0: none */
    int hits, misses;
    uint64_t began;
} dtmf_t;

void dtmf_begin(dtmf_t *dtmf);
/* Digits that have now lasted long enough, in order, at most `room`; their number. Room of n / 200 + 1 always does. */
int dtmf_feed(dtmf_t *dtmf, const int16_t *pcm, size_t n, char *digits, size_t room);

/* ---- speech: speech.c ---- */

enum { VAD_FRAME = 160 };

typedef struct {
    int16_t frame[VAD_FRAME];
    size_t filled;
    uint64_t seen;
    float floor;                /* dBm0 */
    int begun_frames;           /* frames before the floor is trusted */
    int active, inactive;       /* frames on the way to a change */
    bool speaking;
    uint64_t changed_at;        /* the sample at which the last change told really happened */
    uint64_t onset, last_active;
    float earlier[8];
} vad_t;

void vad_begin(vad_t *vad);
/* 1: someone began to speak, 0: ceased, -1: no change. Feed at most 1600 samples at a time to hear of every change. */
int vad_feed(vad_t *vad, const int16_t *pcm, size_t n);

/* ---- an answering machine's beep: beep.c ---- */

enum { BEEP_FRAME = 160 };

typedef struct {
    int16_t frame[BEEP_FRAME];
    size_t filled;
    uint64_t seen;
    int state;
    int length, quiet;          /* frames of the tone, of the silence behind it */
    double frequency, level;    /* of the tone: mean Hz, dBm0 */
    double last_frequency;      /* of the last burst */
    uint64_t last_at;
    bool any_last;
    int since_tone;
} beep_t;

void beep_begin(beep_t *beep);
/* The frequency (Hz) of a beep that is over, else 0. Feed at most 1600 samples at a time to hear of every beep. */
double beep_feed(beep_t *beep, const int16_t *pcm, size_t n);

/* ---- 8 and 16 kHz: resample.c ---- */

enum { HALFBAND_TAPS = 47, HALFBAND_SIDE = 12 };

typedef struct {
    int16_t history[HALFBAND_TAPS];
} halfband_t;                   /* one for each direction */

void halfband_begin(halfband_t *halfband);
/* `n` samples at 8 kHz to 2 n at 16 kHz. */
void halfband_up(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out);
/* `n` samples at 16 kHz, an even number, to n / 2 at 8 kHz. */
void halfband_down(halfband_t *halfband, const int16_t *in, size_t n, int16_t *out);

/* ---- quality (ITU-T G.107): quality.c ---- */

enum { QUALITY_G711 = 0, QUALITY_G722 = 1, QUALITY_OPUS = 2, QUALITY_L16 = 3 };

/* MOS 1-4.5 by one-way delay (seconds, mouth to ear), loss after the jitter buffer (0-1, at random) and codec. */
double mos_estimate(double delay, double loss, int codec);

#endif
