"""All ways in which an agent's phone rings beside a plain move: consulted, at once with others, or in turn."""

from collections.abc import Callable

from csta.dialects import Capabilities
from csta.messages import Event
from cti_server.channels.base import Submit
from cti_server.channels.voice.consultation import Consultations
from cti_server.channels.voice.door import MoverLink, PortPool
from cti_server.channels.voice.ringing.endings import Endings
from cti_server.channels.voice.ringing.in_turn import InTurn
from cti_server.channels.voice.ringing.later import Later
from cti_server.channels.voice.ringing.ring_all import RingAll
from cti_server.channels.voice.view import View
from cti_server.vocabulary.commands import ReportForwarded, ReportOfferFailed
from cti_server.vocabulary.effects import ForwardCall, MoveToAgent, WithdrawOffer
from cti_server.vocabulary.ids import ContactId, LinkName
from cti_server.vocabulary.values import OfferOutcome, SurveyedConnection
from program.clock import Clock


class RingingDesk:
    """Passes on what happens to those whom it concerns."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        ports: PortPool,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        capabilities: Callable[[LinkName], Capabilities],
        moved: Callable[[LinkName, str], None],
        move: Callable[[MoveToAgent], None],
    ) -> None:
        self._submit = submit
        self._view = view
        self._endings = Endings()
        self.later = Later(clock=clock, submit=submit, view=view)
        self.consultations = Consultations(
            clock=clock, submit=submit, view=view, link=link, moved=moved, endings=self._endings, failed=self._failed
        )
        self.all = RingAll(
            clock=clock,
            submit=submit,
            ports=ports,
            view=view,
            link=link,
            capabilities=capabilities,
            consultations=self.consultations,
            endings=self._endings,
            not_moved=self.later.report,
            moved=moved,
        )
        self._in_turn = InTurn(clock=clock, submit=submit, view=view, move=move)

    def takes(self, wish: MoveToAgent) -> bool:
        """Whether the contact's call stays where it is, because others ring for it, too."""
        return self.all.takes(wish) or self._in_turn.takes(wish)

    def withdraw(self, effect: WithdrawOffer) -> None:
        """Hear that an offer is over, but not by its agent: the phone of another one may ring now."""
        self.all.withdraw(effect)
        self._in_turn.withdraw(effect)

    def second_call(self, contact: ContactId) -> bool:
        """Whether the contact's port has, or gets, a second call, which is an agent's."""
        return self.consultations.concerns(contact) or self.all.joins(contact)

    def heading_for(self, link: LinkName, device: str) -> bool:
        """Whether the device rings by a call that is no contact's."""
        return self.consultations.heading_for(link, device) or self.all.heading_for(link, device)

    def look(self, contact: ContactId) -> None:
        """Something is new of the contact."""
        self.consultations.look(contact)
        self.all.look(contact)

    def event_seen(self, link: LinkName, event: Event) -> None:
        """An event, folded already: it may say why a phone did not take a call."""
        self._endings.event_seen(link, event)
        self.consultations.event_seen(link, event)

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """Something is new of a call."""
        self.consultations.call_changed(link, call_id)
        self.all.call_changed(link, call_id)

    def link_lost(self, link: LinkName) -> None:
        """Nothing is known any more."""
        self.consultations.link_lost(link)
        self.all.link_lost(link)

    def adopt(self, view: View) -> dict[str, list[SurveyedConnection]]:
        """Phones that ring by a call of their own, by the caller's call; see `Consultations.adopt`, `RingAll.adopt`."""
        found = {call: [one] for call, one in self.consultations.adopt(view).items()}
        for call, ringing in self.all.adopt(view).items():
            found.setdefault(call, []).extend(ringing)
        return found

    def look_at_all(self, link: LinkName) -> None:
        """After a survey: everything may stand elsewhere."""
        self.consultations.look_at_all(link)
        self.all.look_at_all(link)

    def _failed(self, wish: MoveToAgent | ForwardCall, outcome: OfferOutcome | None, reason: str) -> None:
        """A consultation came to nothing; without an ``outcome`` because nobody wants it any more."""
        if isinstance(wish, MoveToAgent):
            self._offer_failed(wish, outcome, reason)
        elif outcome is not None:
            text = reason if reason == outcome else f"{outcome}: {reason}"
            self._submit(ReportForwarded(cause=wish.cause, contact=wish.contact, reached=False, reason=text))

    def _offer_failed(self, wish: MoveToAgent, outcome: OfferOutcome | None, reason: str) -> None:
        view = self._view(wish.call.link)
        offer = None if view is None else view.state.offers.get(wish.offer)
        past = None if view is None else view.state.past_offers.get(wish.offer)
        if any(one is not None and one.shared for one in (offer, past)):
            if offer is not None and outcome is OfferOutcome.CALL_NOT_MOVED:
                self.all.not_joined(wish, reason)
                return
            self.all.give_back_others(wish, "somebody else answered, but did not get the call")
        if offer is not None and outcome is OfferOutcome.CALL_NOT_MOVED:
            self.later.report(wish, reason)
        elif offer is not None and outcome is not None:
            self._submit(ReportOfferFailed(cause=wish.cause, offer=wish.offer, outcome=outcome, reason=reason))
