"""Reading the settings file with the password files that it names; every problem is told at its line."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from media_service.engine.errors import EngineError
from media_service.engine_choice import settle
from media_service.prompts.catalogue import Catalogue, check
from media_service.prompts.errors import PromptError
from media_service.settings.model import MediaSettings, RecordingSettings
from media_service.settings.network import PortSettings
from media_service.settings.values import MAX_PORTS, expand_numbers, expand_udp_range
from settings_file import Lines, Problem, load

TLS_FILES: Final = ("certificate", "key", "authorities")


@dataclass(frozen=True, slots=True)
class PortAccount:
    """One media port with what it needs to register."""

    number: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A settings file that was read: ``settings`` is ``None`` exactly where there are problems."""

    settings: MediaSettings | None
    accounts: tuple[PortAccount, ...]
    prompts: Catalogue | None
    problems: list[Problem]
    lines: Lines


def load_settings(file: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read and check a settings file with the password files that it names; relative paths start at its own folder."""
    settings, problems, lines = load(MediaSettings, file)
    if settings is None:
        return Loaded(None, (), None, problems, lines)
    accounts: dict[str, PortAccount] = {}
    for index, port in enumerate(settings.ports):
        problems += _accounts_of(port, index, lines, environment, accounts)
    udp = expand_udp_range(settings.rtp.ports)
    even = sum(1 for port in udp if port % 2 == 0)
    calls = len(accounts) + (settings.trunk.lines if settings.trunk is not None else 0)
    if even < calls:
        problems.append(lines.problem(f"has {even} even UDP ports for {calls} calls", "rtp", "ports"))
    if len(accounts) > MAX_PORTS:
        problems.append(lines.problem(f"are {len(accounts)}; one media service has {MAX_PORTS} at most", "ports"))
    try:
        settle(settings.engine)
    except EngineError as error:
        problems.append(lines.problem(str(error), "engine"))
    catalogue = _catalogue(settings, lines)
    if isinstance(catalogue, Problem):
        return Loaded(None, (), None, sorted([*problems, catalogue]), lines)
    problems += _prompt_problems(catalogue, settings, lines)
    directory = settings.recordings.directory
    if directory is not None:
        placed = (lines.file.parent / directory).resolve()
        settings = settings.model_copy(update={"recordings": RecordingSettings(directory=placed)})
        problems += _directory_problems(placed, lines)
    settings = _placed_files(settings, lines.file.parent)
    problems += _file_problems(settings, lines)
    if problems:
        return Loaded(None, (), None, sorted(problems), lines)
    return Loaded(settings, tuple(accounts.values()), catalogue, [], lines)


def _catalogue(settings: MediaSettings, lines: Lines) -> Catalogue | Problem:
    directory = (lines.file.parent / settings.prompts.directory).resolve()
    language = settings.prompts.language
    if not directory.is_dir():
        return lines.problem(f"{directory} is no directory", "prompts", "directory")
    try:
        folder = lines.file.parent
        own = (folder / settings.prompts.own).resolve() if settings.prompts.own is not None else None
        cache = (folder / settings.prompts.cache).resolve() if settings.prompts.cache is not None else None
        catalogue = Catalogue(directory, language, own=own, cache=cache)
    except PromptError as error:
        return lines.problem(str(error), "prompts", "language")
    if not (directory / language).is_dir():
        return lines.problem(f"{directory} has no folder for language {language}", "prompts", "language")
    return catalogue


def _placed_files(settings: MediaSettings, folder: Path) -> MediaSettings:
    """The settings with the places of certificates and speech files, which are told from the file's own folder."""

    def placed(path: Path | None) -> Path | None:
        return None if path is None else (folder / path).absolute()

    sip, speech = settings.sip, settings.speech
    if sip.tls is not None:
        files = {key: placed(getattr(sip.tls, key)) for key in TLS_FILES}
        sip = sip.model_copy(update={"tls": sip.tls.model_copy(update=files)})
    speech = speech.model_copy(update={"piper_voice": placed(speech.piper_voice), "cache": placed(speech.cache)})
    return settings.model_copy(update={"sip": sip, "speech": speech})


def _file_problems(settings: MediaSettings, lines: Lines) -> Iterator[Problem]:
    for key in TLS_FILES:
        file = getattr(settings.sip.tls, key) if settings.sip.tls is not None else None
        if file is not None and not file.is_file():
            yield lines.problem(f"{file} is no file", "sip", "tls", key)
    voice = settings.speech.piper_voice
    if voice is not None and not voice.is_file():
        yield lines.problem(f"{voice} is no file", "speech", "piper_voice")
    if settings.speech.recogniser is not None and settings.recordings.directory is None:
        yield lines.problem(
            "needs recordings.directory, where what is said is kept for a moment", "speech", "recogniser"
        )


def _directory_problems(directory: Path, lines: Lines) -> Iterator[Problem]:
    """A folder that is not there is made when it is needed, if what it stands in can be written."""
    standing = next((each for each in (directory, *directory.parents) if each.exists()), directory)
    if not standing.is_dir():
        yield lines.problem(f"{standing} is no directory", "recordings", "directory")
    elif not os.access(standing, os.W_OK | os.X_OK):
        yield lines.problem(f"{standing} cannot be written", "recordings", "directory")


def _prompt_problems(catalogue: Catalogue, settings: MediaSettings, lines: Lines) -> Iterator[Problem]:
    """Check the prompts that this file names, and the clips of the numbers, which every flow may use."""
    for key in ("music", "announcement"):
        name = getattr(settings.unattended, key)
        if name is None:
            continue
        try:
            check(catalogue.file(name))
        except PromptError as error:
            yield lines.problem(str(error), "unattended", key)
    for text in catalogue.problems(()):
        yield lines.problem(text, "prompts", "language")
    for index, language in enumerate(settings.prompts.languages):
        try:
            for text in catalogue.problems((), language):
                yield lines.problem(f"{language}: {text}", "prompts", "languages", index)
        except PromptError as error:
            yield lines.problem(str(error), "prompts", "languages", index)


def _accounts_of(
    port: PortSettings,
    index: int,
    lines: Lines,
    environment: Mapping[str, str],
    accounts: dict[str, PortAccount],
) -> Iterator[Problem]:
    numbers = expand_numbers(port.number)
    if port.user is not None and len(numbers) > 1:
        yield lines.problem("cannot be given for a range: each port has its number as user", "ports", index, "user")
    passwords = _passwords(port, lines, index, environment)
    if isinstance(passwords, Problem):
        yield passwords
        passwords = {}
    elif missing := [number for number in numbers if number not in passwords and "" not in passwords]:
        yield lines.problem(f"has no password for {', '.join(missing)}", "ports", index, "password_file")
    for number in numbers:
        if number in accounts:
            yield lines.problem(f"{number} is given twice", "ports", index, "number")
        password = passwords.get(number, passwords.get("", ""))
        accounts[number] = PortAccount(number, port.user or number, password)


def _passwords(
    port: PortSettings, lines: Lines, index: int, environment: Mapping[str, str]
) -> dict[str, str] | Problem:
    """Give password by number; the key "" stands for every number."""
    if (port.password_file is None) == (port.password_env is None):
        return lines.problem("needs either password_file or password_env", "ports", index)
    if port.password_env is not None:
        password = environment.get(port.password_env, "")
        if not password:
            return lines.problem(f"environment variable {port.password_env} is not set", "ports", index, "password_env")
        return {"": password}
    read = _read_passwords(lines.file.parent / (port.password_file or ""))
    return lines.problem(read, "ports", index, "password_file") if isinstance(read, str) else read


def _read_passwords(file: Path) -> dict[str, str] | str:
    """Give the passwords in a file, or say what is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        return f"{file} cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        return f"{file} is not UTF-8 text"
    passwords = parse_passwords(text)
    return passwords if passwords is not None else f"{file}: give one password, or lines of the form NUMBER: PASSWORD"


def parse_passwords(text: str) -> dict[str, str] | None:
    """Read a password file: one line with the password of every port (key ""), or lines ``NUMBER: PASSWORD``.

    Empty lines and lines that begin with ``#`` are passed over; ``None`` where it is neither.
    """
    rows = [row.strip() for row in text.splitlines()]
    rows = [row for row in rows if row and not row.startswith("#")]
    pairs = [re.fullmatch(r"([0-9*#+]{1,32})\s*:\s*(\S.*)", row) for row in rows]
    if rows and all(pairs):
        return {pair[1]: _unquoted(pair[2]) for pair in pairs if pair is not None}
    return {"": rows[0]} if len(rows) == 1 else None


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
