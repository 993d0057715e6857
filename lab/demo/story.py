"""The story of three callers: one is served, one gives up, one is rung at an agent who does not answer."""

import math
import secrets
import wave
from array import array
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from lab.demo.ground import Ground
from lab.demo.house import House
from lab.demo.programs import LogEntry
from lab.demo.screen import Screen
from lab.demo.witness import StoryFailedError, event
from lab.phone import Account, Habits, Phone, PhoneState
from media_service.engine.interface import EngineEvent, MediaEngine
from program.logs import logger
from sip.events import Endpoint

PILOT: Final = "7000"
PATIENCE: Final = 30.0
"""Seconds after which something that the story promises counts as not happening."""

AUDIBLE_DBFS: Final = -45.0
"""Louder than this, a recording has speech or music in it; comfort silence is below -70."""


class Story:
    """Plays the phones' part and checks what the system makes of it.

    Args:
        reactor: the running reactor.
        ground: config, passwords and ports.
        house: the running programs.
        engine: a packet engine for the phones, not started.
        screen: where it is told.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        ground: Ground,
        house: House,
        engine: MediaEngine,
        screen: Screen,
    ) -> None:
        self._reactor = reactor
        self._ground = ground
        self._house = house
        self._engine = engine
        self._screen = screen
        self._phones: dict[str, Phone] = {}
        self._prompts = ground.prompts
        self._heard = ground.data / "heard"

    async def run(self) -> None:
        """Tell the whole story.

        Raises:
            StoryFailedError: something that it promises did not happen.
        """
        await self._engine.start(self._engine_event)
        self._heard.mkdir(parents=True, exist_ok=True)
        anna = await self._phone("7101", "Anna's phone", Habits(speak=self._prompts / "en" / "agent_greeting.wav"))
        ben = await self._phone("7102", "Ben's phone", Habits())
        self._screen.chapter("The agents log on")
        await self._dial_feature(anna, "*61", "AgentLoggedOn", "anna")
        await self._dial_feature(ben, "*61", "AgentLoggedOn", "ben")
        await self._first_two_callers(anna, ben)
        await self._third_caller(anna)
        await self._dial_feature(anna, "*63", "AgentBecameNotReady", "anna")

    async def stop(self) -> None:
        """Hang up and unregister all phones."""
        for phone in self._phones.values():
            phone.watchers.clear()
            await phone.stop()
        await self._engine.shutdown()

    # ---- the chapters

    async def _first_two_callers(self, anna: Phone, ben: Phone) -> None:
        self._screen.chapter("Carol calls, chooses, waits and reaches Anna")
        carol = await self._caller("7201", "Carol's phone", "carol.wav")
        first = await self._call_and_choose(carol)
        await self._sleep(3.0)
        self._hears("music", carol)
        await self._agent_takes(anna, "anna", carol, first)

        self._screen.chapter("Dave calls meanwhile and gives up waiting")
        dave = await self._caller("7202", "Dave's phone", "dave.wav")
        second = await self._call_and_choose(dave)
        await self._sleep(2.0)
        gone = self._expect(f"contact {second} abandoned", "ContactReleased", contact=second, disposition="abandoned")
        dave.hang_up()
        await gone

        self._screen.chapter("Anna hangs up and wraps up; Ben becomes ready before her")
        closed = self._expect(f"contact {first} closed", "ContactClosed", contact=first)
        wrapped = self._expect("Anna's wrap-up ended", "WrapUpEnded", agent="anna")
        released = self._expect(
            f"contact {first} answered and released", "ContactReleased", contact=first, disposition="answered"
        )
        anna.hang_up()
        await released
        await self._in_time("Carol's call ended", carol.when(PhoneState.ENDED))
        self._both_heard(anna, carol)
        await self._dial_feature(ben, "*62", "AgentBecameReady", "ben")
        await wrapped
        await closed

    async def _third_caller(self, anna: Phone) -> None:
        self._screen.chapter("Erin calls; Ben is longest idle, but does not answer; Anna does")
        erin = await self._caller("7203", "Erin's phone", "erin.wav")
        offered = self._expect("the longest-idle agent is offered", "OfferMade", agent="ben")
        missed = self._expect("Ben did not answer", "OfferEnded", agent="ben", outcome="no-answer")
        away = self._expect("Ben is not ready", "AgentBecameNotReady", agent="ben")
        anna.habits = self._answering(anna, "anna-2.wav")
        talks = self._expect("Anna answered", "ContactAnswered", agent="anna")
        third = await self._call_and_choose(erin, hears_position=False)
        await offered
        await missed
        await away
        await talks
        await self._sleep(3.0)
        closed = self._expect(f"contact {third} closed", "ContactClosed", contact=third)
        erin.hang_up()
        await self._in_time("Anna's call ended", anna.when(PhoneState.ENDED))
        self._both_heard(anna, erin)
        await closed

    # ---- what people do

    async def _call_and_choose(self, caller: Phone, *, hears_position: bool = True) -> int:
        """Dial the pilot, interrupt the menu with 1; gives the number of the contact, which waits in the queue then."""
        greeted = self._expect("the greeting", "StepEntered", step="greeting")
        asked = self._expect("the menu", "StepEntered", step="choose")
        positioned = music = None
        if hears_position:
            positioned = self._expect("the position", "StepEntered", step="tell_position")
            music = self._expect("the music", "StepEntered", step="listen")
        await caller.dial(PILOT)
        contact = int((await greeted)["contact"])
        await self._in_time("the call answered", caller.when(PhoneState.ANSWERED))
        await asked
        await self._sleep(1.5)
        chosen = self._expect("the digit 1", "VerbEnded", contact=contact, outcome="digits:1")
        queued = self._expect("the queue", "ContactQueued", contact=contact, queue="sales")
        pressed = caller.press("1")
        self._screen.tell(self._name(caller), "presses 1 during the menu (RFC 4733); the prompt stops")
        await pressed
        await chosen
        await queued
        if positioned is not None and music is not None:
            await positioned
            await music
        return contact

    async def _agent_takes(self, agent: Phone, agent_id: str, caller: Phone, contact: int) -> None:
        agent.habits = self._answering(agent, f"{agent_id}.wav")
        offered = self._expect(f"contact {contact} offered to {agent_id}", "OfferMade", contact=contact, agent=agent_id)
        talks = self._expect(f"contact {contact} talks", "ContactAnswered", contact=contact, agent=agent_id)
        await self._dial_feature(agent, "*62", "AgentBecameReady", agent_id)
        await offered
        await self._in_time(f"{agent_id}'s phone rings", agent.when(PhoneState.RINGING))
        shown = agent.display.number
        if shown != caller.account.number:
            raise StoryFailedError(
                f"the display shows {shown!r} instead of the caller's number {caller.account.number}"
            )
        await talks
        await self._sleep(4.0)

    async def _dial_feature(self, phone: Phone, code: str, kind: str, agent: str) -> None:
        heard = self._expect(f"{kind} of {agent}", kind, agent=agent)
        await phone.dial(code)
        await heard
        await self._in_time("the confirmation tone", phone.when(PhoneState.ENDED))

    # ---- phones

    async def _caller(self, number: str, name: str, recording: str) -> Phone:
        speech = self._prompts / "en" / "caller_speech.wav"
        return await self._phone(number, name, Habits(speak=speech, repeat=True, record=self._heard / recording))

    async def _phone(self, number: str, name: str, habits: Habits) -> Phone:
        host = self._ground.host
        account = Account(
            number, self._ground.passwords[number], Endpoint(host, self._ground.ports["pbx"]), self._ground.domain
        )
        log = logger(program="phone", extension=number)
        phone = Phone(
            self._reactor,
            self._engine,
            account,
            tokens=lambda: secrets.token_hex(16),
            log=log,
            habits=habits,
            host=host,
        )
        self._phones[name] = phone
        phone.watchers.append(self._watch)
        await self._in_time(f"{name} registered", phone.start())
        return phone

    def _watch(self, phone: Phone, state: PhoneState) -> None:
        shown = " ".join(part for part in (phone.display.name, phone.display.number) if part)
        words = {
            PhoneState.REGISTERED: f"registered as {phone.account.number}",
            PhoneState.CALLING: f"dials {shown}",
            PhoneState.RINGING: f"rings; its display shows {shown}" if phone.incoming else "hears ringback",
            PhoneState.ANSWERED: "call is up",
            PhoneState.ENDED: "call is over",
        }
        if state in words:
            self._screen.tell(self._name(phone), words[state])

    def _name(self, phone: Phone) -> str:
        return next(name for name, known in self._phones.items() if known is phone)

    def _engine_event(self, happened: EngineEvent) -> None:
        for phone in self._phones.values():
            phone.engine_event(happened)

    def _answering(self, agent: Phone, recording: str) -> Habits:
        return Habits(answer_after=2.0, speak=agent.habits.speak, repeat=True, record=self._heard / recording)

    # ---- what is checked

    def _expect(self, what: str, kind: str, **facts: object) -> Deferred[LogEntry]:
        return self._house.witness.expect(what, event(kind, **facts), PATIENCE)

    def _in_time(self, what: str, happening: Deferred[Any]) -> Deferred[Any]:
        def late(_result: object, _seconds: float) -> None:
            raise StoryFailedError(f"{what}: not within {PATIENCE:g} s")

        return happening.addTimeout(PATIENCE, self._reactor, onTimeoutCancel=late)

    def _sleep(self, seconds: float) -> Deferred[None]:
        return deferLater(self._reactor, seconds, lambda: None)

    def _both_heard(self, one: Phone, other: Phone) -> None:
        self._hears("speech", one)
        self._hears("speech", other)

    def _hears(self, what: str, phone: Phone) -> None:
        """See that the last three seconds of the phone's recording are audible."""
        file = phone.habits.record
        level = loudness(file) if file is not None else -math.inf
        self._screen.tell(self._name(phone), f"hears {what} ({level:.0f} dBFS)")
        if level < AUDIBLE_DBFS:
            raise StoryFailedError(f"{self._name(phone)} should hear {what}, but its recording is silent: {file}")


def loudness(file: Path, seconds: float = 3.0) -> float:
    """Level of the last ``seconds`` of a WAV file (mono PCM16) in dBFS; minus infinity where nothing is in it.

    The file may still be written: its header's length is then behind its content, so the content counts.
    """
    with wave.open(str(file), "rb") as recording:
        rate = recording.getframerate()
    content = file.read_bytes()[44:]
    samples = array("h")
    samples.frombytes(content[: len(content) // 2 * 2])
    tail = samples[-int(seconds * rate) :]
    if not tail:
        return -math.inf
    power = sum(sample * sample for sample in tail) / len(tail)
    return 20 * math.log10(math.sqrt(power) / 32768) if power else -math.inf
