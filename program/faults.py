"""Makes sure that no exception of a process goes unseen: one loud log entry with its trace each."""

import asyncio
import sys
import threading
from types import TracebackType
from typing import Any

import structlog


def install(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Route exceptions that nobody caught, on any thread or on ``loop``, into the log."""
    sys.excepthook = _main_thread
    threading.excepthook = _other_thread
    if loop is not None:
        loop.set_exception_handler(_event_loop)


def _main_thread(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, fault, trace)
        return
    structlog.get_logger().critical("uncaught exception", exc_info=(kind, fault, trace))


def _other_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None:
        return
    name = args.thread.name if args.thread is not None else "?"
    info = (args.exc_type, args.exc_value, args.exc_traceback)
    structlog.get_logger().critical("uncaught exception in a thread", thread=name, exc_info=info)


def _event_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    text = str(context.get("message", "event loop fault"))
    fault = context.get("exception")
    if isinstance(fault, BaseException):
        structlog.get_logger().critical(text, exc_info=(type(fault), fault, fault.__traceback__))
    else:
        structlog.get_logger().critical(text)
