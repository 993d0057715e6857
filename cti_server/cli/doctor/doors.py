"""The server's doors and secrets: ports, who may read what, certificates, tokens."""

import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cti_server.cli.door import DoorError, ask
from cti_server.settings import ServerSettings
from cti_server.telemetry.machine import certificates
from cti_server.web.server import EndpointsError, read_token
from program.findings import Finding

PATIENCE: Final = 2.0
SOON: Final = 21.0
"""Days before its end from which a certificate is told of."""
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def doors(settings: ServerSettings) -> Iterator[Finding]:
    """The server that runs, if one does; each port; files that nobody else may read; certificates."""
    runs = _runs(settings)
    yield Finding("server", good=True, text="runs now, and answers at its local door" if runs else "does not run now")
    for what, host, port in _listening(settings):
        yield _port(what, host, port, runs=runs)
    if settings.web is None:
        yield Finding("endpoints", good=True, text="none; `web: {}` in server.yaml opens them (docs/supervision.md)")
    yield from _secrets(settings)
    yield from _certificates(settings)


def _runs(settings: ServerSettings) -> bool:
    try:
        ask(settings, "show health", form="json", timeout=PATIENCE)
    except DoorError:
        return False
    return True


def _listening(settings: ServerSettings) -> Iterator[tuple[str, str, int]]:
    console = settings.console
    if console.telnet:
        yield "console", console.host, console.port
    if console.ssh is not None:
        yield "console ssh", console.ssh.host, console.ssh.port
    if settings.web is not None:
        yield "endpoints", settings.web.host, settings.web.port


def _port(what: str, host: str, port: int, *, runs: bool) -> Finding:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as fault:
        if runs:
            return Finding(what, good=True, text=f"{host}:{port} is in use by the server that runs")
        reason = f"{host}:{port}: {fault.strerror}; `ss -ltnp 'sport = :{port}'` shows who has it"
        return Finding(what, good=False, text=reason)
    if runs:
        return Finding(what, good=False, text=f"{host}:{port} is free though the server runs: its log says why")
    return Finding(what, good=True, text=f"{host}:{port} is free")


def secret_files(settings: ServerSettings) -> Iterator[Path]:
    """Files that only the server's user may read."""
    yield settings.console.users
    if settings.console.ssh is not None and settings.console.ssh.host_key is not None:
        yield settings.console.ssh.host_key
    for link in settings.links:
        yield from (one for one in (link.password_file, None if link.tls is None else link.tls.key) if one is not None)
    if settings.web is not None:
        key = None if settings.web.tls is None else settings.web.tls.key
        yield from (one for one in (settings.web.token_file, key) if one is not None)
    connectors = settings.connectors
    if connectors.pins is not None:
        yield connectors.pins.file
    found = [one.url for one in connectors.databases]
    found += [secret for service in connectors.web for secret in service.secret_headers.values()]
    found += [] if connectors.mail is None or connectors.mail.password is None else [connectors.mail.password]
    found += [hook.token for hook in settings.alarms.webhooks if hook.token is not None]
    found += [] if settings.traces.token is None else [settings.traces.token]
    yield from (one.file for one in found if one.file is not None)


def _secrets(settings: ServerSettings) -> Iterator[Finding]:
    looked, good = 0, True
    for file in dict.fromkeys(secret_files(settings)):
        try:
            mode = file.stat().st_mode
        except FileNotFoundError:
            continue  # whoever needs it says so
        except OSError as fault:
            good = False
            yield Finding("secrets", good=False, text=f"{file}: {fault.strerror}")
            continue
        looked += 1
        if mode & OTHERS:
            good = False
            yield Finding("secrets", good=False, text=f"{file} may be read by others: chmod 600 {file}")
        elif not os.access(file, os.R_OK):
            good = False
            yield Finding("secrets", good=False, text=f"{file} cannot be read by this user: chown it to the server's")
    if settings.web is not None and settings.web.token_file is not None:
        try:
            read_token(settings.web.token_file)
        except EndpointsError as fault:
            good = False
            yield Finding("secrets", good=False, text=str(fault))
    if good:
        yield Finding("secrets", good=True, text=f"{looked} files, for the server's user alone")


def _certificates(settings: ServerSettings) -> Iterator[Finding]:
    files = [] if settings.web is None or settings.web.tls is None else [settings.web.tls.certificate]
    for link in settings.links:
        if link.tls is not None:
            files += [one for one in (link.tls.certificate, link.tls.ca) if one is not None]
    for one in certificates([*files, *settings.alarms.certificates], time.time()):
        text = f"{one.file} {one.text}"
        yield Finding("certificate", one.days > SOON, text if one.days > SOON else f"{text}: renew it")
