/* RTCP (RFC 3550 section 6): reports of one stream built and read, no sockets. */
#ifndef CALLWRIGHT_RTCP_H
#define CALLWRIGHT_RTCP_H

#include "rtp.h"

enum { CNAME = 20, REPORT = 160 /* octets of the longest report that is built */ };

typedef struct {
    /* ours */
    char cname[CNAME + 1];
    uint64_t packets, octets;      /* sent as RTP */
    bool any_sent;
    double due;                    /* of the next report; 0: not begun */
    /* the far end's last sender report */
    bool any_sr;
    uint32_t sr_middle;            /* the middle of its NTP time */
    double sr_at;
    /* what it says of us */
    bool told, timed;
    double loss, jitter, round_trip;
} rtcp_t;

typedef struct {
    uint32_t ssrc, timestamp, clock;
    bool goodbye;
    double now, unix_time;
} moment_t;

/* One compound packet: SR or RR, SDES with CNAME, BYE where wished. Octets written to `out`, at most REPORT. */
size_t rtcp_build(rtcp_t *rtcp, count_t *count, const moment_t *moment, uint8_t *out);
/* Whatever the octets hold. Nothing is taken over of a packet that is cut or garbled (RFC 3550 A.2). */
void rtcp_hear(rtcp_t *rtcp, const uint8_t *data, size_t length, const moment_t *moment);

#endif
