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
        RequestTimedOut       it did not answer in time
        LinkLost              the link went down before it answered
        FrameError            its bytes are no frames; the link cannot go on
        MessageError      a frame whose contents are no message that we can take
```
"""


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


class RequestTimedOut(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The peer did not answer a request in time."""


class LinkLost(RemoteError):  # noqa: N818 - says what happened to a request, like StopIteration
    """The link is down, so the request has no answer."""


class FrameError(RemoteError):
    """The bytes on the link are no frames; the text says what they look like."""


class MessageError(RemoteError):
    """The contents of a frame are no message that can be taken; ``root`` is its root element where there is one."""

    def __init__(self, text: str, root: str = "") -> None:
        super().__init__(text)
        self.root = root
