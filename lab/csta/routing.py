"""The routing dialogue from the switch's side: calls of a route device wait until an application says where to go.

A dialogue begins when a call reaches a route device that an application has registered for. The application has
``reply_timeout`` seconds for each answer; without one the call goes the device's default route, or stays in its queue
(ECMA-269 chapter 20).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from csta import messages
from csta.causes import EventCause
from csta.failures import Failure
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages import ErrorResponse, Event, Notice, Request
from lab.switch.services import Answer, Outcome

NO_SUCH_DEVICE: Final = ErrorResponse(category="operation", value="invalidDeviceID")
NO_SUCH_REGISTRATION: Final = ErrorResponse(category="operation", value="invalidParameterValue")
TAKEN: Final = ErrorResponse(category="systemResourceAvailability", value="registrationLimitExceeded")
TIMED_OUT: Final = Failure("operation", "generic")
NO_MORE_ROUTES: Final = Failure("operation", "invalidDestination")

ARRIVED: Final = frozenset({EventCause.ENTERING_DISTRIBUTION, EventCause.NEW_CALL, EventCause.CALL_FORWARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """A route device: the pilot ``number``, its default route, and how long an application may take (seconds)."""

    number: str
    default: str | None = None
    reply_timeout: float = 5.0


class Router(Protocol):
    """An application that routes, as the desk sees it."""

    def send_notice(self, notice: Notice) -> None:
        """Tell the application something of a dialogue."""


@dataclass(slots=True, eq=False)
class _Registration:
    reference: str
    router: Router
    device: str | None  # None: every route device


@dataclass(slots=True, eq=False)
class _Dialogue:
    """One dialogue: ``routes`` are those left to be tried, ``current`` where the call is on its way to.

    ``deadline`` ends the wait for an answer; it is None while the call is on its way.
    """

    reference: str
    registration: _Registration
    plan: RoutePlan
    call_id: str
    calling: DeviceID | None
    deadline: float | None = None
    routes: list[str] = field(default_factory=list)
    current: str | None = None
    tell_used: bool = False


def _nobody(what: str, **facts: object) -> None:
    """Nobody wants to know."""


class RouteDesk:
    """All registrations for routing and all dialogues of the switch.

    Args:
        plans: the route devices by number.
        perform: asks the switch to move a call.
        settle: carries out what the switch wishes after a call was moved.
        reference: makes fresh identifiers.
        tell: takes a line for the log.
    """

    def __init__(
        self,
        plans: dict[str, RoutePlan],
        perform: Callable[[Request], Outcome],
        settle: Callable[[], None],
        reference: Callable[[], str],
        tell: Callable[..., None] = _nobody,
    ) -> None:
        self._tell = tell
        self._plans = plans
        self._perform = perform
        self._settle = settle
        self._reference = reference
        self._registrations: dict[str, _Registration] = {}
        self._dialogues: dict[str, _Dialogue] = {}

    # ---- services

    def register(self, router: Router, request: messages.RouteRegister) -> Answer:
        """An application offers to route the calls of a route device, or of all."""
        device = None if request.routeing_device is None else request.routeing_device.number
        if device is not None and device not in self._plans:
            return NO_SUCH_DEVICE
        if any(one.device in {None, device} or device is None for one in self._registrations.values()):
            return TAKEN  # one application routes a device, as ECMA-269 20.1.1 lets a switch decide
        made = _Registration(self._reference(), router, device)
        self._registrations[made.reference] = made
        return messages.RouteRegisterResponse(route_register_req_id=made.reference)

    def cancel(self, router: Router, request: messages.RouteRegisterCancel) -> Answer:
        """The application routes no more; calls that it has not answered for go their default way."""
        found = self._registrations.get(request.route_register_req_id)
        if found is None or found.router is not router:
            return NO_SUCH_REGISTRATION
        self._end_registration(found)
        return messages.RouteRegisterCancelResponse()

    def gone(self, router: Router) -> None:
        """The application's link is lost."""
        for one in [one for one in self._registrations.values() if one.router is router]:
            self._end_registration(one)

    def abort(self) -> None:
        """The switch ends all registrations, and tells so."""
        for one in list(self._registrations.values()):
            one.router.send_notice(messages.RouteRegisterAbort(route_register_req_id=one.reference))
            self._end_registration(one)

    def forget(self) -> None:
        """The switch has lost everything."""
        self._registrations.clear()
        self._dialogues.clear()

    def routed(self) -> frozenset[str]:
        """The route devices whose calls wait for an application."""
        every = any(one.device is None for one in self._registrations.values())
        return frozenset(
            number
            for number in self._plans
            if every or any(one.device == number for one in self._registrations.values())
        )

    def registrations(self, router: Router) -> Iterator[tuple[str, str | None]]:
        """The registrations of an application: identity and device."""
        for one in self._registrations.values():
            if one.router is router:
                yield one.reference, one.device

    # ---- what happens to calls

    def seen(self, device: str, event: Event, now: float) -> None:
        """An event as its device sees it: a call that waits at a route device, arrives at its route, or is gone."""
        match event:
            case messages.Queued(queued_connection=at, cause=cause) if device == at.device_id and device in self._plans:
                self._waits(at, event, cause, now)
            case messages.Delivered(connection=at) | messages.Established(established_connection=at):
                self._reached(at)
            case messages.Queued(queued_connection=at):
                self._reached(at)
            case messages.ConnectionCleared(dropped_connection=at):
                self._left(at)
            case _:
                pass

    def _of_call(self, call_id: str) -> _Dialogue | None:
        return next((one for one in self._dialogues.values() if one.call_id == call_id), None)

    def _waits(self, at: ConnectionID, event: messages.Queued, cause: EventCause | None, now: float) -> None:
        known = self._of_call(at.call_id)
        if known is not None:
            if known.current is not None:
                self._failed(known, now)  # its route did not take it: it is back
            return
        registration = next((one for one in self._registrations.values() if one.device in {None, at.device_id}), None)
        if registration is None or cause not in ARRIVED:
            return
        plan = self._plans[at.device_id]
        calling = event.calling_device if isinstance(event.calling_device, DeviceID) else None
        made = _Dialogue(self._reference(), registration, plan, at.call_id, calling)
        made.deadline = now + plan.reply_timeout
        self._dialogues[made.reference] = made
        self._tell("route asked for", device=plan.number, call=at.call_id)
        called = event.called_device if isinstance(event.called_device, DeviceID) else DeviceID(plan.number)
        registration.router.send_notice(
            messages.RouteRequest(
                cross_ref_identifier=made.reference,
                route_register_req_id=registration.reference,
                current_route=called,
                calling_device=calling or Presentation.NOT_KNOWN,
                routeing_device=DeviceID(plan.number),
                routed_call=at,
                reply_timeout=round(plan.reply_timeout * 1000),
                correlator_data=event.correlator_data,
            )
        )

    def _reached(self, at: ConnectionID) -> None:
        known = self._of_call(at.call_id)
        if known is None or known.current is None or at.device_id == known.plan.number:
            return
        used = known.current
        self._tell("route taken", device=known.plan.number, call=known.call_id, to=used)
        if known.tell_used:
            self._say(
                known,
                messages.RouteUsed(
                    cross_ref_identifier=known.reference,
                    route_register_req_id=known.registration.reference,
                    route_used=DeviceID(used),
                    domain=False,
                ),
            )
        self._end(known)

    def _left(self, at: ConnectionID) -> None:
        known = self._of_call(at.call_id)
        if known is not None and (known.current is None or at.device_id not in {known.current, known.plan.number}):
            self._end(known)  # the caller hung up

    # ---- what the application says

    def notice(self, router: Router, notice: Notice, now: float) -> bool:
        """A step of a dialogue; False where it belongs to none of this application's."""
        reference = getattr(notice, "cross_ref_identifier", None)
        known = self._dialogues.get(reference) if isinstance(reference, str) else None
        if known is None or known.registration.router is not router:
            return False
        match notice:
            case messages.RouteSelect() if known.deadline is not None:
                known.routes = [notice.route_selected.number, *(one.number for one in notice.alternate_routes)]
                known.tell_used = bool(notice.route_used_req)
                self._try(known, now)
            case messages.RouteReject() if known.deadline is not None:
                self._end(known)
                self._clear(known)
            case messages.RouteEnd():
                del self._dialogues[known.reference]
                self._default(known)
            case _:
                return False
        return True

    def _try(self, dialogue: _Dialogue, now: float) -> None:
        """Bring the call to its next route that takes it; with none left ask again."""
        dialogue.deadline = None
        while dialogue.routes:
            number = dialogue.routes.pop(0)
            dialogue.current = number
            if self._deflect(dialogue, number):
                return
        self._failed(dialogue, now)

    def _failed(self, dialogue: _Dialogue, now: float) -> None:
        if dialogue.routes:
            self._try(dialogue, now)
            return
        self._tell("route refused", device=dialogue.plan.number, call=dialogue.call_id, to=dialogue.current)
        dialogue.current = None
        dialogue.deadline = now + dialogue.plan.reply_timeout
        reply = round(dialogue.plan.reply_timeout * 1000)
        self._say(
            dialogue,
            messages.ReRoute(
                cross_ref_identifier=dialogue.reference,
                route_register_req_id=dialogue.registration.reference,
                reply_timeout=reply,
            ),
        )

    def _deflect(self, dialogue: _Dialogue, number: str) -> bool:
        request = messages.DeflectCall(
            call_to_be_diverted=ConnectionID(dialogue.call_id, dialogue.plan.number), new_destination=DeviceID(number)
        )
        answer, deed = self._perform(request)
        if isinstance(answer, ErrorResponse):
            return False
        deed()
        self._settle()
        return True

    def _clear(self, dialogue: _Dialogue) -> None:
        _, deed = self._perform(messages.ClearCall(call_to_be_cleared=ConnectionID(dialogue.call_id)))
        deed()
        self._settle()

    # ---- time and ends

    def get_timer(self) -> float | None:
        """When `handle_timer` is due."""
        return min((one.deadline for one in self._dialogues.values() if one.deadline is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Send calls whose application does not answer their default way."""
        for one in list(self._dialogues.values()):
            if one.deadline is not None and one.deadline <= now:
                self._tell("no route in time", device=one.plan.number, call=one.call_id, to=one.plan.default)
                self._end(one, TIMED_OUT)
                self._default(one)

    def _default(self, dialogue: _Dialogue) -> None:
        if dialogue.plan.default is not None and dialogue.current is None:
            self._deflect(dialogue, dialogue.plan.default)

    def _end(self, dialogue: _Dialogue, error: Failure | None = None) -> None:
        del self._dialogues[dialogue.reference]
        self._say(
            dialogue,
            messages.RouteEnd(
                cross_ref_identifier=dialogue.reference,
                route_register_req_id=dialogue.registration.reference,
                error_value=error,
            ),
        )

    def _end_registration(self, registration: _Registration) -> None:
        self._registrations.pop(registration.reference, None)
        for one in [one for one in self._dialogues.values() if one.registration is registration]:
            del self._dialogues[one.reference]
            self._default(one)

    @staticmethod
    def _say(dialogue: _Dialogue, notice: Notice) -> None:
        dialogue.registration.router.send_notice(notice)
