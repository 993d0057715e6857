/* RTCP of a port: when its reports are due, where they go, whose are heard. */
#include "core.h"

#include <arpa/inet.h>
#include <string.h>

/* RFC 3550 6.2 and 6.3.1: 5 s, half of it at first, spread from half to one and a half and corrected by e - 3/2. */
static const double INTERVAL = 5.0, CORRECTION = 1.21828;

static double interval(engine_t *engine, bool first) {
    return (first ? INTERVAL / 2 : INTERVAL) * (0.5 + engine_chance(engine)) / CORRECTION;
}

static address_t report_target(const port_t *port) {
    const stream_t *stream = &port->stream;
    if (stream->shares) return port->filter.target;
    if (stream->any_rtcp && address_same(&port->filter.target, &port->filter.named)) return stream->rtcp;
    address_t above = port->filter.target; /* the port stands at the same place in both families */
    above.v4.sin_port = htons((uint16_t)(ntohs(above.v4.sin_port) + 1));
    return above;
}

void port_report(engine_t *engine, port_t *port, double now, bool goodbye) {
    rtcp_t *rtcp = &port->rtcp;
    bool first = rtcp->due == 0;
    rtcp->due = now + interval(engine, first);
    if (first || !port->connected || port->unheard) return;
    _Alignas(8) uint8_t report[REPORT + SECURE_TRAILER];
    moment_t moment = {.ssrc = port->ssrc, .timestamp = port->timestamp, .goodbye = goodbye, .now = now,
                       .clock = encoding_clock(port->stream.encoding), .unix_time = unix_now()};
    size_t length = rtcp_build(rtcp, &port->count, &moment, report);
    if (port->secure && !secure_protect(port->secure, true, report, &length)) return;
    address_t target = report_target(port);
    port_send_datagram(port, !port->stream.shares, report, length, &target);
}

void port_hear_report(port_t *port, uint8_t *data, size_t length, const address_t *source, double now) {
    if (port->secure) {
        if (!secure_unprotect(port->secure, true, data, &length)) {
            port->refused++;
            return;
        }
    } else if (!address_same_host(source, &port->filter.target) && !address_same_host(source, &port->stream.rtcp)) {
        return;
    }
    moment_t moment = {.ssrc = port->ssrc, .now = now, .unix_time = unix_now(),
                       .clock = encoding_clock(port->stream.encoding)};
    rtcp_hear(&port->rtcp, data, length, &moment);
}
