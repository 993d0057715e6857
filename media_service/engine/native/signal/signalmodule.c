/* The detectors for Python, by which the tests compare them with their twins: media_service.engine.native._signal. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "signal.h"

enum { PIECE = 160 };

typedef struct {
    PyObject_HEAD
    union {
        dtmf_t dtmf;
        vad_t vad;
        beep_t beep;
        halfband_t halfband;
    };
} DetectorObject;

/* PCM16 in the buffer, or -1 with an exception where it is no whole number of samples, or not aligned. */
static Py_ssize_t samples_of(const Py_buffer *buffer) {
    if (buffer->len % 2 == 0 && (uintptr_t)buffer->buf % sizeof(int16_t) == 0)
        return buffer->len / 2;
    PyErr_SetString(PyExc_ValueError, "PCM16 is a whole number of aligned samples");
    return -1;
}

static void detector_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- Dtmf ---- */

static PyObject *dtmf_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *words[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "", words))
        return NULL;
    DetectorObject *self = (DetectorObject *)type->tp_alloc(type, 0);
    if (self)
        dtmf_begin(&self->dtmf);
    return (PyObject *)self;
}

static PyObject *dtmf_feed_pcm(PyObject *self, PyObject *pcm) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(pcm, &buffer, PyBUF_SIMPLE))
        return NULL;
    PyObject *told = NULL;
    Py_ssize_t n = samples_of(&buffer);
    size_t room = n < 0 ? 0 : (size_t)n / 200 + 1;
    char *digits = n < 0 ? NULL : PyMem_Malloc(room);
    if (digits) {
        int count = dtmf_feed(&((DetectorObject *)self)->dtmf, buffer.buf, (size_t)n, digits, room);
        told = PyUnicode_FromStringAndSize(digits, count);
        PyMem_Free(digits);
    } else if (n >= 0) {
        PyErr_NoMemory();
    }
    PyBuffer_Release(&buffer);
    return told;
}

/* ---- Vad ---- */

static PyObject *vad_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *words[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "", words))
        return NULL;
    DetectorObject *self = (DetectorObject *)type->tp_alloc(type, 0);
    if (self)
        vad_begin(&self->vad);
    return (PyObject *)self;
}

/* Appends and gives up the item; false with an exception where either failed. */
static bool append(PyObject *list, PyObject *item) {
    bool done = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return done;
}

static PyObject *vad_feed_pcm(PyObject *self, PyObject *pcm) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(pcm, &buffer, PyBUF_SIMPLE))
        return NULL;
    vad_t *vad = &((DetectorObject *)self)->vad;
    const int16_t *samples = buffer.buf;
    Py_ssize_t n = samples_of(&buffer);
    PyObject *changes = n < 0 ? NULL : PyList_New(0);
    for (Py_ssize_t at = 0; changes && at < n; at += PIECE) {
        int change = vad_feed(vad, samples + at, (size_t)(n - at < PIECE ? n - at : PIECE));
        unsigned long long changed_at = vad->changed_at;
        if (change >= 0 && !append(changes, Py_BuildValue("(NK)", PyBool_FromLong(change), changed_at)))
            Py_CLEAR(changes);
    }
    PyBuffer_Release(&buffer);
    return changes;
}

/* ---- Beep ---- */

static PyObject *beep_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *words[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "", words))
        return NULL;
    DetectorObject *self = (DetectorObject *)type->tp_alloc(type, 0);
    if (self)
        beep_begin(&self->beep);
    return (PyObject *)self;
}

static PyObject *beep_feed_pcm(PyObject *self, PyObject *pcm) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(pcm, &buffer, PyBUF_SIMPLE))
        return NULL;
    beep_t *beep = &((DetectorObject *)self)->beep;
    const int16_t *samples = buffer.buf;
    Py_ssize_t n = samples_of(&buffer);
    PyObject *beeps = n < 0 ? NULL : PyList_New(0);
    for (Py_ssize_t at = 0; beeps && at < n; at += PIECE) {
        double frequency = beep_feed(beep, samples + at, (size_t)(n - at < PIECE ? n - at : PIECE));
        unsigned long long ended_at = beep->ended_at;
        if (frequency > 0.0 && !append(beeps, Py_BuildValue("(dK)", frequency, ended_at)))
            Py_CLEAR(beeps);
    }
    PyBuffer_Release(&buffer);
    return beeps;
}

