"""Plays the switch's part of a capture to an application, and compares what that does with what the capture shows.

Without I/O: bytes and the time in, bytes and the time of the next call out, as with `csta.session.Session`.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from csta.captures.records import Record, Way
from csta.codec import ber, xml
from csta.codec.ber.rose import is_rose
from csta.codec.ber.tlv import INTEGER, BadValueError, header, integer_octets, tlv
from csta.codec.framing import Framing, framer_for
from csta.codec.framing.base import APDU_TAGS
from csta.errors import CstaError
from csta.messages import ErrorResponse, SystemStatus, SystemStatusResponse
from csta.messages.base import Message
from csta.trace.masking import OPEN, plain
from csta.trace.rows import Kind, Row
from csta.trace.tracer import Tracer

PATIENCE: Final = 5.0
"""Seconds to wait for what the application does in the capture, at speed 1."""
LINGER: Final = 1.0
"""Seconds after the last step for what the application still says."""
_MAX_DIFFERENCES: Final = 1000
_ASKED: Final = frozenset({Kind.REQUEST, Kind.LOGIN, Kind.UNKNOWN})
_ANSWERS: Final = frozenset({Kind.RESPONSE, Kind.ERROR})
_REPEATABLE: Final = ("Get", "Snapshot", "SystemStatus", "RequestSystemStatus", "ResetApplicationSessionTimer")
_SIGNS_OF_LIFE: Final = frozenset({"SystemStatus", "ResetApplicationSessionTimer"})
_NOT_COMPARED: Final = frozenset({"extensions", "password", "monitorCrossRefID", "extra", "applicationInfo"})
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the application did otherwise; ``row`` is the number of the capture's row, 0 where it has none."""

    row: int
    text: str


def renumber(payload: bytes, invoke_id: int) -> bytes:
    """A message with another invoke ID; XML has it in the frame's header, ACSE has none."""
    try:
        outer = header(payload, 0, len(payload))
        if not is_rose(outer.identifier):
            return payload
        first = header(payload, outer.start, outer.stop)
    except BadValueError:
        return payload
    return tlv(outer.identifier, tlv(INTEGER, integer_octets(invoke_id)) + payload[first.after : outer.stop])


