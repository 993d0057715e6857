/* The packet core for Python: the types Core and Clip of media_service.engine.native._core. The interpreter's lock is
 * given up wherever the core's own is waited for. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    PyObject_HEAD
    engine_t *engine;
} CoreObject;

typedef struct {
    PyObject_HEAD
    clip_t *clip;
} ClipObject;

typedef struct {
    PyTypeObject *clip_type;
} state_t;

#define ENTER(core) Py_BEGIN_ALLOW_THREADS engine_enter((core)->engine); Py_END_ALLOW_THREADS
#define LEAVE(core) engine_leave((core)->engine)

static PyObject *os_error(int fault) {
    errno = fault;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* ---- Clip ---- */

static void clip_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    clip_t *clip = ((ClipObject *)self)->clip;
    if (clip) clip_release(clip);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *clip_samples(PyObject *self, void *unused) {
    (void)unused;
    return PyLong_FromSize_t(((ClipObject *)self)->clip->samples);
}

static PyGetSetDef clip_getset[] = {{"samples", clip_samples, NULL, "Length in samples.", NULL}, {0}};
static PyType_Slot clip_slots[] = {{Py_tp_dealloc, clip_dealloc}, {Py_tp_getset, clip_getset},
                                   {Py_tp_doc, "One prompt in memory, encoded in both laws."}, {0, NULL}};
static PyType_Spec clip_spec = {.name = "media_service.engine.native._core.Clip", .basicsize = sizeof(ClipObject),
                                .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, .slots = clip_slots};

/* ---- Core: life ---- */

static tables_t *tables_from(const Py_buffer *compress, const Py_buffer *expand) {
    tables_t *tables = malloc(sizeof *tables);
    if (!tables) return NULL;
    memcpy(tables->compress, compress->buf, sizeof tables->compress);
    const uint8_t *octets = expand->buf;
    for (int law = 0; law < 2; law++) {
        for (int code = 0; code < 256; code++, octets += 2)
            tables->expand[law][code] = (int16_t)(uint16_t)(octets[0] | octets[1] << 8);
        tables->silence[law] = tables->compress[law][0];
    }
    for (int law = 0; law < 2; law++)
        for (int code = 0; code < 256; code++)
            tables->across[law][code] = tables->compress[1 - law][(uint16_t)tables->expand[law][code]];
    return tables;
}

static PyObject *core_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *words[] = {"compress", "expand", NULL};
    Py_buffer compress, expand;
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "y*y*", words, &compress, &expand)) return NULL;
    CoreObject *self = NULL;
    if (compress.len != 2 * 65536 || expand.len != 2 * 512) {
        PyErr_SetString(PyExc_ValueError, "the tables are 2 x 65536 codes and 2 x 256 samples");
    } else if ((self = (CoreObject *)type->tp_alloc(type, 0))) {
        tables_t *tables = tables_from(&compress, &expand);
        self->engine = tables ? engine_new(tables) : NULL;
        if (!self->engine) {
            free(tables);
            Py_CLEAR(self);
            PyErr_NoMemory();
        }
    }
    PyBuffer_Release(&compress);
    PyBuffer_Release(&expand);
    return (PyObject *)self;
}

