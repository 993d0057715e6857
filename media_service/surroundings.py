"""What every call of a service uses: the SIP side, the packet engine, prompts, recordings, and the clients to tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from media_service.control.messages import FromService, Utterance
from media_service.engine.interface import MediaEngine, Sound
from media_service.sound.recordings import Recordings
from media_service.speech.ports import Recogniser
from sip.events import Leg

if TYPE_CHECKING:
    from media_service.call import Call

Headers = Sequence[tuple[str, str]]
Log = structlog.stdlib.BoundLogger


def _log() -> Log:
    """Made once: each call binds its own facts to it, which costs a tenth of making one."""
    return cast("Log", structlog.get_logger().bind())


class SipLegs(Protocol):
    """What a call asks of the SIP side."""

    def early(self, leg: Leg, sdp: bytes) -> None:
        """Send 183 with SDP."""

    def accept(self, leg: Leg, sdp: bytes) -> None:
        """Answer with 200."""

    def hangup(self, leg: Leg) -> None:
        """BYE, CANCEL, or 480 before the answer."""

    def refuse(self, leg: Leg, status: int, reason: str, headers: Headers = ()) -> None:
        """Refuse a call that rings."""

    def accept_offer(self, leg: Leg, sdp: bytes) -> None:
        """Answer a re-INVITE."""

    def refuse_offer(self, leg: Leg, status: int) -> None:
        """Refuse a re-INVITE; the call stays as it was."""

    def transfer(self, leg: Leg, target: str, host: str) -> None:
        """Send REFER to a number or SIP URI; ``host`` is the number's where the settings name no domain.

        Raises:
            SipError: the target is none, or the call's state does not allow it.
        """

    def connect(self, leg: Leg, consultation: Leg) -> None:
        """Send REFER with Replaces; raises as `transfer`."""


class Speaker(Protocol):
    """Gives the sounds of utterances in a language (empty: the service's own); fails with `PromptError`.

    Fired already where nothing has to be made first.
    """

    def __call__(self, utterances: tuple[Utterance, ...], language: str) -> Deferred[tuple[Sound, ...]]:
        """Give the sounds, in order."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every call of a service uses; ``find`` gives the call of a session that lives."""

    reactor: ReactorBase
    clock: Callable[[], float]
    engine: MediaEngine
    sip: SipLegs
    speak: Speaker
    tell: Callable[[FromService], None]
    find: Callable[[str], "Call | None"]
    recordings: Recordings
    recogniser: Recogniser | None = None
    in_band_digits: bool = True
    log: Log = field(default_factory=_log)
