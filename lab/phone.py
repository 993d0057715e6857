"""A test phone: registers an extension, calls and answers, speaks and records, presses digits, shows who calls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from lab.switch.wishes import CallerID
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, DigitReceived, EngineEvent, EngineFailed, MediaEngine, Playlist
from media_service.engine.streams import stream_of
from program.logs import Log
from sip import events
from sip.digest import Credentials
from sip.errors import SipSyntaxError
from sip.events import Endpoint, Leg, UaEvent
from sip.headers import NameAddr
from sip.registration import Registration
from sip.sdp import TELEPHONY, Agreement, NotAcceptable, SessionDescription, accept_answer, audio_offer, negotiate
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri


class PhoneState(StrEnum):
    """What a phone is doing; ``ENDED`` is idle again, after a call."""

    IDLE = "idle"
    REGISTERED = "registered"
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class PhoneError(Exception):
    """The phone cannot do what was asked: not registered, no call, a call already."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which extension a phone is, and where: ``password`` empty for a trunk or tool that does not register."""

    number: str
    password: str = field(repr=False)
    registrar: Endpoint
    domain: str
    name: str = ""


@dataclass(slots=True)
class Habits:
    """How a phone behaves on its own.

    ``answer_after`` seconds of ringing it answers, never where ``None``; ``refuse_with`` a SIP status it refuses at
    once. Answered, it speaks the WAV file ``speak`` (again and again where ``repeat``) and records what it hears.
    ``prompted``: where the switch asks for it (``answer-after=0``), it answers by itself.
    """

    answer_after: float | None = None
    refuse_with: int | None = None
    speak: Path | None = None
    repeat: bool = False
    record: Path | None = None
    prompted: bool = True


@dataclass(slots=True)
class _Talk:
    """The one call of a phone."""

    leg: Leg | None
    port: str
    incoming: bool
    address: Address | None = None
    offer: bytes = b""
    own: SessionDescription | None = None
    answered: bool = False
    version: int = 1


Watcher = Callable[["Phone", PhoneState], None]


