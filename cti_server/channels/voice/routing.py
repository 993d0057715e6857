"""The routing dialogue: the PBX asks where each call of a route device shall go, and is told (ECMA-269 chapter 20).

A dialogue stands for a call that no monitor may show: until it is at a device of ours, the dialogue is all we know
of it. The PBX does not wait for ever; where it gets no answer it routes the call by itself and ends the dialogue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from csta.identifiers import DeviceID
from csta.messages import (
    Delivered,
    Established,
    Event,
    Notice,
    Queued,
    ReRoute,
    RouteEnd,
    RouteRegisterAbort,
    RouteReject,
    RouteRequest,
    RouteSelect,
    RouteUsed,
)
from csta.messages.routing import RejectCause, RemainingRetries
from cti_server.channels.base import Submit
from cti_server.channels.voice.door import MoverLink
from cti_server.channels.voice.view import View, number_of
from cti_server.vocabulary.commands import ReportCallArrived, ReportCallEnded, ReportCallReplaced
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, LinkName
from cti_server.vocabulary.values import CallRef, ReleasedBy, SurveyedCall, SurveyedConnection
from program.clock import Clock, Timer

ARRIVAL = 5.0
"""Seconds that a call has to turn up at its route once the PBX has ended the dialogue."""

NAMELESS = "route:"
"""Begins the name of a call that the PBX asks about without naming it."""


@dataclass(slots=True, eq=False)
class Dialogue:
    """One dialogue: ``open`` while the PBX waits for a route, ``routes`` the ones it was given last, the best first."""

    link: LinkName
    cross_ref: str
    register_id: str | None
    pilot: DeviceNumber
    call: str
    caller: str | None
    open: bool = True
    over: bool = False
    routes: tuple[DeviceNumber, ...] = ()
    timer: Timer | None = field(default=None, repr=False)

    @property
    def ref(self) -> CallRef:
        """The call's name in the vocabulary."""
        return CallRef(self.link, CallId(self.call))


