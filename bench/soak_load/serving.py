"""A server without processes: the engine, a journal of encoded rows, snapshots; it can be killed at any boundary."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Final

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.storage.codec import decode_event, decode_state, encode_event, encode_state
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import CallId, ContactId, PartyId, QueueName
from cti_server.vocabulary.values import Disposition, QueueOutcome

OUTCOMES: Final = tuple(each.value for each in QueueOutcome)


class BreachError(AssertionError):
    """Something that must hold does not."""


class Moment(Enum):
    """When a server is killed in a pass: before its events are durable, before its effects, or after them."""

    BEFORE_COMMIT = "before commit"
    BEFORE_EFFECTS = "between commit and effects"
    AFTER_EFFECTS = "after effects"


class KilledError(Exception):
    """The server is dead; the command's sender learns nothing."""


class Recount:
    """What counters and contacts must be, from the journal alone."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[QueueName, str]] = Counter()
        self.opened: Counter[CallId] = Counter()
        self.parties: set[PartyId] = set()
        self.closed = self.contacts = 0
        self.fates: dict[PartyId, list[tuple[str, QueueName | None]]] = {}
        self._queues: set[QueueName] = set()
        self._given_up: set[QueueName] = set()
        self._queue_of: dict[ContactId, QueueName] = {}
        self._open: dict[ContactId, tuple[PartyId | None, QueueName | None]] = {}

    def note(self, recorded: events.Recorded) -> None:
        """Count an event; a breach where a call becomes a contact twice."""
        match recorded.event:
            case events.ContactOpened():
                self._opened(recorded.event)
            case events.ContactReleased(contact=contact, disposition=disposition, left=left):
                self._released(contact, disposition, left)
            case events.ContactClosed(contact=contact):
                self.closed += 1
                self._open.pop(contact, None)
            case event:
                self._queue(event)

    def _opened(self, event: events.ContactOpened) -> None:
        self.contacts += 1
        self._open[event.contact] = event.party, None
        if event.party is not None:
            self.parties.add(event.party)
        if event.call is not None:
            self.opened[event.call.call] += 1
            if self.opened[event.call.call] > 1:
                raise BreachError(f"call {event.call.call} became a contact twice")

    def _queue(self, event: events.Event) -> None:
        match event:
            case events.ContactQueued(contact=contact, queue=queue):
                self._queue_of[contact] = queue
                self._queues.add(queue)
                self.counts[queue, "received"] += 1
                if contact in self._open:
                    self._open[contact] = self._open[contact][0], queue
            case events.QueueRefused(queue=queue, outcome=outcome):
                self._queues.add(queue)
                self.counts[queue, "received"] += 1
                self.counts[queue, outcome.value] += 1
            case events.QueueLeft(contact=contact, outcome=outcome):
                self.counts[self._queue_of.pop(contact), outcome.value] += 1
            case events.OfferMade(contact=contact):
                self.counts[self._queue_of[contact], "offers"] += 1
            case events.ContactAnswered(contact=contact):
                self.counts[self._queue_of.pop(contact), "answered"] += 1
            case _:
                pass

    def _released(self, contact: ContactId, disposition: Disposition, left: QueueOutcome | None) -> None:
        if contact in self._queue_of:
            self.counts[self._queue_of.pop(contact), (left or disposition).value] += 1
        party, queue = self._open.get(contact, (None, None))
        if party is not None:
            self.fates.setdefault(party, []).append((disposition.value, queue))

    def forget(self, state: State) -> None:
        """A queue that the plan has no more, and nobody is in, is forgotten with its counters; one day it begins anew.

        Of one that the plan has no more they are not compared: who leaves it and comes back makes them begin anew, too.
        """
        self._given_up |= self._queues - state.plan.queues.keys()
        for name in self._queues - state.lines.keys():
            self._queues.discard(name)
            self._given_up.discard(name)
            for key in [key for key in self.counts if key[0] == name]:
                del self.counts[key]

    def compare(self, state: State) -> list[str]:
        """Where the state's counters are not what the journal says."""
        wrong = []
        for name, line in state.lines.items():
            if name in self._given_up:
                continue
            for word in (*OUTCOMES, "received", "offers"):
                kept, counted = getattr(line.counters, word.replace("-", "_")), self.counts[name, word]
                if kept != counted:
                    wrong.append(f"queue {name} says {word} {kept}, the journal {counted}")
        if self.contacts != state.closed + len(state.contacts):
            wrong.append(f"{self.contacts} contacts were opened, {state.closed} closed, {len(state.contacts)} are open")
        return wrong


