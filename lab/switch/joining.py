"""Joining calls and adding devices to them: transfer and conference, of two calls and in a single step."""

from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.messages import ConnectionListItem
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.call import Call, Party
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange
from lab.switch.seats import Seats

_S = ConnectionState
Place = tuple[Call, Party]
"""A connection as the model has it: a call and one of its parties."""


class Joining:
    """Makes new calls of old ones of one exchange; the resulting call always has a new identifier."""

    def __init__(self, exchange: Exchange, delivery: Delivery, seats: Seats) -> None:
        self._exchange = exchange
        self._delivery = delivery
        self._seats = seats

    def can_join(self, held: Place, active: Place) -> bool:
        """Whether two connections of one device can be joined: the other parties differ and somebody is there."""
        (one, mine), (other, also_mine) = held, active
        if one is other or mine.device != also_mine.device or also_mine.state not in {_S.CONNECTED, _S.HOLD}:
            return False
        ones = {party.device for party in one.others(mine)}
        others = {party.device for party in other.others(also_mine)}
        return mine.state is _S.HOLD and one.target is None and bool(ones) and bool(others) and not ones & others

    def transfer(self, held: Place, active: Place, call_id: str) -> None:
        """Join what a device held with what it talks to or rings, and take it out (ECMA-269 17.1.27)."""
        (one, mine), (other, also_mine) = held, active
        staying, coming = one.others(mine), other.others(also_mine)
        call = self._merge(one, other, call_id, staying, coming)
        renamed = (*_renamed(one, staying, call), *_renamed(other, coming, call))
        to = coming[0].device
        joined = reports.Joined(call, mine.device, to, one.connection(mine), other.connection(also_mine), renamed)
        for gone, party in (held, active):
            gone.leave(party)
        call.last_redirection = mine.device
        reports.transferred(self._exchange, joined, EventCause.TRANSFER)
        for gone, party in (held, active):
            self._exchange.drop_leg(party)
            self._seats.release(party.device, gone.call_id)
        self._exchange.rewire(call)
        self._exchange.stir()

    def confer(self, held: Place, active: Place, call_id: str) -> None:
        """Join the held and the active call of a device into one in which all talk (ECMA-269 17.1.9)."""
        (one, mine), (other, also_mine) = held, active
        staying, coming = one.others(mine), other.others(also_mine)
        self._exchange.take_leg(other, also_mine)
        call = self._merge(one, other, call_id, staying, [also_mine, *coming])
        renamed = (*_renamed(one, [mine, *staying], call), *_renamed(other, [also_mine, *coming], call))
        added = coming[0].device
        joined = reports.Joined(call, mine.device, added, one.connection(mine), other.connection(also_mine), renamed)
        one.leave(mine)
        if also_mine.state is _S.HOLD:
            also_mine.move(_S.CONNECTED)
        self._exchange.drop_leg(mine)
        self._seats.follow(mine.device, one.call_id, call_id)
        self._exchange.rewire(call)
        reports.conferenced(self._exchange, joined, EventCause.CONFERENCE)

    def _merge(self, one: Call, other: Call, call_id: str, staying: list[Party], coming: list[Party]) -> Call:
        """The resulting call, with the parties of both and the target that the second call rings."""
        called = one.called if one.parties[0] is staying[0] else other.called
        call = Call(call_id, staying[0].caller_id, called, [*staying, *coming], target=other.target)
        call.pilot, call.correlator, call.user_data = one.pilot, one.correlator, one.user_data
        call.deadline, call.redirected_by = other.deadline, EventCause.TRANSFER
        for gone in (one, other):
            self._exchange.close(gone)
        for party in staying:
            self._seats.follow(party.device, one.call_id, call_id)
        for party in coming:
            self._seats.follow(party.device, other.call_id, call_id)
        self._exchange.open(call)
        return call

    # ---- in a single step

    def move(self, place: Place, new: ConnectionID, number: str, now: float) -> None:
        """Replace a device by ``number`` in its call, which rings afterwards (single-step transfer, ECMA-269 17.1.26).

        ``new`` is the connection that it will have: its own, or that of the trunk that it is reached by.
        """
        old, leaving = place
        staying = old.others(leaving)
        called = old.called if staying[0] is old.parties[0] else number
        call = Call(new.call_id, staying[0].caller_id, called, staying, pilot=old.pilot, correlator=old.correlator)
        call.last_redirection, call.user_data = leaving.device, old.user_data
        renamed = (*_renamed(old, staying, call), ConnectionListItem(old_connection=None, new_connection=new))
        joined = reports.Joined(call, leaving.device, number, old.connection(leaving), None, renamed)
        self._exchange.close(old)
        self._exchange.open(call)
        for party in staying:
            self._seats.follow(party.device, old.call_id, call.call_id)
        leaving.move(_S.NULL)
        cause = EventCause.SINGLE_STEP_TRANSFER
        reports.transferred(self._exchange, joined, cause)
        # The seat is free for whoever comes, and the call is on its way, before the leg that it leaves is ended.
        self._seats.release(leaving.device, old.call_id)
        self._delivery.deliver(call, number, cause, now)
        self._exchange.drop_leg(leaving)
        self._exchange.stir()

    def add(self, place: Place, new: ConnectionID, number: str, now: float) -> None:
        """Ring ``number`` that shall talk along as ``new`` (single-step conference, ECMA-269 17.1.25)."""
        old, asking = place
        call = Call(new.call_id, old.calling, old.called, old.parties, correlator=old.correlator)
        call.user_data = old.user_data
        renamed = (*_renamed(old, old.parties, call), ConnectionListItem(old_connection=None, new_connection=new))
        joined = reports.Joined(call, asking.device, number, old.connection(asking), None, renamed)
        self._exchange.close(old)
        self._exchange.open(call)
        for party in call.parties:
            self._seats.follow(party.device, old.call_id, call.call_id)
        cause = EventCause.SINGLE_STEP_CONFERENCE
        reports.conferenced(self._exchange, joined, cause)
        self._delivery.deliver(call, number, cause, now)


def _renamed(old: Call, parties: list[Party], new: Call) -> list[ConnectionListItem]:
    return [
        ConnectionListItem(old_connection=old.connection(party), new_connection=ConnectionID(new.call_id, party.device))
        for party in parties
    ]
