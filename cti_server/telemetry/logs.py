"""Set up the program's log: one structured line per entry, JSON for machines or plain text for people."""

import logging
import sys
from pathlib import Path
from typing import TextIO, cast

import structlog
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogBeginner

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_TWISTED_FLOOR = (LogLevel.warn, LogLevel.error, LogLevel.critical)


def configure(*, level: str = "info", form: str = "text", file: Path | None = None) -> TextIO:
    """Send all log lines of this process to ``file``, or to standard error where there is none; gives the stream.

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
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if form == "json" else structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str) if form == "json" else render_text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(_LEVELS[level], logging.WARNING))
    return stream


def follow_twisted() -> None:
    """Put Twisted's own warnings and unhandled errors into the log; to be called once per process."""
    globalLogBeginner.beginLoggingTo(
        [cast("ILogObserver", _from_twisted)], redirectStandardIO=False, discardBuffer=True
    )


def render_text(_logger: object, _method: str, entry: structlog.typing.EventDict) -> str:
    """One entry as a line: time, level, what happened, then the facts as ``name=value``; a trace follows on its own."""
    when = str(entry.pop("timestamp", ""))
    level = str(entry.pop("level", ""))
    text = str(entry.pop("event", ""))
    trace = entry.pop("exception", None)
    facts = " ".join(f"{name}={_plain(value)}" for name, value in entry.items())
    line = f"{when[:23]}Z {level:<8} {text}" + (f"  {facts}" if facts else "")
    return line if trace is None else f"{line}\n{trace}"


def _plain(value: object) -> str:
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))
    return f'"{text}"' if " " in text or not text else text


def _open(file: Path | None) -> TextIO:
    if file is None:
        return sys.stderr
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", encoding="utf-8", buffering=1)


class _ToStructlog(logging.Handler):
    """Carries what libraries write with the standard logging module into the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(source=record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


def _from_twisted(event: LogEvent) -> None:
    level = event.get("log_level")
    if level not in _TWISTED_FLOOR:
        return
    log = structlog.get_logger(source=str(event.get("log_namespace", "twisted")))
    failure = event.get("log_failure")
    trace = {"exception": failure.getTraceback()} if failure is not None else {}
    text = event.get("log_format") or "twisted"
    summary = failure.getErrorMessage() if failure is not None else ""
    report = log.warning if level is LogLevel.warn else log.error
    report(str(text), summary=summary, **trace)
