"""Consultation and transfer: a media port holds the customer, calls somebody, and steps out when they answer.

That is an agent to whom the contact is offered, or a number outside that a flow sends it to.

While the agent's phone rings the customer's call stays the port's: no answer, busy or a PBX that goes away cost neither
the place in the queue nor the session. What the customer hears meanwhile is the PBX's to say, because a held call is
heard by nobody else: its music on hold, or the port's where it lets that through.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from twisted.internet.defer import Deferred, succeed

from csta.errors import CstaError, LinkLost
from csta.identifiers import ConnectionID
from csta.messages import ClearConnection, Delivered, Established, Event, TransferCall, TransferCallResponse
from csta.states import ConnectionState
from cti_server.channels.base import Submit
from cti_server.channels.voice.door import MoverLink
from cti_server.channels.voice.moves import plan_take_back
from cti_server.channels.voice.ringing.endings import Ending, Endings
from cti_server.channels.voice.view import View, alive, call_of, number_of
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer, OfferState
from cti_server.vocabulary.commands import ReportCallReplaced, ReportForwarded, ReportOfferAlerting
from cti_server.vocabulary.effects import Effect, ForwardCall, MoveToAgent
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName
from cti_server.vocabulary.values import CallRef, ContactStage, OfferOutcome, SurveyedConnection
from program.clock import Clock, Timer

UNHEARD = 5.0
"""Seconds after which a number outside is taken for reached where its trunk tells neither ringing nor answer."""
MARGIN = 0.2
"""Seconds after an offer's end in which its consultation is looked at, should nothing else say that it is over."""

_OFFERED = (ContactStage.QUEUED, ContactStage.OFFERED)
_GONE = (ConnectionState.NULL, ConnectionState.FAIL)


@dataclass(slots=True, eq=False)
class Consultation:
    """One consultation: ``call`` is the customer's, held at the port; ``consult`` is the port's own to the agent.

    ``seen`` says that the mirror has shown the agent in it, ``at_port`` that it has shown the port; ``busy`` that a
    request of ours is on its way. Of a number outside: ``heard`` says that it was told to ring, ``answered`` that it
    was told to have answered; ``since`` is when the call was made (Unix seconds).
    ``outcome`` is why it came to nothing, and ``waiting`` who waits until the port talks with the customer again.
    Without a ``wish`` nobody is consulted any more, and the customer is only to be taken from hold.
    """

    contact: ContactId
    link: LinkName
    port: DeviceNumber
    call: str
    consult: str
    wish: MoveToAgent | ForwardCall | None = None
    since: float = 0.0
    heard: bool = False
    answered: bool = False
    seen: bool = False
    at_port: bool = False
    busy: bool = False
    outcome: OfferOutcome | None = None
    reason: str = ""
    timer: Timer | None = None
    waiting: list[Deferred[None]] = field(default_factory=list)

    @property
    def agent(self) -> str:
        """Who is called; empty where nobody is consulted and the customer is only taken from hold."""
        match self.wish:
            case MoveToAgent(device=device) | ForwardCall(number=device):
                return device
            case _:
                return ""


