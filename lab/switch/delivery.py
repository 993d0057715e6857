"""Bringing a call to its target: ringing phones, queueing at pilots, failing, recalling to the queue and hunting."""

from csta import messages
from csta.causes import EventCause
from csta.identifiers import DeviceID, Presentation
from csta.states import AgentState, ConnectionState
from lab.switch.call import Call, Party
from lab.switch.exchange import Exchange
from lab.switch.plan import Pilot
from lab.switch.wishes import Hear, Invite, Refuse, Ring, Tone

RECALL = {
    EventCause.BUSY: EventCause.RECALL_BUSY,
    EventCause.CALL_NOT_ANSWERED: EventCause.RECALL_NO_ANSWER,
}
"""Why a call is back in its pilot's queue, by why its delivery failed; any other failure is a plain recall."""

FINAL = {
    EventCause.BUSY: (486, "Busy Here"),
    EventCause.CALL_NOT_ANSWERED: (480, "Temporarily Unavailable"),
    EventCause.BLOCKED: (603, "Decline"),
    EventCause.DEST_OUT_OF_ORDER: (480, "Temporarily Unavailable"),
}
"""What a caller is told by SIP (RFC 3261 21.4, 21.6) when a delivery failed and no queue takes the call back."""


class Delivery:
    """Moves calls to devices of one exchange. Every method leaves the call queued, ringing or cleared."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def deliver(self, call: Call, number: str, cause: EventCause, now: float) -> None:
        """Bring ``call``, which has no target, to the extension or pilot ``number`` (which must exist)."""
        exchange = self._exchange
        if number in exchange.plan.pilots:
            self.queue(call, number, EventCause.ENTERING_DISTRIBUTION, now)
            return
        free = exchange.is_free(number) and number != call.caller.device
        call.target = Party(number, ConnectionState.ALERTING, name=exchange.plan.extensions[number].name)
        call.deadline = now + exchange.plan.timers.no_answer
        if number not in exchange.registered:
            self.fail(call, EventCause.DEST_OUT_OF_ORDER, now)
        elif not free:
            self.fail(call, EventCause.BUSY, now)
        else:
            call.target.leg = exchange.new_leg()
            exchange.add_leg(call.target.leg, call)
            call.redirected_by = cause
            exchange.wish(Invite(call.target.leg, number, call.caller.caller_id, call.caller.leg))
            self.soothe(call)

    def soothe(self, call: Call) -> None:
        """Let an answered caller without an answered target hear ringback."""
        if call.caller.answered and call.caller.leg is not None:
            self._exchange.wish(Hear(call.caller.leg, Tone.RINGBACK))

    def alerting(self, call: Call) -> None:
        """The target's phone rings: report it once, and pass the ringing on to a caller not answered yet."""
        target = call.target
        if target is None or target.announced:
            return
        target.announced = True
        self._exchange.announce_call(
            call,
            messages.Delivered(
                monitor_cross_ref_id="",
                connection=call.connection(target),
                alerting_device=DeviceID(target.device),
                calling_device=DeviceID(call.caller.device),
                called_device=DeviceID(call.called),
                last_redirection_device=redirection(call),
                cause=call.redirected_by,
            ),
        )
        if not call.caller.answered and call.caller.leg is not None and call.pilot is None:
            self._exchange.wish(Ring(call.caller.leg))

    def answered(self, call: Call) -> None:
        """The target's phone was answered: join the parties' media and report Established."""
        target = call.target
        if target is None or target.leg is None or call.caller.leg is None:
            return
        self.alerting(call)
        target.move(ConnectionState.CONNECTED)
        target.answered = True
        call.caller.answered = True
        call.deadline = None
        call.hunting = False
        call.tried.clear()
        self._exchange.wish(Hear(call.caller.leg, target.leg))
        self._exchange.wish(Hear(target.leg, call.caller.leg))
        self._exchange.announce_call(
            call,
            messages.Established(
                monitor_cross_ref_id="",
                established_connection=call.connection(target),
                answering_device=DeviceID(target.device),
                calling_device=DeviceID(call.caller.device),
                called_device=DeviceID(call.called),
                last_redirection_device=redirection(call),
                cause=EventCause.NORMAL,
            ),
        )

    def queue(self, call: Call, pilot: str, cause: EventCause, now: float) -> None:
        """Put ``call``, which has no target, into a pilot's queue."""
        plan = self._exchange.plan.pilots[pilot]
        call.pilot = pilot
        call.target = Party(pilot, ConnectionState.QUEUED, name=plan.name)
        call.queued_at = now
        call.deadline = now + plan.unattended_after
        if call.hunting:
            call.deadline = now if self._next_member(call, plan) else now + plan.unattended_after
        if not call.caller.answered and call.caller.leg is not None:
            self._exchange.wish(Ring(call.caller.leg))
        self.soothe(call)
        self._exchange.announce_call(
            call,
            messages.Queued(
                monitor_cross_ref_id="",
                queued_connection=call.connection(call.target),
                queue=DeviceID(pilot),
                calling_device=DeviceID(call.caller.device),
                called_device=DeviceID(call.called),
                last_redirection_device=redirection(call),
                cause=cause,
            ),
        )

    def fail(self, call: Call, cause: EventCause, now: float, *, hang_up: bool = True) -> None:
        """The delivery to the present target failed: report it, then recall to the pilot's queue or end the call."""
        target = call.target
        if target is None:
            return
        target.move(ConnectionState.FAIL)
        self._exchange.drop_leg(target, hang_up=hang_up)
        self._exchange.announce_call(
            call,
            messages.Failed(
                monitor_cross_ref_id="",
                failed_connection=call.connection(target),
                failing_device=DeviceID(target.device),
                calling_device=DeviceID(call.caller.device),
                called_device=DeviceID(call.called),
                last_redirection_device=redirection(call),
                cause=cause,
            ),
        )
        if call.pilot is None:
            self._give_up(call, cause)
            return
        call.last_redirection = target.device
        call.target = None
        self.queue(call, call.pilot, RECALL.get(cause, EventCause.RECALL), now)

    def _give_up(self, call: Call, cause: EventCause) -> None:
        leg = call.caller.leg
        if leg is not None and not call.caller.answered:
            status, reason = FINAL.get(cause, (480, "Temporarily Unavailable"))
            self._exchange.drop_leg(call.caller, hang_up=False)
            self._exchange.wish(Refuse(leg, status, reason))
        target = call.target
        if target is not None:
            # The failed device leaves first, and is told nothing more of a call that it never took part in.
            target.move(ConnectionState.NULL)
            self._exchange.announce_call(call, _cleared(call, target, target, cause))
            call.target = None
        self.clear(call, call.caller, cause)

    def divert(self, call: Call, number: str, cause: EventCause, now: float) -> None:
        """Take ``call`` from its queue or ringing phone to ``number``; the call keeps its identifier."""
        old = call.target
        if old is None:
            return
        old.move(ConnectionState.NULL)
        self._exchange.announce_call(
            call,
            messages.Diverted(
                monitor_cross_ref_id="",
                connection=call.connection(old),
                diverting_device=DeviceID(old.device),
                new_destination=DeviceID(number),
                calling_device=DeviceID(call.caller.device),
                called_device=DeviceID(call.called),
                cause=cause,
            ),
        )
        self._exchange.drop_leg(old)
        call.target = None
        call.last_redirection = old.device
        self.deliver(call, number, cause, now)

    def hunt(self, call: Call, now: float) -> None:
        """Ring the next free member for a call that nobody attends, or wait for another round."""
        plan = self._exchange.plan.pilots[call.target.device] if call.target is not None else None
        if plan is None:
            return
        member = None if plan.number in self._exchange.attended else self._next_member(call, plan)
        if member is None:
            call.hunting = False
            call.tried.clear()
            call.deadline = now + plan.unattended_after
            return
        call.hunting = True
        call.tried.append(member)
        self.divert(call, member, EventCause.DISTRIBUTED, now)
        if call.target is not None and call.target.state is ConnectionState.ALERTING:
            call.deadline = now + plan.hunt_ring

    def _next_member(self, call: Call, pilot: Pilot) -> str | None:
        return next((member for member in pilot.members if member not in call.tried and self._can_ring(member)), None)

    def _can_ring(self, member: str) -> bool:
        exchange = self._exchange
        seat = exchange.seats.get(member)
        away = seat is not None and seat.state is AgentState.NOT_READY
        return member in exchange.registered and exchange.is_free(member) and not away

    def clear(self, call: Call, releasing: Party, cause: EventCause) -> None:
        """End the call for all: ConnectionCleared for who hung up, then for the other, to every device in it."""
        exchange = self._exchange
        devices = [party.device for party in call.parties()]
        other = call.other(releasing)
        exchange.calls.pop(call.call_id, None)
        for party in (releasing, other):
            if party is None:
                continue
            exchange.drop_leg(party)
            party.move(ConnectionState.NULL)
            exchange.announce_call(call, _cleared(call, party, releasing, cause), *devices)


def _cleared(call: Call, dropped: Party, releasing: Party, cause: EventCause) -> messages.ConnectionCleared:
    return messages.ConnectionCleared(
        monitor_cross_ref_id="",
        dropped_connection=call.connection(dropped),
        releasing_device=DeviceID(releasing.device),
        cause=cause,
    )


def redirection(call: Call) -> DeviceID | Presentation:
    """The device that last sent the call on."""
    return Presentation.NOT_REQUIRED if call.last_redirection is None else DeviceID(call.last_redirection)
