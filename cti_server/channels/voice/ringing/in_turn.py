"""Offers of one contact to several agents at once, where the PBX rings one phone at a time: they ring in turn."""

from collections.abc import Callable
from typing import Final

from cti_server.channels.base import Submit
from cti_server.channels.voice.view import View
from cti_server.vocabulary.commands import ReportOfferFailed
from cti_server.vocabulary.effects import MoveToAgent, WithdrawOffer
from cti_server.vocabulary.ids import LinkName, OfferId
from cti_server.vocabulary.values import OfferOutcome
from program.clock import Clock, Timer

MARGIN: Final = 0.5
"""Seconds before its deadline at which an offer whose turn never came is given back: it was not its agent's silence."""


class InTurn:
    """The wishes whose phones are still to ring, by offer."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        view: Callable[[LinkName], View | None],
        move: Callable[[MoveToAgent], None],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._view = view
        self._move = move
        self._waiting: dict[OfferId, tuple[MoveToAgent, Timer]] = {}

    def takes(self, wish: MoveToAgent) -> bool:
        """Whether another offer of the contact comes first; then this one waits for its turn."""
        view = self._view(wish.call.link)
        contact = None if view is None else view.state.contacts.get(wish.contact)
        offer = None if view is None else view.state.offers.get(wish.offer)
        if contact is None or offer is None or contact.offer in {None, wish.offer}:
            return False
        if wish.offer not in self._waiting:
            pause = max(0.0, offer.deadline - self._clock.now() - MARGIN)
            self._waiting[wish.offer] = (wish, self._clock.call_later(pause, lambda: self._never_came(wish)))
        return True

    def withdraw(self, effect: WithdrawOffer) -> None:
        """The offer is over; if another one of the contact is open, its phone rings now."""
        gone = self._forget(effect.offer)
        link = None if gone is None else gone.call.link
        found = [wish for wish, _ in self._waiting.values() if wish.contact == effect.contact]
        for wish in found:
            view = self._view(link or wish.call.link)
            contact = None if view is None else view.state.contacts.get(wish.contact)
            if contact is not None and contact.offer == wish.offer:
                self._forget(wish.offer)
                self._move(wish)
                return

    def _never_came(self, wish: MoveToAgent) -> None:
        self._waiting.pop(wish.offer, None)
        reason = "the PBX rings one phone at a time, and its turn did not come"
        self._submit(
            ReportOfferFailed(cause=wish.cause, offer=wish.offer, outcome=OfferOutcome.CALL_NOT_MOVED, reason=reason)
        )

    def _forget(self, offer: OfferId) -> MoveToAgent | None:
        wish, timer = self._waiting.pop(offer, (None, None))
        if timer is not None and timer.active():
            timer.cancel()
        return wish
