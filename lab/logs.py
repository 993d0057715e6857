"""The lab's log: one line for each event on standard error, as JSON or readable text."""

import logging
import sys
from typing import Any, Protocol

import structlog


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
        cache_logger_on_first_use=False,
    )


def logger(**bound: str) -> Log:
    """Return a logger whose lines carry ``bound``."""
    log: Log = structlog.get_logger().bind(**bound)
    return log
