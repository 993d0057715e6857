"""Faults of the control door: `ControlError` > `FrameError`."""

from media_service.control.messages import FromClient, FromService


class ControlError(Exception):
    """Root of the control door's faults."""


class FrameError(ControlError):
    """Bytes that are no frame, or a message too long for one.

    ``before`` holds the messages that stood complete in front of the fault.
    """

    def __init__(self, text: str, before: tuple[FromClient | FromService, ...] = ()) -> None:
        super().__init__(text)
        self.before = before
