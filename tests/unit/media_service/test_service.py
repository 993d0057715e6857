"""The service with a real SIP phone, a real registrar and a real control client, but an engine without packets."""

import secrets
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog
from structlog.testing import capture_logs
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, fail, succeed

from media_service.control.messages import Answer, AskDigit, Hangup, HoldMusic, Play, Utterance
from media_service.engine.interface import Sound
from media_service.prompts.errors import PromptError
from media_service.service import MediaService
from media_service.settings import MediaSettings, PortAccount
from media_service.speech.ports import Recogniser
from media_service.speech_choice import Speech
from program.run import Reloadable
from sip.events import Answered
from sip.sdp import Direction, SessionDescription
from tests.fakes.media_engine import FakeEngine
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import Caller, CtiServer, Registrar
from tests.unit.sip.transport.authority import Authority
from tests.unit.sip.transport.test_renewal import renewed

structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory())


def speak(utterances: tuple[Utterance, ...], language: str) -> Deferred[tuple[Sound, ...]]:
    if any(utterance.prompt == "missing" for utterance in utterances):
        return fail(PromptError("prompt missing has no file"))
    return succeed(tuple(Path(f"{utterance.prompt or utterance.number}.wav") for utterance in utterances))


class House:
    """One media service with all that it meets."""

    def __init__(
        self,
        reactor: AsyncioSelectorReactor,
        engine: FakeEngine | None = None,
        *,
        settings: dict[str, Any] | None = None,
        recogniser: Recogniser | None = None,
        **unattended: Any,
    ) -> None:
        self.reactor = reactor
        self.registrar = Registrar(reactor)
        self.engine = engine or FakeEngine(lambda tell: reactor.callLater(0, tell))
        self.unattended = {"after": 30, **unattended}
        self.extra = settings or {}
        self.recogniser = recogniser

    async def open(self, numbers: tuple[str, ...] = ("7001", "7002"), password: str = "secret") -> "House":
        await self.registrar.endpoint.start()
        settings = MediaSettings.model_validate(
            {
                "name": "media-1",
                **({"ports": [{"number": number, "password_env": "X"} for number in numbers]} if numbers else {}),
                "prompts": {"directory": "."},
                "unattended": self.unattended,
                **self.extra,
                "registrar": {
                    "port": self.registrar.endpoint.port,
                    "domain": "lab.example",
                    **self.extra.get("registrar", {}),
                },
            }
        )
        # Port 0 (any free one) is for tests; an admin cannot ask for it.
        settings = settings.model_copy(
            update={
                "control": settings.control.model_copy(update={"port": 0}),
                "sip": settings.sip.model_copy(update={"port": 0}),
            }
        )
        self.service = MediaService(
            self.reactor,
            settings,
            tuple(PortAccount(number, number, password) for number in numbers),
            engine=self.engine,
            speak=speak,
            clock=time.time,
            tokens=lambda: secrets.token_hex(16),
            speech=Speech(None, self.recogniser),
        )
        await self.service.start()
        self.caller = Caller(self.reactor)
        self.cti = CtiServer(self.reactor, self.service.control.port)
        return self

    async def connected(self) -> "House":
        await self.cti.connect()
        return self

    async def call(self, number: str = "7001", **more: Any) -> Any:
        return await self.caller.call(number, self.service.line.port, **more)

    async def answered(self) -> tuple[Any, str]:
        """A call that a CTI server has answered: leg and session."""
        leg = await self.call()
        session = await self.cti.session()
        assert await self.cti.done(session.id, Answer()) == ("finished", "")
        return leg, session.id

    async def close(self) -> None:
        await self.cti.client.stop()
        await self.service.stop()
        await self.caller.endpoint.stop()
        await self.registrar.endpoint.stop()


def housed(
    story: Callable[[House], Coroutine[Deferred[Any], Any, None]],
    make: Callable[[AsyncioSelectorReactor], House] = House,
    *,
    numbers: tuple[str, ...] = ("7001", "7002"),
) -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        house = await make(reactor).open(numbers)
        try:
            await story(house)
        finally:
            await house.close()

    drive(run)