class Consultations:
    """All consultations under way, one at the most for each contact."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        moved: Callable[[LinkName, str], None],
        endings: Endings,
        failed: Callable[[MoveToAgent | ForwardCall, OfferOutcome | None, str], None],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._view = view
        self._link = link
        self._moved = moved
        self._endings = endings
        self._failed = failed
        self._all: dict[ContactId, Consultation] = {}
        self.log = structlog.get_logger()

    def began(self, wish: MoveToAgent | ForwardCall, call: str, port: str, consult: str) -> None:
        """The PBX has taken the consultation call."""
        made = Consultation(wish.contact, wish.call.link, DeviceNumber(port), call, consult, wish, self._clock.now())
        self._all[wish.contact] = made
        self._arm(made)
        if isinstance(wish, ForwardCall):
            self._clock.call_later(UNHEARD + MARGIN, lambda: self.look(wish.contact))
        self.look(wish.contact)

    def concerns(self, contact: ContactId) -> bool:
        """Whether the contact's call is held, or is being taken from hold."""
        return contact in self._all

    def serves(self, wish: Effect) -> bool:
        """Whether the consultation that the wish asks for is under way, and was not given up."""
        if not isinstance(wish, MoveToAgent | ForwardCall):
            return False
        one = self._all.get(wish.contact)
        return one is not None and one.outcome is None and _same(one.wish, wish)

    def heading_for(self, link: LinkName, device: str) -> bool:
        """Whether a consultation rings at the device."""
        return any(one.link == link and one.agent == device for one in self._all.values())

    # --- what happens -----------------------------------------------------------------------------------------------

    def event_seen(self, link: LinkName, event: Event) -> None:
        """Note that somebody rings or answers: the mirror does not know it of who is behind a trunk."""
        match event:
            case Delivered(connection=at) | Established(established_connection=at):
                one = self._at(link, at.call_id)
                if one is not None and at.call_id == one.consult and at.device_id != one.port:
                    one.heard, one.answered = True, one.answered or isinstance(event, Established)
            case _:
                pass

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """Something is new of one of the two calls."""
        one = self._at(link, call_id)
        if one is not None:
            self.look(one.contact)

    def look(self, contact_id: ContactId) -> None:
        """See where the contact's consultation stands, and do what that asks for."""
        one = self._all.get(contact_id)
        view = None if one is None else self._view(one.link)
        if one is None or view is None or one.busy:
            return
        contact = view.state.contacts.get(contact_id)
        agent, ended = self._far_end(one, view)
        one.seen = one.seen or agent is not ConnectionState.NULL
        port = view.connection_state(one.consult, one.port)
        one.at_port = one.at_port or port is not ConnectionState.NULL
        if contact is None or not alive(view.call(one.call)):
            self._run(one, self._clear(one))
        elif one.at_port and port in _GONE and agent is ConnectionState.CONNECTED:
            one.outcome, one.reason = OfferOutcome.CALL_NOT_MOVED, f"media port {one.port} takes no second call"
            self._run(one, self._take_back(one))
        elif agent is ConnectionState.CONNECTED and self._takes_answer(one, contact):
            if port is not ConnectionState.ALERTING:  # an agent's call that comes to the port has to be answered there
                self._run(one, self._transfer(one))
        elif contact is None or not _wanted(one, contact, view):
            self._run(one, self._take_back(one))
        elif ended is not None or agent is ConnectionState.FAIL or (one.seen and agent is ConnectionState.NULL):
            one.outcome, one.reason = ended or (OfferOutcome.UNREACHABLE, f"{one.agent} is out of the call")
            self._run(one, self._take_back(one))
        elif agent is ConnectionState.ALERTING and isinstance(one.wish, MoveToAgent):
            offer = view.state.offers[one.wish.offer]
            if offer.state is OfferState.HELD:
                self._submit(ReportOfferAlerting(cause=offer.seq, offer=offer.id, media_stays=True))

    def _far_end(self, one: Consultation, view: View) -> tuple[ConnectionState, Ending | None]:
        """How who is called stands in the call, and why they are out of it.

        A number outside is connected when it was told to have answered, or where its trunk tells nothing at all.
        """
        if not isinstance(one.wish, ForwardCall):
            state = view.connection_state(one.consult, one.agent)
            return state, self._endings.of(one.link, one.consult, one.agent)
        call = view.call(one.consult)
        others = [] if call is None else [each for each in call.connections.values() if each.device != one.port]
        ended = self._endings.beside(one.link, one.consult, one.port)
        outside = call is not None and any(each.device in call.trunks for each in others)
        mute = outside and not one.heard and self._clock.now() - one.since >= UNHEARD
        states = [each.state for each in others if each.state not in _GONE]
        if not states:
            return ConnectionState.NULL, ended
        if ConnectionState.CONNECTED in states and (one.answered or mute or not outside):
            return ConnectionState.CONNECTED, ended
        return ConnectionState.ALERTING, ended

    def take_back(self, contact_id: ContactId) -> Deferred[None]:
        """Give the consultation up; fires, and never fails, once the port has the customer or the link is lost."""
        one = self._all.get(contact_id)
        if one is None:
            return succeed(None)
        done: Deferred[None] = Deferred()
        one.waiting.append(done)
        if not one.busy:
            self._run(one, self._take_back(one))
        return done

    def link_lost(self, link: LinkName) -> None:
        """Nothing is known any more; `adopt` finds again what is still there."""
        for one in [one for one in self._all.values() if one.link == link]:
            self._forget(one)

    # --- after a survey ---------------------------------------------------------------------------------------------

    def adopt(self, view: View) -> dict[str, SurveyedConnection]:
        """Take up consultations that the survey shows, as after a restart; free customers whom nobody consults for.

        Returns the agents' connections by the customer's call: for the engine the phone rings for that call, and the
        answer counts when the transfer is through.
        """
        found: dict[str, SurveyedConnection] = {}
        for contact in list(view.state.contacts.values()):
            port = _held_at_port(contact, view)
            if port is None:
                continue
            others = [call.call_id for call in view.mirror.calls_at(port) if call.call_id != call_of(contact).call]
            offer, ringing = _ringing(contact, others, view)
            if offer is not None and ringing is not None:
                found[call_of(contact).call] = SurveyedConnection(offer.device, str(ConnectionState.ALERTING))
            if contact.id in self._all:
                continue
            one = Consultation(contact.id, view.link, port, call_of(contact).call, others[0] if others else "")
            self._all[contact.id] = one
            if offer is not None and ringing is not None:
                one.consult, one.seen, one.wish = ringing, True, _wish(contact, offer)
            elif contact.stage is ContactStage.FORWARDED and others:
                number = number_of(view.mirror.calls[others[0]].called) or ""
                one.wish = ForwardCall(
                    cause=contact.last_seq,
                    contact=contact.id,
                    call=call_of(contact),
                    number=DeviceNumber(number),
                )
                one.since = self._clock.now()
            if one.wish is not None:
                self._arm(one)
        return found

    def look_at_all(self, link: LinkName) -> None:
        """After a survey: every consultation of the link may stand elsewhere."""
        for contact, one in list(self._all.items()):
            if one.link == link:
                self.look(contact)

    # --- requests ---------------------------------------------------------------------------------------------------

    def _run(self, one: Consultation, course: Coroutine[Any, Any, None]) -> None:
        one.busy = True
        done = Deferred.fromCoroutine(course)
        done.addErrback(lambda failure: self.log.error("consultation failed", exception=failure.getTraceback()))

    async def _transfer(self, one: Consultation) -> None:
        link = self._link(one.link)
        request = TransferCall(
            held_call=ConnectionID(one.call, one.port), active_call=ConnectionID(one.consult, one.port)
        )
        for last in (False, True):
            try:
                response = None if link is None else await link.request(request)
            except LinkLost:
                self._forget(one)
                return
            except CstaError as refused:
                self.log.warning("transfer refused", contact=one.contact, reason=str(refused))
                one.reason = str(refused)
                if link is not None:
                    await link.check_call(one.consult, one.port)
                    await link.check_call(one.call, one.port)
                if self._transferred(one) is not None:
                    self._forget(one)
                    return
                if last or not self._can_transfer(one):
                    break
                continue
            self._forget(one)
            if link is not None and isinstance(response, TransferCallResponse):
                self._follow(one, response.transferred_call.call_id, link)
            return
        one.outcome = OfferOutcome.CALL_NOT_MOVED
        await self._take_back(one)

    def _follow(self, one: Consultation, new: str, link: MoverLink) -> None:
        """The transfer is through; the events that tell so may have come already, or may never come."""
        view = self._view(one.link)
        if isinstance(one.wish, ForwardCall):
            self._submit(ReportForwarded(cause=one.wish.cause, contact=one.contact, reached=True))
            self._moved(one.link, new)
            return
        if view is None:
            return
        if new != one.call and view.contact_of(one.call) is not None:
            cause = None if one.wish is None else one.wish.cause
            self._submit(ReportCallReplaced(cause=cause, call=view.ref(one.call), by=view.ref(new)))
        if view.connection_state(new, one.agent) is ConnectionState.CONNECTED:
            self._moved(one.link, new)
        else:
            link.check_call(new, one.agent)

    async def _take_back(self, one: Consultation) -> None:
        """Clear the call to the agent, take the customer from hold, then report what came of it."""
        await self._clear_consult(one)
        link = self._link(one.link)
        for _ in range(2):
            view = self._view(one.link)
            request = None if view is None else plan_take_back(view.call(one.call), one.port)
            if request is None or link is None:
                break
            try:
                await link.request(request)
                break
            except LinkLost:
                break
            except CstaError as refused:
                self.log.warning("customer not taken from hold", contact=one.contact, reason=str(refused))
                await link.check_call(one.call, one.port)
        self._forget(one)
        self._report(one)

    async def _clear(self, one: Consultation) -> None:
        """The customer is gone: let the agent's phone be still."""
        await self._clear_consult(one)
        self._forget(one)

    async def _clear_consult(self, one: Consultation) -> None:
        view, link = self._view(one.link), self._link(one.link)
        if view is None or link is None or not alive(view.call(one.consult)):
            return
        try:
            at = one.port if view.connection_state(one.consult, one.port) not in _GONE else one.agent
            await link.request(ClearConnection(connection_to_be_cleared=ConnectionID(one.consult, at)))
        except CstaError as refused:
            self.log.info("consultation not cleared", contact=one.contact, reason=str(refused))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _report(self, one: Consultation) -> None:
        if one.wish is not None:
            self._failed(one.wish, one.outcome, one.reason)

    @staticmethod
    def _takes_answer(one: Consultation, contact: Contact) -> bool:
        """Whether the answer still counts: also a late one, as long as nobody else is offered the contact."""
        if not isinstance(one.wish, MoveToAgent):
            return contact.stage is ContactStage.FORWARDED
        open_or_late = not contact.offers or one.wish.offer in contact.offers
        return contact.stage in _OFFERED and not contact.leaving and open_or_late

    def _can_transfer(self, one: Consultation) -> bool:
        view = self._view(one.link)
        return (
            view is not None and self._far_end(one, view)[0] is ConnectionState.CONNECTED and alive(view.call(one.call))
        )

    def _transferred(self, one: Consultation) -> CallRef | None:
        """The contact's new call, where an event told of the transfer although its answer did not come."""
        view = self._view(one.link)
        contact = None if view is None else view.state.contacts.get(one.contact)
        return None if contact is None or contact.call is None or contact.call.call == one.call else contact.call

    def _at(self, link: LinkName, call_id: str) -> Consultation | None:
        return next(
            (one for one in self._all.values() if one.link == link and call_id in {one.call, one.consult}), None
        )

    def _arm(self, one: Consultation) -> None:
        view = self._view(one.link)
        deadline: float | None = None
        if view is not None and isinstance(one.wish, MoveToAgent) and one.wish.offer in view.state.offers:
            deadline = view.state.offers[one.wish.offer].deadline
        elif view is not None and isinstance(one.wish, ForwardCall) and one.contact in view.state.contacts:
            deadline = view.state.contacts[one.contact].cursor.deadline
        if deadline is not None:
            pause = max(0.0, deadline - self._clock.now()) + MARGIN
            one.timer = self._clock.call_later(pause, lambda: self.look(one.contact))

    def _forget(self, one: Consultation) -> None:
        if self._all.get(one.contact) is one:
            del self._all[one.contact]
        if one.timer is not None and one.timer.active():
            one.timer.cancel()
        waiting, one.waiting = one.waiting, []
        for done in waiting:
            done.callback(None)


