"""Dialling for callbacks: the agent's phone calls the customer, and the call is followed by its events.

The phone rings; its agent takes it (`ReportCallbackDialled`); the customer rings and answers (`ReportOfferAnswered`) or
does not (`ReportCallbackUnanswered`). After a restart or a lost link it is taken up from the engine's state.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from twisted.internet.defer import Deferred

from csta.causes import EventCause
from csta.errors import CstaError, LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ClearConnection, MakeCall, MakeCallResponse
from csta.messages.base import Event, Request, Response
from csta.messages.call_events import ConnectionCleared, Established, Failed
from csta.messages.enumerations import AutoOriginate
from csta.states import ConnectionState
from cti_server.channels.base import Submit
from cti_server.channels.voice.translate import outcome_of
from cti_server.channels.voice.view import View, alive, number_of
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import OfferState
from cti_server.vocabulary.commands import (
    ReportCallbackDialled,
    ReportCallbackUnanswered,
    ReportOfferAlerting,
    ReportOfferAnswered,
    ReportOfferFailed,
)
from cti_server.vocabulary.effects import DialCustomer, WithdrawOffer
from cti_server.vocabulary.ids import LinkName, OfferId, PartyId
from cti_server.vocabulary.values import Channel, ContactStage, OfferOutcome
from program.clock import Clock, Timer

_NO_SUCH_NUMBER: Final = frozenset(
    {"invalidCalledDeviceID", "invalidDestination", "invalidDestinationDeviceID", "invalidDestinationDeviceObject"}
)
"""Values of CSTAErrorCode (ECMA-269 12.2) that speak of the number that was to be called."""
_NEVER: Final = frozenset(
    {
        EventCause.NUMBER_UNALLOCATED,
        EventCause.NUMBER_CHANGED,
        EventCause.INVALID_NUMBER_FORMAT,
        EventCause.INCOMPATIBLE_DESTINATION,
    }
)
"""Causes that no later attempt will change."""
_BUSY_PHONE: Final = frozenset({"invalidCallingDeviceState", "invalidObjectState", "invalidDeviceState", "deviceBusy"})
_OFFERED: Final = ContactStage.OFFERED
LINK_PAUSE: Final = 3.0
"""Seconds until an offer is given back whose phone cannot be told to call because its link is down."""


class DialLink(Protocol):
    """A link as dialling uses it."""

    @property
    def name(self) -> LinkName:
        """Its name."""

    @property
    def up(self) -> bool:
        """Whether it carries requests."""

    @property
    def monitored(self) -> dict[str, str]:
        """The devices that it tells events of."""

    def request(self, request: Request) -> Deferred[Response]:
        """Ask the PBX."""

    def check_call(self, call_id: str, device: str = "") -> Deferred[None]:
        """Put the mirror's picture of a call right."""


@dataclass(slots=True)
class _Dial:
    """One callback being dialled; ``call`` is empty until the PBX has made it.

    ``taken``: the agent is off-hook, and the engine knows. ``answered``: the customer was seen to answer. ``heard``:
    the PBX told how the customer's side fares, so that silence means that nobody answers.
    """

    wish: DialCustomer
    link: LinkName
    number: str = ""
    call: str = ""
    taken: bool = False
    answered: bool = False
    heard: bool = False
    ended: bool = False
    timer: Timer | None = None


