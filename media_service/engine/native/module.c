/* The packet core for Python: the types Core and Clip of media_service.engine.native._core. */
#include "py_core.h"

#include <errno.h>
#include <string.h>

PyObject *os_error(int fault) {
    errno = fault;
    return PyErr_SetFromErrno(PyExc_OSError);
}

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
            free(tables); /* also where no engine took it over */
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
    int fault = engine_start(((CoreObject *)self)->engine);
    if (!fault) Py_RETURN_NONE;
    if (fault != EALREADY) return os_error(fault);
    PyErr_SetString(PyExc_RuntimeError, "the core runs already");
    return NULL;
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

static PyMethodDef core_methods[] = {
    {"start", core_start, METH_NOARGS, "Start the packet thread."},
    {"shutdown", core_shutdown, METH_NOARGS, "End the packet thread and close all ports."},
    {"fileno", core_fileno, METH_NOARGS, "Readable while events wait."},
    {"latest", core_latest, METH_NOARGS, "How late the latest 5 ms slot was, seconds."},
    {"open", core_open, METH_VARARGS, "Bind a UDP port and the one above; gives its handle."},
    {"connect", core_connect, METH_VARARGS, "Take over what SDP settled."},
    {"play", core_play, METH_VARARGS, "Begin a play; silence until it is loaded."},
    {"load", WITH_CLASS(core_load), "Give a play its clips."},
    {"clip", WITH_CLASS(core_clip), "Keep PCM16 samples."},
    {"prepare", WITH_CLASS(core_prepare), "Encode a clip; takes its time. Not for two threads at once."},
    {"prepared", WITH_CLASS(core_prepared), "Whether a clip is encoded so."},
    {"drop", core_drop, METH_VARARGS, "Forget a play untold; tells whether it was still on."},
    {"stop", core_stop, METH_O, "Stop what plays."},
    {"send_digits", core_send_digits, METH_VARARGS, "Queue digits."},
    {"send_packet", core_send_packet, METH_VARARGS, "Send a datagram as it is."},
    {"listen", core_listen, METH_VARARGS, "Listen for digits, speech and beeps, or not."},
    {"hear", core_hear, METH_VARARGS, "Take a datagram as if it had come from there; for tests."},
    {"record", core_record, METH_VARARGS, "Begin a recording, instead of one that is on."},
    {"pause_recording", core_pause_recording, METH_VARARGS, "Leave out what follows, or go on."},
    {"stop_recording", core_stop_recording, METH_O, "End the recording; its rest and end come as events."},
    {"bridge", core_bridge, METH_VARARGS, "Join two ports."},
    {"unbridge", core_unbridge, METH_O, "Part a port from its partner."},
    {"join", core_join, METH_VARARGS, "Take part in a conference, or change the role."},
    {"leave", core_leave, METH_O, "Leave the conference."},
    {"figures", core_figures, METH_O, "Counts and quality of a port."},
    {"close", core_close, METH_O, "Close a port."},
    {"collect", core_collect, METH_NOARGS, "The events that wait."},
    {0}};

static PyType_Slot core_slots[] = {{Py_tp_new, core_new}, {Py_tp_dealloc, core_dealloc}, {Py_tp_methods, core_methods},
                                   {Py_tp_doc, "The packet thread and its ports."}, {0, NULL}};
static PyType_Spec core_spec = {.name = "media_service.engine.native._core.Core", .basicsize = sizeof(CoreObject),
                                .flags = Py_TPFLAGS_DEFAULT, .slots = core_slots};

/* ---- the module ---- */

static PyObject *module_encodings(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    PyObject *list = PyList_New(0);
    for (int encoding = 0; list && encoding < ENCODINGS; encoding++) {
        PyObject *number = encoding_known(encoding) ? PyLong_FromLong(encoding) : NULL;
        if (number && PyList_Append(list, number) < 0) Py_CLEAR(list);
        Py_XDECREF(number);
    }
    return list;
}

static PyObject *module_profiles(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    PyObject *list = PyList_New(0);
    for (int profile = 0; list && profile < PROFILES; profile++) {
        PyObject *number = secure_key_length(profile) ? PyLong_FromLong(profile) : NULL;
        if (number && PyList_Append(list, number) < 0) Py_CLEAR(list);
        Py_XDECREF(number);
    }
    return list;
}

static PyMethodDef module_methods[] = {
    {"encodings", module_encodings, METH_NOARGS, "Numbers of the encodings that the core was built with."},
    {"profiles", module_profiles, METH_NOARGS, "Numbers of the SRTP profiles that the core was built with."},
    {0}};

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
                                    
                                    .m_size = sizeof(state_t), .m_methods = module_methods, .m_slots = module_slots, .m_traverse = visit_state,
                                    .m_clear = clear_state};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&module); }
