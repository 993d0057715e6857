/* What the files of the Python module share: its objects, and how the core is entered from Python. */
#ifndef CALLWRIGHT_PY_CORE_H
#define CALLWRIGHT_PY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core.h"

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

/* The interpreter's lock is given up for as long as the core's own is held: the packet thread must never wait until some
 * other thread of the interpreter has come to the end of its turn. Nothing between the two may touch Python. */
#define ENTER(core) PyThreadState *suspended = PyEval_SaveThread(); engine_enter((core)->engine);
#define LEAVE(core) do { engine_leave((core)->engine); PyEval_RestoreThread(suspended); } while (0)
#define WITH_CLASS(function) ((PyCFunction)(void (*)(void))(function)), METH_METHOD | METH_FASTCALL | METH_KEYWORDS

PyObject *os_error(int fault);
/* A numeric host and a port; false with an exception. */
bool address_from(const char *host, int port, address_t *address);

/* py_clips.c */
extern PyType_Spec clip_spec;
PyObject *core_clip(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                    PyObject *names);
PyObject *core_prepare(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names);
PyObject *core_prepared(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                        PyObject *names);
PyObject *core_load(PyObject *self, PyTypeObject *defining, PyObject *const *arguments, Py_ssize_t count,
                    PyObject *names);

/* py_ports.c */
PyObject *core_open(PyObject *self, PyObject *arguments);
PyObject *core_connect(PyObject *self, PyObject *arguments);
PyObject *core_play(PyObject *self, PyObject *arguments);
PyObject *core_drop(PyObject *self, PyObject *arguments);
PyObject *core_send_digits(PyObject *self, PyObject *arguments);
PyObject *core_listen(PyObject *self, PyObject *arguments);
PyObject *core_record(PyObject *self, PyObject *arguments);
PyObject *core_pause_recording(PyObject *self, PyObject *arguments);
PyObject *core_bridge(PyObject *self, PyObject *arguments);
PyObject *core_join(PyObject *self, PyObject *arguments);
PyObject *core_stop(PyObject *self, PyObject *port);
PyObject *core_stop_recording(PyObject *self, PyObject *port);
PyObject *core_unbridge(PyObject *self, PyObject *port);
PyObject *core_leave(PyObject *self, PyObject *port);
PyObject *core_close(PyObject *self, PyObject *port);
PyObject *core_send_packet(PyObject *self, PyObject *arguments);
PyObject *core_hear(PyObject *self, PyObject *arguments);

/* py_news.c */
PyObject *core_figures(PyObject *self, PyObject *port);
PyObject *core_collect(PyObject *self, PyObject *unused);

#endif
