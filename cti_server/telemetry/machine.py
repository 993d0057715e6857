"""What the process has of its machine: memory, descriptors, disk, certificates, and how late its loop is."""

import contextlib
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from twisted.internet.base import DelayedCall, ReactorBase

LAG_EVERY: Final = 0.5
"""Seconds between two looks at the loop."""
LARGEST_FILE: Final = 1 << 20
DAY: Final = 86_400.0

_STATUS: Final = Path("/proc/self/statm")
_DESCRIPTORS: Final = Path("/proc/self/fd")
_MEMORY: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was found; None where the system does not say. Shares are 0 to 1."""

    memory: float | None = None
    descriptors: float | None = None
    disk_free: float | None = None


def look(data: Path) -> Machine:
    """Look at this process and at the disk of its data directory; blocks, as long as a hung disk does."""
    return Machine(memory=_memory(), descriptors=_descriptors(), disk_free=disk_free(data))


def disk_free(folder: Path) -> float | None:
    """The share of a folder's disk that the server's user may still fill."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    usable = found.f_blocks - found.f_bfree + found.f_bavail
    return found.f_bavail / usable if usable else None


def _memory() -> float | None:
    """Resident memory as a share of what this process may have: the machine's, or its control group's."""
    try:
        pages = int(_STATUS.read_text(encoding="ascii").split()[1])
        kilobytes = int(_MEMORY.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    limit = kilobytes * 1024
    # Without a control group, or with "max" in its file, the machine's memory is the limit.
    with contextlib.suppress(OSError, ValueError, IndexError):
        group = _GROUP.read_text(encoding="ascii").splitlines()[-1].split("::")[1]
        limit = min(limit, int(Path(f"/sys/fs/cgroup{group}/memory.max").read_text(encoding="ascii")))
    return pages * resource.getpagesize() / limit if limit else None


def _descriptors() -> float | None:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        used = sum(1 for _ in _DESCRIPTORS.iterdir())
    except OSError:
        return None
    return used / most if most > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's file: days until the first of those in it ends (0: over, or not readable), and words."""

    file: Path
    days: float
    text: str


def certificates(files: Sequence[Path], now: float) -> list[Certificate]:
    """How long the certificates in the files are good for, at ``now`` (Unix seconds); blocks."""
    return [_certificate(file, now) for file in dict.fromkeys(files)]


def _certificate(file: Path, now: float) -> Certificate:
    try:
        with file.open("rb") as stream:
            found = x509.load_pem_x509_certificates(stream.read(LARGEST_FILE))
    except OSError as fault:
        return Certificate(file, 0.0, f"cannot be read: {fault.strerror}")
    except ValueError:
        return Certificate(file, 0.0, "has no certificate in PEM form")
    ends = min(one.not_valid_after_utc for one in found)
    begins = max(one.not_valid_before_utc for one in found)
    if begins.timestamp() > now:
        return Certificate(file, 0.0, f"is good from {begins:%Y-%m-%d %H:%M} UTC on only")
    return Certificate(file, max((ends.timestamp() - now) / DAY, 0.0), f"good until {ends:%Y-%m-%d %H:%M} UTC")


class LoopLag:
    """Measures how late the loop comes to what is due.

    Args:
        reactor: the loop.
        steady: seconds that only go forward.
        noted: hears of each measurement, seconds.
    """

    def __init__(
        self, reactor: ReactorBase, steady: Callable[[], float], noted: Callable[[float], None] = lambda _lag: None
    ) -> None:
        self._reactor = reactor
        self._steady = steady
        self._noted = noted
        self._timer: DelayedCall | None = None
        self._worst = 0.0

    def start(self) -> None:
        """Begin."""
        self._timer = self._reactor.callLater(LAG_EVERY, self._came, self._steady() + LAG_EVERY)

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def worst(self) -> float:
        """The largest lag since this was last asked, seconds."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _came(self, due: float) -> None:
        lag = max(self._steady() - due, 0.0)
        self._worst = max(self._worst, lag)
        self._noted(lag)
        self.start()
