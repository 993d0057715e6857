"""All sessions of a media service: those that live, and what became of the verbs of those that ended."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from media_service.control.messages import VerbEnded, VerbResult
from media_service.ivr.outcomes import Outcomes
from media_service.ivr.session import CallSession

MAX_PAST: Final = 1000
"""Ended sessions whose verbs are remembered, for a client that sends a verb again after a restart."""


class Sessions:
    """Sessions by their identity."""

    def __init__(self) -> None:
        self._live: dict[str, CallSession] = {}
        self._past: OrderedDict[str, Outcomes] = OrderedDict()

    def __iter__(self) -> Iterator[CallSession]:
        """Give the live sessions in the order of their arrival."""
        return iter(tuple(self._live.values()))

    def __len__(self) -> int:
        """Count the live sessions."""
        return len(self._live)

    def get(self, session_id: str) -> CallSession | None:
        """Give a live session."""
        return self._live.get(session_id)

    def add(self, session: CallSession) -> None:
        """A call arrived."""
        self._live[session.arrival.session] = session

    def end(self, session: CallSession) -> None:
        """A call is over; how its verbs ended stays known for the last `MAX_PAST` sessions."""
        if self._live.pop(session.arrival.session, None) is None and session.outcomes.last is None:
            return
        self._past[session.arrival.session] = session.outcomes
        self._forget_oldest()

    def never(self, session_id: str, verb_id: str, result: VerbResult) -> None:
        """A call was not placed: the wish is answered the same way when it comes again."""
        outcomes = self._past.setdefault(session_id, Outcomes())
        outcomes.begun(verb_id)
        outcomes.ended(verb_id, result)
        self._forget_oldest()

    def knows(self, session_id: str) -> bool:
        """Whether the session lives, or lived not long ago."""
        return session_id in self._live or session_id in self._past

    def answer_again(self, verb_id: str, session_id: str) -> VerbEnded | None:
        """Answer a wish for a session that is known: as recorded; ``None`` while it is under way."""
        live = self._live.get(session_id)
        outcomes = live.outcomes if live is not None else self._past.get(session_id)
        if outcomes is None or verb_id not in outcomes:
            result: VerbResult | None = VerbResult("failed", detail="another session has that name")
        else:
            result = outcomes.result(verb_id)
        return None if result is None else VerbEnded(id=verb_id, session=session_id, outcome=result)

    def answer_for_absent(self, verb_id: str, session_id: str) -> VerbEnded:
        """Answer a verb for a session that does not live: as recorded where it was carried out, else ``failed``."""
        outcomes = self._past.get(session_id)
        result = outcomes.result(verb_id) if outcomes is not None else None
        if result is None:
            detail = "the call is over" if outcomes is not None else "no such session"
            result = VerbResult("failed", detail=detail)
        return VerbEnded(id=verb_id, session=session_id, outcome=result)

    def _forget_oldest(self) -> None:
        if len(self._past) > MAX_PAST:
            self._past.popitem(last=False)