class Dialling:
    """All callbacks being dialled, one at the most for each offer."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        links: Callable[[], Iterable[DialLink]],
        view: Callable[[LinkName], View | None],
        addresses: Callable[[PartyId], Deferred[str | None]],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._links = links
        self._view = view
        self._addresses = addresses
        self._all: dict[OfferId, _Dial] = {}
        self.log = structlog.get_logger(part="dialling")

    def perform(self, wish: DialCustomer) -> None:
        """Let the agent's phone call the customer; a wish that is under way already stays one call."""
        if wish.offer in self._all:
            return
        link = next((one for one in self._links() if one.up and wish.device in one.monitored), None)
        if link is None and not all(one.up for one in self._links()):
            # It may be that link's phone: nobody can be blamed, and in a moment the link may be there.
            reason = f"the link of {wish.device} is down"
            self._clock.call_later(LINK_PAUSE, lambda: self._offer_failed(wish, OfferOutcome.CALL_NOT_MOVED, reason))
            return
        if link is None:
            self._offer_failed(wish, OfferOutcome.UNREACHABLE, f"no link that is up has {wish.device}")
            return
        dial = _Dial(wish, link.name)
        self._all[wish.offer] = dial
        done = Deferred.fromCoroutine(self._dial(dial, link))
        done.addErrback(lambda failure: self.log.error("dialling failed", exception=failure.getTraceback()))

    def withdraw(self, wish: WithdrawOffer) -> bool:
        """Let the phone be still; False where the offer is none of a callback being dialled."""
        dial = self._all.get(wish.offer)
        if dial is None:
            return False
        self._give_up(dial)
        return True

    def heading_for(self, link: LinkName, device: str) -> bool:
        """Whether the device has a call for us, or is about to get one, that no contact has yet."""
        return any(one.link == link and one.wish.device == device for one in self._all.values())

    # --- what happens -----------------------------------------------------------------------------------------------

    def event_seen(self, link: LinkName, event: Event) -> None:
        """Note answers and failures: the mirror keeps neither reasons nor who answered behind a trunk."""
        match event:
            case Established(established_connection=at):
                dial = self._of(link, at.call_id)
                if dial is not None and at.device_id != dial.wish.device:
                    dial.answered = True
            case Failed(failed_connection=at):
                dial = self._of(link, at.call_id)
                if dial is not None:
                    device = number_of(event.failing_device) or at.device_id
                    self._failed(dial, device, event.cause)
            case ConnectionCleared(dropped_connection=at):
                dial = self._of(link, at.call_id)
                if dial is not None and not dial.taken and at.device_id == dial.wish.device:
                    self._not_taken(dial, outcome_of(event.cause), _word(event.cause))
            case _:
                pass

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """Something is new of the call."""
        dial = self._of(link, call_id)
        if dial is not None:
            self._look(dial)

    def surveyed(self, view: View) -> None:
        """After a start or a lost link: take up every callback that an agent of this link is offered."""
        link = next((one for one in self._links() if one.name == view.link), None)
        if link is None:
            return
        for offer in list(view.state.offers.values()):
            contact = view.state.contacts[offer.contact]
            if contact.channel is not Channel.CALLBACK or contact.callback is None or offer.id in self._all:
                continue
            queue = view.state.queue(contact.callback.queue)
            wish = DialCustomer(
                cause=offer.seq,
                contact=contact.id,
                offer=offer.id,
                device=offer.device,
                party=contact.callback.called or contact.party,
                ring_time=queue.callbacks.ring_time if queue is not None else 45.0,
            )
            if contact.call is not None and contact.call.link == view.link:
                dial = _Dial(wish, view.link, call=contact.call.call, taken=True, heard=True)
                self._all[offer.id] = dial
                self._arm(dial, max(1.0, offer.deadline - self._clock.now()))
            elif contact.call is None and offer.device in link.monitored:
                self.perform(wish)
        for dial in [one for one in self._all.values() if one.link == view.link]:
            self._look(dial)

    def link_lost(self, link: LinkName) -> None:
        """Nothing is known any more; `surveyed` takes up what is still there."""
        for dial in [one for one in self._all.values() if one.link == link]:
            self._forget(dial)

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _dial(self, dial: _Dial, link: DialLink) -> None:
        dial.number = await self._number(dial.wish)
        if not self._stands(dial):
            return
        if not dial.number:
            self._unanswered(dial, "the customer's number is not known any more", permanent=True)
            return
        view = self._view(dial.link)
        before = None if view is None else _made_before(view, dial)
        if before is not None:
            dial.call = before
            self._look(dial)
            return
        request = MakeCall(
            calling_device=DeviceID(dial.wish.device),
            called_directory_number=DeviceID(dial.number),
            auto_originate=AutoOriginate.PROMPT,
        )
        try:
            response = await link.request(request)
        except LinkLost:
            return
        except CstaError as refused:
            self._refused(dial, refused)
            return
        if isinstance(response, MakeCallResponse):
            dial.call = response.calling_device.call_id
        if self._stands(dial):
            self._look(dial)
        else:
            self._clear(dial)

    async def _number(self, wish: DialCustomer) -> str:
        address = None if wish.party is None else await self._addresses(wish.party)
        return "" if address is None else address.removeprefix("tel:")

    def _look(self, dial: _Dial) -> None:
        """See where the call stands, and tell what is new."""
        view = self._view(dial.link)
        if view is None or not dial.call or dial.ended or self._all.get(dial.wish.offer) is not dial:
            return
        offer = view.state.offers.get(dial.wish.offer)
        contact = view.state.contacts.get(dial.wish.contact)
        if offer is None or contact is None or contact.stage is not _OFFERED:
            if contact is not None and _talks(contact, dial):
                self._forget(dial)
            else:
                self._give_up(dial)
            return
        agent = view.connection_state(dial.call, dial.wish.device)
        if agent is ConnectionState.CONNECTED:
            self._off_hook(dial, view)
        elif agent is ConnectionState.INITIATED and offer.state is OfferState.HELD:
            self._submit(ReportOfferAlerting(cause=offer.seq, offer=offer.id, media_stays=True))
        elif dial.taken and not alive(view.call(dial.call)):
            self._unanswered(dial, "the call ended before the customer answered")

    def _off_hook(self, dial: _Dial, view: View) -> None:
        if not dial.taken:
            dial.taken = True
            self._arm(dial, dial.wish.ring_time)
            wish = dial.wish
            self._submit(ReportCallbackDialled(cause=wish.cause, offer=wish.offer, call=view.ref(dial.call)))
        call = view.call(dial.call)
        if call is None:
            return
        others = [one for one in call.connections.values() if one.device != dial.wish.device]
        near = [one for one in others if one.device not in call.trunks]
        dial.heard = dial.heard or any(one.state is not ConnectionState.NULL for one in near)
        if dial.answered or any(one.state is ConnectionState.CONNECTED for one in near):
            self._answered(dial)

    def _time_over(self, dial: _Dial) -> None:
        """The customer's ring time is over; where nothing is ever heard of a far end, the agent may well be talking."""
        dial.timer = None
        view = self._view(dial.link)
        call = None if view is None else view.call(dial.call)
        if call is not None and not dial.heard and any(one in call.connections for one in call.trunks):
            self._answered(dial)
        elif self._stands(dial):
            self._unanswered(dial, "the customer does not answer")
            self._clear(dial)

    def _answered(self, dial: _Dial) -> None:
        dial.ended = True
        self._forget(dial)
        self._submit(ReportOfferAnswered(cause=dial.wish.cause, offer=dial.wish.offer))

    def _failed(self, dial: _Dial, device: str, cause: EventCause | None) -> None:
        if device == dial.wish.device and not dial.taken:
            self._not_taken(dial, outcome_of(cause), _word(cause))
            return
        self._unanswered(dial, f"the customer's side: {_word(cause)}", permanent=cause in _NEVER)
        self._clear(dial)

    def _refused(self, dial: _Dial, refused: CstaError) -> None:
        value = refused.value if isinstance(refused, ServiceRefused) else ""
        if value in _NO_SUCH_NUMBER:
            self._unanswered(dial, f"the PBX cannot call the number: {refused}", permanent=True)
        else:
            busy = value in _BUSY_PHONE
            self._not_taken(dial, OfferOutcome.BUSY if busy else OfferOutcome.UNREACHABLE, str(refused))

    def _not_taken(self, dial: _Dial, outcome: OfferOutcome, reason: str) -> None:
        dial.ended = True
        self._forget(dial)
        self._offer_failed(dial.wish, outcome, reason)

    def _offer_failed(self, wish: DialCustomer, outcome: OfferOutcome, reason: str) -> None:
        self._submit(ReportOfferFailed(cause=wish.cause, offer=wish.offer, outcome=outcome, reason=reason))

    def _unanswered(self, dial: _Dial, reason: str, *, permanent: bool = False) -> None:
        dial.ended = True
        self._forget(dial)
        wish = dial.wish
        self._submit(
            ReportCallbackUnanswered(cause=wish.cause, contact=wish.contact, reason=reason, permanent=permanent)
        )

    def _give_up(self, dial: _Dial) -> None:
        dial.ended = True
        self._forget(dial)
        self._clear(dial)

    def _clear(self, dial: _Dial) -> None:
        """End the call at the agent's phone, if there is one yet; one that the PBX is still making is found later."""
        view = self._view(dial.link)
        link = next((one for one in self._links() if one.name == dial.link), None)
        if link is None or not dial.call or (view is not None and not alive(view.call(dial.call))):
            return
        request = ClearConnection(connection_to_be_cleared=ConnectionID(dial.call, dial.wish.device))
        link.request(request).addErrback(lambda failure: self._not_cleared(dial, failure.getErrorMessage()))

    def _not_cleared(self, dial: _Dial, reason: str) -> None:
        self.log.info("call for a callback not cleared", contact=dial.wish.contact, reason=reason)

    def _stands(self, dial: _Dial) -> bool:
        """Whether the dial is still the one of its offer, and the offer is open."""
        view = self._view(dial.link)
        open_offer = view is not None and dial.wish.offer in view.state.offers
        if self._all.get(dial.wish.offer) is dial and open_offer:
            return True
        self._forget(dial)
        return False

    def _of(self, link: LinkName, call_id: str) -> _Dial | None:
        return next((one for one in self._all.values() if one.link == link and one.call == call_id), None)

    def _arm(self, dial: _Dial, seconds: float) -> None:
        dial.timer = self._clock.call_later(seconds, lambda: self._time_over(dial))

    def _forget(self, dial: _Dial) -> None:
        if self._all.get(dial.wish.offer) is dial:
            del self._all[dial.wish.offer]
        if dial.timer is not None and dial.timer.active():
            dial.timer.cancel()
        dial.timer = None


def _talks(contact: Contact, dial: _Dial) -> bool:
    return contact.stage is ContactStage.TALKING and contact.call is not None and contact.call.call == dial.call


def _made_before(view: View, dial: _Dial) -> str | None:
    """The call that an earlier wish for the same made, where its answer got lost."""
    for call in view.mirror.calls_at(dial.wish.device):
        calls_out = number_of(call.calling) == dial.wish.device and number_of(call.called) == dial.number
        if calls_out and alive(call) and view.contact_of(call.call_id) is None:
            return call.call_id
    return None


def _word(cause: EventCause | None) -> str:
    return "no reason given" if cause is None else str(cause)
