"""Follows the connections of a capture: cuts, decodes, pairs requests with answers, remembers who is monitored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from csta.captures.records import Record, Way
from csta.codec.framing import EVENT_INVOKE_ID, Frame, Framing
from csta.dialects.dialect import Profile
from csta.errors import MessageError
from csta.identifiers import DeviceID
from csta.messages.base import Message, Request, UnknownMessage
from csta.messages.monitoring import MonitorStart, MonitorStartResponse, MonitorStop
from csta.trace.cutting import Cutter, Damage
from csta.trace.decoding import Unpacked, unpack
from csta.trace.rows import Kind, Row, calls_and_devices, cause_of, kind_of

_MAX_CONNECTIONS: Final = 10_000
_MAX_OUTSTANDING: Final = 10_000
_MAX_MONITORS: Final = 200_000
_ANSWERS: Final = frozenset({Kind.RESPONSE, Kind.ERROR})
_MADE, _ENDED, _GAP = "connection made", "connection ended", "bytes missing"


@dataclass(slots=True)
class _Connection:
    cutters: dict[Way, Cutter]
    outstanding: dict[tuple[Way, int], Row] = field(default_factory=dict)
    monitors: dict[str, str] = field(default_factory=dict)


class Tracer:
    """Records in, rows out.

    Args:
        framing: How the streams are framed; None: as their bytes show.
        profile: What is known of the BER that is spoken; None: ECMA-285 as it stands.
        normalise: The dialect's normal form of device numbers.
        amid: The capture may begin in the middle of connections, as one of packets does.
    """

    def __init__(
        self,
        *,
        framing: Framing | None = None,
        profile: Profile | None = None,
        normalise: Callable[[str], str] = str,
        amid: bool = False,
    ) -> None:
        self._framing = framing
        self._profile = profile
        self._normalise = normalise
        self._amid = amid
        self._connections: dict[tuple[str, str], _Connection] = {}
        self._monitored: set[str] = set()
        self._count = 0

    def monitored(self, number: str) -> bool:
        """Whether a monitor was asked for on a device so far, so that it is one of the site's own."""
        return number in self._monitored

    @property
    def unanswered(self) -> list[Row]:
        """Requests that have no answer yet, in the order of the capture."""
        rows = [row for connection in self._connections.values() for row in connection.outstanding.values()]
        return sorted(rows, key=lambda row: row.number)

    def record(self, record: Record) -> Iterator[Row]:
        """Take the next record; give its rows."""
        key = (record.link, record.peer)
        match record.way:
            case Way.OPEN:
                self._connections.pop(key, None)
                self._connection(key, amid=False)
                yield self._row(record, Kind.LINK, _MADE)
            case Way.CLOSED:
                yield from self._closed(key, record)
            case Way.GAP:
                yield from self._gap(self._connection(key, amid=True), record)
            case Way.IN | Way.OUT as way:
                connection = self._connection(key, amid=self._amid)
                for piece in connection.cutters[way].feed(record.data):
                    if isinstance(piece, Damage):
                        yield self._damaged(record, piece)
                    else:
                        yield self._frame(connection, record, piece)

    def _closed(self, key: tuple[str, str], record: Record) -> Iterator[Row]:
        connection = self._connections.get(key)
        if connection is not None:
            connection.monitors.clear()
            for way, cutter in connection.cutters.items():
                for damage in cutter.end():
                    yield self._damaged(replace(record, way=way), damage)
        yield self._row(record, Kind.LINK, _ENDED, text=record.text)

    def _gap(self, connection: _Connection, record: Record) -> Iterator[Row]:
        for way, cutter in connection.cutters.items():
            for damage in cutter.lost(record.text):
                yield self._damaged(replace(record, way=way), damage)
        yield self._row(record, Kind.LINK, _GAP, text=record.text)

    def _connection(self, key: tuple[str, str], *, amid: bool) -> _Connection:
        known = self._connections.get(key)
        if known is None:
            if len(self._connections) >= _MAX_CONNECTIONS:
                del self._connections[next(iter(self._connections))]
            cutters = {way: Cutter(self._framing, amid=amid) for way in (Way.IN, Way.OUT)}
            known = self._connections[key] = _Connection(cutters)
        return known

    def _frame(self, connection: _Connection, record: Record, frame: Frame) -> Row:
        other = Way.OUT if record.way is Way.IN else Way.IN

        def request_of(invoke_id: int) -> type[Request] | None:
            asked = connection.outstanding.get((other, invoke_id))
            return type(asked.message) if asked is not None and isinstance(asked.message, Request) else None

        try:
            unpacked = unpack(frame, self._normalise, self._profile, request_of)
        except MessageError as error:
            row = self._row(record, Kind.DAMAGED, error.root or "?", text=str(error), raw=frame.payload)
            row.invoke_id = frame.invoke_id
            return row
        row = self._decoded(connection, record, unpacked)
        row.raw = frame.payload
        return row

    def _decoded(self, connection: _Connection, record: Record, unpacked: Unpacked) -> Row:
        message = unpacked.message
        kind = kind_of(message)
        name = message.root if isinstance(message, UnknownMessage) else type(message).__name__
        row = self._row(record, kind, name)
        row.message, row.invoke_id, row.findings = message, unpacked.invoke_id, unpacked.findings
        row.calls, row.devices = calls_and_devices(message)
        row.cause = cause_of(message)
        if isinstance(message, MonitorStart) and isinstance(message.monitor_object, DeviceID):
            self._ours(message.monitor_object.number)
        reference = getattr(message, "monitor_cross_ref_id", None)
        if isinstance(reference, str):
            row.monitored = connection.monitors.get(reference, "")
        if unpacked.invoke_id is not None:
            self._pair(connection, row, unpacked.invoke_id)
        return row

    def _pair(self, connection: _Connection, row: Row, invoke_id: int) -> None:
        other = Way.OUT if row.way is Way.IN else Way.IN
        unknown_answer = row.kind is Kind.UNKNOWN and (row.name.endswith("Response") or row.name.startswith("result"))
        unknown_request = row.kind is Kind.UNKNOWN and not unknown_answer and not row.name.startswith("event")
        if row.kind is Kind.REQUEST or unknown_request:
            if invoke_id != EVENT_INVOKE_ID and len(connection.outstanding) < _MAX_OUTSTANDING:
                connection.outstanding[row.way, invoke_id] = row
        elif row.kind in _ANSWERS or unknown_answer:
            asked = connection.outstanding.pop((other, invoke_id), None)
            if asked is not None:
                row.answers, row.latency = asked.number, row.time - asked.time
                self._learn(connection, asked, row)

    def _learn(self, connection: _Connection, asked: Row, answer: Row) -> None:
        """What an answer is about, where it does not say so itself; and who is monitored from here on."""
        answer.calls = tuple(dict.fromkeys((*answer.calls, *asked.calls)))
        answer.devices = tuple(dict.fromkeys((*asked.devices, *answer.devices)))
        answer.monitored = answer.monitored or asked.monitored
        if answer.kind is Kind.ERROR and isinstance(asked.message, Request):
            answer.text = type(asked.message).__name__
        match asked.message, answer.message:
            case MonitorStart(monitor_object=DeviceID(number=number)), MonitorStartResponse() as started:
                if len(connection.monitors) < _MAX_MONITORS:
                    connection.monitors[started.monitor_cross_ref_id] = number
            case MonitorStop(monitor_cross_ref_id=reference), Message() if answer.kind is Kind.RESPONSE:
                connection.monitors.pop(reference, None)

    def _ours(self, number: str) -> None:
        if len(self._monitored) < _MAX_MONITORS:
            self._monitored.add(number)

    def _row(self, record: Record, kind: Kind, name: str, text: str = "", raw: bytes = b"") -> Row:
        self._count += 1
        return Row(self._count, record.time, record.link, record.peer, record.way, kind, name, text=text, raw=raw)

    def _damaged(self, record: Record, damage: Damage) -> Row:
        return self._row(record, Kind.DAMAGED, "?", text=damage.text, raw=damage.data)
