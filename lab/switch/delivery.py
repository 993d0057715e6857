"""Bringing a call to its target: ringing phones, forwarding, queueing at pilots, failing, recalling and clearing."""

from csta.causes import EventCause
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.call import Call, Party
from lab.switch.exchange import Exchange, Forward
from lab.switch.hunt import Hunt
from lab.switch.plan import Trunk
from lab.switch.seats import Seats
from lab.switch.wishes import Invite, Refuse, Ring

MAX_HOPS = 5
"""How many devices may forward one call; the next one rings or fails as if it forwarded nothing."""

RECALL = {
    EventCause.BUSY: EventCause.RECALL_BUSY,
    EventCause.CALL_NOT_ANSWERED: EventCause.RECALL_NO_ANSWER,
}
"""Why a call is back in its pilot's queue, by why its delivery failed; any other failure is a plain recall."""

FINAL = {
    EventCause.BUSY: (486, "Busy Here"),
    EventCause.ACD_BUSY: (486, "Busy Here"),
    EventCause.DO_NOT_DISTURB: (486, "Busy Here"),
    EventCause.TRUNKS_BUSY: (503, "Service Unavailable"),
    EventCause.CALL_NOT_ANSWERED: (480, "Temporarily Unavailable"),
    EventCause.BLOCKED: (603, "Decline"),
    EventCause.DEST_OUT_OF_ORDER: (480, "Temporarily Unavailable"),
}
"""What a caller is told by SIP (RFC 3261 21.4, 21.6) when a delivery failed and no queue takes the call back."""