def test_a_caller_who_vanishes_is_bound_to_be_noticed() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, _ = await house.answered()
        answer = house.caller.of(Answered, leg)[0].response
        assert answer.headers.get("Session-Expires") == "1800;refresher=uas"  # the caller here knows no such timer

    housed(story)


def test_ports_register_with_digest_and_leave_at_the_stop() -> None:
    async def story(house: House) -> None:
        await house.connected()
        await until(house.reactor, lambda: all(port.registered for port in house.cti.ports.values()))
        assert set(house.registrar.registered) == {"7001", "7002"}
        assert f"7001@127.0.0.1:{house.service.line.port}" in house.registrar.registered["7001"]
        await house.service.stop()
        assert house.registrar.registered == {}

    housed(story)


def test_wrong_password_is_told_and_the_service_runs_on() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        house = await House(reactor).open(("7001",), password="wrong")
        await house.connected()
        await until(reactor, lambda: house.registrar.refused >= 2)
        await pause(reactor, 0.1)
        assert not house.cti.ports["7001"].registered
        await house.close()

    drive(run)


def test_a_call_is_answered_hears_prompts_and_gives_a_digit() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg = await house.call()
        session = await house.cti.session()
        assert (session.port, session.caller, session.called, session.state) == ("7001", "7201", "7000", "ringing")
        assert house.cti.ports["7001"].session == session.id
        assert await house.cti.done(session.id, Answer()) == ("finished", "")
        answer = await house.caller.answered(leg)
        (stream,) = house.engine.streams[session.id]
        assert (stream.remote.port, stream.digit_payload_type, stream.sending) == (40_000, 101, True)
        assert answer.audio is not None
        assert answer.audio.port == 30_002
        verb = house.cti.do(session.id, Play((Utterance(prompt="welcome"), Utterance(number=2)), barge_in=True))
        await until(house.reactor, lambda: session.id in house.engine.playing)
        assert house.engine.played[session.id] == [("welcome", "2")]
        house.engine.digit(session.id, "1")
        assert await house.cti.result(verb) == ("digits", "1")
        assert session.id not in house.engine.playing
        assert await house.cti.done(session.id, AskDigit((Utterance(prompt="menu"),), 5.0)) == ("digits", "1")
        assert await house.cti.done(session.id, AskDigit((), 0.05)) == ("timeout", "")
        music = house.cti.do(session.id, HoldMusic("hold_music"))
        await until(house.reactor, lambda: house.engine.playing.get(session.id))
        assert house.engine.playing[session.id][0].loop
        assert await house.cti.done(session.id, Hangup()) == ("finished", "")
        assert await house.cti.result(music) == ("stopped", "")
        assert (await house.caller.ended(leg)).by == "remote"
        assert [ended.reason for ended in house.cti.ended] == ["local"]
        assert house.cti.ports["7001"].session is None
        assert house.engine.streams == {}

    housed(story)


def test_caller_hangs_up() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, session = await house.answered()
        verb = house.cti.do(session, HoldMusic("hold_music"))
        await until(house.reactor, lambda: house.engine.playing)
        house.caller.hangup(leg)
        assert await house.cti.result(verb) == ("stopped", "")
        await until(house.reactor, lambda: house.cti.ended)
        assert (house.cti.ended[0].session, house.cti.ended[0].reason) == (session, "remote")
        # Sent again by a client that missed the end: answered as recorded, and nothing is done.
        assert await house.cti.done(session, Answer()) == ("failed", "")

    housed(story)


def test_caller_gives_up_while_it_rings() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg = await house.call()
        await house.cti.session()
        house.caller.hangup(leg)
        await until(house.reactor, lambda: house.cti.ended)
        assert house.cti.ended[0].reason == "remote"
        assert house.cti.ports["7001"].session is None

    housed(story)