static void core_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    engine_t *engine = ((CoreObject *)self)->engine;
    if (engine) {
        Py_BEGIN_ALLOW_THREADS
        engine_free(engine);
        Py_END_ALLOW_THREADS
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *core_start(PyObject *self, PyObject *unused) {
    (void)unused;
    CoreObject *core = (CoreObject *)self;
    if (core->engine->runs) {
        PyErr_SetString(PyExc_RuntimeError, "the core runs already");
        return NULL;
    }
    int fault = engine_start(core->engine);
    if (fault) return os_error(fault);
    Py_RETURN_NONE;
}

static PyObject *core_shutdown(PyObject *self, PyObject *unused) {
    (void)unused;
    Py_BEGIN_ALLOW_THREADS
    engine_stop(((CoreObject *)self)->engine);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *core_fileno(PyObject *self, PyObject *unused) {
    (void)unused;
    return PyLong_FromLong(((CoreObject *)self)->engine->ring.bell);
}

static PyObject *core_latest(PyObject *self, PyObject *unused) {
    (void)unused;
    ENTER((CoreObject *)self)
    double latest = ((CoreObject *)self)->engine->latest;
    LEAVE((CoreObject *)self);
    return PyFloat_FromDouble(latest);
}

/* ---- Core: ports ---- */

/* A numeric host and a port; false with an exception. */
static bool address_from(const char *host, int port, address_t *address, socklen_t *size) {
    struct addrinfo wish = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &wish, &found) != 0 || found->ai_addrlen > sizeof *address) {
        if (found) freeaddrinfo(found);
        PyErr_Format(PyExc_ValueError, "%s port %d is no numeric address", host, port);
        return false;
    }
    memset(address, 0, sizeof *address);
    memcpy(address, found->ai_addr, found->ai_addrlen);
    *size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static PyObject *core_open(PyObject *self, PyObject *arguments) {
    const char *host;
    int port;
    address_t address;
    socklen_t size;
    if (!PyArg_ParseTuple(arguments, "si", &host, &port) || !address_from(host, port, &address, &size)) return NULL;
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return PyErr_SetFromErrno(PyExc_OSError);
    uint64_t handle = 0;
    int fault = bind(fd, &address.any, size) < 0 ? errno : 0;
    if (!fault) {
        ENTER((CoreObject *)self)
        fault = engine_open(((CoreObject *)self)->engine, fd, &handle);
        LEAVE((CoreObject *)self);
    }
    if (fault) {
        close(fd);
        return os_error(fault);
    }
    return PyLong_FromUnsignedLongLong(handle);
}

static bool one_law(int law) {
    if (law != MU_LAW && law != A_LAW) PyErr_Format(PyExc_ValueError, "no law has the number %d", law);
    return law == MU_LAW || law == A_LAW;
}

static PyObject *core_connect(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    const char *host;
    int remote_port, law, payload_type, digit_payload_type, sending;
    address_t remote;
    socklen_t size;
    if (!PyArg_ParseTuple(arguments, "Ksiiiip", &handle, &host, &remote_port, &law, &payload_type,
                          &digit_payload_type, &sending))
        return NULL;
    if (!address_from(host, remote_port, &remote, &size) || !one_law(law)) return NULL;
    if (payload_type < 0 || payload_type > 127 || digit_payload_type < -1 || digit_payload_type > 127) {
        PyErr_SetString(PyExc_ValueError, "payload types are 0 to 127");
        return NULL;
    }
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) port_connect(port, &remote, (law_t)law, (uint8_t)payload_type, digit_payload_type, sending);
    LEAVE(core);
    Py_RETURN_NONE;
}

static PyObject *core_play(PyObject *self, PyObject *arguments) {
    unsigned long long handle, play;
    if (!PyArg_ParseTuple(arguments, "KK", &handle, &play)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) {
        port_stop(core->engine, port);
        port->playing = true;
        port->play = play;
    }
    LEAVE(core);
    Py_RETURN_NONE;
}

static PyObject *core_load(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names) {
    state_t *state = PyType_GetModuleState(defining);
    if (!state || count != 4 || (names && PyTuple_GET_SIZE(names))) {
        PyErr_SetString(PyExc_TypeError, "load takes a port, a play, a tuple of clips and whether they loop");
        return NULL;
    }
    unsigned long long handle = PyLong_AsUnsignedLongLong(arguments[0]);
    unsigned long long play = PyLong_AsUnsignedLongLong(arguments[1]);
    int loop = PyObject_IsTrue(arguments[3]);
    if (PyErr_Occurred()) return NULL;
    if (!PyTuple_Check(arguments[2])) {
        PyErr_SetString(PyExc_TypeError, "clips come in a tuple");
        return NULL;
    }
    size_t length = (size_t)PyTuple_GET_SIZE(arguments[2]);
    clip_t **clips = calloc(length ? length : 1, sizeof *clips);
    if (!clips) return PyErr_NoMemory();
    for (size_t i = 0; i < length; i++) {
        PyObject *clip = PyTuple_GET_ITEM(arguments[2], (Py_ssize_t)i);
        if (!Py_IS_TYPE(clip, state->clip_type)) {
            free(clips);
            PyErr_SetString(PyExc_TypeError, "not a clip");
            return NULL;
        }
        clips[i] = ((ClipObject *)clip)->clip;
    }
    for (size_t i = 0; i < length; i++) clip_hold(clips[i]);
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_load(core->engine, engine_port(core->engine, handle), play, clips, length, loop);
    LEAVE(core);
    Py_RETURN_NONE;
}