def _ringing(contact: Contact, calls: list[str], view: View) -> tuple[Offer | None, str | None]:
    """The offer whose agent is in one of the port's other calls, and that call; else the first offer."""
    offers = [view.state.offers[number] for number in contact.offers]
    found = ((offer, call) for offer in offers for call in calls if _is_at(view, call, offer.device))
    return next(found, (offers[0] if offers else None, None))


def _same(one: MoveToAgent | ForwardCall | None, other: MoveToAgent | ForwardCall) -> bool:
    """Whether two wishes ask for the same: for one offer, or to reach one number."""
    match one, other:
        case MoveToAgent(offer=offer), MoveToAgent(offer=again):
            return offer == again
        case ForwardCall(number=number), ForwardCall(number=again):
            return number == again
        case _:
            return False


def _wanted(one: Consultation, contact: Contact, view: View) -> bool:
    """Whether who is called is still to have the contact."""
    match one.wish:
        case MoveToAgent(offer=offer):
            return offer in view.state.offers
        case ForwardCall():
            return contact.stage is ContactStage.FORWARDED
        case _:
            return False


def _is_at(view: View, call_id: str, device: str) -> bool:
    return view.connection_state(call_id, device) not in {ConnectionState.NULL, ConnectionState.FAIL}


def _wish(contact: Contact, offer: Offer) -> MoveToAgent:
    return MoveToAgent(cause=offer.seq, contact=contact.id, call=call_of(contact), offer=offer.id, device=offer.device)


def _held_at_port(contact: Contact, view: View) -> DeviceNumber | None:
    """The port that holds the contact's call."""
    if contact.call is None or contact.call.link != view.link or contact.stage is ContactStage.TALKING:
        return None
    call = view.call(contact.call.call)
    found = () if call is None else sorted(view.devices.ports & set(call.connections))
    return next(
        (
            DeviceNumber(port)
            for port in found
            if view.connection_state(contact.call.call, port) is ConnectionState.HOLD
        ),
        None,
    )