def test_calls_that_cannot_be_taken_are_refused() -> None:
    async def story(house: House) -> None:
        await house.connected()
        await house.answered()
        assert await house.caller.refused(await house.call("7001")) == 486
        assert await house.caller.refused(await house.call("9999")) == 404
        video = house.caller.offer().replace(b"m=audio", b"m=video")
        assert await house.caller.refused(await house.call("7002", sdp=video)) == 488
        assert await house.caller.refused(await house.call("7002", sdp=b"v=0\r\nnonsense\r\n")) == 400
        assert house.cti.ports["7002"].session is None
        assert len(house.cti.arrived) == 1

    housed(story)


def test_a_port_takes_a_second_call_where_the_settings_say_so_and_never_a_third() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, first = await house.answered()
        await house.call("7001")
        await until(house.reactor, lambda: len(house.cti.arrived) == 2)
        second = house.cti.arrived[-1].id
        assert house.cti.ports["7001"].session == first
        assert await house.caller.refused(await house.call("7001")) == 486
        assert await house.cti.done(second, Answer()) == ("finished", "")
        house.caller.hangup(leg)
        await until(house.reactor, lambda: house.cti.ended)
        await until(house.reactor, lambda: house.cti.ports["7001"].session == second)

    housed(story, lambda reactor: House(reactor, settings={"registrar": {"second_call": True}}))


def test_no_engine_port_is_a_refusal() -> None:
    async def story(house: House) -> None:
        assert await house.caller.refused(await house.call()) == 503
        assert house.service.ports.all()[0].session is None

    housed(story, lambda reactor: House(reactor, FakeEngine(lambda tell: reactor.callLater(0, tell), capacity=0)))


def test_an_invite_without_offer_is_answered_with_ours() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg = await house.call(sdp=b"")
        session = await house.cti.session()
        verb = house.cti.do(session.id, Answer())
        offer = await house.caller.answered(leg)
        assert offer.audio is not None
        house.caller.accept_offer(leg, house.caller.offer())
        assert await house.cti.result(verb) == ("finished", "")
        assert house.engine.streams[session.id][-1].remote.port == 40_000

    housed(story)


def test_hold_and_retrieve() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, session = await house.answered()
        house.caller.reinvite(leg, house.caller.offer("sendonly"))
        held = await house.caller.offer_answered(leg)
        assert held.audio is not None
        assert held.audio.direction is Direction.RECVONLY
        assert not house.engine.streams[session][-1].sending
        house.caller.rtp_port = 41_000
        house.caller.reinvite(leg, house.caller.offer())
        back = await house.caller.offer_answered(leg, times=2)
        assert back.origin_version > held.origin_version
        assert house.engine.streams[session][-1].remote.port == 41_000
        assert house.engine.streams[session][-1].sending
        house.caller.reinvite(leg, house.caller.offer().replace(b"PCM", b"XXX").replace(b"AVP 8 0", b"AVP 98 99"))
        assert await house.caller.offer_refused(leg) == 488
        assert house.service.sessions.get(session) is not None

    housed(story)


def test_reinvite_without_offer_gets_ours() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, session = await house.answered()
        house.caller.reinvite(leg, b"")
        offer = SessionDescription.parse((await house.caller.offer_received(leg)).sdp)
        assert offer.audio is not None
        house.caller.rtp_port = 42_000
        house.caller.accept_offer(leg, house.caller.offer())
        await until(house.reactor, lambda: house.engine.streams[session][-1].remote.port == 42_000)

    housed(story)


def test_digits_by_info_count_only_without_telephone_event() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, session = await house.answered()
        verb = house.cti.do(session, AskDigit((), 5.0))
        house.caller.info(leg, "application/dtmf-relay", b"Signal=7\r\nDuration=160\r\n")
        await pause(house.reactor, 0.1)
        assert house.cti.verbs[-1].id != verb
        lines = [line for line in house.caller.offer().splitlines() if b"101" not in line or line.startswith(b"m=")]
        house.caller.reinvite(leg, b"\r\n".join(lines).replace(b" 101", b"") + b"\r\n")
        await house.caller.offer_answered(leg)
        house.caller.info(leg, "application/dtmf-relay", b"Signal=8\r\nDuration=160\r\n")
        assert await house.cti.result(verb) == ("digits", "8")

    housed(story)


