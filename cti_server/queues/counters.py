"""A queue's running counts; every one is a count of journaled events, so that a recount gives the same."""

from dataclasses import dataclass

from cti_server.vocabulary.values import Disposition


@dataclass(slots=True)
class QueueCounters:
    """``received`` = ``answered`` + ``abandoned`` + ``disconnected`` + ``lost`` + those who still wait.

    ``answered`` is booked when the agent answers, the others when the call ends. ``offers`` counts rings,
    ``unanswered`` those of them that ended without an answer while the caller was still there.
    """

    received: int = 0
    answered: int = 0
    abandoned: int = 0
    disconnected: int = 0
    lost: int = 0
    offers: int = 0
    unanswered: int = 0

    def book_end(self, disposition: Disposition) -> None:
        """Book a contact that ended before it was answered."""
        match disposition:
            case Disposition.ABANDONED:
                self.abandoned += 1
            case Disposition.DISCONNECTED:
                self.disconnected += 1
            case _:
                self.lost += 1
