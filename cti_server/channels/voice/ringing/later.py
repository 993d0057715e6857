"""Offers whose call could not be moved are given back after a moment, a longer one each time: no fast loop."""

from collections.abc import Callable
from typing import Final

from cti_server.channels.base import Submit
from cti_server.channels.voice.view import View
from cti_server.vocabulary.commands import ReportOfferFailed
from cti_server.vocabulary.effects import MoveToAgent
from cti_server.vocabulary.ids import ContactId, LinkName
from cti_server.vocabulary.values import OfferOutcome
from program.clock import Clock

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
RING_MARGIN: Final = 0.5


class Later:
    """How often each contact's call was moved in vain."""

    def __init__(self, *, clock: Clock, submit: Submit, view: Callable[[LinkName], View | None]) -> None:
        self._clock = clock
        self._submit = submit
        self._view = view
        self._in_vain: dict[ContactId, int] = {}

    def moved(self, contact: ContactId) -> None:
        """The contact's call can be moved after all."""
        self._in_vain.pop(contact, None)

    def report(self, wish: MoveToAgent, reason: str) -> None:
        """Hold the offer for a moment, and then report that its call was not moved.

        The offer's own time must not run out meanwhile: that would be taken for the agent's silence.
        """
        view = self._view(wish.call.link)
        offer = None if view is None else view.state.offers.get(wish.offer)
        if view is None or offer is None:
            return
        self._in_vain = {one: count for one, count in self._in_vain.items() if one in view.state.contacts}
        count = self._in_vain.get(wish.contact, 0)
        self._in_vain[wish.contact] = count + 1
        pause = min(
            FIRST_PAUSE * 2.0 ** min(count, 10), LONGEST_PAUSE, offer.deadline - self._clock.now() - RING_MARGIN
        )
        report = ReportOfferFailed(
            cause=wish.cause, offer=wish.offer, outcome=OfferOutcome.CALL_NOT_MOVED, reason=reason
        )
        self._clock.call_later(max(0.0, pause), lambda: self._submit(report))
