"""Faults of the packet engine."""


class EngineError(Exception):
    """The engine cannot do what was asked: no UDP port is free, or it has stopped."""
