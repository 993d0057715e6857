"""Sets up a program's log: one structured line per entry, JSON for machines or plain text for people."""

import logging
import sys
from pathlib import Path
from typing import Any, Final, Protocol, TextIO, cast

import structlog
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from twisted.python.failure import Failure

from program.levels import IN_FORCE, RoomLogger
from program.levels import LEVELS as _LEVELS

_OF_TWISTED: Final = {LogLevel.warn: "warning", LogLevel.error: "error", LogLevel.critical: "error"}
"""Twisted tells of every socket at its level info; what matters of that the rooms tell themselves: it becomes debug."""


class Log(Protocol):
    """What a room needs of a structlog logger."""

    def debug(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - any fact can be logged
        """Tell what only a search for a fault needs."""

    def info(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what happens."""

    def warning(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what was survived."""

    def error(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what failed."""

    def critical(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what ends the program, or what nobody expected."""


def logger(**bound: str) -> Log:
    """A logger whose lines carry ``bound``."""
    log: Log = structlog.get_logger().bind(**bound)
    return log


def set_up(*, level: str = "info", form: str = "text", file: Path | None = None) -> None:
    """Send all log lines of this process, Twisted's among them, where `configure` says; called once per process.

    Raises:
        ValueError: the level or form is none of those that `configure` knows.
        OSError: the file cannot be opened.
    """
    configure(level=level, form=form, file=file)
    # Any callable is an observer; ILogObserver is a zope interface, which the type checker cannot read. What Twisted
    # logged before this is not lost: it is handed over now.
    globalLogBeginner.beginLoggingTo(
        [cast("ILogObserver", _from_twisted)], redirectStandardIO=False, discardBuffer=False
    )


def configure(*, level: str = "info", form: str = "text", file: Path | None = None) -> TextIO:
    """Send the log lines of the house and of its libraries to ``file``, or to standard error; gives the stream.

    Args:
        level: ``debug``, ``info``, ``warning``, ``error`` or ``critical``; lesser entries are dropped.
        form: ``json`` or ``text``.
        file: appended to; its folder is made where it is missing.

    Raises:
        ValueError: the level or form is none of these.
        OSError: the file cannot be opened.
    """
    if level not in _LEVELS:
        raise ValueError(f"log level {level!r} is none of {', '.join(_LEVELS)}")
    if form not in {"json", "text"}:
        raise ValueError(f"log format {form!r} is neither json nor text")
    stream = _open(file)
    IN_FORCE.configure(_LEVELS[level])
    structlog.configure(
        processors=[
            IN_FORCE.sift,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # The trace as text: one that is taken apart would have local variables in it, passwords among them.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str) if form == "json" else render_text,
        ],
        wrapper_class=RoomLogger,
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(_LEVELS[level], logging.WARNING))
    return stream


def render_text(_logger: object, _method: str, entry: structlog.typing.EventDict) -> str:
    """One entry as a line: time, level, what happened, then the facts as ``name=value``; a trace follows on its own."""
    when = str(entry.pop("timestamp", ""))
    level = str(entry.pop("level", ""))
    text = _on_one_line(entry.pop("event", ""))
    trace = entry.pop("exception", None)
    facts = " ".join(f"{name}={_plain(value)}" for name, value in entry.items())
    line = f"{when[:23]}Z {level:<8} {text}" + (f"  {facts}" if facts else "")
    return line if trace is None else f"{line}\n{trace}"


def _plain(value: object) -> str:
    text = _on_one_line(value)
    return f'"{text}"' if " " in text or not text else text


def _on_one_line(value: object) -> str:
    """Hostile text must neither begin a line of its own nor steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def _open(file: Path | None) -> TextIO:
    if file is None:
        return sys.stderr
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)


class _ToStructlog(logging.Handler):
    """Carries what libraries write with the standard logging module into the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = f"{record.msg} {record.args}"  # a library's format does not fit its facts: both as they are
        known = max(number for number in _LEVELS.values() if number <= max(record.levelno, logging.DEBUG))
        structlog.get_logger(source=record.name).log(known, text, exc_info=record.exc_info or None)


def _from_twisted(event: LogEvent) -> None:
    """Write what Twisted and the rooms on it log, defects with their trace."""
    facts: dict[str, object] = {"source": str(event.get("log_namespace", "twisted"))}
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        facts["reason"] = failure.getErrorMessage()
        facts["exception"] = failure.getTraceback()
    write = getattr(structlog.get_logger(), _OF_TWISTED.get(event.get("log_level", LogLevel.info), "debug"))
    write(formatEvent(event) or "twisted", **facts)
