"""What operators and supervisors do by hand: chosen by chance or on purpose, and said until the server hears it."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from bench.soak_load.ground import ENGLISH, GROUPS, LINK
from bench.soak_load.life import Life
from cti_server.contacts.contact import Contact, waiting
from cti_server.engine.state import State
from cti_server.vocabulary import commands, operator_commands
from cti_server.vocabulary.ids import AgentId, ContactId, PartyId
from cti_server.vocabulary.values import (
    AgentStatus,
    ChangeKind,
    Channel,
    ContactStage,
    DoorState,
    Origin,
    SupervisionRole,
    WorkState,
)

BY: Final = Origin.CONSOLE
AGAIN: Final = 7.0
"""Seconds after which somebody who was not heard says it again."""
MOST_CLOSED: Final = 1800.0
CALLED_BACK: Final = 700_000_000
"""From here on are the numbers of customers for whom operators wish a callback."""

Wish = Callable[[], commands.Command | None]
"""What is wanted now; None where there is nothing to be done (any more)."""


class Operators:
    """They look at the server's state, as the console shows it, and tell what they want.

    Args:
        life: whose server it is.
        chance: of whom they choose, and when.
    """

    def __init__(self, life: Life, chance: Random) -> None:
        self.life, self.chance = life, chance
        self._callbacks = 0
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def _state(self) -> State:
        return self.life.service.state

    def tell(self, wish: Wish) -> bool:
        """Say it, and again until the server is there to hear it; False where it was refused, or nothing is to do.

        One that was killed in the middle of it comes back at some time: whether it had heard is seen by its state.
        """
        if not self.life.outside.server_up:
            self.life.later(AGAIN, lambda _at: self.tell(wish))
            return False
        wanted = wish()
        if wanted is None:
            return False
        kills, name = self.life.kills, type(wanted).__name__
        if self.life.report(wanted, self.life.at):
            self.done[name] += 1
            return True
        if self.life.kills > kills:
            self.life.later(self.life.away, lambda _at: self.tell(wish))
        else:
            self.refused[name] += 1
        return False

    # --- by chance --------------------------------------------------------------------------------------------------

    def act(self) -> None:
        """One of them does something."""
        acts = (
            self._move,
            self._requeue,
            self._pull,
            self._hang_up,
            self._prefer,
            self._close_queue,
            self._drain,
            self._train,
            self._regroup,
            self._send_away,
            self._listen,
            self._listen,
            self._call_back,
            self._finish_work,
        )
        self.chance.choice(acts)()

    def undo(self) -> None:
        """The plan before the one that is in force comes back."""
        changes = self._state.changes
        if len(changes) < 2 or len(self.life.plans) < 2 or not self.life.outside.server_up:
            return
        before = self.life.plans[-2]
        number = next((one.number for one in reversed(changes[:-1]) if one.version == before.version), None)
        if number is not None:
            self.life.load(before, kind=ChangeKind.UNDO, back_to=number)
            self.done["undo"] += 1

    def end_trial(self) -> None:
        """A trial is stopped or becomes the rule."""
        trials = sorted(self._state.trials)
        if trials:
            end = self.chance.choice((commands.StopTrial, commands.FinishTrial))
            name = self.chance.choice(trials)
            self.tell(lambda: end(trial=name, by="operator"))

    def _move(self) -> None:
        contact, queue = self._one_that_waits(), self.chance.choice(sorted(self._state.plan.queues))
        if contact is not None:
            self.tell(lambda: operator_commands.MoveContact(contact=contact, queue=queue, origin=BY))

    def _requeue(self) -> None:
        contact = self._one_that_waits()
        if contact is not None:
            self.tell(lambda: operator_commands.MoveContact(contact=contact, queue=None, origin=BY))

    def _pull(self) -> None:
        contact, agent = self._one_that_waits(), self._one_at_work()
        if contact is not None and agent is not None:
            self.tell(lambda: operator_commands.PullContact(contact=contact, agent=agent, origin=BY))

    def _hang_up(self) -> None:
        contacts = [one.id for one in self._state.contacts.values() if one.channel is Channel.VOICE]
        if contacts:
            contact = self.chance.choice(contacts)
            self.tell(lambda: operator_commands.HangUpContact(contact=contact, origin=BY))

    def _prefer(self) -> None:
        contact, priority = self._one_that_waits(), self.chance.randint(1, 10)
        if contact is not None:
            self.tell(lambda: commands.ChangePriority(contact=contact, priority=priority, origin=BY))

    def _close_queue(self) -> None:
        queue, state = self.chance.choice(sorted(self._state.plan.queues)), self.chance.choice(list(DoorState))
        until = None if state is DoorState.AUTOMATIC else self._state.at + self.chance.uniform(60.0, MOST_CLOSED)
        self.tell(lambda: operator_commands.SetQueue(queue=queue, state=state, until=until, origin=BY))

    def _drain(self) -> None:
        self.drain_for(self.chance.uniform(5.0, 300.0))

    def drain_for(self, seconds: float) -> None:
        """The link takes no new calls for so long."""
        self.tell(lambda: operator_commands.DrainLink(link=LINK, draining=True, origin=BY))
        self.life.later(seconds, lambda _at: self.take_calls_again())

    def take_calls_again(self) -> None:
        """The link drains no more."""

        def wish() -> commands.Command | None:
            if LINK not in self._state.draining:
                return None
            return operator_commands.DrainLink(link=LINK, draining=False, origin=BY)

        self.tell(wish)

    def _train(self) -> None:
        agent, level = self._one_at_work(), self.chance.randint(0, 10)
        skills = None if level == 0 else {ENGLISH: level}
        if agent is not None:
            self.tell(lambda: commands.ChangeAgentSkills(agent=agent, skills=skills, origin=BY))

    def _regroup(self) -> None:
        agent = self._one_at_work()
        known = [group for group in GROUPS if group in self._state.plan.groups]
        groups = self.chance.choice((None, tuple(self.chance.sample(known, min(2, len(known))))))
        if agent is not None:
            self.tell(lambda: commands.ChangeAgentGroups(agent=agent, groups=groups, origin=BY))

    def _send_away(self) -> None:
        agent = self._one_at_work()
        if agent is not None:
            self.tell(lambda: commands.SetAgentNotReady(agent=agent, origin=BY, reason="meeting"))

    def _listen(self) -> None:
        """A supervisor takes part in a talk, in another role, or no more."""
        state, role = self._state, self.chance.choice(list(SupervisionRole))
        talks = [one for one in state.contacts.values() if one.stage is ContactStage.TALKING and one.call is not None]
        there = [(one.id, each) for one in talks for each in one.talk.supervisors]
        free = [
            one.id
            for one in state.agents.values()
            if one.device is not None and one.contact is None and one.id in state.plan.agents
            if state.plan.agents[one.id].supervisor
        ]
        if there and self.chance.random() < 0.5:
            (contact, supervisor), wanted = self.chance.choice(there), self.chance.choice((role, None))
            self.tell(lambda: commands.Supervise(contact=contact, supervisor=supervisor, role=wanted))
        elif talks and free:
            talk, listener = self.chance.choice(talks), self.chance.choice(free)
            self.tell(lambda: commands.Supervise(contact=talk.id, supervisor=listener, role=role))

    def _call_back(self) -> None:
        """A callback by a given agent, or by anybody."""
        self._callbacks += 1
        party, agent = PartyId(CALLED_BACK + self._callbacks), self._one_at_work()
        queue = self.chance.choice(sorted(self._state.plan.queues))
        due = self._state.at + self.chance.choice((0.0, 600.0, 7200.0))
        given = agent if self.chance.random() < 0.7 else None

        def wish() -> commands.Command | None:
            if queue not in self._state.plan.queues or party in self.life.service.recount.parties:
                return None
            return commands.CreateCallback(queue=queue, party=party, due=due, agent=given)

        self.tell(wish)

    def _finish_work(self) -> None:
        """Somebody ends their wrap-up, or takes longer."""
        found = [one.id for one in self._state.agents.values() if one.work is WorkState.WRAP_UP]
        if found:
            agent, longer = self.chance.choice(found), self.chance.random() < 0.5
            more = commands.ExtendWrapUp(agent=agent, seconds=120.0, origin=BY)
            self.tell(lambda: more if longer else commands.EndWrapUp(agent=agent, origin=BY))

    def _one_that_waits(self) -> ContactId | None:
        found = [one.id for one in self._state.contacts.values() if waiting(one)]
        return self.chance.choice(found) if found else None

    def _one_at_work(self) -> AgentId | None:
        found = [one.id for one in self._state.agents.values() if one.status is AgentStatus.READY]
        return self.chance.choice(found) if found else None

    # --- on purpose -------------------------------------------------------------------------------------------------

    def contact_of(self, party: int) -> Contact | None:
        """The open contact of a caller or writer."""
        found = (one for one in self._state.contacts.values() if one.party == PartyId(party))
        return next((one for one in found if one.stage is not ContactStage.CLOSED), None)

    def with_contact(self, party: int, wish: Callable[[ContactId], commands.Command]) -> None:
        """Want something of a caller's contact, if there is one by then."""

        def wanted() -> commands.Command | None:
            contact = self.contact_of(party)
            return None if contact is None else wish(contact.id)

        self.tell(wanted)
