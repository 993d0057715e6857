"""The log: one line for each event on standard error, ours and Twisted's, as JSON or readable text."""

import logging
import sys
from typing import Final, cast

import structlog
from structlog.typing import Processor
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from twisted.python.failure import Failure

_LEVELS: Final = {
    LogLevel.debug: "debug",
    LogLevel.info: "debug",  # Twisted tells of each socket at this level; we tell what matters ourselves
    LogLevel.warn: "warning",
    LogLevel.error: "error",
    LogLevel.critical: "error",
}


def set_up(level: str, form: str) -> None:
    """Write log lines of ``level`` (debug, info, warning, error) and above, as ``json`` or ``text``."""
    render: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
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
    globalLogBeginner.beginLoggingTo(
        [cast("ILogObserver", _twisted_line)], redirectStandardIO=False, discardBuffer=False
    )


def _twisted_line(event: LogEvent) -> None:
    """Write what Twisted and the rooms on it log, defects with their trace."""
    level = _LEVELS.get(event.get("log_level", LogLevel.info), "info")
    facts: dict[str, object] = {"source": str(event.get("log_namespace", "twisted"))}
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        facts["trace"] = failure.getTraceback()
    getattr(structlog.get_logger(), level)(formatEvent(event), **facts)