static PyObject *core_clip(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names) {
    state_t *state = PyType_GetModuleState(defining);
    Py_buffer linear;
    if (!state || count != 1 || (names && PyTuple_GET_SIZE(names))) {
        PyErr_SetString(PyExc_TypeError, "clip takes the octets of PCM16 samples");
        return NULL;
    }
    if (PyObject_GetBuffer(arguments[0], &linear, PyBUF_SIMPLE) < 0) return NULL;
    ClipObject *made = PyObject_New(ClipObject, state->clip_type);
    if (made) {
        clip_t *clip;
        Py_BEGIN_ALLOW_THREADS
        clip = clip_new(((CoreObject *)self)->engine->tables, linear.buf, (size_t)linear.len);
        Py_END_ALLOW_THREADS
        made->clip = clip;
        if (!clip) {
            Py_CLEAR(made);
            PyErr_NoMemory();
        }
    }
    PyBuffer_Release(&linear);
    return (PyObject *)made;
}

static PyObject *core_drop(PyObject *self, PyObject *arguments) {
    unsigned long long handle, play;
    if (!PyArg_ParseTuple(arguments, "KK", &handle, &play)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    bool dropped = port && port_drop(port, play);
    LEAVE(core);
    return PyBool_FromLong(dropped);
}

static PyObject *core_send_digits(PyObject *self, PyObject *arguments) {
    unsigned long long handle, token;
    const char *digits;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "Ks#K", &handle, &digits, &length, &token)) return NULL;
    if (length == 0 || strspn(digits, "0123456789*#ABCD") != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "no digits");
        return NULL;
    }
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    bool queued = !port || port_send_digits(port, digits, (size_t)length, token);
    LEAVE(core);
    if (!queued) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *core_record(PyObject *self, PyObject *arguments) {
    unsigned long long handle, id;
    if (!PyArg_ParseTuple(arguments, "KK", &handle, &id)) return NULL;
    CoreObject *core = (CoreObject *)self;
    bool made = true;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) {
        double now = clock_now();
        port_finish_recording(core->engine, port, now);
        port->recording = recording_new(id, now);
        made = port->recording != NULL;
    }
    LEAVE(core);
    if (!made) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *core_bridge(PyObject *self, PyObject *arguments) {
    unsigned long long one, other;
    if (!PyArg_ParseTuple(arguments, "KK", &one, &other)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *first = engine_port(core->engine, one), *second = engine_port(core->engine, other);
    if (first && second && first != second) port_bridge(first, second);
    LEAVE(core);
    Py_RETURN_NONE;
}

typedef enum { STOP, STOP_RECORDING, UNBRIDGE, CLOSE } deed_t;

static PyObject *do_at(PyObject *self, PyObject *argument, deed_t deed) {
    unsigned long long handle = PyLong_AsUnsignedLongLong(argument);
    if (PyErr_Occurred()) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) switch (deed) {
            case STOP: port_stop(core->engine, port); break;
            case STOP_RECORDING: port_finish_recording(core->engine, port, clock_now()); break;
            case UNBRIDGE: port_unbridge(port); break;
            case CLOSE: engine_close(core->engine, port); break;
        }
    LEAVE(core);
    Py_RETURN_NONE;
}

static PyObject *core_stop(PyObject *self, PyObject *port) { return do_at(self, port, STOP); }
static PyObject *core_stop_recording(PyObject *self, PyObject *port) { return do_at(self, port, STOP_RECORDING); }
static PyObject *core_unbridge(PyObject *self, PyObject *port) { return do_at(self, port, UNBRIDGE); }
static PyObject *core_close(PyObject *self, PyObject *port) { return do_at(self, port, CLOSE); }

static PyObject *core_figures(PyObject *self, PyObject *argument) {
    unsigned long long handle = PyLong_AsUnsignedLongLong(argument), sent = 0, received = 0, lost = 0;
    if (PyErr_Occurred()) return NULL;
    double gap = 0;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) {
        sent = port->sent;
        received = port->count.received;
        lost = count_lost(&port->count);
        gap = port->longest_gap;
    }
    LEAVE(core);
    return Py_BuildValue("KKKd", sent, received, lost, gap);
}

