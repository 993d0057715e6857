"""The properties of sessions, whatever the peer sends and when.

Nothing is raised by what comes from outside; what we ask is answered or failed exactly once; the link goes down once
and says nothing after that; whatever is sent is cut and decoded by the other side without a finding; and it makes no
difference how the peer's bytes are cut up.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from csta import (
    CallMirror,
    Dialect,
    EventReceived,
    Fault,
    Framing,
    LinkDown,
    LinkUp,
    LocalError,
    Login,
    Phase,
    Profile,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    Session,
    SessionEvent,
    SessionSettings,
    SystemStatusValue,
)
from csta import messages as m
from csta.codec.encodings import BerEncoding, MessageEncoding, XmlEncoding
from csta.codec.framing import SniffingFramer, framer_for
from csta.dialects import openscape_4000, openscape_business, openscape_voice
from csta.dialects.dialect import Encoding
from csta.errors import CstaError
from tests.fuzz.scripts import UP_FIRST, Op, Step, parse
from tests.fuzz.stock import ANSWERS, EVENTS, NOTICES, REQUESTS
from tests.fuzz.target import PropertyBrokenError, check
from tests.unit.csta.wire import EVERY_WAY, WAYS, WHO

_SETTINGS: Final = SessionSettings(max_frame_bytes=1 << 16, max_outstanding=4, max_waiting=8, max_unanswered=4)
_SNIFFED: Final = MappingProxyType(
    {
        **WAYS,
        "sniffed-acse": replace(WAYS["siemens"], framing=Framing.SNIFFED),
        "sniffed-session": replace(WAYS["xml-session"], framing=Framing.SNIFFED),
    }
)
_EVERY: Final = replace(EVERY_WAY, profiles=_SNIFFED)
_MOST_PIECES: Final = 30
_SPOKEN: Final[tuple[Dialect, ...]] = (
    _EVERY,
    openscape_voice.DIALECT,
    openscape_4000.DIALECT,
    openscape_business.DIALECT,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A dialect, one of its profiles, and our role."""

    dialect: Dialect
    profile: str
    role: Role

    @property
    def spoken(self) -> Profile:
        """The profile."""
        return self.dialect.profile(self.profile)


def _possible(way: Way) -> bool:
    first = Role.SWITCHING_FUNCTION if way.spoken.login is Login.SWITCH_SPEAKS_FIRST else Role.COMPUTING_FUNCTION
    return way.spoken.framing is not Framing.SNIFFED or way.role is not first


WAYS_AND_ROLES: Final = tuple(
    way
    for dialect in _SPOKEN
    for profile in dialect.profiles
    for role in Role
    if _possible(way := Way(dialect, profile, role))
)


def run_sessions(data: bytes) -> None:
    """A script, once as it stands and once with the bytes cut small."""
    first, steps = parse(data)
    whole = _Play(first, size=None)
    whole.play(steps)
    pieces = _Play(first, size=1 + len(data) % 7)
    pieces.play(steps)
    check(whole.story == pieces.story, f"whole: {whole.story}\nin pieces: {pieces.story}")
    check(whole.said == pieces.said, f"whole: {whole.said!r}\nin pieces: {pieces.said!r}")


