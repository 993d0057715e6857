"""All sessions of a media service: those that live, and what became of the verbs of those that ended."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from media_service.control.messages import Verb, VerbEnded, VerbResult
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
        if self._live.pop(session.arrival.session, None) is None:
            return
        self._past[session.arrival.session] = session.outcomes
        if len(self._past) > MAX_PAST:
            self._past.popitem(last=False)

    def answer_for_absent(self, verb: Verb) -> VerbEnded:
        """Answer a verb for a session that does not live: as recorded where it was carried out, else ``failed``."""
        outcomes = self._past.get(verb.session)
        result = outcomes.result(verb.id) if outcomes is not None else None
        if result is None:
            detail = "the call is over" if outcomes is not None else "no such session"
            result = VerbResult("failed", detail=detail)
        return VerbEnded(id=verb.id, session=verb.session, outcome=result)
