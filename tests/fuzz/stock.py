"""Messages at hand for the sessions that are fuzzed: what we ask, notice and tell, and answers to every service."""

from typing import Final

from csta.codec import xml
from csta.codec.xml import ED4
from csta.errors import EncodeError
from csta.messages import Event, Notice, Request, Response
from csta.messages.application_session import (
    ResetApplicationSessionTimerPosResponse,
    StartApplicationSessionPosResponse,
    StopApplicationSessionPosResponse,
)
from csta.messages.base import Message
from tests.unit.csta.ber_samples import IN_BER, sample


def _in_xml(message: Message) -> bool:
    try:
        xml.encode(message)
    except EncodeError:
        return False
    return True


_OF: Final[dict[type[Message], Message]] = {
    shape.type: message for shape in IN_BER if _in_xml(message := sample(shape))
}
"""Those that both encodings can say."""


def _of(root: type[Message], most: int) -> list[Message]:
    found = [message for type_, message in _OF.items() if issubclass(type_, root)]
    return found[:: max(1, len(found) // most)][:most]


REQUESTS: Final = [message for message in _of(Request, 24) if isinstance(message, Request)]
NOTICES: Final = [message for message in _of(Notice, 8) if isinstance(message, Notice)]
EVENTS: Final = [message for message in _of(Event, 24) if isinstance(message, Event)]


ANSWERS: Final[dict[type[Response], Response]] = {
    **{type(message): message for message in _OF.values() if isinstance(message, Response)},
    StartApplicationSessionPosResponse: StartApplicationSessionPosResponse(
        session_id="7", actual_protocol_version=ED4, actual_session_duration=30
    ),
    ResetApplicationSessionTimerPosResponse: ResetApplicationSessionTimerPosResponse(actual_session_duration=30),
    StopApplicationSessionPosResponse: StopApplicationSessionPosResponse(),
}
