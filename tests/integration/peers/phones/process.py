"""A telephone that is a program: told what to do by lines on its standard input, what it heard is in a file."""

import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from media_service.codecs.g711 import SAMPLE_RATE


def heard_in(file: Path) -> NDArray[np.int16]:
    """A recording of any rate, its first channel, as it sounds at 8 kHz."""
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    return np.asarray(soxr.resample(samples[:, 0], rate, SAMPLE_RATE), dtype="<i2")


class Telephone(ABC):
    """The process runs within the ``with`` statement, at the end of which it has hung up and its file is complete."""

    command: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    goodbye: tuple[str, ...] = ()
    """What makes it hang up and end."""
    hold: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
        )
        self._said = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.hang_up()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := self._process.stdout.read1(65_536):  # type: ignore[attr-defined]  # a BufferedReader it is
            self._said += data

    def begin(self) -> None:  # noqa: B027 - most telephones need to be told nothing at first
        """Once the process runs."""

    def tell(self, *words: str) -> None:
        """Lines on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{word}\n" for word in words).encode())
        self._process.stdin.flush()

    def says(self, text: str, within: float = 10.0) -> None:
        """Wait until it has printed that."""
        deadline = time.monotonic() + within
        while text not in self.printed():
            assert time.monotonic() < deadline, self.printed()
            assert self._process.poll() is None, self.printed()
            time.sleep(0.02)

    def printed(self) -> str:
        """All that it has printed."""
        return self._said.decode("utf-8", "replace")

    def press(self, digit: str) -> None:
        """One key."""
        self.tell(digit)

    def hang_up(self) -> None:
        """End the call and the process; twice does no harm."""
        if self._process.poll() is None:
            try:
                self.tell(*self.goodbye)
                self._process.wait(12)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self._process.kill()
        self._process.wait(5)
        self._reader.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @abstractmethod
    def files(self) -> list[Path]:
        """Where it has kept what it heard, in order."""

    @property
    def heard(self) -> NDArray[np.int16]:
        """What it heard, at 8 kHz, once it has hung up."""
        files = self.files()
        assert files, self.printed()
        assert all(file.exists() for file in files), self.printed()
        return np.concatenate([heard_in(file) for file in files])
