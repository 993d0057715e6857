"""A helper process that lives on: one JSON object in a line asks, one in a line answers, one at a time."""

import json
import selectors
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import IO, Final

from media_service.speech.errors import SpeechError

MAX_LINE: Final = 1 << 20
_PIPE: Final = 4096
"""A pipe that is ready takes so many octets without waiting (POSIX PIPE_BUF)."""
MAX_COMPLAINT: Final = 2000
"""Octets of standard error that are told, the last ones."""


class Worker:
    """Keeps one process of ``command``, begun with the first question, and begins another where it died.

    For threads that may wait; any number of them, each waits its turn. A question that is not answered within
    ``timeout`` seconds (the start of the process included) costs the process its life; so does a line that is none.
    """

    def __init__(self, command: list[str], *, timeout: float) -> None:
        self._command = command
        self._timeout = timeout
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._closed = False

    def ask(self, question: Mapping[str, object]) -> dict[str, object]:
        """Give the answer; `SpeechError` where none came, or where the worker tells an ``error``."""
        deadline = time.monotonic() + self._timeout
        with self._turn:
            process = self._running()
            try:
                answer = _exchange(process, json.dumps(question).encode() + b"\n", deadline)
            except (SpeechError, OSError, ValueError, RecursionError) as error:
                self._end()
                raise SpeechError(f"{self._command[0]}: {error}{self._complaint()}") from error
        if "error" in answer:
            raise SpeechError(str(answer["error"]))
        return answer

    def close(self) -> None:
        """End the process at once; a question under way fails, and every later one."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._turn:
            self._end()
            if self._complaints is not None:
                self._complaints.close()
                self._complaints = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise SpeechError("the speech engine is closed")
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is not None and self._complaints is not None:
            self._complaints.seek(0)  # the process writes where this file stands: they share it
            self._complaints.truncate()
        if self._process is None:
            if self._complaints is not None:
                self._complaints.close()
            self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
            pipe = subprocess.PIPE
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    self._command, stdin=pipe, stdout=pipe, stderr=self._complaints, bufsize=0
                )
            except OSError as error:
                self._complaints.close()
                self._complaints = None
                raise SpeechError(f"{self._command[0]} cannot be started: {error.strerror or error}") from error
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _complaint(self) -> str:
        if self._complaints is None:
            return ""
        length = self._complaints.seek(0, 2)
        self._complaints.seek(max(0, length - MAX_COMPLAINT))
        text = self._complaints.read().decode(errors="replace").strip()
        return f" ({text})" if text else ""


def _exchange(process: subprocess.Popen[bytes], question: bytes, deadline: float) -> dict[str, object]:
    if process.stdin is None or process.stdout is None:
        raise SpeechError("has no pipes")
    rest = memoryview(question)
    while rest:
        _wait(process.stdin, selectors.EVENT_WRITE, deadline)
        rest = rest[process.stdin.write(rest[:_PIPE]) :]
    line = b""
    while not line.endswith(b"\n"):
        _wait(process.stdout, selectors.EVENT_READ, deadline)
        part = process.stdout.read(1 << 16)
        line += part
        if not part:
            raise SpeechError("ended without an answer")
        if len(line) > MAX_LINE:
            raise SpeechError("answered too much")
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise SpeechError("answered nonsense")
    return answer


def _wait(stream: IO[bytes], event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise SpeechError("took too long")