class Replay:
    """The switch of a capture, for one connection.

    Args:
        rows: The rows of one connection, from its beginning.
        framing: How it is framed.
        speed: 2 plays twice as fast; pauses of the capture are divided by it.
        normalise: The dialect's normal form of device numbers.
        patience: Seconds to wait for a step of the application.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        framing: Framing,
        *,
        speed: float = 1.0,
        normalise: Callable[[str], str] = str,
        patience: float = PATIENCE,
    ) -> None:
        self._steps = [row for row in rows if row.raw and row.kind not in {Kind.LINK, Kind.DAMAGED}]
        self._speed = speed
        self._patience = patience
        self._framer = framer_for(framing)
        self._tracer = Tracer(framing=framing, normalise=normalise)
        answers = {row.answers: row for row in self._steps if row.answers is not None}
        self._answers: dict[int, Row] = {number: row for number, row in answers.items() if number is not None}
        self._open: dict[_Key, deque[Row]] = defaultdict(deque)
        self._done_before: dict[_Key, Row] = {}
        for row in self._steps:
            if row.way is Way.OUT and row.kind in _ASKED:
                self._open[key_of(row)].append(row)
        self._settled: set[int] = set()
        self._sent_as: dict[int, int] = {}
        self._due_answers: set[int] = set()
        self._position = 0
        self._last_time = self._steps[0].time if self._steps else 0.0
        self._anchor = 0.0
        self._waiting_since: float | None = None
        self._sends: list[tuple[float, int, bytes, int | None, int]] = []
        self._sequence = 0
        self._out = bytearray()
        self._end_at: float | None = None
        self.finished = False
        self.differences: list[Difference] = []
        self.repeated = 0
        """Questions that were asked more often than in the capture."""

    # --- the connection

    def connection_made(self, now: float) -> None:
        """The application has connected."""
        self._anchor = now
        self._advance(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes of the application."""
        for row in self._tracer.record(Record(now, "", "", Way.OUT, data)):
            self._received(row, now)
        self._advance(now)

    def connection_lost(self, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """The application has left; what it did not do is different."""
        if not self.finished:
            self._differ(0, "the application closed the connection before the end")
            self._finish()

    def data_to_send(self) -> bytes:
        """The bytes to be written now; each is returned once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        if self.finished:
            return None
        times = [time for time in (self._next_step_at(), self._end_at) if time is not None]
        return min([*times, *(one[0] for one in self._sends[:1])], default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self._advance(now)
        if self._end_at is not None and now >= self._end_at:
            self._finish()

    # --- playing

    def _next_step_at(self) -> float | None:
        if self._position >= len(self._steps):
            return None
        row = self._steps[self._position]
        if row.way is Way.OUT:
            return None if self._waiting_since is None else self._waiting_since + self._patience
        if row.answers is not None:
            return None  # it waits for its answer to be sent, whose time is among the sends
        return self._anchor + (row.time - self._last_time) / self._speed

    def _advance(self, now: float) -> None:
        while self._sends and self._sends[0][0] <= now:
            _, _, payload, invoke_id, asked = heapq.heappop(self._sends)
            self._send(payload, invoke_id, now)
            self._due_answers.discard(asked)
        while self._position < len(self._steps) and self._step(self._steps[self._position], now):
            self._last_time = self._steps[self._position].time
            self._position += 1
            self._waiting_since = None
        if self._position >= len(self._steps) and not self._sends and self._end_at is None:
            self._end_at = now + LINGER

    def _step(self, row: Row, now: float) -> bool:
        """Whether the step is done."""
        if row.way is Way.OUT:
            return self._application_step(row, now)
        if row.answers is not None:
            # Sent because the application asked; what follows it must not overtake it.
            return row.answers not in self._due_answers
        due = self._next_step_at()
        if due is not None and due > now:
            return False
        self._anchor = now if due is None else max(due, self._anchor)
        live = self._send(row.raw, row.invoke_id, now)
        if live is not None:
            self._sent_as[live] = row.number
        return True

    def _application_step(self, row: Row, now: float) -> bool:
        if row.name in _SIGNS_OF_LIFE and self._position:
            self._settled.add(row.number)
        if row.number not in self._settled:
            if self._waiting_since is None:
                self._waiting_since = now
            if now < self._waiting_since + self._patience:
                return False
            self._missed(row)
        self._anchor = now
        return True

    def _missed(self, row: Row) -> None:
        if row.answers is not None:
            self._differ(row.number, f"the switch's request no. {row.answers} was not answered ({row.name})")
            return
        waiting = self._open[key_of(row)]
        if row in waiting:
            waiting.remove(row)
        self._differ(row.number, f"{told(row)} was not sent")

    def _send(self, payload: bytes, invoke_id: int | None, now: float) -> int | None:
        """Write a frame; return its number among the rows of this run."""
        try:
            frame = self._framer.frame(payload, invoke_id)
        except CstaError as error:
            self._differ(0, f"a frame of the capture cannot be sent: {error}")
            return None
        self._out += frame
        live = [row.number for row in self._tracer.record(Record(now, "", "", Way.IN, frame))]
        return live[0] if live else None

    def _send_later(self, payload: bytes, invoke_id: int | None, at: float, asked: int = 0) -> None:
        self._sequence += 1
        heapq.heappush(self._sends, (at, self._sequence, payload, invoke_id, asked))

    # --- what the application does

    def _received(self, row: Row, now: float) -> None:
        if row.kind is Kind.DAMAGED:
            self._differ(0, f"the application sent what is no message: {row.text}")
        elif row.kind in _ANSWERS:
            self._answered(row)
        elif row.kind in _ASKED:
            self._asked(row, now)

    def _answered(self, row: Row) -> None:
        captured = self._sent_as.get(row.answers or 0)
        expected = None if captured is None else self._answers.get(captured)
        if expected is None:
            return
        self._settled.add(expected.number)
        if (row.name, row.cause) != (expected.name, expected.cause):
            self._differ(expected.number, f"answered with {row.name} {row.cause}, not {expected.name} {expected.cause}")

    def _asked(self, row: Row, now: float) -> None:
        key = key_of(row)
        waiting = self._open[key]
        if waiting:
            captured = waiting.popleft()
            self._done_before[key] = captured
            self._settled.add(captured.number)
            self._compare(captured, row)
        else:
            captured = self._done_before.get(key, row)
            if row.name in _SIGNS_OF_LIFE or (captured is not row and row.name.startswith(_REPEATABLE)):
                self.repeated += 1
            else:
                more = " once more" if captured is not row else ", which the capture does not show"
                self._differ(captured.number if captured is not row else 0, f"{told(row)} was sent{more}")
        self._answer(captured, row, now)

    def _compare(self, captured: Row, row: Row) -> None:
        if captured.message is None or row.message is None:
            return
        before, after = plain(captured.message, OPEN), plain(row.message, OPEN)
        for name in dict.fromkeys((*before, *after)):
            if name not in _NOT_COMPARED and before.get(name) != after.get(name):
                text = f"{told(row)}: {name} is {after.get(name, 'absent')}, not {before.get(name, 'absent')}"
                self._differ(captured.number, text)

    def _answer(self, captured: Row, row: Row, now: float) -> None:
        answer = self._answers.get(captured.number) if captured is not row else None
        if answer is not None:
            payload = answer.raw if row.invoke_id is None else renumber(answer.raw, row.invoke_id)
            self._due_answers.add(captured.number)
            self._send_later(payload, row.invoke_id, now + (answer.latency or 0.0) / self._speed, captured.number)
        elif captured is row and row.invoke_id is not None:
            known = isinstance(row.message, SystemStatus)
            refusal = ErrorResponse(category="operation", value="serviceNotSupported")
            self._send_later(self._made(SystemStatusResponse() if known else refusal, row), row.invoke_id, now)

    @staticmethod
    def _made(message: Message, asked: Row) -> bytes:
        if asked.raw[:1] and asked.raw[0] in APDU_TAGS:
            return ber.encode(message, asked.invoke_id or 0)
        return xml.encode(message)

    # --- the end

    def _differ(self, row: int, text: str) -> None:
        if len(self.differences) < _MAX_DIFFERENCES:
            self.differences.append(Difference(row, text))

    def _finish(self) -> None:
        self.finished = True
        left = self._steps[self._position :]
        for row in left:
            if row.way is Way.OUT and row.number not in self._settled and row.name not in _SIGNS_OF_LIFE:
                self._missed(row)


def key_of(row: Row) -> _Key:
    """By what a request is found again: service and device."""
    return row.name, row.device


def told(row: Row) -> str:
    """A request in words."""
    return f"{row.name} for {row.device}" if row.device else row.name