class Phone:
    """One phone with at most one call; a second caller gets busy.

    ``display`` is who calls or is called, as the phone shows it. ``heard`` collects the digits that came in.
    Pass the engine's events to `engine_event`: the engine may be shared by several phones, and is started by others.

    Args:
        reactor: the reactor, handed in.
        engine: a running packet engine.
        account: the extension and its password.
        tokens: gives fresh random hex text.
        log: the log.
        habits: how it behaves on its own.
        host: the address that it uses.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        engine: MediaEngine,
        account: Account,
        *,
        tokens: Callable[[], str],
        log: Log,
        habits: Habits | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.account = account
        self.habits = habits or Habits()
        self.state = PhoneState.IDLE
        self.display = CallerID("")
        self.heard = ""
        self.last_status = 0
        self.watchers: list[Watcher] = []
        self._reactor = reactor
        self._engine = engine
        self._log = log
        self._tokens = tokens
        self._aor = SipUri(user=account.number, host=account.domain)
        agent = UserAgent(Endpoint(host, 0), tokens, "Callwright lab phone")
        self._sip = SipEndpoint(reactor, agent, self._event, host, 0)
        self._talk: _Talk | None = None
        self._waiting: list[tuple[PhoneState, Deferred[Phone]]] = []
        self._registering: Deferred[None] | None = None
        self._timer: DelayedCall | None = None
        self._numbered = 0
        self._pressing: dict[str, Deferred[None]] = {}

    @property
    def incoming(self) -> bool:
        """Whether the present call came in."""
        return self._talk is not None and self._talk.incoming

    # ---- life

    def start(self) -> Deferred[None]:
        """Register; fires when the PBX took it, fails with `PhoneError` when it refused. Retries go on all the same."""
        self._registering = registering = Deferred[None]()

        def started(_none: None) -> None:
            self._sip.call(
                lambda now: self._sip.ua.register(
                    Registration(
                        self._aor,
                        self.account.registrar,
                        Credentials(self.account.number, self.account.password),
                    ),
                    now,
                )
            )

        starting = self._sip.start()
        starting.addCallback(started)
        starting.addErrback(self._cannot_register)
        return registering

    def open(self) -> Deferred[None]:
        """Only open the SIP port: for a caller who is not registered."""
        return self._sip.start()

    def stop(self) -> Deferred[None]:
        """Hang up, unregister and close."""
        self.hang_up()
        for _state, waiting in self._take_waiting():
            waiting.errback(PhoneError("the phone stopped"))
        self._sip.call(lambda now: self._sip.ua.unregister(self._aor, now))
        stopped: Deferred[None] = Deferred()
        # One moment for BYE and REGISTER to leave; nobody waits for their answers.
        self._reactor.callLater(0.05, lambda: self._sip.stop().chainDeferred(stopped))
        return stopped

    def _take_waiting(self) -> list[tuple[PhoneState, "Deferred[Phone]"]]:
        taken, self._waiting = self._waiting, []
        return taken

    def _cannot_register(self, fault: Failure | Exception) -> None:
        if self._registering is not None:
            registering, self._registering = self._registering, None
            registering.errback(fault)

    # ---- what people do

    def when(self, state: PhoneState) -> "Deferred[Phone]":
        """Fire when the phone comes into ``state``, at once where it is in it."""
        if self.state is state:
            return succeed(self)
        waiting: Deferred[Phone] = Deferred()
        self._waiting.append((state, waiting))
        return waiting

    def dial(self, number: str) -> Deferred[None]:
        """Call ``number``; fires when the INVITE is sent. Fails with `PhoneError` during a call."""
        if self._talk is not None:
            return fail(PhoneError("there is a call already"))
        self.display = CallerID(number)
        self.heard = ""
        talk = self._new_talk(None, incoming=False)

        def opened(address: Address) -> None:
            if self._talk is not talk:
                self._engine.close(talk.port)
                return
            talk.address = address
            talk.own = audio_offer(address.host, address.port, self._session_id())
            target = SipUri(user=number, host=self.account.domain)
            talk.leg = self._sip.call(
                lambda now: self._sip.ua.invite(
                    target=target,
                    sdp=talk.own.serialise() if talk.own is not None else b"",
                    from_user=self.account.number,
                    from_display=self.account.name,
                    from_host=self.account.domain,
                    proxy=self.account.registrar,
                    credentials=Credentials(self.account.number, self.account.password),
                    now=now,
                )
            )

        self._become(PhoneState.CALLING)
        return self._engine.open(talk.port).addCallback(opened)

    def answer(self) -> None:
        """Answer the ringing call; nothing happens where none rings."""
        talk = self._talk
        if talk is None or not talk.incoming or talk.answered or talk.address is None:
            return
        body, agreement = self._answer_to(talk, talk.offer)
        if body is None:
            self._refuse(488, "Not Acceptable Here")
            return
        talk.answered = True
        self._sip.call(lambda now: self._sip.ua.accept(_leg(talk), body, now))
        self._connect(talk, agreement)
        self._start_talking(talk)

    def reject(self, status: int = 603) -> None:
        """Refuse the ringing call."""
        if self._talk is not None and self._talk.incoming and not self._talk.answered:
            self._refuse(status, "Decline" if status == 603 else "Busy Here")

    def press(self, digits: str) -> Deferred[None]:
        """Send RFC 4733 digits; fires when they are sent, fails with `PhoneError` outside of an answered call."""
        if self._talk is None or not self._talk.answered:
            return fail(PhoneError("digits need an answered call"))
        token = self._token()
        self._pressing[token] = pressed = Deferred[None]()
        self._engine.send_digits(self._talk.port, digits, token)
        return pressed

    def say(self, file: Path, *, repeat: bool = False) -> None:
        """Speak a WAV file instead of what is spoken now."""
        if self._talk is not None and self._talk.answered:
            self._engine.play(self._talk.port, Playlist((file,), loop=repeat), self._token())

    def hold(self, direction: str = "sendonly") -> None:
        """Re-INVITE with another direction: ``sendonly`` holds the call, ``sendrecv`` takes it back."""
        talk = self._talk
        if talk is None or talk.address is None or talk.leg is None or not talk.answered:
            return
        talk.version += 1
        offer = audio_offer(talk.address.host, talk.address.port, self._session_id(), version=talk.version)
        talk.own = offer.with_direction(type(offer.media[0].direction)(direction))
        body = talk.own.serialise()
        self._sip.call(lambda now: self._sip.ua.reinvite(_leg(talk), body, now))

    def hang_up(self) -> None:
        """End the call, whatever it is doing; nothing happens without one."""
        talk = self._talk
        if talk is None:
            return
        if talk.leg is not None:
            self._sip.call(lambda now: self._sip.ua.hangup(_leg(talk), now))
        self._end()

    # ---- what comes in

    def engine_event(self, event: EngineEvent) -> None:
        """Take an event of the shared engine; those of other ports are ignored."""
        match event:
            case DigitReceived(port, digit, _) if self._talk is not None and port == self._talk.port:
                self.heard += digit
            case EngineFailed(reason):
                self._log.error("packet engine failed", reason=reason)
                self.hang_up()
            case _:
                pressed = self._pressing.pop(getattr(event, "token", ""), None)
                if pressed is not None:
                    pressed.callback(None)

    def _event(self, event: UaEvent) -> None:
        match event:
            case events.Registered(_, expires) if expires:
                self._registered()
            case events.RegistrationFailed(_, status, reason, _):
                self._log.warning("registration refused", extension=self.account.number, status=status)
                self._cannot_register(PhoneError(f"{status} {reason}"))
            case events.InviteReceived():
                self._invited(event)
            case events.Registered() | events.RequestReceived() | events.Malformed():
                pass  # unregistered, or nothing that concerns a phone
            case _:
                if self._talk is not None and event.leg == self._talk.leg:
                    self._event_of_call(event, self._talk)

    def _event_of_call(self, event: UaEvent, talk: _Talk) -> None:
        match event:
            case events.Progress(_, 180, _):
                self._become(PhoneState.RINGING)
            case events.Answered(_, sdp, _):
                talk.answered = True
                self._connect(talk, self._agreed(talk, sdp))
                self._start_talking(talk)
            case events.OfferReceived(leg, sdp):
                self._offered(talk, leg, sdp)
            case events.OfferAnswered(_, sdp):
                self._connect(talk, self._agreed(talk, sdp))
            case events.Confirmed(_, sdp) if sdp:
                self._connect(talk, self._agreed(talk, sdp))
            case events.Refused(_, status, _, _):
                self.last_status = status
                self._end()
            case events.Ended():
                self._end()
            case _:
                pass  # nothing that a person at the phone would notice

    def _registered(self) -> None:
        if self.state is PhoneState.IDLE:
            self._become(PhoneState.REGISTERED)
        if self._registering is not None:
            registering, self._registering = self._registering, None
            registering.callback(None)

    def _invited(self, event: events.InviteReceived) -> None:
        now = self._reactor.seconds()
        refuse_with = self.habits.refuse_with
        if self._talk is not None or refuse_with is not None:
            self._sip.ua.refuse(event.leg, refuse_with or 486, "Busy Here" if refuse_with != 603 else "Decline", now)
            return
        self.display = _shown(event)
        self.heard = ""
        talk = self._new_talk(event.leg, incoming=True)
        talk.offer = event.sdp
        self._sip.ua.ring(event.leg, now)

        def opened(address: Address) -> None:
            if self._talk is not talk:
                self._engine.close(talk.port)
                return
            talk.address = address
            self._become(PhoneState.RINGING)
            prompted = self.habits.prompted and _asks_to_answer(event)
            after = 0.0 if prompted else self.habits.answer_after
            if after is not None:
                self._timer = self._reactor.callLater(after, self.answer)

        def failed(failure: Failure) -> None:
            self._log.error("no audio port", reason=failure.getErrorMessage())
            self._refuse(503, "Service Unavailable")

        self._engine.open(talk.port).addCallbacks(opened, failed)

    def _offered(self, talk: _Talk, leg: Leg, sdp: bytes) -> None:
        now = self._reactor.seconds()
        body, agreement = self._answer_to(talk, sdp)
        if body is None:
            self._sip.ua.refuse_offer(leg, 488, now)
            return
        self._sip.ua.accept_offer(leg, body, now)
        self._connect(talk, agreement)

    # ---- media

    def _answer_to(self, talk: _Talk, offer: bytes) -> tuple[bytes | None, Agreement | None]:
        """Our answer to an offer, or our own offer where there is none; no body where nothing is in common."""
        if talk.address is None:
            return None, None
        host, port = talk.address.host, talk.address.port
        talk.version += 1
        if not offer.strip():
            talk.own = audio_offer(host, port, self._session_id(), version=talk.version)
            return talk.own.serialise(), None
        try:
            description = SessionDescription.parse(offer)
        except SipSyntaxError:
            return None, None
        answer = negotiate(
            description, TELEPHONY, host=host, port=port, session_id=self._session_id(), version=talk.version
        )
        if isinstance(answer, NotAcceptable):
            return None, None
        return answer.description.serialise(), answer.agreement

    def _agreed(self, talk: _Talk, sdp: bytes) -> Agreement | None:
        try:
            answer = SessionDescription.parse(sdp)
        except SipSyntaxError:
            return None
        agreement = None if talk.own is None else accept_answer(talk.own, answer)
        return None if isinstance(agreement, NotAcceptable) else agreement

    def _connect(self, talk: _Talk, agreement: Agreement | None) -> None:
        if agreement is None:
            return
        try:
            self._engine.connect(talk.port, stream_of(agreement))
        except EngineError as error:
            self._log.error("no audio", extension=self.account.number, reason=str(error))

    def _start_talking(self, talk: _Talk) -> None:
        self._disarm()
        if self.habits.record is not None:
            self._engine.record(talk.port, self.habits.record)
        if self.habits.speak is not None:
            self._engine.play(talk.port, Playlist((self.habits.speak,), loop=self.habits.repeat), self._token())
        self._become(PhoneState.ANSWERED)

    # ---- inside

    def _new_talk(self, leg: Leg | None, *, incoming: bool) -> _Talk:
        self._talk = _Talk(leg, f"phone-{self.account.number}-{self._tokens()[:12]}", incoming)
        return self._talk

    def _token(self) -> str:
        self._numbered += 1
        return f"{self.account.number}-{self._numbered}"

    def _session_id(self) -> int:
        return 1000 + self._numbered

    def _refuse(self, status: int, reason: str) -> None:
        talk = self._talk
        if talk is not None and talk.leg is not None:
            self._sip.call(lambda now: self._sip.ua.refuse(_leg(talk), status, reason, now))
        self._end()

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _end(self) -> None:
        talk, self._talk = self._talk, None
        self._disarm()
        if talk is not None:
            self._engine.close(talk.port)
            for pressed in self._pressing.values():
                pressed.errback(PhoneError("the call ended"))
            self._pressing.clear()
            self._become(PhoneState.ENDED)

    def _become(self, state: PhoneState) -> None:
        self.state = state
        self._log.debug("phone", extension=self.account.number, state=state.value, display=self.display.number)
        ready = [waiting for wanted, waiting in self._waiting if wanted is state]
        self._waiting = [(wanted, waiting) for wanted, waiting in self._waiting if wanted is not state]
        for watcher in list(self.watchers):
            watcher(self, state)
        for waiting in ready:
            waiting.callback(self)


def _leg(talk: _Talk) -> Leg:
    if talk.leg is None:
        raise PhoneError("the call has not begun")
    return talk.leg


def _asks_to_answer(event: events.InviteReceived) -> bool:
    """Whether the switch asks the phone to answer by itself at once, as for a call made from a desktop."""
    values = event.request.headers.values("Call-Info")
    return any("answer-after=0" in text.replace(" ", "").lower().split(";") for text in values)


def _shown(event: events.InviteReceived) -> CallerID:
    """The display: the asserted identity (RFC 3325) before From."""
    values = event.request.headers.values("P-Asserted-Identity")
    for text in [*values, str(event.request.from_)]:
        try:
            shown = NameAddr.parse(text)
            return CallerID(shown.uri.user, shown.display)
        except SipSyntaxError:
            continue  # the next one may be readable
    return CallerID("")
