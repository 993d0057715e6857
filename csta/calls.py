"""A mirror of the switch's calls, folded from events and snapshots and checked against the connection states.

The switch is right: the mirror always takes over what it says, and reports a `Discrepancy` where an event cannot follow
what it knew, so that its owner can ask for a snapshot. One event may come several times, once for each monitored
device of its call: repetition is no discrepancy.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from csta import messages as m
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.states import ConnectionState, may_follow

_REMEMBERED_ENDINGS: Final = 4096
_S = ConnectionState


@dataclass(slots=True)
class Connection:
    """One device's part in a call; ``since`` is when it came into its state, in Unix seconds."""

    device: str
    state: ConnectionState
    since: float


@dataclass(slots=True)
class Call:
    """A call as far as events and snapshots told; ``expected`` are devices that it is on its way to."""

    call_id: str
    connections: dict[str, Connection] = field(default_factory=dict)
    calling: Party = Presentation.NOT_KNOWN
    called: Party = Presentation.NOT_KNOWN
    expected: set[str] = field(default_factory=set)


class DiscrepancyKind(Enum):
    """What kind of difference was found."""

    MISSING = auto()
    """An event before this one must have been lost, or was never sent."""
    IMPOSSIBLE = auto()
    """The connection state table has no such transition."""
    APPEARED = auto()
    """A snapshot shows a connection that no event told of."""
    VANISHED = auto()
    """A snapshot does not show a connection that the mirror has."""
    DIFFERS = auto()
    """A snapshot, or an event's local state, shows another state than the mirror has."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """The switch says something that does not follow; the mirror has taken it over already."""

    kind: DiscrepancyKind
    call_id: str
    device: str
    before: ConnectionState
    after: ConnectionState
    text: str


@dataclass(frozen=True, slots=True)
class _Step:
    """What an event does to its subject connection, and which states before it raise no question."""

    connection: str
    state: ConnectionState
    usual: frozenset[ConnectionState]


_STEPS: Final[Mapping[type[m.Event], _Step]] = MappingProxyType(
    {
        m.ServiceInitiated: _Step("initiated_connection", _S.INITIATED, frozenset({_S.NULL})),
        # Switches that dial en bloc send no ServiceInitiated.
        m.Originated: _Step("originated_connection", _S.CONNECTED, frozenset({_S.NULL, _S.INITIATED})),
        m.Delivered: _Step("connection", _S.ALERTING, frozenset({_S.NULL, _S.INITIATED, _S.QUEUED, _S.FAIL})),
        m.Queued: _Step(
            "queued_connection", _S.QUEUED, frozenset({_S.NULL, _S.INITIATED, _S.ALERTING, _S.CONNECTED, _S.FAIL})
        ),
        m.Established: _Step("established_connection", _S.CONNECTED, frozenset({_S.INITIATED, _S.ALERTING, _S.QUEUED})),
        m.Failed: _Step(
            "failed_connection",
            _S.FAIL,
            # A busy device never rang: its connection begins and ends with the failure.
            frozenset({_S.NULL, _S.INITIATED, _S.ALERTING, _S.CONNECTED, _S.QUEUED}),
        ),
        m.Diverted: _Step("connection", _S.NULL, frozenset({_S.ALERTING, _S.QUEUED, _S.INITIATED})),
        m.ConnectionCleared: _Step("dropped_connection", _S.NULL, frozenset(_S) - {_S.NULL}),
        m.Held: _Step("held_connection", _S.HOLD, frozenset({_S.CONNECTED})),
        m.Retrieved: _Step("retrieved_connection", _S.CONNECTED, frozenset({_S.HOLD})),
    }
)

# A device can come straight into the conversation by these (ECMA-269 12.2, event causes).
_WITHOUT_RINGING: Final = frozenset(
    {
        EventCause.CALL_PICKUP,
        EventCause.ACTIVE_PARTICIPATION,
        EventCause.SILENT_PARTICIPATION,
        EventCause.SINGLE_STEP_CONFERENCE,
        EventCause.INTRUDE,
        EventCause.JOIN_CALL,
        EventCause.OVERRIDE,
    }
)


class CallMirror:
    """The calls of one link, by call identifier.

    Tell it of monitors (`monitor_started`), and it forgets a call when the last monitored device has left it, as the
    switch will not tell of it again. Without, it forgets a call when its last known connection is cleared.
    """

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._monitors: dict[str, str] = {}
        self._monitored: Counter[str] = Counter()
        self._endings: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def calls(self) -> Mapping[str, Call]:
        """Every call, by its identifier."""
        return MappingProxyType(self._calls)

    def calls_at(self, device: str) -> tuple[Call, ...]:
        """The calls that the device takes part in, the oldest first."""
        return tuple(call for call in self._calls.values() if device in call.connections)

    # --- monitors

    def monitor_started(self, monitor_cross_ref_id: str, device: str) -> None:
        """From now on events with this cross-reference tell of this device."""
        self.monitor_stopped(monitor_cross_ref_id)
        self._monitors[monitor_cross_ref_id] = device
        self._monitored[device] += 1

    def monitor_stopped(self, monitor_cross_ref_id: str) -> None:
        """The monitor is gone, and with it what only it told of."""
        device = self._monitors.pop(monitor_cross_ref_id, None)
        if device is None:
            return
        self._monitored[device] -= 1
        if not self._monitored[device]:
            del self._monitored[device]
            for call_id in list(self._calls):
                self._forget_if_left(call_id)

    def clear(self) -> None:
        """The link is down: everything is unknown until new monitors and snapshots."""
        self._calls.clear()
        self._monitors.clear()
        self._monitored.clear()
        self._endings.clear()

    # --- events

    def fold(self, event: m.Event, now: float) -> tuple[Discrepancy, ...]:
        """Take over an event; return what in it does not follow from before."""
        found: list[Discrepancy] = []
        if isinstance(event, m.Transferred):
            self._join(event, event.transferred_connections, now)
        elif isinstance(event, m.Conferenced):
            self._join(event, event.conference_connections, now)
        elif isinstance(event, m.CallCleared):
            self._drop_call(event.cleared_call.call_id)
        elif (step := _STEPS.get(type(event))) is not None:
            subject: ConnectionID = getattr(event, step.connection)
            self._step(event, step, subject, now, found)
            self._check_local(event, subject, now, found)
            self._forget_if_left(subject.call_id)
        return tuple(found)

    def _step(self, event: m.Event, step: _Step, subject: ConnectionID, now: float, found: list[Discrepancy]) -> None:
        call = self._calls.get(subject.call_id)
        connection = call.connections.get(subject.device_id) if call else None
        before = connection.state if connection else _S.NULL
        repeated = before == step.state and (step.state is not _S.NULL or _key(subject) in self._endings)
        if not repeated and before not in step.usual and not self._excused(event, subject, before):
            kind = DiscrepancyKind.MISSING if before is _S.NULL else DiscrepancyKind.IMPOSSIBLE
            if before is not _S.NULL and may_follow(before, step.state):
                kind = DiscrepancyKind.MISSING
            text = f"{type(event).__name__} at {subject} after {before}"
            found.append(Discrepancy(kind, subject.call_id, subject.device_id, before, step.state, text))
        if step.state is _S.NULL:
            self._end_connection(subject)
        else:
            call = self._set(subject, step.state, now)
            self._end_failures(call, subject.device_id, step.state)
        if call is not None:
            self._take_parties(call, event)

    def _excused(self, event: m.Event, subject: ConnectionID, before: ConnectionState) -> bool:
        """Whether an unknown connection is no surprise for this event."""
        if before is not _S.NULL:
            return False
        if isinstance(event, m.ConnectionCleared):
            # Of devices without a monitor only the endings are told: a caller who waited in a queue hangs up.
            return subject.call_id in self._calls and subject.device_id not in self._monitored
        return isinstance(event, m.Established) and event.cause in _WITHOUT_RINGING

    def _set(self, subject: ConnectionID, state: ConnectionState, now: float) -> Call:
        call = self._calls.setdefault(subject.call_id, Call(subject.call_id))
        connection = call.connections.get(subject.device_id)
        if connection is None:
            call.connections[subject.device_id] = Connection(subject.device_id, state, now)
        elif connection.state != state:
            connection.state, connection.since = state, now
        call.expected.discard(subject.device_id)
        self._endings.pop(_key(subject), None)
        return call

    def _end_connection(self, subject: ConnectionID) -> None:
        call = self._calls.get(subject.call_id)
        if call is not None:
            call.connections.pop(subject.device_id, None)
            call.expected.discard(subject.device_id)
        self._remember_ending(_key(subject))

    def _end_failures(self, call: Call, device: str, state: ConnectionState) -> None:
        """A call that is offered elsewhere has left the devices that it failed at, though no event tells so."""
        if state in {_S.ALERTING, _S.QUEUED}:
            failed = [other for other in call.connections.values() if other.state is _S.FAIL and other.device != device]
            for connection in failed:
                self._end_connection(ConnectionID(call.call_id, connection.device))

    def _remember_ending(self, key: tuple[str, str]) -> None:
        self._endings[key] = None
        if len(self._endings) > _REMEMBERED_ENDINGS:
            self._endings.popitem(last=False)

    @staticmethod
    def _take_parties(call: Call, event: m.Event) -> None:
        calling = getattr(event, "calling_device", None)
        called = getattr(event, "called_device", None)
        if isinstance(calling, DeviceID) or (calling and call.calling is Presentation.NOT_KNOWN):
            call.calling = calling
        if isinstance(called, DeviceID) or (called and call.called is Presentation.NOT_KNOWN):
            call.called = called
        if isinstance(event, m.Diverted) and isinstance(event.new_destination, DeviceID):
            call.expected.add(event.new_destination.number)

    def _check_local(self, event: m.Event, subject: ConnectionID, now: float, found: list[Discrepancy]) -> None:
        """Compare what the event says of the monitored device's own connection, where its subject is another."""
        local = self._monitors.get(event.monitor_cross_ref_id)
        state = getattr(event, "local_connection_info", None)
        if local is None or local == subject.device_id or state is None or not state.known:
            return
        here = ConnectionID(subject.call_id, local)
        call = self._calls.get(subject.call_id)
        connection = call.connections.get(local) if call else None
        before = connection.state if connection else _S.NULL
        if before == state:
            return
        text = f"{type(event).__name__} shows {here} {state}, known as {before}"
        found.append(Discrepancy(DiscrepancyKind.DIFFERS, subject.call_id, local, before, state, text))
        if state is _S.NULL:
            self._end_connection(here)
        else:
            self._set(here, state, now)

    def _join(self, event: m.Transferred | m.Conferenced, items: tuple[m.ConnectionListItem, ...], now: float) -> None:
        """A transfer or conference: connections leave the old calls and stand in the new one under new names."""
        old = self._calls.get(event.primary_old_call.call_id)
        calling, called = (old.calling, old.called) if old else (Presentation.NOT_KNOWN, Presentation.NOT_KNOWN)
        touched = {event.primary_old_call.call_id}
        if event.secondary_old_call is not None:
            touched.add(event.secondary_old_call.call_id)
        for item in items:
            state = self._state_of(item.old_connection)
            if item.old_connection is not None and item.old_connection != item.new_connection:
                self._end_connection(item.old_connection)
                touched.add(item.old_connection.call_id)
            new = item.new_connection
            if new is not None and _key(new) not in self._endings:
                call = self._appear(new, state, now, is_new=item.old_connection is None)
                touched.add(call.call_id)
                if call.calling is Presentation.NOT_KNOWN:
                    call.calling, call.called = calling, called
        # The transferring device is out of its old calls, whether the list says so or not.
        if isinstance(event, m.Transferred):
            for left in (event.primary_old_call, event.secondary_old_call):
                if left is not None and not any(left == item.new_connection for item in items):
                    self._end_connection(left)
        for call_id in touched:
            self._forget_if_left(call_id)

    def _state_of(self, connection: ConnectionID | None) -> ConnectionState | None:
        call = self._calls.get(connection.call_id) if connection else None
        known = call.connections.get(connection.device_id) if call and connection else None
        return known.state if known else None

    def _appear(self, new: ConnectionID, state: ConnectionState | None, now: float, *, is_new: bool) -> Call:
        """Put a new name in its call. A party that comes anew is on its way: its own events will tell its state."""
        call = self._calls.setdefault(new.call_id, Call(new.call_id))
        if new.device_id in call.connections:
            return call
        if is_new:
            call.expected.add(new.device_id)
            return call
        # Who was held is talked to again; who was not seen before takes part in a call that is talked on.
        return self._set(new, _S.CONNECTED if state is None or state is _S.HOLD else state, now)

    def _drop_call(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None:
            for device in call.connections:
                self._remember_ending((call_id, device))

    def _forget_if_left(self, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        if not self._monitors:
            if not call.connections and not call.expected:
                del self._calls[call_id]
            return
        if not any(device in self._monitored for device in (*call.connections, *call.expected)):
            self._drop_call(call_id)

    # --- snapshots

    def fold_snapshot_device(
        self, device: str, response: m.SnapshotDeviceResponse, now: float
    ) -> tuple[Discrepancy, ...]:
        """Take over what a device's snapshot shows; return where the mirror knew otherwise."""
        found: list[Discrepancy] = []
        seen: set[str] = set()
        for item in response.snapshot_data:
            call_id = item.connection.call_id
            state = item.local_call_state[0] if item.local_call_state else None
            if state is _S.NULL:
                continue
            seen.add(call_id)
            self._take_over(ConnectionID(call_id, device), state, now, found)
        for call in self.calls_at(device):
            if call.call_id not in seen:
                self._vanish(ConnectionID(call.call_id, device), found)
                self._forget_if_left(call.call_id)
        for call in list(self._calls.values()):
            if device in call.expected and call.call_id not in seen:
                call.expected.discard(device)
                self._forget_if_left(call.call_id)
        return tuple(found)

    def fold_snapshot_call(self, response: m.SnapshotCallResponse, now: float) -> tuple[Discrepancy, ...]:
        """Take over every connection of a call; an empty snapshot names no call and changes nothing."""
        found: list[Discrepancy] = []
        shown: dict[str, set[str]] = {}
        for item in response.snapshot_data:
            subject = _subject_of(item)
            shown.setdefault(subject.call_id, set())
            if item.local_connection_info is not _S.NULL:
                shown[subject.call_id].add(subject.device_id)
                self._take_over(subject, item.local_connection_info, now, found)
        for call_id, devices in shown.items():
            call = self._calls.get(call_id)
            if call is None:
                continue
            for device in [device for device in call.connections if device not in devices]:
                self._vanish(ConnectionID(call_id, device), found)
            call.expected.clear()
            if isinstance(response.calling_device, DeviceID):
                call.calling = response.calling_device
            if isinstance(response.called_device, DeviceID):
                call.called = response.called_device
            self._forget_if_left(call_id)
        return tuple(found)

    def _take_over(
        self, subject: ConnectionID, state: ConnectionState | None, now: float, found: list[Discrepancy]
    ) -> None:
        before = self._state_of(subject)
        # A snapshot that gives no state shows only that the connection is there.
        after = state if state is not None else before or _S.CONNECTED
        if before != after:
            kind = DiscrepancyKind.APPEARED if before is None else DiscrepancyKind.DIFFERS
            text = f"a snapshot shows {subject} {after}, known as {before or _S.NULL}"
            found.append(Discrepancy(kind, subject.call_id, subject.device_id, before or _S.NULL, after, text))
            self._set(subject, after, now)

    def _vanish(self, subject: ConnectionID, found: list[Discrepancy]) -> None:
        before = self._state_of(subject) or _S.NULL
        text = f"a snapshot shows nothing of {subject}, known as {before}"
        found.append(Discrepancy(DiscrepancyKind.VANISHED, subject.call_id, subject.device_id, before, _S.NULL, text))
        self._end_connection(subject)


def _key(connection: ConnectionID) -> tuple[str, str]:
    return connection.call_id, connection.device_id


def _subject_of(item: m.SnapshotCallItem) -> ConnectionID:
    """The connection that an item is about; some switches name the device beside the identifier only."""
    subject = item.call_identifier
    if not subject.device_id and isinstance(item.device_on_call, DeviceID):
        return ConnectionID(subject.call_id, item.device_on_call.number)
    return subject
