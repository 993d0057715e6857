"""Ring-all: free media ports call the agents at once; who answers first gets the caller, the others fall silent.

The caller stays at their port and hears the queue. When an agent answers, that call is brought to the caller's port as
its second one, and from there it is a consultation whose agent has answered: `Consultations` transfers it. Afterwards
the PBX has one call, the caller's with the agent.
"""

from collections.abc import Callable
from typing import Final

import structlog
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from csta.dialects import Capabilities
from csta.errors import CstaError, LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import (
    ClearConnection,
    HoldCall,
    MakeCall,
    MakeCallResponse,
    Response,
    SingleStepTransferCall,
    SingleStepTransferCallResponse,
    TransferCall,
)
from csta.messages.enumerations import AutoOriginate
from csta.states import ConnectionState
from cti_server.channels.base import Submit
from cti_server.channels.voice.consultation import Consultations
from cti_server.channels.voice.door import MoverLink, PortPool
from cti_server.channels.voice.moves import AGENTS_OWN, plan_take_back
from cti_server.channels.voice.ringing.endings import Endings
from cti_server.channels.voice.ringing.fading import Fading
from cti_server.channels.voice.ringing.rings import Leg, Ring, found_again, left_behind, wish_of
from cti_server.channels.voice.view import View, alive
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import OfferState
from cti_server.vocabulary.commands import ReportOfferAlerting, ReportOfferFailed
from cti_server.vocabulary.effects import MoveToAgent, WithdrawOffer
from cti_server.vocabulary.ids import ContactId, LinkName
from cti_server.vocabulary.values import ContactStage, OfferOutcome, SurveyedConnection
from program.clock import Clock

NEEDED: Final = frozenset({ClearConnection, HoldCall, MakeCall, SingleStepTransferCall, TransferCall})
"""The services without which phones ring in turn."""
IN_TURN_FOR: Final = 600.0
"""Seconds in which a link's phones ring in turn, after its PBX did not bring an agent's call to the caller's port."""
MARGIN: Final = 0.5
"""Seconds before its deadline at which an offer without a port is given back: it was not its agent's silence."""
_OFFERED = (ContactStage.QUEUED, ContactStage.OFFERED)


