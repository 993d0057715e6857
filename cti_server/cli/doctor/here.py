"""What this machine gives the server: limits, clock, libraries, compiler, time zones, disk, memory."""

import ctypes
import importlib.metadata
import resource
import shutil
import subprocess
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from cti_server.telemetry.machine import disk_free
from program.findings import Finding

PROGRAM: Final = "callwright"
LEAST_DESCRIPTORS: Final = 4096
"""What 250 agents, their links, monitors and consoles need, with much to spare."""
LEAST_FREE: Final = 0.1
"""Share of the disk; below it the alarm disk-low is not far."""
ZONES: Final = ("Europe/Berlin", "America/New_York", "UTC")
PATIENCE: Final = 5.0
TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""
LARGEST_TIMEX: Final = 512
"""Octets; struct timex has 208 on a 64-bit machine. Of zeroes it changes nothing."""


def machine(data: Path) -> Iterator[Finding]:
    """Each thing; ``data`` is the data directory, which the first start makes."""
    yield _descriptors()
    yield _clock()
    yield from _libraries()
    yield _compiler()
    yield _zones()
    yield _disk(data)


def _descriptors() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= LEAST_DESCRIPTORS
    text = f"{soft} open files and connections, {hard} at most"
    if not enough:
        text += f"; {LEAST_DESCRIPTORS} are needed: LimitNOFILE in the systemd unit, or ulimit -n"
    return Finding("limits", enough, text)


def _clock() -> Finding:
    """A clock that nobody sets drifts by seconds a week: opening hours, reports and certificates go by it."""
    command = shutil.which("timedatectl")
    if command is None:
        return _kernel_clock()
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program
            [command, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _kernel_clock()
    said = done.stdout.strip()
    if said == "yes":
        return Finding("clock", good=True, text="synchronised by NTP")
    if said == "no":
        text = "not synchronised: apt install chrony (reports, opening hours and certificates go by it)"
        return Finding("clock", good=False, text=text)
    return _kernel_clock()  # systemd does not answer, as in a container


def _kernel_clock() -> Finding:
    """What the kernel knows of whoever sets its clock; in a container that is the host's affair, so it is no fault."""
    state = _adjtimex()
    if state is not None and 0 <= state < TIME_ERROR:
        return Finding("clock", good=True, text="synchronised, says the kernel")
    said = "nobody has told the kernel that it is" if state == TIME_ERROR else "this system does not say"
    text = f"not known whether it is synchronised ({said}): `chronyc tracking` on the machine, or on a container's host"
    return Finding("clock", good=True, text=text)


def _adjtimex() -> int | None:
    """The state of the kernel's clock (adjtimex(2)); asking changes nothing. None where there is no such call."""
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(LARGEST_TIMEX)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state


def _libraries() -> Iterator[Finding]:
    """Those that the program declares, in versions that fit."""
    try:
        own = importlib.metadata.requires(PROGRAM) or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("libraries", good=False, text=f"{PROGRAM} is not installed: pip install . in its folder")
        return
    wrong, count = [], 0
    for line in own:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        count += 1
        found = _version(wanted.name)
        if found is None or not wanted.specifier.contains(found, prereleases=True):
            wrong.append(f"{wanted.name}{wanted.specifier} (there is {found or 'none'})")
    text = f"{count} in versions that fit" if not wrong else f"{', '.join(wrong)}: pip install --upgrade {PROGRAM}"
    yield Finding("libraries", not wrong, text)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _compiler() -> Finding:
    found = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name)) is not None), None)
    hint = "none; only needed to build the media service's packet core (apt install gcc python3-dev)"
    return Finding("compiler", good=True, text=found or hint)


def _zones() -> Finding:
    missing = []
    for name in ZONES:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
            missing.append(name)
    if missing:
        return Finding("time zones", good=False, text=f"no data for {', '.join(missing)}: apt install tzdata")
    return Finding("time zones", good=True, text=f"{len(zoneinfo.available_timezones())} known")


def _disk(data: Path) -> Finding:
    there = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    free = disk_free(there)
    if free is None:
        return Finding("disk", good=False, text=f"{data} cannot be looked at")
    space = shutil.disk_usage(there)
    text = f"{space.free / 2**30:.1f} GiB of {space.total / 2**30:.1f} free at {data}"
    if free < LEAST_FREE:
        text += "; free some: old black-box files, logs, backups"
    return Finding("disk", free >= LEAST_FREE, text)
