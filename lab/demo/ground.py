"""What the demo stands on: a folder of config files, passwords that exist only on this machine, and its ports."""

import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from settings_file import read_document

CONSOLE_USER: Final = "admin"
SECRETS: Final = "secrets"

DEFAULT_PORTS: Final[Mapping[str, int]] = {
    "pbx": 15060,
    "csta": 11040,
    "media": 15080,
    "control": 7801,
    "console": 7823,
}
"""The ports that the files in ``config/`` name, by what listens there (`pbx` and `media` are SIP ports)."""


class GroundError(Exception):
    """The demo cannot start here; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where everything is.

    ``passwords`` are the extensions' SIP passwords by number; ``console_password`` that of `CONSOLE_USER`;
    ``media_ports`` the media service's extensions; ``server_sets`` settings given to the CTI server as ``PATH=VALUE``.
    """

    config: Path
    data: Path
    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    passwords: Mapping[str, str] = field(default_factory=dict)
    console_password: str = ""
    domain: str = "lab.callwright.example"
    prompts: Path = Path("prompts")
    media_ports: tuple[str, ...] = ("7001", "7002", "7003", "7004")
    server_sets: tuple[str, ...] = ()


def refuse_taken_ports(host: str, ports: Mapping[str, int]) -> None:
    """See that nothing listens on the ports yet.

    Raises:
        GroundError: something does, or ``host`` is no address of this machine.
    """
    for name, port in ports.items():
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            raise GroundError(
                f"{host}:{port} ({name}) cannot be used: {error.strerror}. "
                "Does a demo run already? Stop it first, or start this one with HOST=<an address of this machine>."
            ) from error


def derive(
    source: Path, target: Path, *, host: str, ports: Mapping[str, int], extra: Mapping[str, str] | None = None
) -> Path:
    """Copy the config folder ``source`` to ``target`` with other addresses; comments and line numbers stay.

    ``extra`` maps text that stands in the files to what shall stand there instead. Relative paths out of the folder
    (prompts) are made absolute. Secrets are not copied.
    """
    numbers = {str(DEFAULT_PORTS[name]): str(port) for name, port in ports.items()}
    pattern = re.compile(r"\b(" + "|".join(numbers) + r")\b")
    for file in sorted(source.rglob("*.yaml")):
        relative = file.relative_to(source)
        if relative.parts[0].startswith(SECRETS):
            continue
        text = pattern.sub(lambda match: numbers[match.group()], file.read_text(encoding="utf-8"))
        text = text.replace("127.0.0.1", host).replace(" ../prompts", f" {(source.parent / 'prompts').resolve()}")
        for old, new in (extra or {}).items():
            text = text.replace(old, new)
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        (target / relative).write_text(text, encoding="utf-8")
    return target


def keep_passwords(config: Path) -> dict[str, str]:
    """Give each extension of ``lab.yaml`` a password, kept in ``secrets/`` from one demo to the next.

    Returns:
        The passwords by extension; the files for the lab PBX and the media service are written.

    Raises:
        GroundError: a file cannot be read; the message says where.
    """
    folder = config / SECRETS
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "lab-extensions.yaml"
    known = _read(file).get("passwords", {}) if file.exists() else {}
    # What is wrong with an entry is told by the lab PBX's own check, with its line.
    extensions = _read(config / "lab.yaml").get("extensions") or []
    numbers = [str(one["number"]) for one in extensions if isinstance(one, dict) and "number" in one]
    passwords = {number: str(known.get(number) or secrets.token_hex(6)) for number in numbers}
    lines = [f'  "{number}": "{password}"' for number, password in passwords.items()]
    _write(file, "\n".join(["# Made by the demo: passwords of the lab PBX's extensions.", "passwords:", *lines]))
    _write(folder / "media-ports", "\n".join(f"{number}: {password}" for number, password in passwords.items()))
    return passwords


def keep_console_password(config: Path) -> tuple[str, bool]:
    """Give the password of `CONSOLE_USER` and whether it was made just now (its hash is not in the users file then)."""
    file = config / SECRETS / "console-admin-password"
    if file.exists() and (config / SECRETS / "console-users").exists():
        return file.read_text(encoding="utf-8").strip(), False
    password = secrets.token_hex(6)
    _write(file, password)
    return password, True


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        raise GroundError(f"{file}: No such file or directory")  # which has no line to be named
    document = read_document(file)
    if document.problems:
        raise GroundError("\n".join(str(problem) for problem in document.problems))
    return document.value if isinstance(document.value, dict) else {}


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text + "\n", encoding="utf-8")
