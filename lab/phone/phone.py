"""A test phone: registers an extension, calls and answers, speaks and records, presses digits, shows who calls."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from lab.phone.habits import Account, Habits, PhoneError, PhoneState
from lab.phone.talk import Talk, TalkStep, asks_to_answer, leg_of, shown
from lab.switch.wishes import CallerID
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, DigitReceived, EngineEvent, EngineFailed, MediaEngine, Playlist
from media_service.engine.streams import stream_of
from program.logs import Log
from sip import events
from sip.digest import Credentials
from sip.events import Endpoint, Leg, UaEvent
from sip.registration import Registration
from sip.sdp import Agreement, Direction
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri

Watcher = Callable[["Phone", PhoneState], None]


class Phone:
    """One phone with one call, and one more on hold while it consults; a second caller gets busy.

    ``display`` is who calls or is called, as the phone shows it. ``heard`` collects the digits that came in.
    Pass the engine's events to `engine_event`: the engine may be shared by several phones, and is started by others.
    What is in ``takers`` gets each SIP event first, and says whether it was meant for it; ``talk_watchers`` are told
    of every step of every call.

    Args:
        reactor: the reactor, handed in.
        engine: a running packet engine.
        account: the extension and its password.
        tokens: gives fresh random hex text.
        log: the log.
        habits: how it behaves on its own.
        host: the address that it uses.
        port: the SIP port, any free one where 0.
        accepts: the types of bodies beside SDP that a taker understands.
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
        port: int = 0,
        accepts: Collection[str] = (),
    ) -> None:
        self.account = account
        self.habits = habits or Habits()
        self.state = PhoneState.IDLE
        self.display = CallerID("")
        self.heard = ""
        self.last_status = 0
        self.muted = False
        self.watchers: list[Watcher] = []
        self.talk_watchers: list[Callable[[Talk, TalkStep], None]] = []
        self.takers: list[Callable[[UaEvent], bool]] = []
        self._reactor = reactor
        self._engine = engine
        self._log = log
        self._tokens = tokens
        self._credentials = Credentials(account.number, account.password)
        self._aor = SipUri(user=account.number, host=account.domain)
        agent = UserAgent(Endpoint(host, port), tokens, "Callwright lab phone", accepts=accepts)
        self._sip = SipEndpoint(reactor, agent, self._event, host, port)
        self._talk: Talk | None = None
        self._aside: Talk | None = None
        self._waiting: list[tuple[PhoneState, Deferred[Phone]]] = []
        self._registering: Deferred[None] | None = None
        self._timer: DelayedCall | None = None
        self._numbered = 0
        self._pressing: dict[str, Deferred[None]] = {}

    @property
    def incoming(self) -> bool:
        """Whether the present call came in."""
        return self._talk is not None and self._talk.incoming

    @property
    def talks(self) -> tuple[Talk, ...]:
        """The present call, and the one that is aside while the phone consults."""
        return tuple(talk for talk in (self._talk, self._aside) if talk is not None)

    @property
    def sip(self) -> SipEndpoint:
        """Where the phone is reached, for its takers."""
        return self._sip

    # ---- life

    def start(self) -> Deferred[None]:
        """Register; fires when the PBX took it, fails with `PhoneError` when it refused. Retries go on all the same."""
        self._registering = registering = Deferred[None]()

        def started(_none: None) -> None:
            registration = Registration(self._aor, self.account.registrar, self._credentials)
            self._sip.call(lambda now: self._sip.ua.register(registration, now))

        starting = self._sip.start()
        starting.addCallback(started)
        starting.addErrback(self._cannot_register)
        return registering

    def open(self) -> Deferred[None]:
        """Only open the SIP port: for a caller who is not registered."""
        return self._sip.start()

    def stop(self) -> Deferred[None]:
        """Hang up, unregister and close."""
        for talk in self.talks:
            self.hang_up(talk)
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
        talk = self._talk = self._new_talk(None, CallerID(number), incoming=False)
        return self._place(talk)

    def consult(self, number: str) -> Talk:
        """Put the answered call on hold and call ``number``; `PhoneError` where that cannot be.

        The second call goes out once the hold is accepted, and ends at once where it is refused.
        """
        first = self._talk
        if first is None or not first.answered or self._aside is not None or first.leaving:
            raise PhoneError("a consultation needs one answered call")
        second = self._new_talk(None, CallerID(number), incoming=False)
        second.consulted = True
        self._talk, self._aside = second, first

        def place() -> None:
            if self._talk is second:
                self._place(second).addErrback(self._no_port)

        if first.held:
            place()
        else:
            first.then = place
            self._turn(first, Direction.SENDONLY)
        return second

    def alternate(self) -> None:
        """Put the present call on hold and take the other one back; `PhoneError` where there are no such two."""
        first, second = self._talk, self._aside
        if first is None or second is None or not first.answered or first.held or not second.held:
            raise PhoneError("alternating needs an answered call and a held one")
        first.then = lambda: self.take_back(second)
        self._turn(first, Direction.SENDONLY)

    def take_back(self, talk: Talk) -> None:
        """Take a held call back, where no other is in the way."""
        if talk in self.talks and all(each.held for each in self.talks):
            if talk is self._aside:
                self._talk, self._aside = talk, self._talk
            self.display = talk.other
            self._turn(talk, Direction.SENDRECV)

    def _place(self, talk: Talk) -> Deferred[None]:
        self.display, self.heard = talk.other, ""

        def opened(address: Address) -> None:
            if talk not in self.talks:
                self._engine.close(talk.port)
                return
            talk.address = address
            talk.leg = self._sip.call(
                lambda now: self._sip.ua.invite(
                    target=SipUri(user=talk.other.number, host=self.account.domain),
                    sdp=talk.first_offer(),
                    from_user=self.account.number,
                    from_display=self.account.name,
                    from_host=self.account.domain,
                    proxy=self.account.registrar,
                    credentials=self._credentials,
                    headers=self.habits.headers,
                    now=now,
                )
            )
            self._step(talk, TalkStep.DIALLED)

        def failed(failure: Failure) -> Failure:
            self._end(talk)
            return failure

        self._become(PhoneState.CALLING)
        return self._engine.open(talk.port).addCallbacks(opened, failed)

    def _no_port(self, failure: Failure) -> None:
        self._log.error("no audio port", extension=self.account.number, reason=failure.getErrorMessage())

    def answer(self) -> None:
        """Answer the ringing call; nothing happens where none rings."""
        talk = self._talk
        if talk is None or not talk.incoming or talk.answered or talk.address is None:
            return
        body, agreement = talk.answer_to(talk.offer)
        if body is None:
            self._refuse(488, "Not Acceptable Here")
            return
        talk.answered = True
        self._sip.call(lambda now: self._sip.ua.accept(leg_of(talk), body, now))
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
        """Speak a WAV file instead of what is spoken now; a muted phone says nothing."""
        if self._talk is not None and self._talk.answered and not self.muted:
            self._engine.play(self._talk.port, Playlist((file,), loop=repeat), self._token())

    def mute(self, muted: bool) -> None:
        """Close the microphone, or open it: then the phone begins anew with what its habits let it speak."""
        self.muted = muted
        for talk in self.talks:
            if talk.answered and muted:
                self._engine.stop(talk.port)
            elif talk.answered and not talk.held:
                self._speak(talk)

    def hold(self, direction: str = "sendonly") -> None:
        """Re-INVITE with another direction: ``sendonly`` holds the call, ``sendrecv`` takes it back."""
        if self._talk is not None:
            self._turn(self._talk, Direction(direction))

    def _turn(self, talk: Talk, direction: Direction) -> None:
        if talk.leg is None or not talk.answered:
            return
        body = talk.other_direction(direction)
        if body is not None:
            self._sip.call(lambda now: self._sip.ua.reinvite(leg_of(talk), body, now))

    def hang_up(self, talk: Talk | None = None) -> None:
        """End a call, the present one without ``talk``, whatever it is doing; nothing happens without one."""
        ending = talk or self._talk
        if ending is None or ending not in self.talks:
            return
        ending.leaving = True
        if ending.leg is not None:
            self._sip.call(lambda now: self._sip.ua.hangup(leg_of(ending), now))
        self._end(ending)

    # ---- what comes in

    def engine_event(self, event: EngineEvent) -> None:
        """Take an event of the shared engine; those of other ports are ignored."""
        match event:
            case DigitReceived(port, digit, _) if self._talk is not None and port == self._talk.port:
                self.heard += digit
            case EngineFailed(reason):
                self._log.error("packet engine failed", reason=reason)
                for talk in self.talks:
                    self.hang_up(talk)
            case _:
                pressed = self._pressing.pop(getattr(event, "token", ""), None)
                if pressed is not None:
                    pressed.callback(None)

    def _event(self, event: UaEvent) -> None:
        if any(taker(event) for taker in self.takers):
            return
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
                for talk in self.talks:
                    if talk.leg is not None and talk.leg == getattr(event, "leg", None):
                        self._event_of_call(event, talk)

    def _event_of_call(self, event: UaEvent, talk: Talk) -> None:
        match event:
            case events.Progress(_, 180, _):
                self._become(PhoneState.RINGING)
                if not talk.ringing:
                    talk.ringing = True
                    self._step(talk, TalkStep.RINGING)
            case events.Answered(_, sdp, _):
                talk.answered = True
                self._connect(talk, talk.agreed(sdp))
                self._start_talking(talk)
            case events.OfferReceived(leg, sdp):
                self._offered(talk, leg, sdp)
            case events.OfferAnswered(_, sdp):
                self._connect(talk, talk.agreed(sdp))
                self._turned(talk)
            case events.OfferRefused():
                talk.offer_refused()
                self._not_turned(talk)
            case events.Confirmed(_, sdp) if sdp:
                self._connect(talk, talk.agreed(sdp))
            case events.Refused(_, status, _, _):
                self.last_status = talk.status = status
                self._step(talk, TalkStep.REFUSED)
                self._end(talk)
            case events.Ended():
                self._end(talk)
            case _:
                pass  # nothing that a person at the phone would notice

    def _turned(self, talk: Talk) -> None:
        """Our re-INVITE was accepted."""
        if talk.holding is not talk.held:
            talk.held = talk.holding
            self._step(talk, TalkStep.HELD if talk.held else TalkStep.RETRIEVED)
        then, talk.then = talk.then, None
        if then is not None and talk.held:
            then()

    def _not_turned(self, talk: Talk) -> None:
        """Our re-INVITE was refused: a consultation that waited for it is none."""
        waiting = self._talk if talk is self._aside else None
        if talk.then is not None and waiting is not None and waiting.leg is None:
            self._end(waiting)
        talk.then = None

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
        self.display = shown(event)
        self.heard = ""
        talk = self._talk = self._new_talk(event.leg, self.display, incoming=True)
        talk.offer = event.sdp
        self._sip.ua.ring(event.leg, now)

        def opened(address: Address) -> None:
            if self._talk is not talk:
                self._engine.close(talk.port)
                return
            talk.address = address
            talk.ringing = True
            self._become(PhoneState.RINGING)
            self._step(talk, TalkStep.RINGING)
            prompted = self.habits.prompted and asks_to_answer(event)
            after = 0.0 if prompted else self.habits.answer_after
            if after is not None:
                self._timer = self._reactor.callLater(after, self.answer)

        def failed(failure: Failure) -> None:
            self._no_port(failure)
            self._refuse(503, "Service Unavailable")

        self._engine.open(talk.port).addCallbacks(opened, failed)

    def _offered(self, talk: Talk, leg: Leg, sdp: bytes) -> None:
        now = self._reactor.seconds()
        body, agreement = talk.answer_to(sdp)
        if body is None:
            self._sip.ua.refuse_offer(leg, 488, now)
            return
        self._sip.ua.accept_offer(leg, body, now)
        self._connect(talk, agreement)

    # ---- media

    def _connect(self, talk: Talk, agreement: Agreement | None) -> None:
        if agreement is None:
            return
        try:
            self._engine.connect(talk.port, stream_of(agreement))
        except EngineError as error:
            self._log.error("no audio", extension=self.account.number, reason=str(error))

    def _start_talking(self, talk: Talk) -> None:
        self._disarm()
        if self.habits.recording is not None and not talk.consulted:
            self._engine.record(talk.port, self.habits.recording)
        self._speak(talk)
        self._become(PhoneState.ANSWERED)
        self._step(talk, TalkStep.ANSWERED)

    def _speak(self, talk: Talk) -> None:
        if self.habits.speak is not None and not self.muted:
            self._engine.play(talk.port, Playlist((self.habits.speak,), loop=self.habits.repeat), self._token())

    # ---- inside

    def _new_talk(self, leg: Leg | None, other: CallerID, *, incoming: bool) -> Talk:
        self._numbered += 1
        return Talk(leg, f"phone-{self.account.number}-{self._tokens()[:12]}", self._numbered, incoming, other)

    def _token(self) -> str:
        self._numbered += 1
        return f"{self.account.number}-{self._numbered}"

    def _refuse(self, status: int, reason: str) -> None:
        talk = self._talk
        if talk is not None and talk.leg is not None:
            self._sip.call(lambda now: self._sip.ua.refuse(leg_of(talk), status, reason, now))
        self._end()

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _end(self, ending: Talk | None = None) -> None:
        talk = ending or self._talk
        if talk is None:
            return
        present = talk is not self._aside
        if present:
            self._talk = self._aside
            self._disarm()
            for pressed in self._pressing.values():
                pressed.errback(PhoneError("the call ended"))
            self._pressing.clear()
        self._aside = None
        self._engine.close(talk.port)
        self._step(talk, TalkStep.ENDED)
        if self._talk is None:
            self._become(PhoneState.ENDED)
        elif present:
            self.display, self.state = self._talk.other, PhoneState.ANSWERED
        elif talk.then is not None and self._talk.leg is None:
            self._end(self._talk)  # the consultation that waited for the hold

    def _step(self, talk: Talk, step: TalkStep) -> None:
        for watcher in list(self.talk_watchers):
            watcher(talk, step)

    def _become(self, state: PhoneState) -> None:
        self.state = state
        self._log.debug("phone", extension=self.account.number, state=state.value, display=self.display.number)
        ready = [waiting for wanted, waiting in self._waiting if wanted is state]
        self._waiting = [(wanted, waiting) for wanted, waiting in self._waiting if wanted is not state]
        for watcher in list(self.watchers):
            watcher(self, state)
        for waiting in ready:
            waiting.callback(self)
