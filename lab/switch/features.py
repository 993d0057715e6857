"""Feature codes: what an extension dials to have something done, alone or about the calls that it has on hold."""

from enum import Enum, auto

from csta.causes import EventCause
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.exchange import Forward
from lab.switch.joining import Place
from lab.switch.plan import Feature

_S = ConnectionState
FORWARDS = {
    Feature.FORWARD_ALL: Forward.IMMEDIATE,
    Feature.FORWARD_BUSY: Forward.BUSY,
    Feature.FORWARD_NO_ANSWER: Forward.NO_ANSWER,
}
AGENT_FEATURES = frozenset({Feature.LOG_ON, Feature.READY, Feature.NOT_READY, Feature.LOG_OFF, Feature.WORK})


class Obeyed(Enum):
    """What became of a feature code."""

    DONE = auto()
    """The phone hears the confirmation."""
    TAKEN = auto()
    """The phone's leg is in another call now."""
    REFUSED = auto()


class Features:
    """Obeys feature codes on one exchange."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._seats = board.seats
        self._lines = board.lines
        self._joining = board.joining
        self._pickup = board.pickup

    def obey(self, call: Call, party: Party, feature: Feature, number: str, now: float) -> Obeyed:
        """Do what the phone of ``party`` dialled; ``call`` is its call with the switch itself."""
        if party.device not in self._exchange.plan.extensions:
            return Obeyed.REFUSED
        match feature:
            case Feature.TRANSFER | Feature.CONFERENCE:
                obeyed = self._join(call, party, feature)
            case Feature.PARK:
                obeyed = self._park(call, party, number, now)
            case Feature.PICK_UP | Feature.PICK_UP_GROUP | Feature.RETRIEVE:
                obeyed = self._pick(call, party, feature, number)
            case _:
                obeyed = Obeyed.DONE if self._set(party.device, feature, number) else Obeyed.REFUSED
        return obeyed

    def _set(self, device: str, feature: Feature, number: str) -> bool:
        """Obey a code that changes a state of the device or its agent; false where it cannot be obeyed."""
        if feature in AGENT_FEATURES:
            return self._seats.feature(device, feature)
        if feature in {Feature.DO_NOT_DISTURB, Feature.DISTURB}:
            self._lines.disturb(device, undisturbed=feature is Feature.DO_NOT_DISTURB)
            return True
        return self._forward(device, feature, number)

    def _forward(self, device: str, feature: Feature, number: str) -> bool:
        kind = FORWARDS.get(feature)
        if kind is None:
            for each in Forward:
                self._lines.forward(device, each, None)
            return True
        if not self._lines.may_forward(device, number):
            return False
        self._lines.forward(device, kind, number)
        return True

    def _beside(self, call: Call, party: Party) -> list[Place]:
        return [place for place in self._exchange.parties_at(party.device) if place[0] is not call]

    def _join(self, call: Call, party: Party, feature: Feature) -> Obeyed:
        places = self._beside(call, party)
        held = next((place for place in places if place[1].state is _S.HOLD), None)
        active = next((place for place in reversed(places) if place is not held), None)
        if held is None or active is None or len(places) != 2 or not self._joining.can_join(held, active):
            return Obeyed.REFUSED
        if feature is Feature.TRANSFER:
            self._joining.transfer(held, active, self._exchange.new_call_id())
            return Obeyed.DONE
        if active[0].target is not None:
            return Obeyed.REFUSED
        leg = self._end(call, party)
        self._exchange.drop_leg(active[1])
        active[1].leg, active[1].held_at_phone = leg, False
        if leg is not None:
            self._exchange.add_leg(leg, active[0])
        self._joining.confer(held, active, self._exchange.new_call_id())
        return Obeyed.TAKEN

    def _park(self, call: Call, party: Party, number: str, now: float) -> Obeyed:
        places = [place for place in self._beside(call, party) if place[1].answered and place[0].target is None]
        if number not in self._exchange.plan.extensions or not places:
            return Obeyed.REFUSED
        parked, mine = places[-1]
        if len(parked.parties) != 2 or (parked.party(number) is not None and number != party.device):
            return Obeyed.REFUSED
        self._pickup.park(parked, mine, number, now)
        return Obeyed.DONE

    def _pick(self, call: Call, party: Party, feature: Feature, number: str) -> Obeyed:
        device = party.device
        match feature:
            case Feature.PICK_UP:
                found = self._pickup.ringing_at(number)
            case Feature.RETRIEVE:
                found = self._pickup.ringing_at(device)
            case _:
                found = self._pickup.ringing_in_group(device)
        own = feature is Feature.RETRIEVE and found is not None and found.parked_by is not None
        if found is None or not (own or self._pickup.can_pick(found, device)):
            return Obeyed.REFUSED
        self._pickup.pick(found, device, self._end(call, party))
        return Obeyed.TAKEN

    def _end(self, call: Call, party: Party) -> str | None:
        """End the call with the switch itself but not its leg, which goes on elsewhere."""
        leg, party.leg = party.leg, None
        self._exchange.close(call)
        call.leave(party)
        reports.cleared(self._exchange, call, party.device, party.device, EventCause.NORMAL_CLEARING, party.device)
        return leg