def test_what_cannot_be_spoken_fails_and_the_call_goes_on() -> None:
    async def story(house: House) -> None:
        await house.connected()
        _, session = await house.answered()
        assert await house.cti.done(session, Play((Utterance(prompt="missing"),))) == ("failed", "")
        assert house.cti.verbs[-1].outcome.detail == "prompt missing has no file"
        verb = house.cti.do(session, Play((Utterance(prompt="welcome"),)))
        await until(house.reactor, lambda: house.engine.playing)
        house.engine.finish(session)
        assert await house.cti.result(verb) == ("finished", "")

    housed(story)


def test_calls_and_music_survive_the_client_and_are_found_again() -> None:
    async def story(house: House) -> None:
        await house.connected()
        _, session = await house.answered()
        verb = house.cti.do(session, HoldMusic("hold_music"))
        await until(house.reactor, lambda: house.engine.playing)
        await house.cti.client.stop()
        await until(house.reactor, lambda: not house.service.control.clients)
        assert house.engine.playing[session][0].loop
        again = CtiServer(house.reactor, house.service.control.port)
        await again.connect()
        (found,) = again.welcomes[0].sessions
        assert (found.id, found.state, found.verb, found.outcome) == (session, "answered", verb, None)
        # It sends its first verb again, which was the answer: it hears the end once more and nothing is done.
        assert again.do(session, Answer()) == "cti-1"
        assert await again.result("cti-1") == ("finished", "")
        assert house.engine.playing[session][0].loop
        again.do(session, HoldMusic("hold_music"))
        assert await again.done(session, Hangup()) == ("finished", "")
        await again.client.stop()

    housed(story)


def test_nobody_answers_so_the_fallback_does() -> None:
    async def story(house: House) -> None:
        leg = await house.call()
        await house.caller.answered(leg)
        await until(house.reactor, lambda: house.engine.playing)
        (session,) = house.engine.playing
        assert house.engine.played[session] == [("hold_music",)]
        await until(house.reactor, lambda: len(house.engine.played[session]) == 2)
        assert house.engine.played[session][1] == ("sorry",)
        house.engine.finish(session)
        assert (await house.caller.ended(leg)).by == "remote"

    housed(story, lambda reactor: House(reactor, after=0.1, limit=0.2))


def test_engine_failure_ends_the_calls_and_the_next_one_is_served() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, session = await house.answered()
        house.engine.fail("killed")
        assert (await house.caller.ended(leg)).by == "remote"
        await until(house.reactor, lambda: house.cti.ended)
        assert (house.cti.ended[0].session, house.cti.ended[0].reason) == (session, "failed")
        leg = await house.call()
        assert (await house.cti.session(2)).port == "7001"

    housed(story)


def test_stop_ends_calls() -> None:
    async def story(house: House) -> None:
        await house.connected()
        leg, _ = await house.answered()
        await house.service.stop()
        assert (await house.caller.ended(leg)).by == "remote"
        await until(house.reactor, lambda: house.cti.ended)
        assert house.cti.ended[0].reason == "local"

    housed(story)


def test_renewed_certificates_are_read_at_sighup_and_calls_go_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.settings("127.0.0.1")
    tls = {"certificate": files.certificate, "key": files.key, "authorities": files.authorities}

    async def story(house: House) -> None:
        assert isinstance(house.service, Reloadable)
        await house.connected()
        _, session = await house.answered()
        with capture_logs() as lines:
            await house.service.reload()
            renewed(authority, files)
            await house.service.reload()
        assert [one["event"] for one in lines] == ["certificates as before", "certificates renewed"]
        assert await house.cti.done(session, Hangup()) == ("finished", "")

    housed(story, lambda reactor: House(reactor, settings={"sip": {"tls": tls}}))