class RingAll:
    """All contacts that ring at several agents at once."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        ports: PortPool,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        capabilities: Callable[[LinkName], Capabilities],
        consultations: Consultations,
        endings: Endings,
        not_moved: Callable[[MoveToAgent, str], None],
        moved: Callable[[LinkName, str], None],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._ports = ports
        self._view = view
        self._link = link
        self._capabilities = capabilities
        self._consultations = consultations
        self._endings = endings
        self._not_moved = not_moved
        self._moved = moved
        self._rings: dict[ContactId, Ring] = {}
        self._fading = Fading(clock, self._still_rings)
        self._left: dict[LinkName, dict[str, str]] = {}
        self._in_turn_until: dict[LinkName, float] = {}
        self.log = structlog.get_logger()

    def takes(self, wish: MoveToAgent) -> bool:
        """Whether the agent is rung here, along with others; else the call itself is moved to them."""
        view = self._view(wish.call.link)
        contact = None if view is None else view.state.contacts.get(wish.contact)
        offer = None if view is None else view.state.offers.get(wish.offer)
        if view is None or contact is None or offer is None or not offer.shared:
            return False
        ring = self._rings.get(contact.id)
        if ring is not None:
            if ring.winner is None and wish.offer not in ring.legs and wish.offer not in ring.waiting:
                self._add(ring, wish)
            return True
        if contact.offer != wish.offer or contact.port is None or not self._possible(contact, view):
            return False
        ring = Ring(contact.id, view.link, contact.port, wish.call.call)
        self._rings[contact.id] = ring
        if self._call(ring, wish):
            return True
        del self._rings[contact.id]
        return False

    def withdraw(self, effect: WithdrawOffer) -> None:
        """An offer is over: its phone falls silent, and one that had no port may ring by this one."""
        ring = self._rings.get(effect.contact)
        if ring is None:
            return
        ring.stop_waiting(effect.offer)
        leg = ring.legs.get(effect.offer)
        if leg is not None and leg is not ring.winner:
            self._silence(ring, leg)
        self._ring_on(ring)

    def takes_port(self, port: str) -> bool:
        """Whether a call that rings at the port is one of these, which the port is to answer."""
        return any(leg.port == port for ring in self._rings.values() for leg in ring.legs.values())

    def joins(self, contact: ContactId) -> bool:
        """Whether an agent has answered, so that their call comes to the caller's port as its second one."""
        ring = self._rings.get(contact)
        return ring is not None and ring.winner is not None

    def heading_for(self, link: LinkName, device: str) -> bool:
        """Whether the device rings for a contact, or is just falling silent."""
        return self._fading.at(link, device) or any(
            ring.link == link and leg.device == device for ring in self._rings.values() for leg in ring.legs.values()
        )

    # --- what happens -----------------------------------------------------------------------------------------------

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """Something is new of a caller's call, or of one that rings at an agent."""
        view = self._view(link)
        if view is not None and not alive(view.call(call_id)):
            self._fading.end(link, call_id)
        for ring in list(self._rings.values()):
            if ring.link == link and (call_id == ring.call or any(leg.call == call_id for leg in ring.legs.values())):
                self.look(ring.contact)

    def look(self, contact_id: ContactId) -> None:
        """See where the contact's phones stand, and do what that asks for."""
        ring = self._rings.get(contact_id)
        view = None if ring is None else self._view(ring.link)
        if ring is None or view is None or self._consultations.concerns(contact_id):
            return
        contact = view.state.contacts.get(contact_id)
        gone = contact is None or contact.call is None or contact.call.call != ring.call
        if gone or contact is None or not alive(view.call(ring.call)):
            for leg in [leg for leg in ring.legs.values() if leg is not ring.winner]:
                self._silence(ring, leg)
            self._ring_on(ring)
            return
        for leg in list(ring.legs.values()):
            if ring.winner is None and ring.legs.get(leg.wish.offer) is leg and leg.call:
                self._look_at(ring, leg, contact, view)

    def _look_at(self, ring: Ring, leg: Leg, contact: Contact, view: View) -> None:
        agent = view.connection_state(leg.call, leg.device)
        leg.seen = leg.seen or agent is not ConnectionState.NULL
        leg.made = leg.made or alive(view.call(leg.call))
        offer = view.state.offers.get(leg.wish.offer)
        ended = self._endings.of(ring.link, leg.call, leg.device)
        if agent is ConnectionState.CONNECTED and _takes_answer(leg, contact):
            self._win(ring, leg)
        elif offer is None:
            self._silence(ring, leg)
        elif ended is not None or agent is ConnectionState.FAIL or (leg.seen and agent is ConnectionState.NULL):
            outcome, reason = ended or (OfferOutcome.UNREACHABLE, "the agent's phone is out of the call")
            self._failed(ring, leg, outcome, reason)
        elif leg.made and not alive(view.call(leg.call)):
            self._failed(ring, leg, OfferOutcome.CALL_NOT_MOVED, f"media port {leg.port} did not call")
        elif agent is ConnectionState.ALERTING and offer.state is OfferState.HELD:
            self._submit(ReportOfferAlerting(cause=offer.seq, offer=offer.id, media_stays=True))

    # --- links that go and come -------------------------------------------------------------------------------------

    def link_lost(self, link: LinkName) -> None:
        """Nothing is known any more; `adopt` finds again what is still there."""
        left = self._left.get(link)
        for ring in [ring for ring in self._rings.values() if ring.link == link]:
            if left is not None:
                left.update({leg.call: leg.port for leg in ring.legs.values() if leg.call})
            self._forget(ring)
        self._fading.link_lost(link)

    def adopt(self, view: View) -> dict[str, list[SurveyedConnection]]:
        """Take up the phones that the survey shows ringing, as after a restart; silence those that nobody rings.

        Returns the agents' connections by the customer's call: for the engine their phones ring for that call.
        """
        found: dict[str, list[SurveyedConnection]] = {}
        for contact in list(view.state.contacts.values()):
            if contact.id in self._rings or self._consultations.concerns(contact.id):
                continue
            ring = found_again(contact, view)
            if ring is not None:
                self._rings[contact.id] = ring
                ringing = str(ConnectionState.ALERTING)
                found[ring.call] = [SurveyedConnection(leg.wish.device, ringing) for leg in ring.legs.values()]
        left = self._left[view.link] if view.link in self._left else left_behind(view)
        self._left[view.link] = {}
        known = {leg.call for ring in self._rings.values() for leg in ring.legs.values()}
        for call, port in left.items():
            if call not in known and alive(view.call(call)):
                self._end(view.link, call, port)
        return found

    def look_at_all(self, link: LinkName) -> None:
        """After a survey: everything may stand elsewhere."""
        for ring in [ring for ring in self._rings.values() if ring.link == link]:
            self.look(ring.contact)

    # --- ringing ----------------------------------------------------------------------------------------------------

    def _possible(self, contact: Contact, view: View) -> bool:
        """Whether the caller is at a port, and the PBX can bring an agent's call there."""
        return (
            contact.session is not None
            and contact.call is not None
            and self._in_turn_until.get(view.link, 0.0) <= self._clock.now()
            and self._capabilities(view.link).services >= NEEDED
            and not self._consultations.concerns(contact.id)
            and view.connection_state(contact.call.call, contact.port or "") is ConnectionState.CONNECTED
        )

    def _add(self, ring: Ring, wish: MoveToAgent) -> None:
        """Ring one more agent, at once or as soon as there is a port for it."""
        view = self._view(ring.link)
        offer = None if view is None else view.state.offers.get(wish.offer)
        if offer is None or self._call(ring, wish):
            return
        pause = max(0.0, offer.deadline - self._clock.now() - MARGIN)
        ring.waiting[wish.offer] = (wish, self._clock.call_later(pause, lambda: self._never_rang(ring, wish)))

    def _never_rang(self, ring: Ring, wish: MoveToAgent) -> None:
        ring.waiting.pop(wish.offer, None)
        self._report(wish, OfferOutcome.CALL_NOT_MOVED, "no media port was free to ring this phone, too")

    def _ring_on(self, ring: Ring) -> None:
        """Ring those who had no port, where there is one now; a ring with nobody in it is over."""
        for offer, (wish, _) in list(ring.waiting.items()):
            if ring.winner is not None or not self._call(ring, wish):
                break
            ring.stop_waiting(offer)
        if not ring.legs and not ring.waiting and self._rings.get(ring.contact) is ring:
            del self._rings[ring.contact]

    def _call(self, ring: Ring, wish: MoveToAgent) -> bool:
        """Let a free port call the agent; False where there is none to spare."""
        link, port = self._link(ring.link), self._ports.spare_port(ring.link)
        if link is None or port is None:
            return False
        leg = ring.legs[wish.offer] = Leg(wish, port)
        request = MakeCall(
            calling_device=DeviceID(port),
            called_directory_number=DeviceID(wish.device),
            auto_originate=AutoOriginate.PROMPT,
        )
        done = link.request(request)
        done.addCallbacks(self._made, self._not_made, callbackArgs=(ring, leg), errbackArgs=(ring, leg))
        done.addErrback(lambda failure: self.log.error("ring-all failed", exception=failure.getTraceback()))
        return True

    def _made(self, response: Response, ring: Ring, leg: Leg) -> None:
        if isinstance(response, MakeCallResponse):
            leg.call = response.calling_device.call_id
        if ring.legs.get(leg.wish.offer) is leg:
            self.look(ring.contact)
        else:
            self._clear(ring.link, leg)

    def _not_made(self, failure: Failure, ring: Ring, leg: Leg) -> None:
        refused = failure.value
        if not isinstance(refused, CstaError):
            failure.raiseException()
        self._ports.return_port(leg.port)
        if ring.legs.get(leg.wish.offer) is not leg or isinstance(refused, LinkLost):
            return
        agents_own = isinstance(refused, ServiceRefused) and refused.value in AGENTS_OWN
        self._failed(ring, leg, OfferOutcome.UNREACHABLE if agents_own else OfferOutcome.CALL_NOT_MOVED, str(refused))

    def _failed(self, ring: Ring, leg: Leg, outcome: OfferOutcome, reason: str) -> None:
        self._silence(ring, leg)
        if outcome is OfferOutcome.CALL_NOT_MOVED:
            self._not_moved(leg.wish, reason)
        else:
            self._report(leg.wish, outcome, reason)
        self._ring_on(ring)

    def _silence(self, ring: Ring, leg: Leg) -> None:
        """Let the phone be still; a call that the PBX is still making is cleared when it is made."""
        if ring.legs.get(leg.wish.offer) is leg:
            del ring.legs[leg.wish.offer]
        self._clear(ring.link, leg)

    def _clear(self, link: LinkName, leg: Leg) -> None:
        view = self._view(link)
        if view is not None and leg.call and (alive(view.call(leg.call)) or not leg.made):
            self._fading.begin(link, leg.call, leg.device)
            self._end(link, leg.call, leg.port)

    def _end(self, link_name: LinkName, call: str, port: str) -> None:
        link = self._link(link_name)
        if link is not None:
            done = link.request(ClearConnection(connection_to_be_cleared=ConnectionID(call, port)))
            done.addErrback(lambda failure: self._not_cleared(link_name, call, failure.getErrorMessage()))

    def _not_cleared(self, link: LinkName, call: str, reason: str) -> None:
        self._fading.end(link, call)
        self.log.info("call of ring-all not cleared", call=call, reason=reason)

    def _still_rings(self, link: LinkName, device: str) -> None:
        """The PBX has not told in time that the phone is still: what there is at it now is not ours any more."""
        view = self._view(link)
        self.log.warning("a phone of ring-all has not fallen silent", link=link, device=device)
        for call in [] if view is None else view.mirror.calls_at(device):
            self._moved(link, call.call_id)

    # --- the winner -------------------------------------------------------------------------------------------------

    def _win(self, ring: Ring, leg: Leg) -> None:
        """The first who answers: nobody else rings from here on, and their call comes to the caller's port."""
        ring.winner = leg
        for offer in list(ring.waiting):
            ring.stop_waiting(offer)
        for other in [other for other in ring.legs.values() if other is not leg]:
            self._silence(ring, other)
        done = Deferred.fromCoroutine(self._join(ring, leg))
        done.addErrback(lambda failure: self.log.error("ring-all failed", exception=failure.getTraceback()))

    async def _join(self, ring: Ring, leg: Leg) -> None:
        link = self._link(ring.link)
        if link is None:
            self._forget(ring)
            return
        try:
            await link.request(HoldCall(call_to_be_held=ConnectionID(ring.call, ring.port)))
            answer = await link.request(
                SingleStepTransferCall(active_call=ConnectionID(leg.call, leg.port), transferred_to=DeviceID(ring.port))
            )
        except LinkLost:
            self._forget(ring)
            return
        except CstaError as refused:
            await self._not_joined(ring, leg, link, str(refused))
            return
        if isinstance(answer, SingleStepTransferCallResponse):
            self._consultations.began(leg.wish, ring.call, ring.port, answer.transferred_call.call_id)
        self._forget(ring)
        self._consultations.look(ring.contact)

    async def _not_joined(self, ring: Ring, leg: Leg, link: MoverLink, reason: str) -> None:
        """The PBX cannot do it, or caller or agent are gone meanwhile: the caller is back at the port's ear."""
        view = self._view(ring.link)
        both = view is not None and alive(view.call(ring.call))
        both = both and view is not None and view.connection_state(leg.call, leg.device) is ConnectionState.CONNECTED
        self._silence(ring, leg)
        request = None if view is None else plan_take_back(view.call(ring.call), ring.port)
        if request is not None:
            try:
                await link.request(request)
            except CstaError as refused:
                self.log.warning("customer not taken from hold", contact=ring.contact, reason=str(refused))
        self._forget(ring)
        if both:
            self.not_joined(leg.wish, reason)
        else:
            self.give_back_others(leg.wish, "the agent who answered hung up again")
            self._not_moved(leg.wish, reason)

    def not_joined(self, wish: MoveToAgent, reason: str) -> None:
        """Caller and agent are there, but the PBX did not join them: for some time the phones ring in turn."""
        self.log.warning(
            "the PBX does not bring an agent's call to the caller's port: phones ring in turn for some time",
            link=wish.call.link,
            reason=reason,
            seconds=IN_TURN_FOR,
        )
        self._in_turn_until[wish.call.link] = self._clock.now() + IN_TURN_FOR
        self.give_back_others(wish, "somebody else answered, but did not get the call")
        self._not_moved(wish, reason)

    def give_back_others(self, wish: MoveToAgent, reason: str) -> None:
        """The offers of those whose phones fell silent when ``wish``'s agent answered."""
        view = self._view(wish.call.link)
        contact = None if view is None else view.state.contacts.get(wish.contact)
        if view is None or contact is None:
            return
        for other in [view.state.offers[offer] for offer in contact.offers if offer != wish.offer]:
            self._report(wish_of(contact, other), OfferOutcome.CALL_NOT_MOVED, reason)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _report(self, wish: MoveToAgent, outcome: OfferOutcome, reason: str) -> None:
        self._submit(ReportOfferFailed(cause=wish.cause, offer=wish.offer, outcome=outcome, reason=reason))

    def _forget(self, ring: Ring) -> None:
        for offer in list(ring.waiting):
            ring.stop_waiting(offer)
        if self._rings.get(ring.contact) is ring:
            del self._rings[ring.contact]


def _takes_answer(leg: Leg, contact: Contact) -> bool:
    """Whether the answer still counts: also a late one, as long as nobody else is offered the contact."""
    open_or_late = not contact.offers or leg.wish.offer in contact.offers
    return contact.stage in _OFFERED and not contact.leaving and open_or_late
