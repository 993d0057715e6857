"""What this machine gives a media service: packet engine, room of its sockets, how many it may have, its priority."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from media_service.engine.interface import Capabilities, Encoding
from media_service.engine.pure.engine import capabilities as pure_capabilities
from media_service.engine_choice import EngineKind, describe, native_fault, settle
from program.findings import Finding

SOCKETS_PER_CALL: Final = 2
"""One for RTP, one for RTCP."""
SPARE_DESCRIPTORS: Final = 256
"""For the log, files, the control door, SIP and its connections."""
LEAST_BUFFER: Final = 65_536
"""Octets; below it a pause of some hundred milliseconds loses packets of a busy SIP socket."""
LIBRARIES: Final = {Encoding.G722: "libspandsp-dev", Encoding.OPUS: "libopus-dev"}
"""What the native core is built with; Debian's names."""

NICE: Final = -10
"""What the thread that moves packets asks for (setpriority); at 0 it shares the processor with whatever else runs."""
NAMES: Final = ("callwright-media", "media_service")
"""By one of these words in its command line a process is a media service."""

_PROCESSES: Final = Path("/proc")
_CORE: Final = Path("/proc/sys/net/core")
_LOCAL_PORTS: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_COUNTS: Final = Path("/proc/net/snmp")


def look(engine: EngineKind, calls: int | None = None, udp: range | None = None) -> list[Finding]:
    """Everything; ``calls`` and the ``udp`` ports of their audio as the settings say, where there are some.

    Raises:
        EngineError: the native core is asked for, and not there.
    """
    findings = [*_engine(engine), _buffers(), *_dropped(), _descriptors(calls), *_priorities()]
    return findings if udp is None else [*findings, *_rtp_ports(udp)]


def _engine(wanted: EngineKind) -> Iterator[Finding]:
    native = settle(wanted) is EngineKind.NATIVE
    yield Finding("packet engine", good=True, text=describe(wanted))
    fault = native_fault()
    state = f"not built: {fault} (about 200 ports in Python)" if fault else "built"
    yield Finding("native core", good=not fault or not native, text=state)
    yield _codecs(_native_capabilities() if native else pure_capabilities(), native=native)


def _native_capabilities() -> Capabilities:
    from media_service.engine.native.numbers import capabilities  # noqa: PLC0415 - may be absent

    return capabilities()


def _codecs(able: Capabilities, *, native: bool) -> Finding:
    text = ", ".join(able.encodings)
    text += f"; SRTP {', '.join(able.srtp)}" if able.srtp else "; no SRTP"
    lacking = [str(one) for one in Encoding if one not in able.encodings] + ([] if able.srtp else ["SRTP"])
    if lacking:
        packages = [LIBRARIES[one] for one in LIBRARIES if one not in able.encodings]
        packages += [] if able.srtp else ["libsrtp2-dev"]
        how = f" (install {' '.join(packages)} and pkg-config, then build again)" if native and packages else ""
        text += f"; without {', '.join(lacking)}{how}"
    return Finding("codecs", good=True, text=text)


def _buffers() -> Finding:
    size, most = _number(_CORE / "rmem_default"), _number(_CORE / "rmem_max")
    if size is None:
        return Finding("UDP buffers", good=True, text="this system does not say what a socket holds")
    text = f"a socket holds {size} octets of what has come (net.core.rmem_default, {most} at most)"
    if size < LEAST_BUFFER:
        text += f"; {LEAST_BUFFER} are needed: sysctl -w net.core.rmem_default=212992"
    return Finding("UDP buffers", size >= LEAST_BUFFER, text)


def _dropped() -> Iterator[Finding]:
    """Datagrams of all programs that found their socket's buffer full; a number that grows is a machine too busy."""
    try:
        lines = [line.split() for line in _COUNTS.read_text(encoding="ascii").splitlines() if line.startswith("Udp: ")]
        counts = dict(zip(*lines, strict=True))
        yield Finding("UDP drops", good=True, text=f"{int(counts['RcvbufErrors'])} since the machine started")
    except (OSError, ValueError, KeyError, TypeError):
        return  # no Linux, or no such count: nothing can be said


def _descriptors(calls: int | None) -> Finding:
    # The service raises its soft limit to the hard one, so that is what counts.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return Finding("descriptors", good=True, text="without a limit (ulimit -Hn)")
    fit = max(0, most - SPARE_DESCRIPTORS) // SOCKETS_PER_CALL
    text = f"{most} at most (ulimit -Hn), enough for {fit} calls"
    if calls is not None:
        text += f" of {calls}"
    return Finding("descriptors", calls is None or fit >= calls, text)


def _rtp_ports(udp: range) -> Iterator[Finding]:
    try:
        first, last = (int(one) for one in _LOCAL_PORTS.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return  # no Linux: nothing can be said
    span = f"{udp[0]}-{udp[-1]}"
    if udp[0] <= last and first <= udp[-1]:
        text = f"{span} are among {first}-{last}, which the system gives to any program (ip_local_port_range)"
        yield Finding("RTP ports", good=False, text=text)
    else:
        yield Finding("RTP ports", good=True, text=f"{span}, apart from those that the system gives out")


def _priorities() -> Iterator[Finding]:
    """That of each media service that runs here; where none does, what one that this user starts would have."""
    running = [(number, level) for number in _services() if (level := _nicest(number)) is not None]
    for number, level in running:
        text = f"process {number} moves packets at nice {level}"
        yield Finding("priority", level <= 0, text + ("" if level < 0 else f"; {_advice()}"))
    if not running:
        lowest = _lowest_allowed()
        text = f"packets would be moved at nice {max(NICE, min(lowest, 0))}, for which this user may ask"
        yield Finding("priority", good=True, text=text if lowest < 0 else f"{text}; {_advice()}")


def _advice() -> str:
    return f"on a busy machine calls crackle: Nice={NICE} in the systemd unit, or a nice limit (ulimit -e 30)"


def _lowest_allowed() -> int:
    """The lowest nice value for which this user may ask (getrlimit(2): 20 less the limit)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NICE)
    return -20 if os.geteuid() == 0 or soft == resource.RLIM_INFINITY else 20 - soft


def _services() -> Iterator[int]:
    for place in sorted(_PROCESSES.glob("[0-9]*"), key=lambda one: int(one.name)):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended, or is hidden from us
        named = any(word.rpartition("/")[2] == NAMES[0] or word == NAMES[1] for word in words[:4])
        if named and "--config" in words:
            yield int(place.name)


def _nicest(number: int) -> int | None:
    """The lowest nice value of a process's threads (proc(5): field 19 of ``stat``); None once it has ended."""
    found = []
    for file in _PROCESSES.glob(f"{number}/task/*/stat"):
        try:
            found.append(int(file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[16]))
        except (OSError, ValueError, IndexError):
            continue  # a thread that has ended
    return min(found, default=None)


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
