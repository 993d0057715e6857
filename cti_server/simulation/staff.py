"""The agents: they come and go by the roster, end their wrap-up, and come back after a call that they missed."""

from collections.abc import Callable
from enum import Enum
from typing import Final

from cti_server.simulation.agenda import Agenda
from cti_server.simulation.day import Day, Duty, RosterEntry
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import AgentStatus, OfferOutcome, Origin

END_OF_SHIFT: Final = "end of shift"
Tell = Callable[[commands.Command, float], None]
"""Hands a command to the engine, with the time."""


class Phase(Enum):
    """What an agent does with a contact."""

    RING = "ring"
    TALK = "talk"
    WRAP_UP = "wrap-up"


class Staff:
    """All agents of a day. They finish what they are at: nobody leaves in the middle of a ring, talk or wrap-up."""

    def __init__(self, day: Day, agenda: Agenda, tell: Tell) -> None:
        self._day, self._agenda, self._tell = day, agenda, tell
        self._duty: dict[AgentId, RosterEntry] = {}
        self._status: dict[AgentId, AgentStatus] = {}
        self._in_hand: dict[AgentId, dict[ContactId, Phase]] = {}
        self._handlers: dict[ContactId, AgentId] = {}
        self._resting_until: dict[AgentId, float] = {}

    def begin(self) -> None:
        """Put the whole roster down."""
        for entry in self._day.roster:
            self._agenda.put(entry.at, self._taking(entry))

    def note(self, recorded: Recorded) -> None:
        """Follow what the engine says of the agents."""
        event, now = recorded.event, recorded.at
        match event:
            case events.AgentLoggedOn(agent=agent):
                self._status[agent] = AgentStatus.NOT_READY
            case events.AgentLoggedOff(agent=agent):
                self._status[agent] = AgentStatus.LOGGED_OFF
            case events.AgentBecameReady(agent=agent):
                self._status[agent] = AgentStatus.READY
            case events.AgentBecameNotReady(agent=agent, origin=origin):
                self._status[agent] = AgentStatus.NOT_READY
                if origin is Origin.SYSTEM:
                    self._resting_until[agent] = now + self._day.return_after
                    self._agenda.put(now + self._day.return_after, self._pursuing(agent))
            case _:
                self._note_contact(event, now)

    def end_wrap_up(self, agent: AgentId, contact: ContactId, at: float) -> None:
        """Let the agent be done with the contact before the queue's time is over."""

        def end(now: float) -> None:
            if self._in_hand.get(agent, {}).get(contact) is Phase.WRAP_UP:
                self._tell(commands.EndWrapUp(agent=agent, origin=Origin.PHONE), now)

        self._agenda.put(at, end)

    def _note_contact(self, event: events.Event, now: float) -> None:
        match event:
            case events.OfferMade(agent=agent, contact=contact):
                self._in_hand.setdefault(agent, {})[contact] = Phase.RING
            case events.OfferEnded(agent=agent, contact=contact, outcome=outcome):
                if outcome is not OfferOutcome.ANSWERED:
                    self._let_go(agent, contact, now)
            case events.ContactAnswered(agent=agent, contact=contact):
                self._in_hand.setdefault(agent, {})[contact] = Phase.TALK
                self._handlers[contact] = agent
            case events.WrapUpStarted(agent=agent, contact=contact):
                self._in_hand.setdefault(agent, {})[contact] = Phase.WRAP_UP
            case events.WrapUpEnded(agent=agent, contact=contact):
                self._let_go(agent, contact, now)
            case events.ContactClosed(contact=contact):
                handler = self._handlers.pop(contact, None)
                if handler is not None:
                    self._let_go(handler, contact, now)
            case _:
                pass

    def _let_go(self, agent: AgentId, contact: ContactId, now: float) -> None:
        self._in_hand.get(agent, {}).pop(contact, None)
        if self._wants_else(agent):
            self._agenda.put(now, self._pursuing(agent))

    def _wants_else(self, agent: AgentId) -> bool:
        entry = self._duty.get(agent)
        return entry is not None and self._status.get(agent) is not STATUS_OF[entry.duty]

    def _taking(self, entry: RosterEntry) -> Callable[[float], None]:
        def take(now: float) -> None:
            self._duty[entry.agent] = entry
            self._pursue(entry.agent, now)

        return take

    def _pursuing(self, agent: AgentId) -> Callable[[float], None]:
        return lambda now: self._pursue(agent, now)

    def _pursue(self, agent: AgentId, now: float) -> None:
        """Do what the roster wants, as far as the contacts in hand allow it now; else it is tried after them."""
        entry = self._duty[agent]
        phases = self._in_hand.get(agent, {}).values()
        if not self._wants_else(agent) or any(phase is not Phase.TALK for phase in phases):
            return
        if entry.duty is Duty.OFF:
            if self._status.get(agent, AgentStatus.LOGGED_OFF) is AgentStatus.LOGGED_OFF:
                return
            if phases:
                self._set_not_ready(agent, END_OF_SHIFT, now)
            else:
                self._tell(commands.LogAgentOff(agent=agent, origin=Origin.PHONE), now)
            return
        if self._status.get(agent, AgentStatus.LOGGED_OFF) is AgentStatus.LOGGED_OFF:
            self._tell(commands.LogAgentOn(agent=agent, device=entry.device, origin=Origin.PHONE), now)
        if entry.duty is Duty.AWAY:
            self._set_not_ready(agent, entry.reason, now)
        elif now >= self._resting_until.get(agent, now):
            self._tell(commands.SetAgentReady(agent=agent, origin=Origin.PHONE), now)

    def _set_not_ready(self, agent: AgentId, reason: str, now: float) -> None:
        if self._status.get(agent) is AgentStatus.READY:
            self._tell(commands.SetAgentNotReady(agent=agent, origin=Origin.PHONE, reason=reason), now)


STATUS_OF: Final = {
    Duty.READY: AgentStatus.READY,
    Duty.AWAY: AgentStatus.NOT_READY,
    Duty.OFF: AgentStatus.LOGGED_OFF,
}