static PyObject *event_value(event_t *event) {
    switch (event->kind) {
        case DIGIT:
            return Py_BuildValue("iKKCd", (int)event->kind, (unsigned long long)event->port, 0ULL, event->value,
                                 event->at);
        case RECORDED:
            return Py_BuildValue("iKKy#d", (int)event->kind, 0ULL, (unsigned long long)event->id,
                                 (const char *)event->samples, (Py_ssize_t)(event->length * sizeof(int16_t)), 0.0);
        default:
            return Py_BuildValue("iKKid", (int)event->kind, (unsigned long long)event->port,
                                 (unsigned long long)event->id, event->value, 0.0);
    }
}

static PyObject *core_collect(PyObject *self, PyObject *unused) {
    (void)unused;
    CoreObject *core = (CoreObject *)self;
    size_t length;
    ENTER(core)
    event_t *events = ring_take(&core->engine->ring, &length);
    LEAVE(core);
    if (!events) return PyErr_NoMemory();
    PyObject *list = PyList_New(0);
    for (size_t i = 0; i < length; i++) {
        PyObject *value = list ? event_value(&events[i]) : NULL;
        if (!value || PyList_Append(list, value) < 0) Py_CLEAR(list);
        Py_XDECREF(value);
        free(events[i].samples);
    }
    free(events);
    return list;
}

#define WITH_CLASS(function) ((PyCFunction)(void (*)(void))(function)), METH_METHOD | METH_FASTCALL | METH_KEYWORDS

static PyMethodDef core_methods[] = {
    {"start", core_start, METH_NOARGS, "Start the packet thread."},
    {"shutdown", core_shutdown, METH_NOARGS, "End the packet thread and close all ports."},
    {"fileno", core_fileno, METH_NOARGS, "Readable while events wait."},
    {"latest", core_latest, METH_NOARGS, "How late the latest 5 ms slot was, seconds."},
    {"open", core_open, METH_VARARGS, "Bind a UDP port; gives its handle."},
    {"connect", core_connect, METH_VARARGS, "Take over what SDP settled."},
    {"play", core_play, METH_VARARGS, "Begin a play; silence until it is loaded."},
    {"load", WITH_CLASS(core_load), "Give a play its clips."},
    {"clip", WITH_CLASS(core_clip), "Encode PCM16 samples."},
    {"drop", core_drop, METH_VARARGS, "Forget a play untold; tells whether it was still on."},
    {"stop", core_stop, METH_O, "Stop what plays."},
    {"send_digits", core_send_digits, METH_VARARGS, "Queue digits."},
    {"record", core_record, METH_VARARGS, "Begin a recording, instead of one that is on."},
    {"stop_recording", core_stop_recording, METH_O, "End the recording; its rest and end come as events."},
    {"bridge", core_bridge, METH_VARARGS, "Join two ports."},
    {"unbridge", core_unbridge, METH_O, "Part a port from its partner."},
    {"figures", core_figures, METH_O, "Sent, received, lost, longest gap."},
    {"close", core_close, METH_O, "Close a port."},
    {"collect", core_collect, METH_NOARGS, "The events that wait."},
    {0}};

static PyType_Slot core_slots[] = {{Py_tp_new, core_new}, {Py_tp_dealloc, core_dealloc}, {Py_tp_methods, core_methods},
                                   {Py_tp_doc, "The packet thread and its ports."}, {0, NULL}};
static PyType_Spec core_spec = {.name = "media_service.engine.native._core.Core", .basicsize = sizeof(CoreObject),
                                .flags = Py_TPFLAGS_DEFAULT, .slots = core_slots};

/* ---- the module ---- */

static int fill(PyObject *module) {
    state_t *state = PyModule_GetState(module);
    state->clip_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &clip_spec, NULL);
    if (!state->clip_type || PyModule_AddType(module, state->clip_type) < 0) return -1;
    PyObject *core = PyType_FromModuleAndSpec(module, &core_spec, NULL);
    int added = core ? PyModule_AddType(module, (PyTypeObject *)core) : -1;
    Py_XDECREF(core);
    return added;
}

static int visit_state(PyObject *module, visitproc visit, void *arg) {
    Py_VISIT(((state_t *)PyModule_GetState(module))->clip_type);
    return 0;
}

static int clear_state(PyObject *module) {
    Py_CLEAR(((state_t *)PyModule_GetState(module))->clip_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_core",
                                    .m_doc = "The native packet core; see media_service.engine.native.engine.",
                                    .m_size = sizeof(state_t), .m_slots = module_slots, .m_traverse = visit_state,
                                    .m_clear = clear_state};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&module); }