class RoutingDesk:
    """All routing dialogues of all links."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        notify: Callable[[LinkName, Notice], bool],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._view = view
        self._link = link
        self._notify = notify
        self._all: dict[tuple[LinkName, str], Dialogue] = {}
        self.on_rerouted: Callable[[ContactId, DeviceNumber], None] = _nothing
        self.log = structlog.get_logger()

    # --- what moves ask ---------------------------------------------------------------------------------------------

    def dialogue_of(self, call: CallRef) -> Dialogue | None:
        """The call's dialogue, or None where it has none."""
        return next((one for one in self._all.values() if one.ref == call), None)

    def select(self, dialogue: Dialogue, routes: Sequence[DeviceNumber]) -> bool:
        """Tell the PBX where the call shall go, the best route first; False where the link is down."""
        first, *others = routes
        # The PBX may be quick: what it says of the routes comes before we are back here.
        dialogue.open, dialogue.routes = False, tuple(routes)
        sent = self._notify(
            dialogue.link,
            RouteSelect(
                cross_ref_identifier=dialogue.cross_ref,
                route_register_req_id=dialogue.register_id,
                route_selected=DeviceID(first),
                alternate_routes=tuple(DeviceID(one) for one in others),
                remain_retries=RemainingRetries(no_count_available=True),
                route_used_req=True,
            ),
        )
        if not sent:
            dialogue.open, dialogue.routes = True, ()
        return sent

    def reject(self, dialogue: Dialogue) -> None:
        """Let the call go: it is not to be routed anywhere."""
        self._notify(
            dialogue.link,
            RouteReject(
                cross_ref_identifier=dialogue.cross_ref,
                route_register_req_id=dialogue.register_id,
                reject_cause=RejectCause.UNKNOWN_OVERFLOW,
            ),
        )
        self._forget(dialogue)
        self._end(dialogue, ReleasedBy.SYSTEM, "routing rejected")

    # --- what happens -----------------------------------------------------------------------------------------------

    def received(self, link: LinkName, notice: Notice) -> None:
        """Something that the PBX tells about routing; other notices are no concern of ours."""
        match notice:
            case RouteRequest():
                self._asked(link, notice)
            case ReRoute(cross_ref_identifier=cross_ref):
                self._asked_again(link, cross_ref)
            case RouteUsed(cross_ref_identifier=cross_ref, route_used=used):
                known = self._all.get((link, cross_ref))
                if known is not None and number_of(used) not in {None, *known.routes}:
                    self.log.warning("the PBX routed otherwise", call=known.call, to=number_of(used))
            case RouteEnd(cross_ref_identifier=cross_ref, error_value=error):
                self._ended(link, cross_ref, "" if error is None else f"{error.category} {error.value}")
            case RouteRegisterAbort(route_register_req_id=register_id):
                for one in [one for one in self._all.values() if (one.link, one.register_id) == (link, register_id)]:
                    self._ended(link, one.cross_ref, "registration aborted")
            case _:
                pass

    def event_seen(self, link: LinkName, event: Event) -> None:
        """A call that turns up at a route under a name of its own is the one that was sent there."""
        match event:
            case Delivered(connection=at) | Queued(queued_connection=at) | Established(established_connection=at):
                view = self._view(link)
                if view is None or view.contact_of(at.call_id) is not None:
                    return
                found = self._expected_at(link, at.device_id, number_of(event.calling_device), view)
                if found is not None:
                    before, found.call = found.ref, at.call_id
                    self._submit(ReportCallReplaced(call=before, by=found.ref))
            case _:
                pass

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """A call that is at its route needs its dialogue no longer, once the PBX has ended it."""
        view, known = self._view(link), self.dialogue_of(CallRef(link, CallId(call_id)))
        if known is not None and known.over and view is not None and view.call(call_id) is not None:
            self._forget(known)

    def link_lost(self, link: LinkName) -> None:
        """The dialogues are gone with their link; the survey tells where the calls went."""
        for one in [one for one in self._all.values() if one.link == link]:
            self._forget(one)

    def surveyed(self, view: View) -> list[SurveyedCall]:
        """Calls in a dialogue that no monitor shows: they are there all the same."""
        return [
            SurveyedCall(
                one.ref,
                (SurveyedConnection(one.pilot, "queued"),),
                None if one.caller is None else view.identify(f"tel:{one.caller}"),
            )
            for one in self._all.values()
            if one.link == view.link and view.call(one.call) is None
        ]

    # --- inside -----------------------------------------------------------------------------------------------------

    def _asked(self, link: LinkName, request: RouteRequest) -> None:
        if (link, request.cross_ref_identifier) in self._all:
            return
        view = self._view(link)
        pilot = number_of(request.routeing_device) or number_of(request.current_route)
        if view is None or pilot not in view.devices.pilots:
            self.log.warning("route request for no pilot of ours", link=link, device=pilot)
            end = RouteEnd(
                cross_ref_identifier=request.cross_ref_identifier, route_register_req_id=request.route_register_req_id
            )
            self._notify(link, end)
            return
        call = request.routed_call
        caller = number_of(request.calling_device)
        made = Dialogue(
            link,
            request.cross_ref_identifier,
            request.route_register_req_id,
            DeviceNumber(pilot),
            f"{NAMELESS}{request.cross_ref_identifier}" if call is None else call.call_id,
            caller,
        )
        self._all[link, made.cross_ref] = made
        party = None if caller is None else view.identify(f"tel:{caller}")
        self._submit(ReportCallArrived(call=made.ref, pilot=made.pilot, party=party))

    def _asked_again(self, link: LinkName, cross_ref: str) -> None:
        known, view = self._all.get((link, cross_ref)), self._view(link)
        contact = None if known is None or view is None else view.contact_of(known.call)
        if known is None or contact is None:
            self._notify(link, RouteEnd(cross_ref_identifier=cross_ref))
            return
        failed = known.routes[0] if known.routes else DeviceNumber("")
        known.open, known.routes = True, ()
        self.on_rerouted(contact.id, failed)

    def _ended(self, link: LinkName, cross_ref: str, error: str) -> None:
        known = self._all.get((link, cross_ref))
        if known is None or known.over:
            return
        known.over, known.open = True, False
        if error:
            self.log.warning("routing dialogue failed", call=known.call, reason=error)
        patience = ARRIVAL if known.routes and not error else 0.0
        known.timer = self._clock.call_later(patience, lambda: self._look_for(known, error))

    def _look_for(self, dialogue: Dialogue, error: str) -> None:
        """The dialogue is over: is the call anywhere?"""
        view, link = self._view(dialogue.link), self._link(dialogue.link)
        self._forget(dialogue)
        if view is None or link is None or view.call(dialogue.call) is not None:
            return
        text = error or "routing ended"
        if dialogue.call.startswith(NAMELESS):
            self._end(dialogue, ReleasedBy.UNKNOWN, text)
        else:
            looked = link.check_call(dialogue.call, dialogue.pilot)
            looked.addCallback(lambda _: self._end_if_gone(dialogue, text))

    def _end_if_gone(self, dialogue: Dialogue, text: str) -> None:
        view = self._view(dialogue.link)
        if view is not None and view.call(dialogue.call) is None:
            self._end(dialogue, ReleasedBy.UNKNOWN, text)

    def _end(self, dialogue: Dialogue, by: ReleasedBy, text: str) -> None:
        view = self._view(dialogue.link)
        if view is not None and view.contact_of(dialogue.call) is not None:
            self._submit(ReportCallEnded(call=dialogue.ref, released_by=by, cause_text=text))

    def _expected_at(self, link: LinkName, device: str, caller: str | None, view: View) -> Dialogue | None:
        for one in self._all.values():
            if one.link != link or device not in one.routes or view.call(one.call) is not None:
                continue
            if one.caller is None or caller is None or one.caller == caller:
                return one
        return None

    def _forget(self, dialogue: Dialogue) -> None:
        self._all.pop((dialogue.link, dialogue.cross_ref), None)
        if dialogue.timer is not None and dialogue.timer.active():
            dialogue.timer.cancel()


def _nothing(_contact: ContactId, _device: DeviceNumber) -> None:
    """Nobody wants to know."""
