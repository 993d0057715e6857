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
from csta.call_steps import AWAY_WITHOUT_RINGING, STEPS, WITHOUT_RINGING, Step
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.states import ConnectionState, may_follow

_REMEMBERED_ENDINGS: Final = 4096
_WHOLE: Final = ""
"""Stands for the device where the whole call ended."""
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
    trunks: set[str] = field(default_factory=set)
    """Devices that stand for the network: their far end rings and answers while they are connected."""
    correlator_data: bytes | None = None
    """What the newest event that had any told with the call; snapshots tell none (ECMA-269 16.1.1, 16.1.2)."""
    user_data: bytes | None = None


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


class CallMirror:
    """The calls of one link, by call identifier.

    Tell it of monitors (`monitor_started`), and it forgets a call when the last monitored device has left it, as the
    switch will not tell of it again. Without, it forgets a call when its last known connection is cleared.
    """

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._monitors: dict[str, str] = {}
        self._monitored: Counter[str] = Counter()
        # The calls that are at a device, or on their way to it.
        self._at: dict[str, dict[str, Call]] = {}
        self._endings: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def calls(self) -> Mapping[str, Call]:
        """Every call, by its identifier."""
        return MappingProxyType(self._calls)

    def calls_at(self, device: str) -> tuple[Call, ...]:
        """The calls that the device takes part in, the oldest first."""
        return tuple(call for call in self._at.get(device, {}).values() if device in call.connections)

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
            for call_id in list(self._at.get(device, ())):
                self._forget_if_left(call_id)

    def clear(self) -> None:
        """The link is down: everything is unknown until new monitors and snapshots."""
        self._calls.clear()
        self._at.clear()
        self._monitors.clear()
        self._monitored.clear()
        self._endings.clear()

    # --- events

    def fold(self, event: m.Event, now: float) -> tuple[Discrepancy, ...]:
        """Take over an event; return what in it does not follow from before."""
        step = STEPS.get(type(event))
        if step is not None:
            found: list[Discrepancy] = []
            subject: ConnectionID = step.subject(event)
            self._step(event, step, subject, now, found)
            if event.local_connection_info is not None:  # type: ignore[attr-defined] # every step is a CallEvent's
                self._check_local(event, subject, now, found)
            self._forget_if_left(subject.call_id)
            return tuple(found)
        match event:
            case m.Transferred():
                self._join(event, event.transferred_connections, now)
            case m.Conferenced():
                self._join(event, event.conference_connections, now)
            case m.CallCleared():
                self._drop_call(event.cleared_call.call_id)
            case _:
                pass
        return ()

    def _step(self, event: m.Event, step: Step, subject: ConnectionID, now: float, found: list[Discrepancy]) -> None:
        call = self._calls.get(subject.call_id)
        connection = call.connections.get(subject.device_id) if call is not None else None
        before = connection.state if connection is not None else _S.NULL
        after = before if step.state is None else step.state
        if before not in step.usual and not self._repeated(step, subject, before):
            if not self._excused(event, subject, before, after):
                found.append(_surprise(event, subject, before, after))
            after = _S.CONNECTED if after is _S.NULL and step.state is None else after
        elif call is None and after is not _S.NULL and _whole(subject) in self._endings:
            found.append(_return(event, subject, after))
        if after is _S.NULL:
            self._end_connection(subject)
        else:
            call = self._set(subject, after, now)
            if after is _S.ALERTING or after is _S.QUEUED:
                self._end_failures(call, subject.device_id, event)
            if step.network:
                call.trunks.add(subject.device_id)
        if call is not None:
            self._take_parties(call, event)

    def _repeated(self, step: Step, subject: ConnectionID, before: ConnectionState) -> bool:
        """Whether the event tells what is known, as for a second monitor of the call."""
        if step.state is None:
            return before is not _S.NULL
        return before is step.state and (before is not _S.NULL or _key(subject) in self._endings)

    def _excused(self, event: m.Event, subject: ConnectionID, before: ConnectionState, after: ConnectionState) -> bool:
        """Whether what is unusual for this event is no surprise here."""
        call = self._calls.get(subject.call_id)
        if isinstance(event, m.Diverted) and before in AWAY_WITHOUT_RINGING.get(event.cause, ()):
            return True
        if before is not _S.NULL:
            # The far end of a trunk is behind a connection that is connected, or begins to ring, or is queued there.
            return call is not None and subject.device_id in call.trunks and may_follow(before, after)
        if isinstance(event, m.ConnectionCleared):
            # Of devices without a monitor only the endings are told: a caller who waited in a queue hangs up.
            return call is not None and subject.device_id not in self._monitored
        return isinstance(event, m.Established) and event.cause in WITHOUT_RINGING

    def _set(self, subject: ConnectionID, state: ConnectionState, now: float) -> Call:
        call = self._call(subject.call_id)
        device = subject.device_id
        connection = call.connections.get(device)
        if connection is None:
            call.connections[device] = Connection(device, state, now)
            self._at.setdefault(device, {})[call.call_id] = call
            call.expected.discard(device)
            self._endings.pop((call.call_id, device), None)
        elif connection.state is not state:
            connection.state, connection.since = state, now
        return call

    def _call(self, call_id: str) -> Call:
        call = self._calls.get(call_id)
        if call is None:
            call = self._calls[call_id] = Call(call_id)
            self._endings.pop((call_id, _WHOLE), None)
        return call

    def _expect(self, call: Call, device: str) -> None:
        call.expected.add(device)
        self._at.setdefault(device, {})[call.call_id] = call

    def _end_connection(self, subject: ConnectionID) -> None:
        call = self._calls.get(subject.call_id)
        if call is not None:
            call.connections.pop(subject.device_id, None)
            self._expect_no_more(call, subject.device_id)
        self._remember_ending(_key(subject))

    def _expect_no_more(self, call: Call, device: str) -> None:
        call.expected.discard(device)
        if device not in call.connections:
            self._unlink(call.call_id, device)

    def _unlink(self, call_id: str, device: str) -> None:
        there = self._at.get(device)
        if there is not None:
            there.pop(call_id, None)
            if not there:
                del self._at[device]

    def _end_failures(self, call: Call, device: str, event: m.Event) -> None:
        """A call that is offered elsewhere has left the devices that it failed at, unless the event itself says not."""
        still = {device}
        if getattr(event, "local_connection_info", None) is _S.FAIL:
            still.add(self._monitors.get(event.monitor_cross_ref_id, device))
        failed = [other for other in call.connections.values() if other.state is _S.FAIL and other.device not in still]
        for connection in failed:
            self._end_connection(ConnectionID(call.call_id, connection.device))

    def _remember_ending(self, key: tuple[str, str]) -> None:
        self._endings[key] = None
        if len(self._endings) > _REMEMBERED_ENDINGS:
            self._endings.popitem(last=False)

    def _take_parties(self, call: Call, event: m.Event) -> None:
        calling = getattr(event, "calling_device", None)
        called = getattr(event, "called_device", None)
        if isinstance(calling, DeviceID) or (calling and call.calling is Presentation.NOT_KNOWN):
            call.calling = calling
        if isinstance(called, DeviceID) or (called and call.called is Presentation.NOT_KNOWN):
            call.called = called
        call.correlator_data = getattr(event, "correlator_data", None) or call.correlator_data
        call.user_data = getattr(event, "user_data", None) or call.user_data
        if type(event) is m.Diverted and isinstance(event.new_destination, DeviceID):
            self._expect(call, event.new_destination.number)

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
        call = self._call(new.call_id)
        if new.device_id in call.connections:
            return call
        if is_new:
            self._expect(call, new.device_id)
            return call
        # Who was held is talked to again; who was not seen before takes part in a call that is talked on.
        return self._set(new, _S.CONNECTED if state is None or state is _S.HOLD else state, now)

    def _drop_call(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None:
            self._remember_ending((call_id, _WHOLE))
            for device in call.connections:
                self._remember_ending((call_id, device))
                self._unlink(call_id, device)
            for device in call.expected:
                self._unlink(call_id, device)

    def _forget_if_left(self, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        if not self._monitors:
            if not call.connections and not call.expected:
                del self._calls[call_id]
            return
        monitored = self._monitored
        for device in call.connections:
            if device in monitored:
                return
        if not any(device in monitored for device in call.expected):
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
        for call in list(self._at.get(device, {}).values()):
            if device in call.expected and call.call_id not in seen:
                self._expect_no_more(call, device)
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
            for device in list(call.expected):
                self._expect_no_more(call, device)
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
        # A snapshot that gives no state, or one that nobody knows, shows only that the connection is there.
        after = state if state is not None and state.known else before or _S.CONNECTED
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


def _surprise(event: m.Event, subject: ConnectionID, before: ConnectionState, after: ConnectionState) -> Discrepancy:
    """An event that cannot follow: something before it is missing, or it cannot be at all."""
    missing = before is _S.NULL or (may_follow(before, after) and before is not after)
    kind = DiscrepancyKind.MISSING if missing else DiscrepancyKind.IMPOSSIBLE
    text = f"{type(event).__name__} at {subject} after {before}"
    return Discrepancy(kind, subject.call_id, subject.device_id, before, after, text)


def _return(event: m.Event, subject: ConnectionID, after: ConnectionState) -> Discrepancy:
    """A call that was over, or left for devices without a monitor, is there again: it is back, or its event is late."""
    text = f"{type(event).__name__} at {subject} of a call that was over"
    return Discrepancy(DiscrepancyKind.MISSING, subject.call_id, subject.device_id, _S.NULL, after, text)


def _whole(connection: ConnectionID) -> tuple[str, str]:
    return connection.call_id, _WHOLE


def _key(connection: ConnectionID) -> tuple[str, str]:
    return connection.call_id, connection.device_id


def _subject_of(item: m.SnapshotCallItem) -> ConnectionID:
    """The connection that an item is about; some switches name the device beside the identifier only."""
    subject = item.call_identifier
    if not subject.device_id and isinstance(item.device_on_call, DeviceID):
        return ConnectionID(subject.call_id, item.device_on_call.number)
    return subject
