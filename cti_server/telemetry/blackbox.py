"""The black box: what passes on the CSTA links, kept in a ring of capture files for the day when it is needed."""

import os
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import structlog

from csta.captures import CaptureHeader, Record, Tap, Way, header_line, record_line, without_passwords

MAX_WAITING: Final = 20_000
"""Records that wait for a slow disk; beyond them some are left out, and the file says so."""
STOP_SECONDS: Final = 5.0
GATHERED_SECONDS: Final = 0.05
"""How long records are gathered before they are written at once: a call brings a hundred of them, and a thread that is
woken for each takes the interpreter from the loop a hundred times."""
BLACK_BOX: Final = "black-box"
"""The directory of the files, within the one for what the server writes."""
FILES_WHEN_SWITCHED_ON: Final = 8
"""So many files of each link are kept where the configuration keeps none, once recording is switched on."""
SUFFIX: Final = ".capture"
_NUMBERED: Final = re.compile(r"(?P<link>.+)-(?P<number>\d{6,})\.capture")
_LEFT_OUT: Final = b"the disk was too slow: records are missing here"
_SWITCHED_OFF: Final = b"the black box was switched off until here"


def files_of(directory: Path, link: str) -> list[Path]:
    """The capture files of a link, the oldest first; none where there are none."""
    found = []
    for file in directory.glob(f"*{SUFFIX}"):
        match = _NUMBERED.fullmatch(file.name)
        if match and match["link"] == link:
            found.append((int(match["number"]), file))
    return [file for _, file in sorted(found)]


@dataclass(slots=True)
class _Ring:
    """The files of one link; ``wants_gap`` after records were left out; ``on`` while it records."""

    header: CaptureHeader
    on: bool = True
    file: TextIO | None = None
    size: int = 0
    wants_gap: bool = field(default=False)
    gap: bytes = _LEFT_OUT


class BlackBox:
    """Writes on a thread of its own, so that a slow disk delays nobody; ``stop`` it to have everything written.

    Args:
        directory: where the files are; made, readable by its owner alone.
        file_bytes: size at which the next file is begun.
        files: how many of each link are kept.
        now: Unix seconds.
        on: whether links are recorded from the start; `switch` changes that.

    A disk that is full costs records, not calls: the fault is logged once, and writing is tried again at each record.
    """

    def __init__(
        self, directory: Path, *, file_bytes: int, files: int, now: Callable[[], float], on: bool = True
    ) -> None:
        self._directory = directory
        self._file_bytes = file_bytes
        self._files = files
        self._now = now
        self._on = on
        self._rings: dict[str, _Ring] = {}
        self._queue: queue.SimpleQueue[Record | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._faulty = False
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="black-box", daemon=True)
        self._thread.start()

    def tap(self, header: CaptureHeader) -> Tap:
        """What a link's transport calls; ``header.link`` names the files."""
        ring = self._rings.setdefault(header.link, _Ring(header, on=self._on))

        def record(peer: str, way: Way, data: bytes) -> None:
            if not ring.on:
                return
            if self._queue.qsize() > MAX_WAITING:
                ring.wants_gap = True
                return
            now = self._now()
            if ring.wants_gap:
                ring.wants_gap = False
                self._queue.put(Record(now, header.link, peer, Way.GAP, ring.gap))
                ring.gap = _LEFT_OUT
            self._queue.put(Record(now, header.link, peer, way, without_passwords(data)))

        return record

    @property
    def links(self) -> dict[str, bool]:
        """Every link that is known, and whether it is recorded now."""
        return {name: ring.on for name, ring in self._rings.items()}

    def switch(self, link: str | None, *, on: bool) -> bool:
        """Record a link (None: all, and those to come) or not, until the server ends; False for an unknown link.

        Where recording begins again in the middle of a connection the file says so by a gap.
        """
        if link is not None and link not in self._rings:
            return False
        if link is None:
            self._on = on
        for name, ring in self._rings.items():
            if link in {None, name} and ring.on != on:
                ring.on = on
                if on:
                    ring.wants_gap, ring.gap = True, _SWITCHED_OFF
        return True

    def flush(self) -> None:
        """Have everything on disk that was recorded until now; blocks, at most five seconds."""
        done = threading.Event()
        self._hurry.set()
        self._queue.put(done)
        done.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Write what waits and close the files; blocks for that, at most five seconds."""
        self._hurry.set()
        self._queue.put(None)
        self._thread.join(STOP_SECONDS)

    # --- on the thread

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            if isinstance(record, threading.Event):
                self._flush(record)
                continue
            ring = self._rings[record.link]
            try:
                self._write(ring, record)
            except OSError as fault:
                self._tell(ring, fault)
            else:
                self._faulty = False
            if self._queue.empty():
                self._hurry.wait(GATHERED_SECONDS)
        for ring in list(self._rings.values()):
            if ring.file is not None:
                ring.file.close()

    def _flush(self, done: threading.Event) -> None:
        self._hurry.clear()
        # A copy: a link may come up on the loop's thread meanwhile.
        for ring in list(self._rings.values()):
            try:
                if ring.file is not None:
                    ring.file.flush()
            except OSError as fault:
                self._tell(ring, fault)
        done.set()

    def _write(self, ring: _Ring, record: Record) -> None:
        line = record_line(record)
        if ring.file is None or ring.size + len(line) > self._file_bytes:
            self._begin_file(ring)
        if ring.file is not None:
            ring.size += ring.file.write(line)
            if self._queue.empty():
                ring.file.flush()

    def _begin_file(self, ring: _Ring) -> None:
        if ring.file is not None:
            ring.file.close()
            ring.file = None
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        existing = files_of(self._directory, ring.header.link)
        for old in existing[: max(0, len(existing) - self._files + 1)]:
            old.unlink(missing_ok=True)
        last = _NUMBERED.fullmatch(existing[-1].name) if existing else None
        number = int(last["number"]) + 1 if last else 1
        path = self._directory / f"{ring.header.link}-{number:06d}{SUFFIX}"
        # Numbers of callers are in it: nobody else may read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        ring.file = os.fdopen(descriptor, "w", encoding="utf-8")
        ring.size = ring.file.write(header_line(ring.header))
        ring.file.flush()

    def _tell(self, ring: _Ring, fault: OSError) -> None:
        ring.wants_gap = True
        if ring.file is not None:
            try:
                ring.file.close()
            except OSError:
                # What could not be written is lost, which is told below.
                ring.file = None
            ring.file = None
        if not self._faulty:
            self._faulty = True
            self._log.error("the black box cannot write; records are lost", reason=str(fault))
