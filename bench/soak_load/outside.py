"""The world outside, which has the truth: a PBX with its calls, a media service with its sessions, in virtual time.

Calls go on whether a server is there or not: what happens while nobody listens is not told afterwards, but found by
the survey. Whatever the server asks for twice is done once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cti_server.simulation.agenda import Agenda
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.actions import AskDigit, Collect, Play, PlayMusic, RecordMessage
from cti_server.vocabulary.ids import (
    CallId,
    ContactId,
    DeviceNumber,
    LinkName,
    OfferId,
    PartyId,
    ServiceName,
    SessionId,
    VerbId,
)
from cti_server.vocabulary.values import (
    CallRef,
    OfferOutcome,
    ReleasedBy,
    SessionRef,
    SurveyedCall,
    SurveyedConnection,
    SurveyedSession,
    Value,
    VerbOutcome,
    VerbResult,
)

MEDIA: Final = ServiceName("media-1")
ALERT_SECONDS: Final = 0.3
JOIN_SECONDS: Final = 0.2
PROMPT_SECONDS: Final = 4.0
KEY_SECONDS: Final = 1.0

Report = Callable[[commands.Command, float], bool]
"""Hands a command to the server; False where it was refused or nobody was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One customer and all that depends on chance; seconds. ``misses`` are how many offers nobody answers first."""

    number: int
    pilot: DeviceNumber
    key: str
    patience: float
    talk: float
    ring: float = 4.0
    misses: int = 0


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of the PBX: where it is by device, the session it is in, the offer that rings, who talks."""

    ref: CallRef
    caller: Caller
    places: dict[DeviceNumber, str]
    session: SessionRef | None = None
    ringing: tuple[DeviceNumber, OfferId] | None = None
    talking: DeviceNumber | None = None
    rung: int = 0
    seen: bool = False
    """Whether a server was told of it."""

    @property
    def party(self) -> PartyId | None:
        """Who calls; nobody where the call is one that we make."""
        return PartyId(self.caller.number) if self.caller.number > 0 else None


@dataclass(slots=True, kw_only=True)
class Session:
    """A session of the media service with the last verb it was asked for."""

    ref: SessionRef
    call: CallRef
    port: DeviceNumber
    contact: ContactId
    verb: VerbId | None = None
    outcome: VerbOutcome | None = field(default_factory=lambda: VerbOutcome(VerbResult.FINISHED))


