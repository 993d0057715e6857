/* The core for Python: commands for ports. A command for a port that is closed does nothing. */
#include "py_core.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

bool address_from(const char *host, int port, address_t *address) {
    struct addrinfo wish = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (port < 0 || port > 65535 || getaddrinfo(host, service, &wish, &found) != 0 ||
        found->ai_addrlen > sizeof *address) {
        if (found) freeaddrinfo(found);
        PyErr_Format(PyExc_ValueError, "%s port %d is no numeric address", host, port);
        return false;
    }
    memset(address, 0, sizeof *address);
    memcpy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

/* A bound socket, or less than zero with errno. */
static int bound(const address_t *address) {
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &address->any, address_size(address)) == 0) return fd;
    int fault = errno;
    close(fd);
    errno = fault;
    return -1;
}

PyObject *core_open(PyObject *self, PyObject *arguments) {
    const char *host;
    int port;
    address_t rtp, rtcp;
    if (!PyArg_ParseTuple(arguments, "si", &host, &port) || !address_from(host, port, &rtp) ||
        !address_from(host, port + 1, &rtcp))
        return NULL;
    int fd = bound(&rtp), rtcp_fd = fd < 0 ? -1 : bound(&rtcp);
    int fault = rtcp_fd < 0 ? errno : 0;
    uint64_t handle = 0;
    if (!fault) {
        ENTER((CoreObject *)self)
        fault = engine_open(((CoreObject *)self)->engine, fd, rtcp_fd, &handle);
        LEAVE((CoreObject *)self);
    }
    if (!fault) return PyLong_FromUnsignedLongLong(handle);
    if (fd >= 0) close(fd);
    if (rtcp_fd >= 0) close(rtcp_fd);
    return os_error(fault);
}

/* ---- what SDP settled ---- */

enum { PLAIN = -1, KEYS_TO_COME = -2 };

typedef struct {
    int profile; /* or PLAIN, KEYS_TO_COME */
    Py_buffer sending, receiving;
} keys_t;

static bool check_stream(const stream_t *stream, int payload_type, const keys_t *keys) {
    size_t length = keys->profile < 0 ? 0 : secure_key_length(keys->profile);
    if (!encoding_known((int)stream->encoding))
        PyErr_Format(PyExc_ValueError, "no encoding has the number %d", (int)stream->encoding);
    else if (payload_type < 0 || payload_type > 127 || stream->digit_payload_type < -1 ||
             stream->digit_payload_type > 127)
        PyErr_SetString(PyExc_ValueError, "payload types are 0 to 127");
    else if (keys->profile < KEYS_TO_COME || (keys->profile >= 0 && !length))
        PyErr_Format(PyExc_ValueError, "no protection profile has the number %d", keys->profile);
    else if (length && ((size_t)keys->sending.len != length || (size_t)keys->receiving.len != length))
        PyErr_Format(PyExc_ValueError, "key and salt have %d octets in this profile", (int)length);
    else
        return true;
    return false;
}

/* The session of these keys: the present one where it is of them. False where it cannot be made. */
static bool session_for(const port_t *port, const keys_t *keys, secure_t **secure) {
    *secure = NULL;
    if (keys->profile < 0) return true;
    const uint8_t *sending = keys->sending.buf, *receiving = keys->receiving.buf;
    bool same = secure_is(port->secure, keys->profile, sending, receiving);
    *secure = same ? port->secure : secure_new(keys->profile, sending, receiving);
    return *secure != NULL;
}

static bool connect_port(port_t *port, const stream_t *stream, const keys_t *keys) {
    secure_t *secure;
    if (!session_for(port, keys, &secure)) return false;
    if (port->secure != secure) secure_free(port->secure);
    port->secure = secure;
    port->unheard = keys->profile == KEYS_TO_COME;
    port_connect(port, stream);
    return true;
}

PyObject *core_connect(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    const char *host, *rtcp_host;
    int remote_port, rtcp_port, encoding, payload_type, sending;
    stream_t stream = {0};
    keys_t keys;
    if (!PyArg_ParseTuple(arguments, "Ksiiiipsiiy*y*", &handle, &host, &remote_port, &encoding, &payload_type,
                          &stream.digit_payload_type, &sending, &rtcp_host, &rtcp_port, &keys.profile, &keys.sending,
                          &keys.receiving))
        return NULL;
    stream.encoding = (encoding_t)encoding;
    stream.payload_type = (uint8_t)payload_type;
    stream.sending = sending;
    stream.any_rtcp = rtcp_host[0] != 0;
    bool good = check_stream(&stream, payload_type, &keys) && address_from(host, remote_port, &stream.remote) &&
                (!stream.any_rtcp || address_from(rtcp_host, rtcp_port, &stream.rtcp)), made = true;
    stream.shares = stream.any_rtcp && address_same(&stream.remote, &stream.rtcp);
    CoreObject *core = (CoreObject *)self;
    if (good) {
        ENTER(core)
        port_t *port = engine_port(core->engine, handle);
        made = !port || connect_port(port, &stream, &keys);
        LEAVE(core);
    }
    PyBuffer_Release(&keys.sending);
    PyBuffer_Release(&keys.receiving);
    if (!made) return PyErr_NoMemory();
    if (!good) return NULL;
    Py_RETURN_NONE;
}

/* ---- what is sent ---- */

PyObject *core_play(PyObject *self, PyObject *arguments) {
    unsigned long long handle, play, start;
    if (!PyArg_ParseTuple(arguments, "KKK", &handle, &play, &start)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) {
        port_stop(core->engine, port);
        port->playing = true;
        port->play = play;
        port->player.start = start;
    }
    LEAVE(core);
    Py_RETURN_NONE;
}

