"""One turn of the engine: events are recorded and folded in as they are decided, effects are gathered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer
from cti_server.engine.apply import apply
from cti_server.engine.matching import Matching
from cti_server.engine.state import State
from cti_server.flows.component import Component
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.effects import Effect, MoveToAgent, MoveToMedia, ReleaseCall, ShowAgentStatus
from cti_server.vocabulary.events import CallsSurveyed, Event, Recorded, SessionsSurveyed
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, PartyId
from cti_server.vocabulary.parties import AddressOf, Identify, nobody, number_in
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import AgentStatus, Origin


class Spread(Enum):
    """How far a turn reaches: one subject, all deadlines that are over, or all that a survey names."""

    ONE = "one"
    WAKE_UP = "wake-up"
    SURVEY = "survey"


@dataclass(slots=True)
class Turn:
    """What one command leads to; ``now`` is Unix seconds, ``command_cause`` the event that the command answers.

    ``to_run`` are the contacts whose flow has to start or go on once it is clear that no agent is free for them;
    ``over`` those without a call whose flow has come to its end. ``components`` are those of the flows' steps by their
    settings; ``answer`` is how commands are decided. ``queueings`` counts how often each contact
    was queued in this turn. ``survey`` is what was seen outside: it is recorded before the first thing that comes of
    it, and not at all where nothing does. ``address_of`` and ``identify`` lead from a customer's number in the parties
    to their address and back. ``callers`` are the customers with a call that stands (None: not looked up yet).
    """

    state: State
    now: float
    command_cause: int | None
    matching: Matching
    spread: Spread = Spread.ONE
    components: Mapping[type[Step], Component] = field(default_factory=dict)
    answer: Callable[["Turn", Command], Refusal | None] | None = None
    address_of: AddressOf = nobody
    identify: Identify | None = None
    events: list[Recorded] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    to_run: list[ContactId] = field(default_factory=list)
    over: list[ContactId] = field(default_factory=list)
    queueings: dict[ContactId, int] = field(default_factory=dict)
    callers: frozenset[PartyId] | None = None
    survey: Event | None = None

    def wish(self, command: Command) -> Refusal | None:
        """Put a command to the engine within this turn; None where it was granted."""
        if self.answer is None:
            return Refusal(RefusalCode.NOT_POSSIBLE, f"nobody answers {type(command).__name__} here")
        return self.answer(self, command)

    def number_of(self, party: PartyId | None) -> str | None:
        """Where the party is reached, for decisions; what is recorded refers to the party."""
        address = None if party is None else self.address_of(party)
        return None if address is None else number_in(address) or None

    def emit(self, event: Event, cause: int | None = None) -> int:
        """Record and fold in an event, with the cause given or else `likely_cause`; returns its ``seq``."""
        if self.survey is not None:
            survey, self.survey = self.survey, None
            self.emit(survey)
        if cause is None:
            cause = self.likely_cause(event)
        recorded = Recorded(seq=self.state.seq + 1, at=self.now, cause_seq=cause, event=event)
        before = self.state.contacts.get(getattr(event, "contact", ContactId(0)))
        apply(self.state, recorded)
        self.matching.note(event, before)
        self.events.append(recorded)
        return recorded.seq

    def likely_cause(self, event: Event) -> int | None:
        """What led to an event: what happened to its contact in this turn, else the event before it in this turn.

        A survey and a wake-up speak of many contacts that have nothing to do with one another: there it is what
        happened to the contact last (a deadline was set), or the survey itself.
        """
        contact = self.state.contacts.get(getattr(event, "contact", ContactId(0)))
        if contact is not None and self.events and contact.last_seq >= self.events[0].seq:
            return contact.last_seq
        match self.spread:
            case Spread.WAKE_UP if contact is not None:
                return contact.last_seq
            case Spread.SURVEY:
                surveyed = self.events and isinstance(self.events[0].event, CallsSurveyed | SessionsSurveyed)
                return self.events[0].seq if surveyed else self.command_cause
            case _:
                return self.events[-1].seq if self.events else self.command_cause

    def move_to_media(self, contact: Contact) -> None:
        """Ask for the call to be brought to a media port, if its link is up; else the next survey asks again."""
        if contact.call is not None and self.state.link_up(contact.call.link):
            self.effects.append(MoveToMedia(cause=contact.media_seq, contact=contact.id, call=contact.call))

    def move_to_agent(self, contact: Contact, offer: Offer) -> None:
        """Ask for the call to ring at the agent of an offer, if its link is up."""
        call = contact.call
        if call is not None and self.state.link_up(call.link):
            moved = MoveToAgent(cause=offer.seq, contact=contact.id, call=call, offer=offer.id, device=offer.device)
            self.effects.append(moved)

    def release_call(self, contact: Contact) -> None:
        """Ask for the end of the customer's call, if its link is up; else the next survey asks again.

        A contact without a call is over at once.
        """
        if contact.call is None:
            self.over.append(contact.id)
        elif self.state.link_up(contact.call.link):
            self.effects.append(ReleaseCall(cause=contact.last_seq, contact=contact.id, call=contact.call))

    def show_status(
        self, agent: AgentId, device: DeviceNumber | None, status: AgentStatus, origin: Origin, reason: str = ""
    ) -> None:
        """Tell the PBX an agent's new status, unless the PBX's own phone brought it."""
        if origin is not Origin.PHONE and device is not None:
            cause = self.events[-1].seq
            self.effects.append(ShowAgentStatus(cause=cause, agent=agent, device=device, status=status, reason=reason))
