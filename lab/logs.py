"""The lab's log: one line for each event on standard error, as JSON or readable text; Twisted's lines among them."""

import logging
import sys
from typing import Any, Final, Protocol, cast

import structlog
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from twisted.python.failure import Failure


class Log(Protocol):
    """What the lab needs of a structlog logger."""

    def debug(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - any fact can be logged
        """Tell what only a search for a fault needs."""

    def info(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what happens."""

    def warning(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what was survived."""

    def error(self, event: str, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what failed."""


# Twisted tells of every socket it opens at info; what matters of that the lab tells itself.
_LEVEL_OF: Final = {LogLevel.warn: "warning", LogLevel.error: "error", LogLevel.critical: "error"}


def set_up(level: str, log_format: str) -> None:
    """Write lines from ``level`` on to standard error; ``log_format`` is ``json`` or ``text``."""
    render: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if log_format == "text":
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Any callable is an observer; ILogObserver is a zope interface, which the type checker cannot read.
    globalLogBeginner.beginLoggingTo([cast("ILogObserver", _twisted)], redirectStandardIO=False, discardBuffer=False)


def logger(**bound: str) -> Log:
    """Return a logger whose lines carry ``bound``."""
    log: Log = structlog.get_logger().bind(**bound)
    return log


def _twisted(event: LogEvent) -> None:
    facts: dict[str, object] = {"source": str(event.get("log_namespace", "twisted"))}
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        facts["trace"] = failure.getTraceback()
    getattr(structlog.get_logger(), _LEVEL_OF.get(event["log_level"], "debug"))(formatEvent(event), **facts)
