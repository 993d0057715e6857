"""What the switch answers to a service request, and its refusals."""

from collections.abc import Callable, Mapping
from typing import Any

from csta.messages import ErrorResponse, Request, Response

Answer = Response | ErrorResponse
Deed = Callable[[], None]
"""What follows a positive response: its events come after the response on the wire."""
Outcome = tuple[Answer, Deed]
Table = Mapping[type[Request], Callable[[Any], Outcome]]
"""Who performs which request."""

NOT_SUPPORTED = ErrorResponse(category="operation", value="serviceNotSupported")
NO_SUCH_DEVICE = ErrorResponse(category="operation", value="invalidDeviceID")
NO_SUCH_CONNECTION = ErrorResponse(category="operation", value="invalidConnectionID")
NO_SUCH_DESTINATION = ErrorResponse(category="operation", value="invalidDestination")
NO_SUCH_CALLER = ErrorResponse(category="operation", value="invalidCallingDeviceID")
NO_SUCH_CALLED = ErrorResponse(category="operation", value="invalidCalledDeviceID")
WRONG_PARAMETER = ErrorResponse(category="operation", value="invalidParameterValue")
WRONG_STATE = ErrorResponse(category="stateIncompatibility", value="invalidConnectionState")
NO_CALL_TO_ANSWER = ErrorResponse(category="stateIncompatibility", value="noCallToAnswer")
OUT_OF_SERVICE = ErrorResponse(category="systemResourceAvailability", value="deviceOutOfService")
WRONG_AGENT = ErrorResponse(category="operation", value="invalidAgentIdentifier")
WRONG_AGENT_STATE = ErrorResponse(category="operation", value="invalidAgentState")


def nothing() -> None:
    """No events follow."""


def refused(answer: ErrorResponse) -> Outcome:
    """A refusal: nothing follows it."""
    return answer, nothing
