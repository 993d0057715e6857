"""The packet process's one file thread: slow disks and cold caches must never hold up a packet."""

import os
import queue
import threading
from collections import deque
from collections.abc import Callable

Work = Callable[[], Callable[[], None]]
"""Runs on the file thread and gives what is to be run on the packet loop afterwards."""


class Disk:
    """Runs work on a thread of its own, in order, and hands its results back to the packet loop.

    The loop watches `fileno` (readable: results wait) and calls `collect`.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._results: deque[Callable[[], None]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._complete = False
        self._thread = threading.Thread(target=self._run, name="files", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Readable while results wait."""
        return self._bell

    def submit(self, work: Work) -> None:
        """Queue work; it must turn its own `OSError` into a result."""
        self._waiting.put(work)

    def collect(self) -> None:
        """Run the results that wait, on the caller's thread."""
        os.eventfd_read(self._bell)
        while self._results:
            self._results.popleft()()

    def finish(self, patience: float) -> None:
        """Do what is still queued, for ``patience`` seconds at most; then run the results. Nothing comes after it."""
        self._waiting.put(None)
        self._thread.join(patience)
        while self._results:
            self._results.popleft()()
        if not self._thread.is_alive():
            os.close(self._bell)

    def _run(self) -> None:
        try:
            while (work := self._waiting.get()) is not None:
                self._hand_back(work())
            self._complete = True
        finally:
            if not self._complete:
                self._hand_back(_stop_the_process)

    def _hand_back(self, result: Callable[[], None]) -> None:
        self._results.append(result)
        os.eventfd_write(self._bell, 1)


def _stop_the_process() -> None:
    """A defect has ended the file thread: no prompt would ever be heard again, so let the owner know."""
    raise RuntimeError("the file thread has ended")
