"""Moves under way: one at a time for each contact, from wherever its call is to where the engine wants it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog
from twisted.python.failure import Failure

from csta.dialects import Capabilities
from csta.errors import CstaError, LinkLost, RequestTimedOut, ServiceRefused
from csta.messages import (
    AnswerCall,
    ConsultationCall,
    ConsultationCallResponse,
    DeflectCall,
    Request,
    Response,
    RetrieveCall,
    SingleStepTransferCall,
    SingleStepTransferCallResponse,
    TransferCall,
)
from csta.states import ConnectionState
from cti_server.channels.base import Submit
from cti_server.channels.voice.door import MoverLink, PortPool
from cti_server.channels.voice.moves import (
    AGENTS_OWN,
    AlreadyThere,
    Impossible,
    Move,
    NotNow,
    Terms,
    ViaPort,
    plan_move,
    plan_release,
)
from cti_server.channels.voice.ringing.desk import RingingDesk
from cti_server.channels.voice.routing import Dialogue, RoutingDesk
from cti_server.channels.voice.view import View, call_of
from cti_server.contacts.contact import Contact
from cti_server.vocabulary.commands import ReportCallReplaced, ReportForwarded, ReportMediaRefused, ReportOfferFailed
from cti_server.vocabulary.effects import ForwardCall, MoveToAgent, MoveToMedia, ReleaseCall
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName
from cti_server.vocabulary.values import CallRef, ContactStage, Handover, OfferOutcome
from program.clock import Clock, Timer

PATIENCE = 5.0
PORT_TRIES = 3
Wish = MoveToMedia | MoveToAgent | ReleaseCall | ForwardCall
_AT_PORT = (ConnectionState.ALERTING, ConnectionState.CONNECTED, ConnectionState.QUEUED)
_CONSULTING = frozenset({ConsultationCall, TransferCall, RetrieveCall})


@dataclass(slots=True)
class _Move:
    """A wish under way; ``via_port`` says that the agent's call goes to a media port first."""

    wish: Wish
    until: float
    port: DeviceNumber | None = None
    via_port: bool = False
    under_way: bool = False
    checked: bool = False
    granted: Request | None = None
    """What the PBX has granted as the first half; its events may still be on their way."""
    refused: set[DeviceNumber] = field(default_factory=set)
    timer: Timer | None = None


