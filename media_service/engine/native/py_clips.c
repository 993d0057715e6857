/* The core for Python: prompts in memory, and giving them to a port. */
#include "py_core.h"

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
                                   {Py_tp_doc, "One prompt in memory, encoded once for each encoding."}, {0, NULL}};
PyType_Spec clip_spec = {.name = "media_service.engine.native._core.Clip", .basicsize = sizeof(ClipObject),
                                .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, .slots = clip_slots};

PyObject *core_clip(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names) {
    (void)self;
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
        clip = clip_new(linear.buf, (size_t)linear.len);
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


static clip_t *clip_and_encoding(PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count, long *encoding) {
    state_t *state = PyType_GetModuleState(defining);
    if (!state || count != 2 || !Py_IS_TYPE(arguments[0], state->clip_type)) {
        PyErr_SetString(PyExc_TypeError, "a clip and the number of an encoding are wanted");
        return NULL;
    }
    *encoding = PyLong_AsLong(arguments[1]);
    if (PyErr_Occurred()) return NULL;
    if (*encoding >= 0 && *encoding < ENCODINGS && encoding_known((int)*encoding)) return ((ClipObject *)arguments[0])->clip;
    PyErr_Format(PyExc_ValueError, "no encoding has the number %ld", *encoding);
    return NULL;
}

PyObject *core_prepare(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names) {
    (void)names;
    long encoding;
    clip_t *clip = clip_and_encoding(defining, arguments, count, &encoding);
    if (!clip) return NULL;
    bool made;
    Py_BEGIN_ALLOW_THREADS
    made = clip_prepare(clip, ((CoreObject *)self)->engine->tables, (encoding_t)encoding);
    Py_END_ALLOW_THREADS
    if (!made) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *core_prepared(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                        PyObject *names) {
    (void)self, (void)names;
    long encoding;
    clip_t *clip = clip_and_encoding(defining, arguments, count, &encoding);
    if (!clip) return NULL;
    return PyBool_FromLong(encoding == L16 || !clip->samples || atomic_load(&clip->octets[encoding]));
}

PyObject *core_load(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
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