class _Play:
    """One session and its peer: ``story`` is what was told, ``said`` what was sent."""

    def __init__(self, first: int, size: int | None) -> None:
        self.way = WAYS_AND_ROLES[(first & ~UP_FIRST) % len(WAYS_AND_ROLES)]
        self.ours = Session(self.way.role, self.way.dialect, _SETTINGS, profile=self.way.profile, credentials=WHO)
        self.listener = _Listener(self.way)
        self.mirror = CallMirror()
        self.story: list[object] = []
        self.said = b""
        self._up_first = bool(first & UP_FIRST)
        self._size = size
        self._now = 1000.0
        self._asked: set[int] = set()
        self._told_of: list[tuple[int, m.Request]] = []
        self._down = 0

    def play(self, steps: list[Step]) -> None:
        self.ours.connection_made(self._now)
        if self._up_first:
            self._log_in()
        self._take_away()
        for step in steps:
            _OPERATIONS[step.op](self, step)
            self._take_away()
            timer = self.ours.get_timer()
            check(timer is None or timer == timer, "a timer that is no number")
        self.ours.connection_lost(self._now, "the script ends")
        self._take_away()
        check(self._down == 1, f"the link went down {self._down} times")
        check(not self._asked, f"requests without an end: {self._asked}")
        check(self.ours.get_timer() is None and self.ours.close_wanted(), "not over")

    def _log_in(self) -> None:
        other = Role.SWITCHING_FUNCTION if self.way.role is Role.COMPUTING_FUNCTION else Role.COMPUTING_FUNCTION
        profile: Profile = self.way.spoken
        if profile.framing is Framing.SNIFFED:
            profile = replace(
                profile, framing=Framing.SIEMENS if profile.encoding is Encoding.BER else Framing.XML_HEADER
            )
        peer = Session(other, self.way.dialect, _SETTINGS, profile=profile, credentials=WHO)
        peer.connection_made(self._now)
        for _ in range(8):
            self._receive(peer.data_to_send())
            self._take_away(peer)
        check(self.ours.phase is peer.phase is Phase.UP, f"no link: {self.story}")

    def _receive(self, data: bytes) -> None:
        # Small pieces, but not more of them than are worth their time.
        step = max(self._size, len(data) // _MOST_PIECES) if self._size else max(1, len(data))
        for start in range(0, len(data), step):
            self.ours.receive_data(data[start : start + step], self._now)

    def _take_away(self, peer: Session | None = None) -> None:
        while (event := self.ours.next_event()) is not None:
            self._told(event)
        data = self.ours.data_to_send()
        self.said += data
        self.listener.hear(data)
        if peer is not None:
            peer.receive_data(data, self._now)

    def _told(self, event: SessionEvent) -> None:
        match event:
            case Fault():
                check(len(event.text) <= 500, "a fault without end")
                return
            case LinkUp():
                check(not self._down, "a link that comes up again")
            case LinkDown():
                self._down += 1
                self.story.append(f"down {event.ending.name}")
                return
            case RequestReceived():
                self._told_of.append((event.invoke_id, event.request))
            case ResponseReceived() | RequestFailed():
                check(event.invoke_id in self._asked, f"an answer to {event.invoke_id}, which is none of {self._asked}")
                self._asked.discard(event.invoke_id)
            case EventReceived():
                self.mirror.fold(event.event, self._now)
            case _:
                pass
        check(not self._down, f"{event} after the link went down")
        self.story.append(f"failed {event.invoke_id}" if isinstance(event, RequestFailed) else event)

    # --- the operations

    def bytes_(self, step: Step) -> None:
        self._receive(step.data)

    def time(self, step: Step) -> None:
        self._now += step.argument
        for _ in range(64):
            timer = self.ours.get_timer()
            if timer is None or timer > self._now:
                return
            self.ours.handle_timer(self._now)
        raise PropertyBrokenError(f"a timer that is due for ever: {self.ours.get_timer()} at {self._now}")

    def answer(self, step: Step) -> None:
        if not self._told_of:
            return
        invoke_id, request = self._told_of.pop(0)
        refusal = m.ErrorResponse(category="operation", value="generic")
        answer = refusal if step.argument & 1 else ANSWERS.get(request.response, refusal)
        _ours(lambda: self.ours.send_response(invoke_id, answer, self._now))

    def ask(self, step: Step) -> None:
        request = REQUESTS[step.argument % len(REQUESTS)]
        invoke_id = _ours(lambda: self.ours.send_request(request, self._now))
        if invoke_id is not None:
            self._asked.add(invoke_id)

    def notice(self, step: Step) -> None:
        _ours(lambda: self.ours.send_notice(NOTICES[step.argument % len(NOTICES)], self._now))

    def event(self, step: Step) -> None:
        _ours(lambda: self.ours.send_event(EVENTS[step.argument % len(EVENTS)], self._now))

    def honest_answer(self, step: Step) -> None:
        asked = self.listener.take_asked()
        if asked is None:
            return
        invoke_id, request = asked
        refusal = m.ErrorResponse(category="systemResourceAvailability", value="generic")
        answer = ANSWERS.get(request.response, refusal)
        self._honest(refusal if step.argument & 1 else answer, invoke_id)

    def honest_message(self, step: Step) -> None:
        stock: tuple[m.Message, ...] = (*REQUESTS, *EVENTS, *NOTICES)
        message = stock[step.argument % len(stock)]
        self._honest(message, 9999 if isinstance(message, m.Event) else step.argument)

    def status(self, step: Step) -> None:
        words = list(SystemStatusValue)
        self._honest(m.SystemStatus(system_status=words[step.argument % len(words)]), 1000 + step.argument)

    def _honest(self, message: m.Message, invoke_id: int) -> None:
        data = self.listener.frame(message, invoke_id)
        if data:
            self._receive(data)

    def close(self, _step: Step) -> None:
        self.ours.close(self._now)


def _ours(act: Callable[[], int | None]) -> int | None:
    """What we do ourselves may be refused, as our own mistake."""
    try:
        return act()
    except LocalError:
        return None


class _Listener:
    """The other side of the wire: cuts and decodes what is sent, and frames what an honest peer says."""

    def __init__(self, way: Way) -> None:
        profile = way.spoken
        self._framer = framer_for(profile.framing, 1 << 20)
        self._encodings: dict[Encoding, MessageEncoding] = {
            Encoding.XML: XmlEncoding(profile.namespace, str, 32),
            Encoding.BER: BerEncoding(profile.ber, str, 32),
        }
        self._encoding = profile.encoding
        self._asked: dict[int, m.Request] = {}

    def hear(self, data: bytes) -> None:
        self._framer.feed(data)
        try:
            while (frame := self._framer.next_frame()) is not None:
                if isinstance(self._framer, SniffingFramer):
                    found = self._framer.found
                    self._encoding = Encoding.XML if found is Framing.XML_HEADER else Encoding.BER
                unit = self._encodings[self._encoding].decode(frame, lambda _id: None)
                check(not unit.findings, f"{unit.message} was sent with findings: {unit.findings}")
                check(not isinstance(unit.message, m.UnknownMessage), f"{unit.message} was sent")
                if isinstance(unit.message, m.Request) and unit.invoke_id is not None:
                    self._asked[unit.invoke_id] = unit.message
        except CstaError as error:
            raise PropertyBrokenError(f"we sent what nobody can read: {error}") from error

    def take_asked(self) -> tuple[int, m.Request] | None:
        """The last request that was sent, once."""
        return self._asked.popitem() if self._asked else None

    def frame(self, message: m.Message, invoke_id: int) -> bytes:
        try:
            return self._framer.frame(self._encodings[self._encoding].encode(message, invoke_id), invoke_id)
        except LocalError:
            return b""


_OPERATIONS: Final[dict[Op, Callable[[_Play, Step], None]]] = {
    Op.BYTES: _Play.bytes_,
    Op.TIME: _Play.time,
    Op.ANSWER: _Play.answer,
    Op.ASK: _Play.ask,
    Op.NOTICE: _Play.notice,
    Op.EVENT: _Play.event,
    Op.HONEST_ANSWER: _Play.honest_answer,
    Op.HONEST_MESSAGE: _Play.honest_message,
    Op.CLOSE: _Play.close,
    Op.STATUS: _Play.status,
}