class Service:
    """What a server is between two kills, and what of it outlives them.

    Args:
        now: the server's clock, Unix seconds.
        perform: carries an effect out.
        address_of: the parties' addresses, where they matter.
        snapshot_every: rows between two snapshots.
        keep: whether all rows are kept, for short stories.
    """

    def __init__(
        self,
        now: Callable[[], float],
        perform: Callable[[effects.Effect], None],
        *,
        address_of: Callable[[PartyId], str | None] = lambda _party: None,
        snapshot_every: int = 5000,
        keep: bool = False,
    ) -> None:
        self._now, self._perform, self._address_of = now, perform, address_of
        self._every, self._keep = snapshot_every, keep
        self._addresses: dict[str, PartyId] = {}
        self.engine = self._engine(State())
        self.recount = Recount()
        self.journal: list[events.Recorded] = []
        self.rows = self.commands = self.refused = self.restarts = self.batches = 0
        self._at = 0.0
        self._tail: list[events.Recorded] = []
        self._snapshot: tuple[str, bytes] = encode_state(self.engine.state)
        self.kill: Callable[[int], Moment | None] = lambda _batch: None
        """Told the number of a batch, says when in it the server is to be killed."""
        self.on_outcome: Callable[[Outcome], None] = lambda _outcome: None

    @property
    def state(self) -> State:
        """What routing knows."""
        return self.engine.state

    def handle(self, command: commands.Command) -> bool:
        """One pass: decide, make durable, act; whether it was granted.

        Raises:
            KilledError: the server died in the middle of it, as ``kill`` wished.
        """
        outcome = self.engine.handle(command, self._now())
        self.commands += 1
        if outcome.refusal is not None and outcome.events:
            raise BreachError(f"{command} was refused, and something came of it: {outcome.events}")
        if outcome.refusal is not None:
            if outcome.events or outcome.effects:
                raise BreachError(f"refused, and something came of it: {outcome}")
            self.refused += 1
            return False
        moment = None
        if outcome.events:
            self.batches += 1
            moment = self.kill(self.batches)
        if moment is Moment.BEFORE_COMMIT:
            raise KilledError(moment.value)
        self._append(outcome)
        if moment is Moment.BEFORE_EFFECTS:
            raise KilledError(moment.value)
        for effect in outcome.effects:
            self._perform(effect)
        self.on_outcome(outcome)
        if moment is Moment.AFTER_EFFECTS:
            raise KilledError(moment.value)
        return True

    def start_again(self) -> None:
        """The state of a new process: snapshot and tail, as they are stored; a breach where it is not what was."""
        before, self.restarts = self.engine.state, self.restarts + 1
        digest, body = self._snapshot
        state = decode_state(State, digest, body)
        if state is None:
            raise BreachError("a snapshot of this very program cannot be read")
        for recorded in self._tail:
            apply(state, replace(recorded, event=decode_event(*encode_event(recorded.event))))
        if before.seq == state.seq and state != before:
            raise BreachError("the fold of the journal is not what was")
        found = check(state) + self.recount.compare(state)
        if found:
            raise BreachError(f"after a restart: {found}")
        self.engine = self._engine(state)

    def size(self) -> int:
        """Bytes of a snapshot taken now."""
        return len(encode_state(self.state)[1])

    def _engine(self, state: State) -> Engine:
        return Engine(
            state,
            address_of=self._address_of,
            identify=lambda address: self._addresses.setdefault(address, PartyId(10**9)),
        )

    def _append(self, outcome: Outcome) -> None:
        for recorded in outcome.events:
            self.rows += 1
            if recorded.seq != self.rows:
                raise BreachError(f"row {recorded.seq} comes after row {self.rows - 1}")
            if recorded.at < self._at:
                raise BreachError(f"row {recorded.seq} is {self._at - recorded.at:.1f} s before the one before it")
            self._at = recorded.at
            if recorded.cause_seq is not None and not 0 < recorded.cause_seq < recorded.seq:
                raise BreachError(f"row {recorded.seq} was caused by row {recorded.cause_seq}")
            self.recount.note(recorded)
        self.recount.forget(self.state)
        self._tail.extend(outcome.events)
        if self._keep:
            self.journal.extend(outcome.events)
        if len(self._tail) >= self._every:
            self._snapshot, self._tail = encode_state(self.state), []