class Mover:
    """Carries out moves and reports the ones that fail; the ones that succeed are told by the PBX's events."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        ports: PortPool,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        capabilities: Callable[[LinkName], Capabilities],
        routing: RoutingDesk,
        moved: Callable[[LinkName, str], None],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._ports = ports
        self._view = view
        self._link = link
        self._capabilities = capabilities
        self._routing = routing
        routing.on_rerouted = self._rerouted
        self._moved = moved
        self.ringing = RingingDesk(
            clock=clock,
            submit=submit,
            ports=ports,
            view=view,
            link=link,
            capabilities=capabilities,
            moved=moved,
            move=self.move,
        )
        self._diverted: dict[ContactId, str] = {}
        self._moves: dict[ContactId, _Move] = {}
        self._next: dict[ContactId, Wish] = {}
        self.log = structlog.get_logger()

    def move(self, wish: Wish) -> None:
        """Start the move; one under way for the same contact ends first, and only the last one waits."""
        if isinstance(wish, MoveToAgent) and self.ringing.takes(wish):
            return
        now = self._moves.get(wish.contact)
        if now is not None and now.under_way:
            if not (
                isinstance(wish, MoveToAgent) and isinstance(now.wish, MoveToAgent) and wish.offer == now.wish.offer
            ):
                self._next[wish.contact] = wish
            return
        self._drop(wish.contact)
        self._moves[wish.contact] = _Move(wish, self._clock.now() + PATIENCE)
        self._attempt(wish.contact)

    def call_changed(self, contact: ContactId) -> None:
        """An event said something new of the contact's call: a move that could not begin may begin now."""
        move = self._moves.get(contact)
        if move is not None and not move.under_way:
            self._attempt(contact)

    def takes_port(self, contact: ContactId) -> bool:
        """Whether the contact's call is on its way to an agent by way of a media port, which shall answer it."""
        move = self._moves.get(contact)
        # A call may ring at a port already, brought there for music, when its agent becomes free.
        return move is not None and (move.via_port or (isinstance(move.wish, MoveToAgent) and not move.under_way))

    def heading_for(self, link: LinkName, device: str) -> bool:
        """Whether a call of ours is on its way to the device under an identifier that we may not know yet."""
        if self.ringing.heading_for(link, device):
            return True
        for move in self._moves.values():
            if move.under_way and move.wish.call.link == link and self._target(move) == device:
                return True
        return False

    # --- one attempt ------------------------------------------------------------------------------------------------

    def _attempt(self, contact_id: ContactId) -> None:
        move = self._moves[contact_id]
        view, link = self._view(move.wish.call.link), self._link(move.wish.call.link)
        contact = None if view is None else view.state.contacts.get(contact_id)
        if view is None or link is None or contact is None or not self._still_wanted(move, contact, view):
            self._drop(contact_id)
        elif self.ringing.consultations.concerns(contact_id):
            self._end_consultation(move, contact_id)
        elif (dialogue := self._routing.dialogue_of(call_of(contact))) is not None and dialogue.open:
            self._route(move, contact_id, dialogue)
        elif isinstance(move.wish, ReleaseCall):
            self._release(move, contact, view, link)
        elif isinstance(move.wish, MoveToMedia) and (move.port is None or dialogue) and self._served(contact, view):
            self._there(contact_id, contact, view)
        else:
            self._bring(move, contact, view, link)

    def _bring(self, move: _Move, contact: Contact, view: View, link: MoverLink) -> None:
        """One step on the call's way to a port or an agent."""
        target = self._choose_target(move)
        if target is None:
            self._fail(contact.id, "no media port is free")
            return
        plan = self._plan(move, contact, target, view)
        match plan:
            case AlreadyThere():
                self._there(contact.id, contact, view)
            case Impossible() if not move.checked:
                self._check_and_repeat(move, contact.id, link)
            case Impossible(reason=reason):
                self._fail(contact.id, reason)
            case NotNow() | ViaPort():
                begins = move.timer is None
                self._wait(move, contact.id)
                if begins and move.timer is not None and isinstance(move.wish, MoveToAgent):
                    self._moved(view.link, call_of(contact).call)  # it may ring at a port, which shall answer it now
            case _ if plan == move.granted:
                self._wait(move, contact.id)  # the mirror does not show yet what was granted
            case _:
                self._ask(move, contact, plan, link)

    def _route(self, move: _Move, contact_id: ContactId, dialogue: Dialogue) -> None:
        """The PBX asks where the call shall go: tell it, and wait until the call is there."""
        if isinstance(move.wish, ReleaseCall):
            self._drop(contact_id)
            self._routing.reject(dialogue)
            return
        target = self._choose_target(move)
        if target is None:
            self._fail(contact_id, "no media port is free")
            return
        other = self._ports.take_port(dialogue.link) if isinstance(move.wish, MoveToMedia) else None
        move.until = self._clock.now() + PATIENCE
        if not self._routing.select(dialogue, [target] if other is None else [target, other]):
            self._drop(contact_id)
            return
        if self._moves.get(contact_id) is move:
            self._wait(move, contact_id)

    def _rerouted(self, contact_id: ContactId, failed: DeviceNumber) -> None:
        """The PBX could not bring the call to the route that it was given, and asks for another."""
        move = self._moves.get(contact_id)
        reason = f"the PBX could not bring the call to {failed}"
        if move is None:
            return
        if isinstance(move.wish, MoveToMedia):
            self._next_port(move, contact_id, reason)
        else:
            self._fail(contact_id, reason, agents_own=True)

    def _next_port(self, move: _Move, contact_id: ContactId, reason: str) -> None:
        """Try another port, as long as there is a point in it."""
        if move.port is None or len(move.refused) + 1 >= PORT_TRIES:
            self._fail(contact_id, reason)
            return
        self.log.warning("the PBX refused a move to a port", contact=contact_id, port=move.port, reason=reason)
        move.refused.add(move.port)
        move.port = None
        self._attempt(contact_id)

    def _plan(self, move: _Move, contact: Contact, target: DeviceNumber, view: View) -> Move:
        """What brings the call to its target, or to the media port by way of which it should go there.

        Where no port is free, the call is deflected straight to the agent: better an agent now, from whom only the PBX
        can take the call back, than no agent.
        """
        call, terms = view.call(call_of(contact).call), self._terms(contact, view)
        if isinstance(move.wish, ForwardCall):
            consults = self._capabilities(view.link).services >= _CONSULTING
            terms = replace(terms, handover=Handover.CONSULTATION if consults else Handover.SINGLE_STEP)
        plan = plan_move(call, target, view.devices, terms)
        if isinstance(plan, Impossible) and self._routing.dialogue_of(call_of(contact)) is not None:
            return NotNow()
        if not isinstance(plan, ViaPort):
            return plan
        move.port = move.port or self._ports.take_port(move.wish.call.link)
        if move.port is None:
            self.log.warning("no media port is free; the call is deflected straight to the agent", contact=contact.id)
            return plan_move(call, target, view.devices, replace(terms, second_deflect=True))
        move.via_port = True
        return plan_move(call, move.port, view.devices, terms)

    def _terms(self, contact: Contact, view: View) -> Terms:
        """The queue's choice as far as the PBX can follow it."""
        able = self._capabilities(view.link)
        queue = None if contact.queue is None else view.state.queue(contact.queue)
        handover = Handover.SINGLE_STEP if queue is None else queue.move
        if handover is Handover.CONSULTATION and not able.services >= _CONSULTING:
            handover = Handover.SINGLE_STEP
        elif SingleStepTransferCall not in able.services and able.services >= _CONSULTING:
            handover = Handover.CONSULTATION
        diverted = self._diverted.get(contact.id) == call_of(contact).call
        return Terms(handover=handover, second_deflect=able.second_deflect, diverted=diverted)

    def _end_consultation(self, move: _Move, contact_id: ContactId) -> None:
        """The call is held for another wish: the port takes it back first, unless it is the same wish once more."""
        if self.ringing.consultations.serves(move.wish):
            self._drop(contact_id)
            self.ringing.consultations.look(contact_id)
            return
        move.under_way = True
        self._stop_timer(move)
        self.ringing.consultations.take_back(contact_id).addBoth(lambda _: self._resume(move, contact_id))

    def _resume(self, move: _Move, contact_id: ContactId) -> None:
        """Go on with a move that waited for something else, unless a newer wish came meanwhile."""
        move.under_way = False
        if self._moves.get(contact_id) is not move:
            return
        if contact_id in self._next:
            self._drop(contact_id)
            self._start_next(contact_id)
        else:
            self._attempt(contact_id)

    def _there(self, contact_id: ContactId, contact: Contact, view: View) -> None:
        self.ringing.later.moved(contact_id)
        wish = self._moves[contact_id].wish
        self._drop(contact_id, keep_port=True)
        if isinstance(wish, ForwardCall):
            self._submit(ReportForwarded(cause=wish.cause, contact=contact_id, reached=True))
        self._moved(view.link, call_of(contact).call)

    def _served(self, contact: Contact, view: View) -> bool:
        """Whether a port has the call already: then a repeated wish must not take it to another one."""
        call = view.call(call_of(contact).call)
        return call is not None and any(
            device in view.devices.ports
            and view.connection_state(call.call_id, device) in _AT_PORT
            and self._ports.serves(device)
            for device in call.connections
        )

    def _still_wanted(self, move: _Move, contact: Contact, view: View) -> bool:
        match move.wish:
            case MoveToAgent(offer=offer):
                return offer in view.state.offers
            case MoveToMedia():
                return contact.media_requested and contact.offer is None
            case ForwardCall():
                return contact.stage is ContactStage.FORWARDED
            case _:
                return True

    def _target(self, move: _Move) -> DeviceNumber | None:
        match move.wish:
            case MoveToAgent(device=device):
                return device
            case ForwardCall(number=number):
                return number
            case _:
                return move.port

    def _choose_target(self, move: _Move) -> DeviceNumber | None:
        if isinstance(move.wish, MoveToMedia) and move.port is None:
            move.port = self._ports.take_port(move.wish.call.link)
        return self._target(move)

    def _ask(self, move: _Move, contact: Contact, request: Request, link: MoverLink) -> None:
        move.under_way = True
        self._stop_timer(move)
        call = call_of(contact)
        done = link.request(request)
        done.addCallbacks(
            self._asked, self._refused, callbackArgs=(contact.id, call, request), errbackArgs=(contact.id,)
        )
        done.addErrback(lambda failure: self.log.error("move failed", exception=failure.getTraceback()))

    def _asked(self, response: Response, contact_id: ContactId, call: CallRef, request: Request) -> None:
        move = self._moves[contact_id]
        self.ringing.later.moved(contact_id)
        view = self._view(call.link)
        match request, response:
            case DeflectCall(call_to_be_diverted=at), _ if view is not None and at.device_id in view.devices.pilots:
                self._note_diverted(contact_id, call, view)
            case ConsultationCall(existing_call=at), ConsultationCallResponse(initiated_call=made):
                self._drop(contact_id)
                if isinstance(move.wish, MoveToAgent | ForwardCall):
                    self.ringing.consultations.began(move.wish, at.call_id, at.device_id, made.call_id)
                self._start_next(contact_id)
                return
            case _:
                pass
        if isinstance(request, RetrieveCall | AnswerCall) or (move.via_port and isinstance(request, DeflectCall)):
            move.granted = request
            self._go_on(move, contact_id, call)
            return
        self._drop(contact_id, keep_port=True)
        if view is None:
            return
        if isinstance(request, SingleStepTransferCall) and isinstance(response, SingleStepTransferCallResponse):
            new = response.transferred_call.call_id
            if new != call.call and view.contact_of(call.call) is not None:
                self._submit(ReportCallReplaced(cause=move.wish.cause, call=call, by=view.ref(new)))
        if isinstance(move.wish, ForwardCall):
            self._submit(ReportForwarded(cause=move.wish.cause, contact=contact_id, reached=True))
        contact = view.state.contacts.get(contact_id)
        if contact is not None:
            self._moved(call_of(contact).link, call_of(contact).call)
        self._start_next(contact_id)

    def _go_on(self, move: _Move, contact_id: ContactId, call: CallRef) -> None:
        """The first half is done; the event that tells so starts the second one, at `call_changed`."""
        move.under_way = False
        if contact_id in self._next:
            self._drop(contact_id, keep_port=True)
            self._start_next(contact_id)
            return
        if move.port is not None and move.via_port:
            move.until = self._clock.now() + PATIENCE
        self._wait(move, contact_id)
        self._moved(call.link, call.call)

    def _note_diverted(self, contact_id: ContactId, call: CallRef, view: View) -> None:
        self._diverted = {one: known for one, known in self._diverted.items() if one in view.state.contacts}
        self._diverted[contact_id] = call.call

    def _refused(self, failure: Failure, contact_id: ContactId) -> None:
        if not isinstance(failure.value, CstaError):
            failure.raiseException()
        move = self._moves[contact_id]
        move.under_way = False
        reason = failure.getErrorMessage()
        if contact_id in self._next or isinstance(failure.value, LinkLost):
            # A lost link is reconciled when it is up again; a newer wish makes this one's end unimportant.
            self._drop(contact_id)
            self._start_next(contact_id)
            return
        link = self._link(move.wish.call.link)
        if isinstance(failure.value, ServiceRefused | RequestTimedOut) and not move.checked and link is not None:
            self._check_and_repeat(move, contact_id, link)
            return
        if isinstance(move.wish, MoveToMedia):
            self._next_port(move, contact_id, reason)
            return
        agents_own = isinstance(failure.value, ServiceRefused) and failure.value.value in AGENTS_OWN
        self._fail(contact_id, reason, agents_own=agents_own)

    def _check_and_repeat(self, move: _Move, contact_id: ContactId, link: MoverLink) -> None:
        """The mirror may have been behind: look, then try once more."""
        move.checked = move.under_way = True
        view = self._view(move.wish.call.link)
        contact = None if view is None else view.state.contacts.get(contact_id)
        call = move.wish.call.call if contact is None else call_of(contact).call
        place = "" if contact is None else contact.port or contact.pilot

        link.check_call(call, place).addBoth(lambda _: self._resume(move, contact_id))

    def _release(self, move: _Move, contact: Contact, view: View, link: MoverLink) -> None:
        request = plan_release(view.call(call_of(contact).call), view.devices)
        if isinstance(request, Impossible):
            self.log.warning("call not released", contact=contact.id, reason=request.reason)
            self._drop(contact.id)
            link.check_call(call_of(contact).call, contact.port or contact.pilot)
            return
        self._ask(move, contact, request, link)

    # --- ends -------------------------------------------------------------------------------------------------------

    def _wait(self, move: _Move, contact_id: ContactId) -> None:
        rest = move.until - self._clock.now()
        if rest <= 0:
            self._fail(contact_id, "the call was at no place that it can be moved from")
        elif move.timer is None:
            move.timer = self._clock.call_later(rest, lambda: self._out_of_patience(contact_id, move))

    def _out_of_patience(self, contact_id: ContactId, move: _Move) -> None:
        move.timer = None
        if self._moves.get(contact_id) is move and not move.under_way:
            self._attempt(contact_id)

    def _fail(self, contact_id: ContactId, reason: str, *, agents_own: bool = False) -> None:
        """Report it; ``agents_own`` where it was the agent's phone that could not take the call."""
        move = self._moves[contact_id]
        wish = move.wish
        self._drop(contact_id)
        self.log.warning("move failed", contact=contact_id, kind=type(wish).__name__, reason=reason)
        match wish:
            case MoveToAgent(offer=offer, cause=cause) if agents_own:
                outcome = OfferOutcome.UNREACHABLE
                self._submit(ReportOfferFailed(cause=cause, offer=offer, outcome=outcome, reason=reason))
            case MoveToAgent():
                self.ringing.later.report(wish, reason)
            case MoveToMedia(cause=cause):
                self._submit(ReportMediaRefused(cause=cause, contact=contact_id, reason=reason))
            case ForwardCall(cause=cause):
                self._submit(ReportForwarded(cause=cause, contact=contact_id, reached=False, reason=reason))
            case _:
                pass
        self._start_next(contact_id)

    def _start_next(self, contact_id: ContactId) -> None:
        wish = self._next.pop(contact_id, None)
        if wish is not None:
            self.move(wish)

    def _drop(self, contact_id: ContactId, *, keep_port: bool = False) -> None:
        move = self._moves.pop(contact_id, None)
        if move is None:
            return
        self._stop_timer(move)
        if move.port is not None and not keep_port:
            self._ports.return_port(move.port)

    @staticmethod
    def _stop_timer(move: _Move) -> None:
        if move.timer is not None and move.timer.active():
            move.timer.cancel()
        move.timer = None
