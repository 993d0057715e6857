"""What an application on a shared link is answered where the switch cannot be asked, or has no answer of its own."""

from typing import Final

from csta.errors import EncodeError, FrameTooLargeError, RequestRejected, ServiceRefused, TooManyRequestsError
from csta.failures import is_known
from csta.messages import ErrorResponse

NO_SUCH_MONITOR: Final = ErrorResponse(category="operation", value="invalidMonitorCrossRefID")
NO_SUCH_REGISTRATION: Final = ErrorResponse(category="operation", value="invalidRouteRegistrationCrossRefID")
NOT_OFFERED: Final = ErrorResponse(category="operation", value="serviceNotSupported")
TOO_MANY_MONITORS: Final = ErrorResponse(category="systemResourceAvailability", value="overallMonitorLimitExceeded")
TOO_MANY_REQUESTS: Final = ErrorResponse(category="subscribedResourceAvailability", value="outstandingReqLimitExceeded")
NO_ANSWER: Final = ErrorResponse(category="systemResourceAvailability", value="resourceOutOfService")
"""The link to the switch is down, or the switch does not answer."""
WAITED_TOO_LONG: Final = ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
"""So many requests were before this one that its application waits for it no more."""
_CANNOT_BE_SENT: Final = ErrorResponse(category="operation", value="invalidParameterValue")
_NOT_UNDERSTOOD: Final = ErrorResponse(category="operation", value="generic")
_UNRECOGNISED_OPERATION: Final = ("invoke", 1)


def error_of(answer: object) -> ErrorResponse:
    """Give the answer for an application where the switch refused, or something else became of the request.

    ``answer`` is an `ErrorResponse`, or one of the errors of `csta.transport.Link.request`.
    """
    match answer:
        case ErrorResponse():
            return answer
        case ServiceRefused(category=category, value=value):
            # What no standard knows cannot be told on to an application.
            return ErrorResponse(category=category, value=value) if is_known(category, value) else _NOT_UNDERSTOOD
        case RequestRejected(problem=problem, number=number):
            return NOT_OFFERED if (problem, number) == _UNRECOGNISED_OPERATION else _NOT_UNDERSTOOD
        case TooManyRequestsError():
            return TOO_MANY_REQUESTS
        case EncodeError() | FrameTooLargeError():
            return _CANNOT_BE_SENT
    return NO_ANSWER