class Outside:
    """PBX and media service; ``report`` tells the server, if ``listening`` says that it can be told."""

    def __init__(self, agenda: Agenda, report: Report, link: LinkName) -> None:
        self._agenda, self._report = agenda, report
        self.link = link
        self.calls: dict[CallRef, Call] = {}
        self.sessions: dict[SessionRef, Session] = {}
        self.server_up = self.link_up = self.media_up = True
        self.busy: dict[DeviceNumber, CallRef] = {}
        self.answered: dict[int, DeviceNumber] = {}
        self.ended: dict[int, str] = {}
        self._names = 0

    # --- what the server asks for -----------------------------------------------------------------------------------

    def perform(self, effect: effects.Effect, now: float) -> None:
        """Carry an effect out, once however often it is asked for."""
        match effect:
            case effects.MoveToMedia():
                self._to_media(effect, now)
            case effects.Treat():
                self._treat(effect, now)
            case effects.MoveToAgent():
                self._to_agent(effect, now)
            case effects.ReleaseCall(call=call):
                self._end_soon(call, now)
            case effects.DialCustomer():
                self._dial(effect, now)
            case effects.WithdrawOffer(offer=offer, device=device):
                self._withdraw(offer, device, now)
            case _:
                pass

    def _to_media(self, effect: effects.MoveToMedia, now: float) -> None:
        call = self.calls.get(effect.call)
        if call is None or call.talking is not None:
            return
        contact, cause = effect.contact, effect.cause
        if not self.media_up:
            refused = commands.ReportMediaRefused(contact=contact, reason="no media service", cause=cause)
            self._soon(now, self.tell_pbx, refused)
            return
        if call.session is None:
            self._let_go(call)
            self._names += 1
            ref = SessionRef(MEDIA, SessionId(f"s{self._names}"))
            port = DeviceNumber(f"p{self._names % 500:03}")
            call.session = ref
            call.places = {self._trunk(call): "connected", port: "connected"}
            self.sessions[ref] = Session(ref=ref, call=call.ref, port=port, contact=contact)
        session = self.sessions[call.session]

        def joined(at: float) -> None:
            if session.ref in self.sessions:
                told = commands.ReportMediaJoined(contact=contact, session=session.ref, port=session.port, cause=cause)
                self.tell_media(told, at)

        self._agenda.put(now + JOIN_SECONDS, joined)

    def _treat(self, effect: effects.Treat, now: float) -> None:
        session = self.sessions.get(effect.session)
        if session is None or not self.media_up:
            lost = commands.ReportMediaLost(
                contact=effect.contact, session=effect.session, reason="unknown", failed=True
            )
            self._soon(now, self.tell_media, lost)
            return
        if session.verb == effect.verb:
            return
        session.verb, session.outcome = effect.verb, None
        answer = self._hearing(effect, self.calls[session.call].caller)
        if answer is None:
            return
        seconds, outcome = answer

        def ended(at: float) -> None:
            if self.sessions.get(session.ref) is session and session.verb == effect.verb and session.outcome is None:
                session.outcome = outcome
                told = commands.ReportVerbEnded(contact=effect.contact, verb=effect.verb, outcome=outcome)
                self.tell_media(told, at)

        self._agenda.put(now + seconds, ended)

    def _hearing(self, effect: effects.Treat, caller: Caller) -> tuple[float, VerbOutcome] | None:
        match effect.action:
            case PlayMusic():
                return None
            case AskDigit() | Collect():
                return PROMPT_SECONDS + KEY_SECONDS, VerbOutcome(VerbResult.DIGITS, caller.key, count=1)
            case RecordMessage(name=name):
                return 20.0, VerbOutcome(VerbResult.RECORDED, file=name, seconds=10.0)
            case Play(utterances=said):
                return PROMPT_SECONDS * max(1, len(said)), VerbOutcome(VerbResult.FINISHED)
            case _:
                return KEY_SECONDS, VerbOutcome(VerbResult.FINISHED)

    def _to_agent(self, effect: effects.MoveToAgent, now: float) -> None:
        call, device, offer = self.calls.get(effect.call), effect.device, effect.offer
        if call is None or call.ringing == (device, offer):
            return
        if call.talking is not None:
            self._fail(offer, OfferOutcome.CALL_NOT_MOVED, now)
            return
        if self.busy.get(device, call.ref) != call.ref:
            self._fail(offer, OfferOutcome.BUSY, now)
            return
        self._let_go(call)
        self._drop_session(call, now)
        call.places = {self._trunk(call): "connected", device: "alerting"}
        call.ringing, self.busy[device] = (device, offer), call.ref
        call.rung += 1

        def alerting(at: float) -> None:
            if call.ringing == (device, offer):
                self.tell_pbx(commands.ReportOfferAlerting(offer=offer), at)

        self._agenda.put(now + ALERT_SECONDS, alerting)
        if call.rung > call.caller.misses:
            self._agenda.put(now + call.caller.ring, lambda at: self._pick_up(call, device, offer, at))

    def _pick_up(self, call: Call, device: DeviceNumber, offer: OfferId, now: float) -> None:
        if call.ringing != (device, offer) or self.calls.get(call.ref) is not call:
            return
        call.ringing, call.talking = None, device
        call.places[device] = "connected"
        self.answered[call.caller.number] = device
        self.tell_pbx(commands.ReportOfferAnswered(offer=offer), now)
        by = ReleasedBy.AGENT if call.caller.number % 2 else ReleasedBy.CUSTOMER
        self._agenda.put(now + call.caller.talk, lambda at: self.end_call(call.ref, by, at))

    def _dial(self, effect: effects.DialCustomer, now: float) -> None:
        """The agent takes it, their phone calls the customer, who answers two times in three."""
        offer, device, contact = effect.offer, effect.device, effect.contact
        number = int(effect.party or 0)
        if device in self.busy:
            self._fail(offer, OfferOutcome.BUSY, now)
            return
        ref = CallRef(self.link, CallId(f"callback-{offer}"))
        caller = Caller(number=-int(offer), pilot=device, key="1", patience=0.0, talk=60.0)
        call = Call(ref=ref, caller=caller, places={device: "connected"}, seen=True)

        def taken(at: float) -> None:
            if not self.server_up or not self.link_up or device in self.busy:
                return
            self.busy[device], self.calls[ref] = ref, call
            call.places[self._trunk(call)] = "alerting"
            if not self.tell_pbx(commands.ReportCallbackDialled(offer=offer, call=ref), at):
                self._forget(call, "refused")
                return
            self._agenda.put(at + 8.0, answered if (number + int(offer)) % 3 else unreached)

        def answered(at: float) -> None:
            if self.calls.get(ref) is not call:
                return
            call.places[self._trunk(call)] = "connected"
            call.talking = device
            self.tell_pbx(commands.ReportOfferAnswered(offer=offer), at)
            self._agenda.put(at + caller.talk, lambda later: self.end_call(ref, ReleasedBy.CUSTOMER, later))

        def unreached(at: float) -> None:
            if self.calls.get(ref) is call:
                self._forget(call, "not reached")
                self.tell_pbx(commands.ReportCallbackUnanswered(contact=contact, reason="busy"), at)

        self._agenda.put(now + 3.0, taken)

    def _withdraw(self, offer: OfferId, device: DeviceNumber, now: float) -> None:
        for call in list(self.calls.values()):
            if call.ringing == (device, offer):
                self._let_go(call)
            elif call.ref.call == f"callback-{offer}" and call.talking is None:
                self._end_soon(call.ref, now)

    # --- what people and chance do ----------------------------------------------------------------------------------

    def call_in(self, caller: Caller, now: float) -> None:
        """A customer calls a pilot, and gives up when their patience is at its end, unless somebody talks with them."""
        ref = CallRef(self.link, CallId(f"c{caller.number}"))
        call = Call(ref=ref, caller=caller, places={})
        call.places = {self._trunk(call): "connected", caller.pilot: "queued"}
        self.calls[ref] = call
        data = self._data(call)
        told = commands.ReportCallArrived(call=ref, pilot=caller.pilot, party=call.party, data=data)
        call.seen = self.tell_pbx(told, now)

        def give_up(at: float) -> None:
            if self.calls.get(ref) is call and call.talking is None:
                self.end_call(ref, ReleasedBy.CUSTOMER, at)

        self._agenda.put(now + caller.patience, give_up)

    def end_call(self, ref: CallRef, by: ReleasedBy, now: float) -> None:
        """The call is over, if it was not yet."""
        call = self.calls.get(ref)
        if call is not None:
            self._forget(call, "talked" if call.talking is not None else by.value)
            self.tell_pbx(commands.ReportCallEnded(call=ref, released_by=by, cause_text="normalClearing"), now)

    def media_crash(self) -> None:
        """The media service dies: its sessions are gone, the calls stay at ports where nobody speaks."""
        self.media_up = False
        for call in self.calls.values():
            call.session = None
        self.sessions.clear()

    # --- what a survey finds ----------------------------------------------------------------------------------------

    def surveyed_calls(self, *, taken: bool = True) -> commands.ReportCalls:
        """Every call, as the PBX lists them; ``taken`` says whether the server takes those that are new to it."""
        found = []
        for call in self.calls.values():
            call.seen = call.seen or taken
            places = tuple(SurveyedConnection(device, state) for device, state in call.places.items())
            found.append(SurveyedCall(call.ref, places, call.party, self._data(call)))
        return commands.ReportCalls(link=self.link, calls=tuple(found))

    def surveyed_sessions(self) -> commands.ReportSessions:
        """Every session, as the media service lists them."""
        found = tuple(
            SurveyedSession(one.ref, one.port, one.call, one.verb, one.outcome) for one in self.sessions.values()
        )
        return commands.ReportSessions(service=MEDIA, sessions=found)

    # --- telling ----------------------------------------------------------------------------------------------------

    def tell_pbx(self, command: commands.Command, now: float) -> bool:
        """Tell the server over the CSTA link, if that is up."""
        return self.server_up and self.link_up and self._report(command, now)

    def tell_media(self, command: commands.Command, now: float) -> bool:
        """Tell the server over the media service's door, if that is open."""
        return self.server_up and self.media_up and self._report(command, now)

    def _end_soon(self, call: CallRef, now: float) -> None:
        self._agenda.put(now, lambda at: self.end_call(call, ReleasedBy.SYSTEM, at))

    def _soon(self, at: float, tell: Report, command: commands.Command) -> None:
        def say(now: float) -> None:
            tell(command, now)

        self._agenda.put(at, say)

    def _fail(self, offer: OfferId, outcome: OfferOutcome, now: float) -> None:
        failed = commands.ReportOfferFailed(offer=offer, outcome=outcome, reason="by the PBX")
        self._soon(now, self.tell_pbx, failed)

    def _let_go(self, call: Call) -> None:
        """The call rings nowhere any more."""
        if call.ringing is not None:
            device = call.ringing[0]
            self.busy.pop(device, None)
            call.places.pop(device, None)
            call.ringing = None

    def _drop_session(self, call: Call, now: float) -> None:
        if call.session is None:
            return
        session = self.sessions.pop(call.session)
        call.session = None
        lost = commands.ReportMediaLost(contact=session.contact, session=session.ref, reason="moved on")
        self._soon(now + ALERT_SECONDS, self.tell_media, lost)

    def _forget(self, call: Call, how: str) -> None:
        self._let_go(call)
        del self.calls[call.ref]
        if call.session is not None:
            self.sessions.pop(call.session, None)
        for device in [device for device, ref in self.busy.items() if ref == call.ref]:
            del self.busy[device]
        if call.caller.number > 0:
            self.ended[call.caller.number] = how

    def _data(self, call: Call) -> dict[str, Value]:
        return {"customer": call.caller.number} if call.caller.number > 0 else {}

    def _trunk(self, call: Call) -> DeviceNumber:
        return DeviceNumber(f"t{call.caller.number}")
