/* The core for Python: its news and its figures. */
#include "py_core.h"

#include <netdb.h>

/* ---- figures ---- */

typedef struct {
    unsigned long long sent, received, lost, late, refused;
    double gap, jitter, mos;
    bool heard;
    rtcp_t rtcp;
} figures_t;

static int quality_of(encoding_t encoding) {
    switch (encoding) {
        case G722: return QUALITY_G722;
        case OPUS: return QUALITY_OPUS;
        case L16: return QUALITY_L16;
        default: return QUALITY_G711;
    }
}

/* Seconds from mouth to ear: half the way there and back, a packet, and the buffer (where there is none, that of a receiver
 * which holds twice the jitter). */
static double delay_of(const port_t *port) {
    double buffer = port->hearing ? jitter_delay(port->hearing->jitter) : 2 * port->count.jitter + 0.02;
    return port->rtcp.round_trip / 2 + 0.02 + buffer;
}

static figures_t figures_of(const port_t *port) {
    figures_t figures = {.sent = port->sent, .received = port->count.received, .lost = count_lost(&port->count),
                         .late = port->late, .refused = port->refused, .gap = port->longest_gap,
                         .jitter = port->count.jitter, .heard = port->count.begun, .rtcp = port->rtcp};
    if (port->hearing) figures.late += port->hearing->jitter->late;
    double expected = (double)(figures.received + figures.lost), missing = (double)(figures.lost + figures.late);
    if (figures.heard) figures.mos = mos_estimate(delay_of(port), missing / expected, quality_of(port->stream.encoding));
    return figures;
}

static PyObject *float_or_none(bool known, double value) {
    if (!known) Py_RETURN_NONE;
    return PyFloat_FromDouble(value);
}

PyObject *core_figures(PyObject *self, PyObject *argument) {
    unsigned long long handle = PyLong_AsUnsignedLongLong(argument);
    if (PyErr_Occurred()) return NULL;
    figures_t figures = {0};
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) figures = figures_of(port);
    LEAVE(core);
    return Py_BuildValue("KKKddKNNNN", figures.sent, figures.received, figures.lost, figures.gap, figures.jitter,
                         figures.late, float_or_none(figures.rtcp.timed, figures.rtcp.round_trip),
                         float_or_none(figures.rtcp.told, figures.rtcp.loss),
                         float_or_none(figures.rtcp.told, figures.rtcp.jitter),
                         float_or_none(figures.heard, figures.mos));
}

/* ---- news ---- */

static PyObject *source_value(const address_t *source) {
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getnameinfo(&source->any, address_size(source), host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) != 0)
        host[0] = port[0] = 0;
    return Py_BuildValue("si", host, atoi(port));
}

static PyObject *event_value(event_t *event) {
    PyObject *value, *source;
    switch (event->kind) {
        case DIGIT: value = Py_BuildValue("C", event->value); break;
        case RECORDED:
        case PACKET: value = PyBytes_FromStringAndSize((const char *)event->data, (Py_ssize_t)event->length); break;
        default: value = PyLong_FromLong(event->value);
    }
    if (event->kind == PACKET)
        source = source_value(&event->source);
    else
        source = Py_NewRef(Py_None);
    return Py_BuildValue("iKKNdN", (int)event->kind, (unsigned long long)event->port, (unsigned long long)event->id,
                         value, event->at, source);
}

PyObject *core_collect(PyObject *self, PyObject *unused) {
    (void)unused;
    CoreObject *core = (CoreObject *)self;
    size_t length;
    ENTER(core)
    event_t *events = ring_take(&core->engine->ring, &length);
    for (size_t i = 0; events && i < length; i++) {
        port_t *port = events[i].kind == PACKET ? engine_port(core->engine, events[i].port) : NULL;
        if (port) port->waiting--;
    }
    LEAVE(core);
    if (!events) return PyErr_NoMemory();
    PyObject *list = PyList_New(0);
    for (size_t i = 0; i < length; i++) {
        PyObject *value = list ? event_value(&events[i]) : NULL;
        if (!value || PyList_Append(list, value) < 0) Py_CLEAR(list);
        Py_XDECREF(value);
        free(events[i].data);
    }
    free(events);
    return list;
}
