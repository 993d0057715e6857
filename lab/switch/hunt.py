"""Whom a waiting call is brought to: the members of hunt groups and ACD queues, and the order they are rung in."""

from csta.states import AgentState
from lab.switch.call import Call
from lab.switch.exchange import Exchange
from lab.switch.plan import Hunting, Pilot


class Hunt:
    """Chooses members of the pilots of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def is_busy(self, pilot: Pilot) -> bool:
        """Whether no member can be rung now (the accumulated busy state of the group)."""
        return not any(self.can_ring(member, pilot) for member in pilot.members)

    def is_full(self, pilot: Pilot) -> bool:
        """Whether one more call can neither be brought to a member nor wait."""
        waiting = sum(
            call.target is not None and call.target.device == pilot.number for call in self._exchange.calls.values()
        )
        return pilot.places is not None and waiting >= pilot.places and self.is_busy(pilot)

    def first_look(self, call: Call, pilot: Pilot, now: float) -> float | None:
        """When a call that just began to wait is to be looked at; ``None``: when somebody becomes free."""
        if call.hunting and self._choose(call, pilot) is not None:
            return now
        if not pilot.distributes:
            return now + pilot.unattended_after
        if call.tried:
            return now + pilot.unattended_after
        return None if self.is_busy(pilot) else now

    def next_member(self, call: Call, now: float) -> tuple[str, Pilot] | None:
        """The member to be rung next for a waiting call, noted as tried; with none the call waits for a new round."""
        pilot = None if call.target is None else self._exchange.plan.pilots.get(call.target.device)
        if pilot is None:
            return None
        attended = pilot.number in self._exchange.attended and not pilot.distributes
        member = None if attended else self._choose(call, pilot)
        if member is None:
            # Who was tried in vain is left in peace for a while; where nobody was free, the first to be free is rung.
            again = bool(call.tried) or not pilot.distributes
            call.hunting = False
            call.tried.clear()
            call.deadline = now + pilot.unattended_after if again else None
            return None
        call.hunting = True
        call.tried.append(member)
        self._exchange.rung_last[pilot.number] = member
        return member, pilot

    def can_ring(self, member: str, pilot: Pilot) -> bool:
        """Whether a member's phone is there, free, and its agent (where it has one) available."""
        exchange = self._exchange
        line = exchange.lines[member]
        if member not in exchange.registered or not exchange.is_free(member) or line.undisturbed:
            return False
        seat = exchange.seats.get(member)
        if seat is None or seat.state is AgentState.READY:
            return True
        # Where applications usually distribute, a phone whose agent has not logged on is a phone like any other.
        return seat.state is AgentState.NULL and not pilot.distributes

    def _choose(self, call: Call, pilot: Pilot) -> str | None:
        members = [each for each in self._ordered(pilot) if each not in call.tried and call.party(each) is None]
        return next((member for member in members if self.can_ring(member, pilot)), None)

    def _ordered(self, pilot: Pilot) -> list[str]:
        members = list(pilot.members)
        match pilot.hunting:
            case Hunting.CIRCULAR if (last := self._exchange.rung_last.get(pilot.number)) in members:
                after = members.index(last) + 1
                return members[after:] + members[:after]
            case Hunting.LONGEST_IDLE:
                return sorted(members, key=lambda member: self._exchange.lines[member].used)
            case _:
                return members
