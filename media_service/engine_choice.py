"""Which packet engine moves the audio: the native core where it is installed, else its twin in Python."""

from enum import StrEnum
from importlib import import_module

from twisted.internet.base import ReactorBase

from media_service.engine.errors import EngineError
from media_service.engine.interface import MediaEngine
from media_service.engine.pure.engine import PureEngine


class EngineKind(StrEnum):
    """What the settings ask for."""

    AUTO = "auto"
    NATIVE = "native"
    PURE = "pure"


def native_fault() -> str:
    """Why there is no native core on this machine; empty where there is one."""
    try:
        import_module("media_service.engine.native.numbers")  # as much as an old core would not have
    except ImportError as error:
        return str(error)
    return ""


def settle(wanted: EngineKind) -> EngineKind:
    """``native`` or ``pure``; raises `EngineError` where the native core is wanted and not there."""
    fault = "" if wanted is EngineKind.PURE else native_fault()
    if wanted is EngineKind.NATIVE and fault:
        raise EngineError(f"the native packet core is not installed: {fault}")
    return EngineKind.PURE if fault or wanted is EngineKind.PURE else EngineKind.NATIVE


def describe(wanted: EngineKind) -> str:
    """One line for people: which engine it will be, and why; raises as `settle`."""
    if settle(wanted) is EngineKind.NATIVE:
        from media_service.engine.native.numbers import capabilities  # noqa: PLC0415 - may be absent

        return f"{capabilities().detail}, packets on threads of their own"
    if wanted is EngineKind.PURE:
        return "pure (Python, a process of its own), as the settings say"
    return f"pure (Python, a process of its own), for there is no native core: {native_fault()}"


def make_engine(wanted: EngineKind, reactor: ReactorBase, host: str, ports: range, *, threads: int = 1) -> MediaEngine:
    """The engine, not started; raises `EngineError` as `settle` and for a host or range that cannot work.

    ``threads`` is for the native core: packet threads, one for each processor core that may be busy with packets.
    """
    if settle(wanted) is EngineKind.PURE:
        return PureEngine(reactor, host, ports)
    from media_service.engine.native.engine import NativeEngine  # noqa: PLC0415 - may be absent

    return NativeEngine(reactor, host, ports, threads)
