"""Which verbs a session has been given and how they ended, so that none is carried out twice."""

from collections import OrderedDict
from typing import Final

from media_service.control.messages import VerbResult

MAX_VERBS: Final = 2000
"""Verbs remembered per session; beyond it the oldest are forgotten."""


class Outcomes:
    """The verbs of one session in the order of their coming."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, VerbResult | None] = OrderedDict()

    def __contains__(self, verb_id: str) -> bool:
        """Whether the verb has come before."""
        return verb_id in self._by_id

    @property
    def last(self) -> str | None:
        """The verb that came last."""
        return next(reversed(self._by_id), None)

    def result(self, verb_id: str) -> VerbResult | None:
        """How the verb ended; ``None`` while it is under way or unknown."""
        return self._by_id.get(verb_id)

    def begun(self, verb_id: str) -> None:
        """A verb has come for the first time."""
        self._by_id[verb_id] = None
        if len(self._by_id) > MAX_VERBS:
            self._by_id.popitem(last=False)

    def ended(self, verb_id: str, result: VerbResult) -> None:
        """The verb ended."""
        if verb_id in self._by_id:
            self._by_id[verb_id] = result