/* ---- Halfband ---- */

static PyObject *halfband_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *words[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "", words))
        return NULL;
    DetectorObject *self = (DetectorObject *)type->tp_alloc(type, 0);
    if (self)
        halfband_begin(&self->halfband);
    return (PyObject *)self;
}

static PyObject *halfband_up_pcm(PyObject *self, PyObject *pcm) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(pcm, &buffer, PyBUF_SIMPLE))
        return NULL;
    Py_ssize_t n = samples_of(&buffer);
    PyObject *out = n < 0 ? NULL : PyBytes_FromStringAndSize(NULL, 4 * n);
    if (out)
        halfband_up(&((DetectorObject *)self)->halfband, buffer.buf, (size_t)n, (int16_t *)PyBytes_AS_STRING(out));
    PyBuffer_Release(&buffer);
    return out;
}

static PyObject *halfband_down_pcm(PyObject *self, PyObject *pcm) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(pcm, &buffer, PyBUF_SIMPLE))
        return NULL;
    Py_ssize_t n = samples_of(&buffer);
    if (n % 2 == 1)
        PyErr_SetString(PyExc_ValueError, "an odd number of samples cannot be halved");
    PyObject *out = n < 0 || n % 2 ? NULL : PyBytes_FromStringAndSize(NULL, n);
    if (out)
        halfband_down(&((DetectorObject *)self)->halfband, buffer.buf, (size_t)n, (int16_t *)PyBytes_AS_STRING(out));
    PyBuffer_Release(&buffer);
    return out;
}

/* ---- the module ---- */

static PyObject *estimate(PyObject *module, PyObject *arguments) {
    (void)module;
    double delay, loss;
    int codec;
    if (!PyArg_ParseTuple(arguments, "ddi", &delay, &loss, &codec))
        return NULL;
    return PyFloat_FromDouble(mos_estimate(delay, loss, codec));
}

#define TYPE(name, title, text)                                                                             \
    static PyType_Slot name##_slots[] = {{Py_tp_new, name##_new}, {Py_tp_dealloc, detector_dealloc},        \
                                         {Py_tp_methods, name##_methods}, {Py_tp_doc, text}, {0, NULL}};    \
    static PyType_Spec name##_spec = {"media_service.engine.native._signal." title, sizeof(DetectorObject), 0, \
                                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, name##_slots}

#define LAST {NULL, NULL, 0, NULL}

static PyMethodDef dtmf_methods[] = {{"feed", dtmf_feed_pcm, METH_O, "Digits that are to be told now."}, LAST};
static PyMethodDef vad_methods[] = {{"feed", vad_feed_pcm, METH_O, "Changes: (speaking, sample)."}, LAST};
static PyMethodDef beep_methods[] = {{"feed", beep_feed_pcm, METH_O, "Beeps: (frequency, sample of its end)."}, LAST};
static PyMethodDef halfband_methods[] = {{"up", halfband_up_pcm, METH_O, "8 kHz to 16 kHz."},
                                         {"down", halfband_down_pcm, METH_O, "16 kHz to 8 kHz."}, LAST};

TYPE(dtmf, "Dtmf", "Digits heard as tone pairs.");
TYPE(vad, "Vad", "Whether somebody speaks.");
TYPE(beep, "Beep", "The beep of an answering machine.");
TYPE(halfband, "Halfband", "One direction between 8 and 16 kHz.");

static int fill(PyObject *module) {
    PyType_Spec *specs[] = {&dtmf_spec, &vad_spec, &beep_spec, &halfband_spec};
    for (size_t k = 0; k < sizeof specs / sizeof *specs; k++) {
        PyObject *type = PyType_FromModuleAndSpec(module, specs[k], NULL);
        int failed = !type || PyModule_AddType(module, (PyTypeObject *)type);
        Py_XDECREF(type);
        if (failed)
            return -1;
    }
    return 0;
}

static PyMethodDef functions[] = {
    {"mos_estimate", estimate, METH_VARARGS, "MOS by one-way delay (s), loss (0-1) and codec (QUALITY_...)."}, LAST};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_signal",
    .m_doc = "The native twins of media_service.signal.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__signal(void) {
    return PyModuleDef_Init(&definition);
}
