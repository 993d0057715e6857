"""What a server needs, looked at one by one, with a word of what to do where something is missing."""

import importlib.util
import platform
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from cti_server.cli.doctor_media import media_findings
from cti_server.cli.overrides import OverrideError, override
from cti_server.connectors.doctor import connector_findings
from cti_server.settings import ServerSettings, load_settings
from cti_server.storage.errors import StorageError
from cti_server.storage.store import Store
from program.findings import Finding

OLDEST_PYTHON = (3, 11)
REACH_TIME = 2.0


def examine(config: Path, wishes: tuple[str, ...], reactor: str) -> list[Finding]:
    """All findings; only the machine's own where the configuration cannot be read."""
    findings = [
        Finding("python", sys.version_info >= OLDEST_PYTHON, f"{platform.python_version()} (3.11 or newer is needed)"),
        Finding("reactor", reactor == "AsyncioSelectorReactor", f"{reactor}, {_loop()}"),
    ]
    loaded = load_settings(config)
    many = len(loaded.problems)
    text = "no problems" if not many else f"{many} problem(s), the first: {loaded.problems[0]}"
    findings.append(Finding("config", not many, text))
    if loaded.settings is None:
        return findings
    try:
        settings = override(loaded.settings, wishes)
    except OverrideError as wrong:
        return [*findings, Finding("--set", good=False, text=str(wrong))]
    return [
        *findings,
        _database(settings),
        _prompts(settings),
        *_ports(settings),
        *media_findings(settings),
        *connector_findings(settings.connectors),
    ]


def _loop() -> str:
    return (
        "uvloop" if importlib.util.find_spec("uvloop") is not None else "asyncio's own loop (uvloop is not installed)"
    )


def _database(settings: ServerSettings) -> Finding:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        store = Store.open(settings.database)
        try:
            rows = store.journal.last_seq()
        finally:
            store.close()
    except (StorageError, OSError) as fault:
        return Finding("database", good=False, text=str(fault))
    return Finding("database", good=True, text=f"{settings.database.partition('://')[0]}, {rows} journal rows")


def _prompts(settings: ServerSettings) -> Finding:
    directory = settings.prompts.directory / settings.prompts.language
    clips = len(list(directory.glob("*.wav"))) if directory.is_dir() else 0
    return Finding("prompts", clips > 0, f"{clips} in {directory}")


def _ports(settings: ServerSettings) -> Iterator[Finding]:
    console = settings.console
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((console.host, console.port))
        yield Finding("console", good=True, text=f"{console.host}:{console.port} is free")
    except OSError as fault:
        reason = f"{console.host}:{console.port}: {fault.strerror} (does a server run already?)"
        yield Finding("console", good=False, text=reason)
    for link in settings.links:
        yield _reach(f"link {link.name}", link.host, link.port)


def _reach(what: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=REACH_TIME):
            return Finding(what, good=True, text=f"{host}:{port} answers")
    except OSError as fault:
        return Finding(what, good=False, text=f"{host}:{port}: {fault.strerror or fault}")
