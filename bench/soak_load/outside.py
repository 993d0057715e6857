"""The world outside, which has the truth: a PBX with its calls, a media service with its sessions, in virtual time.

Calls go on whether a server is there or not: what happens while nobody listens is not told afterwards, but found by
the survey. Whatever the server asks for twice is done once.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from bench.soak_load.calls import Call, Caller
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
NOT_MOVED_SECONDS: Final = 1.0
"""After which the voice channel says that a call was not moved: it has tried again before."""

Report = Callable[[commands.Command, float], bool]
"""Hands a command to the server; False where it was refused or nobody was there."""


@dataclass(slots=True, kw_only=True)
class Session:
    """A session of the media service with the last verb it was asked for."""

    ref: SessionRef
    call: CallRef
    port: DeviceNumber
    contact: ContactId
    verb: VerbId | None = None
    outcome: VerbOutcome | None = field(default_factory=lambda: VerbOutcome(VerbResult.FINISHED))


class RingsAlong(Protocol):
    """Phones that ring at once for one caller."""

    def ring(self, effect: effects.MoveToAgent, call: Call, now: float) -> bool:
        """Let the phone ring along; False where the call itself is to be moved there."""

    def withdraw(self, offer: OfferId) -> None:
        """The phone is still."""

    def silence(self, call: Call) -> None:
        """The call rings nowhere any more."""

    def places(self, call: Call) -> dict[DeviceNumber, str]:
        """The phones that ring for a call."""


class Outside:
    """PBX and media service; ``report`` tells the server, if it can be told.

    What people do in talks (``on_talk`` when one begins, ``on_gone`` when its call is over, ``supervise``) and phones
    that ring ``along`` with others are somebody else's; there are none without them.
    """

    def __init__(self, agenda: Agenda, report: Report, link: LinkName) -> None:
        self.agenda, self._report = agenda, report
        self.link = link
        self.calls: dict[CallRef, Call] = {}
        self.others: dict[CallRef, dict[DeviceNumber, str]] = {}
        """Calls that agents make to somebody, not to a queue, while a customer waits on hold."""
        self.numbers: dict[PartyId, str] = {}
        """The addresses of agents who ask a queue."""
        self.foreign: set[DeviceNumber] = set()
        """Phones with a call that is no contact's."""
        self.along: RingsAlong | None = None
        self.on_talk: Callable[[Call, float], None] = lambda _call, _now: None
        self.on_gone: Callable[[Call, float], None] = lambda _call, _now: None
        self.supervise: Callable[[effects.SuperviseCall, float], None] = lambda _effect, _now: None
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
            case effects.SuperviseCall():
                self.supervise(effect, now)
            case _:
                pass

    def _to_media(self, effect: effects.MoveToMedia, now: float) -> None:
        call = self.calls.get(effect.call)
        if call is None or call.talking is not None or call.away:
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
            call.places = {self.trunk(call): "connected", port: "connected"}
            self.sessions[ref] = Session(ref=ref, call=call.ref, port=port, contact=contact)
        session = self.sessions[call.session]

        def joined(at: float) -> None:
            if session.ref in self.sessions:
                told = commands.ReportMediaJoined(contact=contact, session=session.ref, port=session.port, cause=cause)
                self.tell_media(told, at)

        self.agenda.put(now + JOIN_SECONDS, joined)

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

        self.agenda.put(now + seconds, ended)

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
        if self.along is not None and self.along.ring(effect, call, now):
            return
        if call.talking is not None or call.away:
            self.fail(offer, OfferOutcome.CALL_NOT_MOVED, now + NOT_MOVED_SECONDS)
            return
        if self.busy.get(device, call.ref) != call.ref:
            self.fail(offer, OfferOutcome.BUSY, now)
            return
        self._let_go(call)
        self._drop_session(call, now)
        call.places = {self.trunk(call): "connected", device: "alerting"}
        call.ringing, self.busy[device] = (device, offer), call.ref
        call.rung += 1

        def alerting(at: float) -> None:
            if call.ringing == (device, offer):
                self.tell_pbx(commands.ReportOfferAlerting(offer=offer), at)

        self.agenda.put(now + ALERT_SECONDS, alerting)
        if call.rung > call.caller.misses:
            self.agenda.put(now + call.caller.ring, lambda at: self._pick_up(call, device, offer, at))

    def _pick_up(self, call: Call, device: DeviceNumber, offer: OfferId, now: float) -> None:
        if call.ringing != (device, offer) or self.calls.get(call.ref) is not call:
            return
        call.ringing = None
        self.taken(call, device, offer, now)

    def taken(self, call: Call, device: DeviceNumber, offer: OfferId, now: float) -> None:
        """An agent and the customer talk from here on."""
        call.talking, self.busy[device] = device, call.ref
        call.places = {self.trunk(call): "connected", device: "connected"}
        self._drop_session(call, now)
        self.answered[call.caller.number] = device
        call.turn += 1
        self.tell_pbx(commands.ReportOfferAnswered(offer=offer), now)
        self.talks(call, call.caller.talk, now)
        self.on_talk(call, now)

    def talks(self, call: Call, seconds: float, now: float) -> None:
        """Let the talk end after so long, if it is still the same then."""
        turn, by = call.turn, ReleasedBy.AGENT if call.caller.number % 2 else ReleasedBy.CUSTOMER

        def over(at: float) -> None:
            if self.calls.get(call.ref) is call and call.turn == turn:
                self.end_call(call.ref, by, at)

        self.agenda.put(now + seconds, over)

    def waits(self, call: Call, now: float) -> None:
        """Let the customer give up when their patience is at its end, unless somebody talks with them."""
        turn = call.turn

        def give_up(at: float) -> None:
            if self.calls.get(call.ref) is call and call.turn == turn:
                self.end_call(call.ref, ReleasedBy.CUSTOMER, at)

        self.agenda.put(now + call.caller.patience, give_up)

    def rename(self, call: Call, ref: CallRef) -> None:
        """The PBX gives a call another name."""
        del self.calls[call.ref]
        self.busy = {device: ref if one == call.ref else one for device, one in self.busy.items()}
        call.ref = ref
        self.calls[ref] = call

    def phone_busy(self, device: DeviceNumber, call: CallRef, now: float) -> None:
        """A phone has a call that is no contact's."""
        self.busy[device] = call
        self.foreign.add(device)
        self.tell_pbx(commands.ReportPhoneBusy(device=device, busy=True), now)

    def phone_free(self, device: DeviceNumber, now: float) -> None:
        """It has none any more, or what it has is a contact's now."""
        if device in self.foreign:
            self.foreign.discard(device)
            call = self.calls.get(self.busy[device]) if device in self.busy else None
            if call is None or call.talking != device:
                self.busy.pop(device, None)
            self.tell_pbx(commands.ReportPhoneBusy(device=device, busy=False), now)

    def _dial(self, effect: effects.DialCustomer, now: float) -> None:
        """The agent takes it, their phone calls the customer, who answers two times in three."""
        offer, device, contact = effect.offer, effect.device, effect.contact
        number = int(effect.party or 0)
        if device in self.busy:
            self.fail(offer, OfferOutcome.BUSY, now)
            return
        ref = CallRef(self.link, CallId(f"callback-{offer}"))
        caller = Caller(number=-int(offer), pilot=device, key="1", patience=0.0, talk=60.0)
        call = Call(ref=ref, caller=caller, places={device: "connected"}, seen=True)

        def taken(at: float) -> None:
            if not self.server_up or not self.link_up or device in self.busy:
                return
            self.busy[device], self.calls[ref] = ref, call
            call.places[self.trunk(call)] = "alerting"
            if not self.tell_pbx(commands.ReportCallbackDialled(offer=offer, call=ref), at):
                self._forget(call, "refused", at)
                return
            self.agenda.put(at + 8.0, answered if (number + int(offer)) % 3 else unreached)

        def answered(at: float) -> None:
            if self.calls.get(ref) is not call:
                return
            call.places[self.trunk(call)] = "connected"
            call.talking = device
            call.turn += 1
            self.tell_pbx(commands.ReportOfferAnswered(offer=offer), at)
            self.talks(call, caller.talk, at)
            self.on_talk(call, at)

        def unreached(at: float) -> None:
            if self.calls.get(ref) is call:
                self._forget(call, "not reached", at)
                self.tell_pbx(commands.ReportCallbackUnanswered(contact=contact, reason="busy"), at)

        self.agenda.put(now + 3.0, taken)

    def _withdraw(self, offer: OfferId, device: DeviceNumber, now: float) -> None:
        if self.along is not None:
            self.along.withdraw(offer)
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
        call.places = {self.trunk(call): "connected", caller.pilot: "queued"}
        self.calls[ref] = call
        if caller.phone is not None:
            self.numbers[PartyId(caller.number)] = f"tel:{caller.phone}"
        data = self._data(call)
        told = commands.ReportCallArrived(call=ref, pilot=caller.pilot, party=call.party, data=data)
        call.seen = self.tell_pbx(told, now)
        self.waits(call, now)

    def end_call(self, ref: CallRef, by: ReleasedBy, now: float) -> None:
        """The call is over, if it was not yet."""
        call = self.calls.get(ref)
        if call is not None:
            self._forget(call, "talked" if call.talking is not None else by.value, now)
            self.tell_pbx(commands.ReportCallEnded(call=ref, released_by=by, cause_text="normalClearing"), now)

    def absorb(self, call: Call) -> None:
        """The call is a part of another one from here on, and none of its own; its phones are free."""
        self._let_go(call)
        if self.along is not None:
            self.along.silence(call)
        if call.session is not None:
            self.sessions.pop(call.session, None)
        self.busy = {device: ref for device, ref in self.busy.items() if ref != call.ref}
        del self.calls[call.ref]

    def media_crash(self) -> None:
        """The media service dies: its sessions are gone, the calls stay at ports where nobody speaks."""
        self.media_up = False
        for call in self.calls.values():
            call.session = None
        self.sessions.clear()

    def look_at_dialled(self, offers: Collection[OfferId], now: float) -> None:
        """After a survey: a customer who was called back and has answered meanwhile is told of."""
        for call in list(self.calls.values()):
            offer = OfferId(-call.caller.number)
            if call.talking is not None and offer in offers:
                self.tell_pbx(commands.ReportOfferAnswered(offer=offer), now)

    # --- what a survey finds ----------------------------------------------------------------------------------------

    def surveyed_calls(self, *, taken: bool = True) -> commands.ReportCalls:
        """Every call, as the PBX lists them; ``taken`` says whether the server takes those that are new to it."""
        found = []
        for call in self.calls.values():
            call.seen = call.seen or taken
            along = {} if self.along is None else self.along.places(call)
            found.append(SurveyedCall(call.ref, _connections({**call.places, **along}), call.party, self._data(call)))
        found += [SurveyedCall(ref, _connections(places)) for ref, places in self.others.items()]
        return commands.ReportCalls(link=self.link, calls=tuple(found))

    def surveyed_sessions(self) -> commands.ReportSessions:
        """Every session, as the media service lists them."""
        found = tuple(
            SurveyedSession(one.ref, one.port, one.call, one.verb, one.outcome) for one in self.sessions.values()
        )
        return commands.ReportSessions(service=MEDIA, sessions=found)

    # --- telling ----------------------------------------------------------------------------------------------------

    @property
    def heard(self) -> bool:
        """Whether a server listens to the PBX."""
        return self.server_up and self.link_up

    def tell_pbx(self, command: commands.Command, now: float) -> bool:
        """Tell the server over the CSTA link, if that is up."""
        return self.server_up and self.link_up and self._report(command, now)

    def tell_media(self, command: commands.Command, now: float) -> bool:
        """Tell the server over the media service's door, if that is open."""
        return self.server_up and self.media_up and self._report(command, now)

    def _end_soon(self, call: CallRef, now: float) -> None:
        self.agenda.put(now, lambda at: self.end_call(call, ReleasedBy.SYSTEM, at))

    def _soon(self, at: float, tell: Report, command: commands.Command) -> None:
        def say(now: float) -> None:
            tell(command, now)

        self.agenda.put(at, say)

    def fail(self, offer: OfferId, outcome: OfferOutcome, now: float) -> None:
        """The phone of an offer does not ring."""
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

    def _forget(self, call: Call, how: str, now: float) -> None:
        self._let_go(call)
        if self.along is not None:
            self.along.silence(call)
        del self.calls[call.ref]
        if call.session is not None:
            self.sessions.pop(call.session, None)
        for device in [device for device, ref in self.busy.items() if ref == call.ref and device not in self.foreign]:
            del self.busy[device]
        if call.caller.number > 0 and call.caller.phone is None:
            self.ended[call.caller.number] = how
        self.on_gone(call, now)
        for device in [device for device in self.foreign if self.busy.get(device) == call.ref]:
            self.phone_free(device, now)

    def _data(self, call: Call) -> dict[str, Value]:
        return {"customer": call.caller.number} if call.caller.number > 0 else {}

    def trunk(self, call: Call) -> DeviceNumber:
        """Where the customer is."""
        return call.caller.phone or DeviceNumber(f"t{call.caller.number}")


def _connections(places: Mapping[DeviceNumber, str]) -> tuple[SurveyedConnection, ...]:
    return tuple(SurveyedConnection(device, state) for device, state in places.items())
