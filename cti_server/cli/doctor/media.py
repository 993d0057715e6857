"""The media services for ``callwright doctor``: what each says at its control door, and what this machine gives one."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

from cti_server.settings import ServerSettings
from media_service.control.codec import Decoder, Kind, encode
from media_service.control.errors import FrameError
from media_service.control.messages import PROTOCOL_VERSION, Hello, Refused, Welcome
from program.findings import Finding

CLIENT: Final = "callwright doctor"
PATIENCE: Final = 2.0
"""Seconds that a service has to answer."""
MACHINE_PATIENCE: Final = 30.0
HERE: Final = ("127.0.0.1", "::1", "localhost")
NAMED: Final = 5
"""How many ports that are not registered are named."""


def media_findings(settings: ServerSettings) -> Iterator[Finding]:
    """Each service that the settings name; and this machine, for the largest of those that run on it."""
    calls = 0
    for service in settings.media_services:
        answer = _answer(service.host, service.port)
        if isinstance(answer, Welcome):
            yield from _welcomed(service.name, f"{service.host}:{service.port}", answer)
            calls = max(calls, _calls(answer)) if service.host in HERE else calls
        else:
            yield Finding(service.name, good=False, text=f"{service.host}:{service.port}{answer}")
    if settings.media_services:
        yield from machine_findings(calls)


def _answer(host: str, port: int) -> Welcome | str:
    """What a service says of itself, or what is wrong with it."""
    try:
        answer = ask(host, port, PATIENCE)
    except OSError as fault:
        return f": {fault.strerror or fault}"
    except FrameError as fault:
        return f" is no media service: {fault}"
    return answer if isinstance(answer, Welcome) else f" refuses: {answer.text}"


def _calls(welcome: Welcome) -> int:
    """How many calls a service may have at once."""
    return max(len(welcome.ports), len(welcome.sessions) + welcome.free)


def ask(host: str, port: int, patience: float) -> Welcome | Refused:
    """Greet a media service and hear its answer; the connection is closed again.

    Raises:
        OSError: nobody is there, or says nothing within ``patience`` seconds.
        FrameError: what answers is no media service.
    """
    deadline = time.monotonic() + patience
    decoder = Decoder(Kind.SERVICE)
    with socket.create_connection((host, port), timeout=patience) as door:
        door.sendall(encode(Hello(PROTOCOL_VERSION, CLIENT)))
        while (left := deadline - time.monotonic()) > 0:
            door.settimeout(left)
            data = door.recv(65_536)
            if not data:
                raise FrameError("it closes the connection")
            for message in decoder.feed(data):
                if isinstance(message, Welcome | Refused):
                    return message
    raise TimeoutError("no answer")


def _welcomed(name: str, place: str, welcome: Welcome) -> Iterator[Finding]:
    good = welcome.version == PROTOCOL_VERSION
    text = f"{place} answers as {welcome.service}, protocol {welcome.version}"
    text += "" if good else f" (this is {PROTOCOL_VERSION})"
    yield Finding(name, good=good, text=text)
    if welcome.engine:
        srtp = f"profiles of SRTP: {len(welcome.srtp)}" if welcome.srtp else "no SRTP"
        yield Finding(name, good=True, text=f"{welcome.engine}; {', '.join(welcome.encodings)}; {srtp}")
    away = [port.number for port in welcome.ports if not port.registered]
    text = f"{len(welcome.ports) - len(away)} of {len(welcome.ports)} ports registered, " if welcome.ports else ""
    text += f"calls: {len(welcome.sessions)}, free: {welcome.free}"
    if away:
        text += f"; not registered: {', '.join(away[:NAMED])}{' …' if len(away) > NAMED else ''}"
    if welcome.draining:
        text += "; draining: new calls are refused"
    yield Finding(name, good=not away, text=text)


def machine_findings(calls: int) -> Iterator[Finding]:
    """What the media service's own look at this machine finds, for so many calls (0: nobody knows how many)."""
    command = [sys.executable, "-m", "media_service", "--doctor", *(["--calls", str(calls)] if calls else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MACHINE_PATIENCE, check=False)  # noqa: S603 - our own program
    except (OSError, subprocess.TimeoutExpired) as fault:
        yield Finding("here", good=False, text=f"callwright-media --doctor: {fault}")
        return
    found = [finding for line in done.stdout.splitlines() if (finding := Finding.read(line)) is not None]
    if not found:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        yield Finding("here", good=False, text=f"callwright-media --doctor: {last}")
    yield from found
