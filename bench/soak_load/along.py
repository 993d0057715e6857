"""Phones that ring at once for one caller, who stays at their media port: each rings by a call of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.soak_load.calls import Call
from bench.soak_load.outside import Outside
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, OfferId
from cti_server.vocabulary.values import CallRef, OfferOutcome

ALERT_SECONDS: Final = 0.5
IN_TURN_SECONDS: Final = 5.0
"""After which an offer is given back whose phone cannot ring beside another one."""
AGAIN_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One phone that rings."""

    call: Call
    contact: ContactId
    device: DeviceNumber


class Along:
    """What rings along at the PBX.

    Args:
        outside: the PBX.
        shared: whether an offer is one of several at once.
        takes: whether the answer to an offer of a contact still counts.
    """

    def __init__(
        self,
        outside: Outside,
        shared: Callable[[OfferId], bool],
        takes: Callable[[OfferId, ContactId], bool],
    ) -> None:
        self._outside, self._shared, self._takes = outside, shared, takes
        self.legs: dict[OfferId, Leg] = {}
        self.answered = 0

    def ring(self, effect: effects.MoveToAgent, call: Call, now: float) -> bool:
        """Let the phone ring along; False where the call itself is to be moved there."""
        outside, offer, device = self._outside, effect.offer, effect.device
        if offer in self.legs:
            return True
        if not self._shared(offer) or call.talking is not None:
            return False
        if call.session is None:
            if call.ringing is not None and call.ringing != (device, offer):
                outside.fail(offer, OfferOutcome.CALL_NOT_MOVED, now + IN_TURN_SECONDS)
                return True
            return False
        if device in outside.busy:
            outside.fail(offer, OfferOutcome.BUSY, now)
            return True
        leg = self.legs[offer] = Leg(call, effect.contact, device)
        outside.busy[device] = CallRef(outside.link, CallId(f"leg{offer}"))
        call.rung += 1

        def alerting(at: float) -> None:
            if self.legs.get(offer) is leg:
                outside.tell_pbx(commands.ReportOfferAlerting(offer=offer, media_stays=True), at)

        outside.agenda.put(now + ALERT_SECONDS, alerting)
        if call.rung > call.caller.misses:
            outside.agenda.put(now + call.caller.ring + int(offer) % 3, lambda at: self._lift(offer, leg, at))
        return True

    def withdraw(self, offer: OfferId) -> None:
        """The phone is still."""
        leg = self.legs.pop(offer, None)
        if leg is not None:
            self._outside.busy.pop(leg.device, None)

    def silence(self, call: Call) -> None:
        """The call rings nowhere any more."""
        for offer in [offer for offer, leg in self.legs.items() if leg.call is call]:
            self.withdraw(offer)

    def keep(self, offers: set[OfferId]) -> None:
        """After a survey: what rings for none of these is silenced."""
        for offer in self.legs.keys() - offers:
            self.withdraw(offer)

    def places(self, call: Call) -> dict[DeviceNumber, str]:
        """The phones that ring for a call."""
        return {leg.device: "alerting" for leg in self.legs.values() if leg.call is call}

    def _lift(self, offer: OfferId, leg: Leg, now: float) -> None:
        """Who answers first has the caller; nobody can bring them together while no server is there."""
        if self.legs.get(offer) is not leg:
            return
        if not self._outside.heard:
            self._outside.agenda.put(now + AGAIN_SECONDS, lambda at: self._lift(offer, leg, at))
            return
        wanted = self._takes(offer, leg.contact)
        if not wanted:
            self.withdraw(offer)
            return
        self.silence(leg.call)
        self.answered += 1
        self._outside.taken(leg.call, leg.device, offer, now)
