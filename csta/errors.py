"""Everything that csta raises.

```
CstaError
    LocalError            we broke a rule
        EncodeError           a message that must not be sent: incomplete, an unknown word, a forbidden character
        FrameTooLargeError         a message that no strict peer could take
        SessionError          a call on the session that its state forbids
            TooManyRequestsError       the window and its queue are full
    RemoteError           the peer broke a rule, refused or went away
        ServiceRefused        it answered with CSTAErrorCode
        RequestRejected       it could not make sense of the request
        RequestTimedOut       it did not answer in time
        LinkLost              the link went down before it answered
        FrameError            its bytes are no frames; the link cannot go on
        MessageError      a frame whose contents are no message that we can take
```
"""

from typing import Final


class CstaError(Exception):
    """Root of all errors of this package."""


class LocalError(CstaError):
    """Our own side broke a rule."""


class EncodeError(LocalError):
    """The message must not be sent as it is; the text names the element."""


class FrameTooLargeError(LocalError):
    """The message does not fit a frame of 65535 bytes (ECMA-323 annex G.2)."""


class SessionError(LocalError):
    """The session's state forbids the call."""


class TooManyRequestsError(SessionError):
    """So many requests wait for answers that no more are taken."""


class RemoteError(CstaError):
    """The peer broke a rule, refused or went away."""


class ServiceRefused(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The peer answered with an error (CSTAErrorCode): ``category`` and ``value`` are its words."""

    def __init__(self, category: str, value: str) -> None:
        super().__init__(f"refused: {category}/{value}" if value else f"refused: {category}")
        self.category = category
        self.value = value


class RequestRejected(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The peer could not make sense of a message: ROSE's reject (X.880), with the problem's kind and number."""

    def __init__(self, problem: str, number: int) -> None:
        word = _PROBLEMS.get((problem, number), str(number))
        super().__init__(f"rejected by the peer: {problem} problem, {word}")
        self.problem = problem
        self.number = number


_PROBLEMS: Final = {
    ("general", 0): "unrecognizedAPDU",
    ("general", 1): "mistypedAPDU",
    ("general", 2): "badlyStructuredAPDU",
    ("invoke", 0): "duplicateInvocation",
    ("invoke", 1): "unrecognizedOperation",
    ("invoke", 2): "mistypedArgument",
    ("invoke", 3): "resourceLimitation",
    ("invoke", 4): "initiatorReleasing",
    ("result", 0): "unrecognizedInvocation",
    ("result", 1): "resultResponseUnexpected",
    ("result", 2): "mistypedResult",
    ("error", 0): "unrecognizedInvocation",
    ("error", 1): "errorResponseUnexpected",
    ("error", 2): "unrecognizedError",
    ("error", 3): "unexpectedError",
    ("error", 4): "mistypedParameter",
}


class RequestTimedOut(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The peer did not answer a request in time."""


class LinkLost(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The link is down, so the request has no answer."""


class FrameError(RemoteError):
    """The bytes on the link are no frames; the text says what they look like."""


class MessageError(RemoteError):
    """The contents of a frame are no message that can be taken.

    ``root`` is its root element where there is one, ``invoke_id`` its invoke ID where the message itself told it.
    """

    def __init__(self, text: str, root: str = "", invoke_id: int | None = None) -> None:
        super().__init__(text)
        self.root = root
        self.invoke_id = invoke_id