PyObject *core_drop(PyObject *self, PyObject *arguments) {
    unsigned long long handle, play;
    if (!PyArg_ParseTuple(arguments, "KK", &handle, &play)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    bool dropped = port && port_drop(port, play);
    LEAVE(core);
    return PyBool_FromLong(dropped);
}

PyObject *core_send_digits(PyObject *self, PyObject *arguments) {
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

PyObject *core_send_packet(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    Py_buffer data;
    const char *host;
    int udp_port;
    address_t target;
    if (!PyArg_ParseTuple(arguments, "Ky*si", &handle, &data, &host, &udp_port)) return NULL;
    bool good = address_from(host, udp_port, &target);
    CoreObject *core = (CoreObject *)self;
    if (good) {
        ENTER(core)
        port_t *port = engine_port(core->engine, handle);
        if (port) port_send_datagram(port, false, data.buf, (size_t)data.len, &target);
        LEAVE(core);
    }
    PyBuffer_Release(&data);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

/* ---- what is heard ---- */

PyObject *core_listen(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    int digits, speech, beep;
    if (!PyArg_ParseTuple(arguments, "Kppp", &handle, &digits, &speech, &beep)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    bool done = !port || port_listen(port, digits, speech, beep);
    LEAVE(core);
    if (!done) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *core_hear(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    Py_buffer data;
    const char *host;
    int udp_port, on_rtcp;
    address_t source;
    _Alignas(8) uint8_t datagram[DATAGRAM];
    if (!PyArg_ParseTuple(arguments, "Ky*sip", &handle, &data, &host, &udp_port, &on_rtcp)) return NULL;
    size_t length = (size_t)data.len < sizeof datagram ? (size_t)data.len : sizeof datagram;
    memcpy(datagram, data.buf, length);
    PyBuffer_Release(&data);
    if (!address_from(host, udp_port, &source)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) port_heard(core->engine, port, on_rtcp, datagram, length, &source, clock_now());
    LEAVE(core);
    Py_RETURN_NONE;
}

PyObject *core_record(PyObject *self, PyObject *arguments) {
    unsigned long long handle, id;
    int what;
    if (!PyArg_ParseTuple(arguments, "KKi", &handle, &id, &what)) return NULL;
    if (what < HEARD_ALONE || what > STEREO) {
        PyErr_Format(PyExc_ValueError, "no way of recording has the number %d", what);
        return NULL;
    }
    CoreObject *core = (CoreObject *)self;
    bool made = true;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) {
        double now = clock_now();
        port_finish_recording(core->engine, port, now);
        port->recording = recording_new(id, (recorded_t)what, now);
        made = port->recording != NULL;
    }
    LEAVE(core);
    if (!made) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *core_pause_recording(PyObject *self, PyObject *arguments) {
    unsigned long long handle;
    int paused;
    if (!PyArg_ParseTuple(arguments, "Kp", &handle, &paused)) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) port_pause_recording(core->engine, port, paused, clock_now());
    LEAVE(core);
    Py_RETURN_NONE;
}

/* ---- bridges and conferences ---- */

PyObject *core_bridge(PyObject *self, PyObject *arguments) {
    unsigned long long one, other;
    if (!PyArg_ParseTuple(arguments, "KK", &one, &other)) return NULL;
    CoreObject *core = (CoreObject *)self;
    bool done = true;
    ENTER(core)
    port_t *first = engine_port(core->engine, one), *second = engine_port(core->engine, other);
    if (first && second && first != second) {
        room_leave(core->engine, first);
        room_leave(core->engine, second);
        done = port_bridge(first, second);
    }
    LEAVE(core);
    if (!done) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *core_join(PyObject *self, PyObject *arguments) {
    unsigned long long handle, room, whisper_to;
    int role;
    if (!PyArg_ParseTuple(arguments, "KKiK", &handle, &room, &role, &whisper_to)) return NULL;
    if (role < SPEAKER || role > WHISPERER) {
        PyErr_Format(PyExc_ValueError, "no role has the number %d", role);
        return NULL;
    }
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    bool done = !port || room_join(core->engine, port, room, (role_t)role, whisper_to);
    LEAVE(core);
    if (!done) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

typedef enum { STOP_PLAY, STOP_RECORDING, UNBRIDGE, LEAVE_ROOM, CLOSE } deed_t;

static PyObject *do_at(PyObject *self, PyObject *argument, deed_t deed) {
    unsigned long long handle = PyLong_AsUnsignedLongLong(argument);
    if (PyErr_Occurred()) return NULL;
    CoreObject *core = (CoreObject *)self;
    ENTER(core)
    port_t *port = engine_port(core->engine, handle);
    if (port) switch (deed) {
            case STOP_PLAY: port_stop(core->engine, port); break;
            case STOP_RECORDING: port_finish_recording(core->engine, port, clock_now()); break;
            case UNBRIDGE: port_unbridge(port); break;
            case LEAVE_ROOM: room_leave(core->engine, port); break;
            case CLOSE: engine_close(core->engine, port); break;
        }
    LEAVE(core);
    Py_RETURN_NONE;
}

PyObject *core_stop(PyObject *self, PyObject *port) { return do_at(self, port, STOP_PLAY); }
PyObject *core_stop_recording(PyObject *self, PyObject *port) { return do_at(self, port, STOP_RECORDING); }
PyObject *core_unbridge(PyObject *self, PyObject *port) { return do_at(self, port, UNBRIDGE); }
PyObject *core_leave(PyObject *self, PyObject *port) { return do_at(self, port, LEAVE_ROOM); }
PyObject *core_close(PyObject *self, PyObject *port) { return do_at(self, port, CLOSE); }

