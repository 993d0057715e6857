"""A TCP connection that a test can cut: it forwards everything from a port of its own to another one."""

import contextlib
import socket
import threading
from typing import Self


class SeverableLine:
    """Forwards connections to ``target``; while `cut`, those that stand are closed and new ones refused.

    ``near`` is the address where it listens, where that is not ``host``.
    """

    def __init__(self, host: str, target: int, near: str = "") -> None:
        self._target = (host, target)
        self._server = socket.create_server((near or host, 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._whole = True
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="severable line", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._server.close()

    def cut(self) -> None:
        """Nothing goes through from now on."""
        with self._lock:
            self._whole = False
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def join(self) -> None:
        """New connections are let through again."""
        self._whole = True

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