class Delivery:
    """Moves calls to devices of one exchange. Every method leaves the call queued, ringing, answered or cleared."""

    def __init__(self, exchange: Exchange, hunt: Hunt, seats: Seats) -> None:
        self._exchange = exchange
        self._hunt = hunt
        self._seats = seats

    # ---- on the way

    def deliver(self, call: Call, number: str, cause: EventCause, now: float) -> None:
        """Bring ``call``, which has no target, to ``number`` (which must be reached by the plan)."""
        exchange = self._exchange
        trunk = exchange.plan.trunk_for(number)
        if trunk is not None:
            self._send_out(call, trunk, number, now)
        elif number in exchange.plan.pilots:
            self.queue(call, number, EventCause.ENTERING_DISTRIBUTION, now)
        elif (to := self._forward(call, number, Forward.IMMEDIATE)) is not None:
            self._go_on(call, number, to, Forward.IMMEDIATE, now)
        else:
            self._ring(call, number, cause, now)

    def _ring(self, call: Call, number: str, cause: EventCause, now: float) -> None:
        exchange = self._exchange
        free = exchange.is_free(number) and call.party(number) is None
        if not free and (to := self._forward(call, number, Forward.BUSY)) is not None:
            self._go_on(call, number, to, Forward.BUSY, now)
            return
        target = Party(number, ConnectionState.ALERTING, name=exchange.plan.extensions[number].name)
        if call.party(number) is not None:
            self.clear(call, call.parties[0], EventCause.BUSY)  # it called itself: there is no second connection
            return
        call.aim(target)
        call.deadline = now + exchange.plan.timers.no_answer
        if exchange.lines[number].undisturbed:
            self.fail(call, EventCause.DO_NOT_DISTURB, now)
        elif number not in exchange.registered:
            self.fail(call, EventCause.DEST_OUT_OF_ORDER, now)
        elif not free:
            self.fail(call, EventCause.BUSY, now)
        else:
            if self._forward(call, number, Forward.NO_ANSWER) is not None:
                call.deadline = now + min(exchange.plan.timers.forward_no_answer, exchange.plan.timers.no_answer)
            self.invite(call, target, cause, prompt=exchange.lines[number].answers)

    def invite(self, call: Call, target: Party, cause: EventCause, *, prompt: bool = False) -> None:
        """Ring the phone of ``target``, which the call is being brought to; ``prompt`` asks it to answer by itself."""
        exchange = self._exchange
        target.leg = exchange.new_leg()
        exchange.add_leg(target.leg, call)
        call.redirected_by = cause
        others = call.others(target)
        offer_of = others[0].leg if len(others) == 1 else None
        caller = others[0].caller_id if len(others) == 1 else call.calling
        exchange.wish(Invite(target.leg, target.device, caller, offer_of, prompt=prompt))
        exchange.rewire(call)

    def _send_out(self, call: Call, trunk: Trunk, number: str, now: float) -> None:
        exchange = self._exchange
        taken = sum(party.trunk == trunk.number for each in exchange.calls.values() for party in each.parties)
        target = Party(trunk.number, ConnectionState.ALERTING, name=trunk.name, trunk=trunk.number)
        call.aim(target)
        call.deadline = None
        if taken >= trunk.lines:
            self.fail(call, EventCause.TRUNKS_BUSY, now)
            return
        target.leg = exchange.new_leg()
        exchange.add_leg(target.leg, call)
        caller = call.others(target)[0]
        digits = number[len(trunk.prefix) :]
        exchange.wish(Invite(target.leg, digits, caller.caller_id, caller.leg, trunk=trunk.number))
        exchange.rewire(call)

    def _forward(self, call: Call, number: str, kind: Forward) -> str | None:
        """Where the device sends the call on to, ``None`` where it does not or would send it in a circle."""
        exchange = self._exchange
        to = exchange.lines[number].forwards.get(kind) if number in exchange.lines else None
        if to is None or to in call.hops or to == number or len(call.hops) >= MAX_HOPS:
            return None
        in_it = call.party(exchange.plan.device_for(to)) is not None
        return None if in_it or not exchange.plan.reaches(to) else to

    def _go_on(self, call: Call, number: str, to: str, kind: Forward, now: float) -> None:
        call.hops.append(number)
        reports.diverted(self._exchange, call, number, to, kind.cause)
        call.last_redirection = number
        self.deliver(call, to, kind.cause, now)

    # ---- arriving

    def alerting(self, call: Call) -> None:
        """The target's phone rings: report it once, and pass the ringing on to a caller not answered yet."""
        target = call.target
        if target is None or target.announced or call.redirected_by is EventCause.CALL_PICKUP:
            return
        target.announced = True
        trunk = None if target.trunk is None else self._exchange.plan.trunks[target.trunk]
        if trunk is not None:
            target.move(ConnectionState.CONNECTED)
            reports.network_reached(self._exchange, call, target)
        if trunk is None or trunk.signalling:
            reports.delivered(self._exchange, call, target, call.redirected_by)
        if call.pilot is None:
            self._ring_back(call)

    def _ring_back(self, call: Call) -> None:
        for party in call.parties:
            if party is not call.target and party.leg is not None and not party.answered:
                self._exchange.wish(Ring(party.leg))

    def answered(self, call: Call) -> None:
        """The target's phone was answered: join the parties' media and report Established."""
        target = call.target
        if target is None or target.leg is None:
            return
        self.alerting(call)
        if target.state is not ConnectionState.CONNECTED:
            target.move(ConnectionState.CONNECTED)
        target.answered = True
        call.target = None
        call.deadline = None
        call.hunting = False
        call.parked_by = None
        call.tried.clear()
        call.hops.clear()
        self._exchange.rewire(call)
        trunk = None if target.trunk is None else self._exchange.plan.trunks[target.trunk]
        if trunk is None or trunk.signalling:
            picked = call.redirected_by is EventCause.CALL_PICKUP
            cause = EventCause.CALL_PICKUP if picked else EventCause.NORMAL
            reports.established(self._exchange, call, target, cause)
        if call.pilot is not None and self._exchange.plan.pilots[call.pilot].distributes:
            self._seats.engage(target.device, call.call_id, self._exchange.plan.pilots[call.pilot])
        if call.predicted_for is not None:
            # Who was called answers nobody yet: the connection that began the call comes back where it waits or rings.
            predicted_for, call.predicted_for = call.predicted_for, None
            call.parties.remove(call.others(target)[0])
            self.deliver(call, predicted_for, EventCause.MAKE_PREDICTIVE_CALL, self._exchange.now)

    def queue(self, call: Call, pilot: str, cause: EventCause, now: float) -> None:
        """Put ``call``, which has no target, into a pilot's queue, or fail it where the queue is full."""
        exchange = self._exchange
        plan = exchange.plan.pilots[pilot]
        target = Party(pilot, ConnectionState.QUEUED, name=plan.name)
        full = self._hunt.is_full(plan) and cause is EventCause.ENTERING_DISTRIBUTION
        call.aim(target)
        if full or call.predicted_for is not None:  # a predictive call wants an answer: in a queue there is none
            self.fail(call, EventCause.ACD_BUSY, now)
            return
        call.pilot = pilot
        call.queued_at = now
        call.deadline = self._hunt.first_look(call, plan, now)
        self._ring_back(call)
        exchange.rewire(call)
        reports.queued(exchange, call, target, cause)

    def park(self, call: Call, device: str, now: float) -> None:
        """Let ``call``, which has no target, wait at an extension until somebody picks it up there."""
        call.aim(Party(device, ConnectionState.QUEUED, name=self._exchange.plan.extensions[device].name))
        call.deadline = now + self._exchange.plan.timers.park
        self._exchange.rewire(call)
        if call.target is not None:
            reports.queued(self._exchange, call, call.target, EventCause.PARK)

    # ---- not arriving

    def fail(self, call: Call, cause: EventCause, now: float, *, hang_up: bool = True) -> None:
        """The delivery to the present target failed: report it, then recall to the pilot's queue or end the call."""
        target = call.target
        if target is None:
            return
        target.move(ConnectionState.FAIL)
        self._exchange.drop_leg(target, hang_up=hang_up)
        reports.failed(self._exchange, call, target, cause)
        if call.pilot is None or target.device == call.pilot:
            self._give_up(call, target, cause)
            return
        call.last_redirection = target.device
        call.leave(target)
        self.queue(call, call.pilot, RECALL.get(cause, EventCause.RECALL), now)

    def _give_up(self, call: Call, target: Party, cause: EventCause) -> None:
        # The failed device leaves first, and is told nothing more of a call that it never took part in.
        call.leave(target)
        for party in call.parties:
            if party.leg is not None and not party.answered:
                status, reason = FINAL.get(cause, (480, "Temporarily Unavailable"))
                self._exchange.wish(Refuse(party.leg, status, reason))
                self._exchange.drop_leg(party, hang_up=False)
        devices = [party.device for party in call.parties]
        reports.cleared(self._exchange, call, target.device, target.device, cause, *devices, target.device)
        if len(call.parties) > 1:
            self._exchange.rewire(call)
            return
        self.clear(call, call.parties[0], cause)

    def unanswered(self, call: Call, now: float) -> None:
        """The target's phone rang long enough: forward its call, or fail it."""
        target = call.target
        to = None if target is None else self._forward(call, target.device, Forward.NO_ANSWER)
        if target is None or to is None:
            self.fail(call, EventCause.CALL_NOT_ANSWERED, now)
            return
        self.take_away(call, target, to, EventCause.CALL_FORWARD_NO_ANSWER)
        call.hops.append(target.device)
        self.deliver(call, to, EventCause.CALL_FORWARD_NO_ANSWER, now)

    def divert(self, call: Call, number: str, cause: EventCause, now: float) -> None:
        """Take ``call`` from its queue or ringing phone to ``number``; the call keeps its identifier."""
        if call.target is not None:
            self.take_away(call, call.target, number, cause)
            self.deliver(call, number, cause, now)

    def take_away(self, call: Call, old: Party, to: str, cause: EventCause) -> None:
        """Take ``call`` from a party, which need not be its target, on to ``to``: report it and end the party's leg."""
        if old is call.target and old.state is ConnectionState.ALERTING:
            self.alerting(call)  # a phone that has said nothing yet counts as having rung
        call.leave(old)
        reports.diverted(self._exchange, call, old.device, to, cause)
        self._exchange.drop_leg(old)
        self._left(call, old)
        call.last_redirection = old.device
        call.parked_by = None

    def hunt(self, call: Call, now: float) -> None:
        """Ring the next member for a call that waits at its pilot, or wait for another round."""
        found = self._hunt.next_member(call, now)
        if found is None:
            return
        member, plan = found
        self.divert(call, member, EventCause.DISTRIBUTED, now)
        if call.target is not None and call.target.state is ConnectionState.ALERTING:
            call.deadline = now + plan.hunt_ring

    # ---- ending

    def clear(self, call: Call, releasing: Party, cause: EventCause) -> None:
        """Take a party out of the call; unless two others go on talking, the call ends for all.

        ConnectionCleared comes for who hung up, then for each other, to every device in it.
        """
        exchange = self._exchange
        staying = call.others(releasing)
        goes_on = len(staying) > 1 and any(party is not call.target for party in staying)
        leaving = [releasing] if goes_on else [releasing, *staying]
        known = [party for party in call.parties if call.knows(party)]
        devices = [party.device for party in known]
        if not goes_on:
            exchange.close(call)
        for party in leaving:
            call.leave(party)
            exchange.drop_leg(party)
            if party in known:
                reports.cleared(exchange, call, party.device, releasing.device, cause, *devices)
            self._left(call, party)
        if goes_on:
            exchange.rewire(call)

    def _left(self, call: Call, party: Party) -> None:
        line = self._exchange.lines.get(party.device)
        if line is not None:
            line.used = self._exchange.number()
        self._seats.release(party.device, call.call_id)
        self._exchange.stir()
