"""A real HTTP server on loopback, in threads of its own: each path answers in its own way."""

import gzip
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CUSTOMER = json.dumps({"customer": {"names": ["Anna", "B."], "vip": True, "balance": 1.5, "notes": None}}).encode()
ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "customers": (200, CUSTOMER, {}),
    "nobody": (404, b"{}", {}),
    "slow": (200, b"{}", {}),
    "large": (200, b'"' + b"x" * 200_000 + b'"', {}),
    "bomb": (200, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}),
    "deep": (200, b"[" * 50_000, {}),
    "text": (200, b"hello", {}),
    "nan": (200, b'{"customer": NaN}', {}),
    "elsewhere": (302, b"", {"Location": "http://127.0.0.1:1/"}),
}


class Peer(ThreadingHTTPServer):
    """Keeps what it was asked; ``status`` is what /flaky answers with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = 500

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: Peer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""

    def _answer(self, body: bytes) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        kind = self.path.split("?")[0].split("/")[1]
        if kind == "slow":
            time.sleep(1.0)
        if kind == "dripping":
            self._drip()
        elif kind == "flaky":
            self._send(self.server.status, CUSTOMER)
        else:
            status, body, headers = ANSWERS.get(kind, (418, b"", {}))
            self._send(status, body, **headers)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b" ")
            time.sleep(0.05)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def peer(context: ssl.SSLContext | None = None) -> Iterator[Peer]:
    server = Peer()
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
