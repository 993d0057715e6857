"""What a server needs, looked at one by one, with a word of what to do where something is missing."""

import importlib.util
import platform
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from cti_server.cli.doctor.database import Progress, database
from cti_server.cli.doctor.doors import doors
from cti_server.cli.doctor.here import machine
from cti_server.cli.doctor.media import media_findings
from cti_server.cli.overrides import OverrideError, override
from cti_server.connectors.doctor import connector_findings
from cti_server.settings import ServerSettings, load_settings
from program.findings import Finding

OLDEST_PYTHON = (3, 11)
REACH_TIME = 2.0


def examine(
    config: Path, wishes: tuple[str, ...], reactor: str, *, deep: bool = False, progress: Progress | None = None
) -> list[Finding]:
    """All findings; only the machine's own where the configuration cannot be read.

    With ``deep`` every row of the journal is verified, of which ``progress`` is told.
    """
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
        *machine(settings.data),
        *database(settings, deep=deep, progress=progress),
        _prompts(settings),
        *doors(settings),
        *_links(settings),
        *media_findings(settings),
        *connector_findings(settings.connectors),
    ]


def _loop() -> str:
    return (
        "uvloop" if importlib.util.find_spec("uvloop") is not None else "asyncio's own loop (uvloop is not installed)"
    )


def _prompts(settings: ServerSettings) -> Finding:
    directory = settings.prompts.directory / settings.prompts.language
    clips = len(list(directory.glob("*.wav"))) if directory.is_dir() else 0
    hint = "" if clips else " (callwright prompts shows what is missing)"
    return Finding("prompts", clips > 0, f"{clips} in {directory}{hint}")


def _links(settings: ServerSettings) -> Iterator[Finding]:
    for link in settings.links:
        yield _reach(f"link {link.name}", link.host, link.port)
        for other in link.others:
            yield _reach(f"link {link.name}", other.host, other.port)


def _reach(what: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=REACH_TIME):
            return Finding(what, good=True, text=f"{host}:{port} answers")
    except OSError as fault:
        return Finding(what, good=False, text=f"{host}:{port}: {fault.strerror or fault}")
