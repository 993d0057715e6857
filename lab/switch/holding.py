"""Holding a call and what is done with two calls of one device: consult, alternate, reconnect (ECMA-269 17.1)."""

from csta.causes import EventCause
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.call import Call, Party
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange

_S = ConnectionState


class Holding:
    """Holds and retrieves connections of one exchange.

    A phone with a single SIP leg serves all connections that an application makes for it: the connection that talks has
    the leg. A phone that dials a second call itself has a leg for each.
    """

    def __init__(self, exchange: Exchange, delivery: Delivery) -> None:
        self._exchange = exchange
        self._delivery = delivery

    def can_hold(self, call: Call, party: Party) -> bool:
        """Whether a connection can be held: an extension's that is connected, and in talk with an answered other."""
        if party.device not in self._exchange.plan.extensions:
            return False
        others = [other for other in call.others(party) if other is not call.target]
        return party.state is _S.CONNECTED and party.answered and any(other.answered for other in others)

    def can_retrieve(self, party: Party) -> bool:
        """Whether a connection can be retrieved: it is held, and its phone talks or rests in no other call."""
        if party.state is not _S.HOLD:
            return False
        beside = [other for _, other in self._exchange.parties_at(party.device) if other is not party]
        if any(other.state is _S.CONNECTED for other in beside):
            return False
        legs = [party, *(other for other in beside if other.state is _S.HOLD)]
        return any(each.leg is not None and not each.held_at_phone for each in legs)

    def hold(self, call: Call, party: Party, cause: EventCause) -> None:
        """Put a connection on hold: the others hear music."""
        party.move(_S.HOLD)
        self._exchange.rewire(call)
        reports.held(self._exchange, call, party, cause)

    def retrieve(self, call: Call, party: Party, cause: EventCause) -> None:
        """Take a held connection back (only where `can_retrieve`)."""
        self._exchange.take_leg(call, party)
        party.move(_S.CONNECTED)
        self._exchange.rewire(call)
        reports.retrieved(self._exchange, call, party, cause)

    def consult(self, call: Call, party: Party, new: Call, now: float) -> None:
        """Hold ``call`` at a device and let it call ``new.called`` over the same leg (ECMA-269 17.1.10)."""
        self.hold(call, party, EventCause.CONSULTATION)
        mine = Party(party.device, _S.INITIATED, name=party.name)
        new.parties.append(mine)
        self._exchange.open(new)
        self._exchange.take_leg(new, mine)
        reports.initiated(self._exchange, new, mine, EventCause.CONSULTATION)
        mine.move(_S.CONNECTED)
        reports.originated(self._exchange, new, mine, EventCause.CONSULTATION)
        self._delivery.deliver(new, new.called, EventCause.CONSULTATION, now)

    def alternate(self, held: tuple[Call, Party], active: tuple[Call, Party]) -> None:
        """Hold the active connection and retrieve the held one (ECMA-269 17.1.2)."""
        self.hold(*active, EventCause.ALTERNATE)
        self.retrieve(*held, EventCause.ALTERNATE)

    def reconnect(self, held: tuple[Call, Party], active: tuple[Call, Party]) -> None:
        """Clear the active connection and retrieve the held one (ECMA-269 17.1.22)."""
        self._delivery.clear(*active, EventCause.NORMAL_CLEARING)
        self.retrieve(*held, EventCause.NORMAL)

    # ---- what the phone does by itself

    def held_at_phone(self, call: Call, party: Party) -> None:
        """The phone put its leg on hold by re-INVITE."""
        party.held_at_phone = True
        if party.state is _S.CONNECTED:
            party.move(_S.HOLD)
            self._exchange.rewire(call)
            reports.held(self._exchange, call, party, EventCause.NORMAL)

    def resumed_at_phone(self, call: Call, party: Party) -> None:
        """The phone took its leg back: its connection talks again, unless an application moved its talk elsewhere."""
        party.held_at_phone = False
        if party.leg is not None:
            self._exchange.forget_heard(party.leg)
        if party.state is _S.HOLD:
            party.move(_S.CONNECTED)
            reports.retrieved(self._exchange, call, party, EventCause.NORMAL)
        for other in call.others(party):
            if other.leg is not None:
                self._exchange.forget_heard(other.leg)
        self._exchange.rewire(call)
