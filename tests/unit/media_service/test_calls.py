"""Calls with each other and beyond play and ask: real SIP and control door, an engine without packets."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import structlog
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, fail, succeed

from media_service.control.messages import (
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    Hangup,
    HoldMusic,
    LeaveConference,
    Message,
    PauseRecording,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    StopRecording,
    Unbridge,
    Utterance,
)
from media_service.engine.interface import Format, Role
from media_service.speech.errors import SpeechError
from media_service.speech.ports import Heard
from sip.events import Answered, Refused
from sip.events import Progress as SipProgress
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import CtiServer
from tests.unit.media_service.test_service import House

WELCOME = (Utterance(prompt="welcome"),)
GRAMMAR = "#JSGF V1.0; grammar g; public <g> = yes;"


class Ears:
    """A recogniser that has understood already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.files: list[Path] = []

    def recognise(self, file: Path, grammar: str, language: str) -> Deferred[Heard]:
        assert (grammar, language) == (GRAMMAR, "en")
        self.files.append(file)
        assert file.exists()
        return succeed(Heard(self.text, 0.8)) if self.text != "broken" else fail(SpeechError("the worker died"))

    def close(self) -> Deferred[None]:
        return succeed(None)


def housed(
    story: Callable[[House], Coroutine[Deferred[Any], Any, None]],
    *,
    numbers: tuple[str, ...] = ("7001", "7002", "7003"),
    recogniser: Ears | None = None,
    **settings: Any,
) -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        house = await House(reactor, settings=settings, recogniser=recogniser).open(numbers)
        try:
            await story(await house.connected())
        finally:
            await house.close()

    drive(run)


async def talking(house: House, number: str, count: int) -> tuple[Any, str]:
    """A further call that has been answered: leg and session."""
    leg = await house.call(number)
    session = await house.cti.session(count)
    assert await house.cti.done(session.id, Answer()) == ("finished", "")
    return leg, session.id


def test_a_bridge_of_two_calls_and_its_end() -> None:
    async def story(house: House) -> None:
        _, one = await talking(house, "7001", 1)
        leg, two = await talking(house, "7002", 2)
        music = house.cti.do(two, HoldMusic("hold_music"))
        await until(house.reactor, lambda: two in house.engine.playing)
        assert await house.cti.done(one, Bridge(two)) == ("finished", "")
        assert (await house.cti.outcome(music)).result == "stopped"
        assert house.engine.bridged == {one: two, two: one}
        assert {(each.id, each.partner) for each in house.cti.changed} == {(one, two), (two, one)}
        assert await house.cti.done(one, Bridge(two)) == ("finished", ""), "it stands already"
        house.caller.hangup(leg)
        await until(house.reactor, lambda: house.cti.changed[-1].partner is None)
        assert house.cti.changed[-1].id == one
        assert house.engine.bridged == {}
        assert await house.cti.done(one, Unbridge()) == ("failed", "")
        assert await house.cti.done(one, Bridge(two)) == ("failed", "")
        assert await house.cti.done(one, Bridge(one)) == ("failed", "")

    housed(story)


def test_what_is_to_be_heard_parts_a_bridge() -> None:
    async def story(house: House) -> None:
        _, one = await talking(house, "7001", 1)
        _, two = await talking(house, "7002", 2)
        await house.cti.done(one, Bridge(two))
        house.cti.do(two, Play(WELCOME))
        await until(house.reactor, lambda: two in house.engine.playing)
        assert house.engine.bridged == {}
        assert [each.partner for each in house.cti.changed[-2:]] == [None, None]
        _, three = await talking(house, "7003", 3)
        await house.cti.done(one, Bridge(two))
        assert await house.cti.done(three, Bridge(one)) == ("finished", "")
        assert house.engine.bridged == {one: three, three: one}
        assert await house.cti.done(three, Unbridge()) == ("finished", "")
        assert house.engine.bridged == {}

    housed(story)


def test_a_conference_with_a_listener_and_a_whisperer() -> None:
    async def story(house: House) -> None:
        _, one = await talking(house, "7001", 1)
        _, two = await talking(house, "7002", 2)
        assert await house.cti.done(one, Conference("r")) == ("finished", "")
        whisper = Conference("r", "whisperer", whisper_to=one)
        assert await house.cti.done(two, Conference("r", "listener")) == ("finished", "")
        assert house.engine.rooms[two] == ("r", Role.LISTENER, None)
        assert await house.cti.done(two, whisper) == ("finished", "")
        assert house.engine.rooms[two] == ("r", Role.WHISPERER, one)
        assert [(each.id, each.room) for each in house.cti.changed] == [(one, "r"), (two, "r")]
        assert await house.cti.done(one, LeaveConference()) == ("finished", "")
        assert await house.cti.done(one, LeaveConference()) == ("failed", "")
        assert await house.cti.done(two, whisper) == ("failed", ""), "the one to whisper to is not there"
        assert house.engine.rooms == {two: ("r", Role.WHISPERER, one)}

    housed(story)


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([TRACE], TRACE),
        (["01" + TRACE[2:] + "-and-more"], TRACE),
        ([TRACE, TRACE], ""),
        ([f"{TRACE}, {TRACE}"], ""),
        (["ff" + TRACE[2:]], ""),
        ([TRACE[:3] + "0" * 32 + TRACE[35:]], ""),
        (["x" * 5000], ""),
        (["\u2603\u202e%s%n<script>"], ""),
        ([""], ""),
    ],
    ids=["good", "later", "two", "list", "ff", "zero", "long", "hostile", "empty"],
)
def test_a_callers_trace_is_told_on_arrival_and_to_who_comes_later(fields: list[str], told: str) -> None:
    async def story(house: House) -> None:
        await house.call("7001", headers=tuple(("Traceparent", value) for value in fields))
        session = await house.cti.session()
        assert session.traceparent == told
        assert await house.cti.done(session.id, Answer()) == ("finished", "")
        later = CtiServer(house.reactor, house.service.control.port)
        await later.connect()
        assert [(each.id, each.traceparent) for each in later.welcomes[0].sessions] == [(session.id, told)]
        await later.client.stop()

    with structlog.testing.capture_logs() as lines:
        housed(story)
    passed_over = [line for line in lines if line["event"].startswith("traceparent")]
    assert [(line["log_level"], line["fields"]) for line in passed_over] == ([] if told else [("debug", len(fields))])


def test_a_recording_in_the_background(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        _, session = await talking(house, "7001", 1)
        music = house.cti.do(session, HoldMusic("hold_music"))
        begun = await house.cti.outcome(house.cti.do(session, Record("2026/c", format="flac")))
        assert (begun.result, begun.file) == ("finished", "2026/c.flac")
        recording = house.engine.recordings[session]
        assert (recording.file, recording.format) == (tmp_path / "2026" / "c.flac", Format.FLAC)
        assert recording.stereo
        assert house.cti.changed[-1].recording == "2026/c.flac"
        assert await house.cti.done(session, PauseRecording(paused=True)) == ("finished", "")
        assert house.engine.paused == {session}
        assert await house.cti.done(session, PauseRecording(paused=False)) == ("finished", "")
        assert await house.cti.done(session, Record("second")) == ("failed", ""), "one at a time"
        done = await house.cti.outcome(house.cti.do(session, StopRecording()))
        assert (done.result, done.file, done.seconds) == ("recorded", "2026/c.flac", 2.5)
        assert await house.cti.done(session, StopRecording()) == ("failed", "")
        again = await house.cti.outcome(house.cti.do(session, Record("2026/c", format="flac")))
        assert again.file == "2026/c-2.flac", "nothing is overwritten"
        assert music not in {each.id for each in house.cti.verbs}, "the music went on"

    housed(story, recordings={"directory": str(tmp_path)})


def test_without_a_directory_nothing_is_recorded() -> None:
    async def story(house: House) -> None:
        _, session = await talking(house, "7001", 1)
        outcome = await house.cti.outcome(house.cti.do(session, Record("c")))
        assert (outcome.result, outcome.detail) == ("failed", "the settings name no directory for recordings")
        verb = house.cti.do(session, Message((), "m"))
        await until(house.reactor, lambda: session in house.engine.playing)
        house.engine.finish(session)
        assert await house.cti.result(verb) == ("failed", "")

    housed(story)


def test_a_message_is_left(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        leg, session = await talking(house, "7001", 1)
        verb = house.cti.do(session, Message(WELCOME, "box/m", silence=0.1))
        await until(house.reactor, lambda: session in house.engine.playing)
        assert house.engine.played[session] == [("welcome", "tone")]
        house.engine.finish(session)
        await until(house.reactor, lambda: session in house.engine.recordings)
        house.engine.speech(session, speaking=True)
        await pause(house.reactor, 0.2)
        house.engine.speech(session, speaking=False)
        outcome = await house.cti.outcome(verb)
        assert (outcome.result, outcome.file, outcome.seconds) == ("recorded", "box/m.wav", 2.5)
        assert not house.engine.listening[session].speech
        verb = house.cti.do(session, Message((), "box/m"))
        await until(house.reactor, lambda: session in house.engine.playing)
        house.engine.finish(session)
        await until(house.reactor, lambda: session in house.engine.recordings)
        house.caller.hangup(leg)
        outcome = await house.cti.outcome(verb)
        assert (outcome.result, outcome.file) == ("stopped", "box/m-2.wav")

    housed(story, recordings={"directory": str(tmp_path)})


@pytest.mark.parametrize(("text", "result"), [("yes please", "speech"), ("", "invalid"), ("broken", "failed")])
def test_speech_is_recognised(tmp_path: Path, text: str, result: str) -> None:
    ears = Ears(text)

    async def story(house: House) -> None:
        _, session = await talking(house, "7001", 1)
        verb = house.cti.do(session, Recognise(WELCOME, GRAMMAR, language="en"))
        await until(house.reactor, lambda: session in house.engine.playing)
        assert house.engine.recordings[session].trim
        house.engine.speech(session, speaking=True)
        await until(house.reactor, lambda: session not in house.engine.playing)
        house.engine.speech(session, speaking=False)
        outcome = await house.cti.outcome(verb)
        assert outcome.result == result
        assert outcome.speech == (text if result == "speech" else "")
        assert ears.files
        assert not ears.files[0].exists(), "what was said is not kept"

    housed(story, recogniser=ears, recordings={"directory": str(tmp_path)})


def test_no_recogniser_is_said() -> None:
    async def story(house: House) -> None:
        _, session = await talking(house, "7001", 1)
        outcome = await house.cti.outcome(house.cti.do(session, Recognise((), GRAMMAR)))
        assert (outcome.result, outcome.detail) == ("failed", "the settings name no speech recogniser")
        assert await house.cti.done(session, AskDigit((), 0.05)) == ("timeout", "")

    housed(story)


def test_digits_go_out_and_come_in(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        leg, session = await talking(house, "7001", 1)
        assert await house.cti.done(session, SendDigits("12")) == ("finished", "")
        assert house.engine.sent == [(session, "12")]
        house.engine.digit(session, "4")
        await until(house.reactor, lambda: house.cti.digits)
        assert (house.cti.digits[0].session, house.cti.digits[0].digit) == (session, "4")
        verb = house.cti.do(session, Collect((), 4, masked=True))
        live = house.service.sessions.get(session)
        assert live is not None
        await until(house.reactor, lambda: verb in live.outcomes)
        for digit in "876":
            house.engine.digit(session, digit)
        assert await house.cti.result(verb) == ("digits", "4876"), "the first was typed ahead"
        assert len(house.cti.digits) == 1
        house.caller.hangup(leg)
        await until(house.reactor, lambda: house.cti.qualities)
        quality = house.cti.qualities[0]
        assert (quality.session, quality.received, quality.lost, quality.mos) == (session, 9, 1, 4.2)

    housed(story)


def test_digits_as_tones_count_where_the_phone_sends_no_events() -> None:
    async def story(house: House) -> None:
        plain = house.caller.offer().replace(b" 101", b"").replace(b"a=rtpmap:101 telephone-event/8000\r\n", b"")
        plain = plain.replace(b"a=fmtp:101 0-16\r\n", b"").replace(b"a=fmtp:101 0-15\r\n", b"")
        leg = await house.call(sdp=plain)
        session = (await house.cti.session()).id
        await house.cti.done(session, Answer())
        assert house.engine.listening[session].digits
        verb = house.cti.do(session, AskDigit((), 5.0))
        house.engine.digit(session, "3", in_band=True)
        assert await house.cti.result(verb) == ("digits", "3")
        # The same digit by INFO a moment later is the same key; from then on INFO alone counts.
        verb = house.cti.do(session, AskDigit((), 0.3))
        house.caller.info(leg, "application/dtmf-relay", b"Signal=3\r\nDuration=160\r\n")
        assert await house.cti.result(verb) == ("timeout", "")
        verb = house.cti.do(session, AskDigit((), 0.3))
        house.engine.digit(session, "6", in_band=True)
        assert await house.cti.result(verb) == ("timeout", "")

    housed(story)


def test_early_media() -> None:
    async def story(house: House) -> None:
        leg = await house.call()
        session = (await house.cti.session()).id
        verb = house.cti.do(session, Progress(WELCOME))
        await until(house.reactor, lambda: session in house.engine.playing)
        early = [each for each in house.caller.of(SipProgress, leg) if each.status == 183]
        assert early
        assert house.engine.streams[session]
        house.engine.finish(session)
        assert await house.cti.result(verb) == ("finished", "")
        assert await house.cti.done(session, Answer()) == ("finished", "")
        assert house.caller.of(Answered, leg)[0].sdp == early[0].sdp

    housed(story)


def test_early_media_needs_an_offer_and_a_refusal_its_status() -> None:
    async def story(house: House) -> None:
        leg = await house.call(sdp=b"")
        session = (await house.cti.session()).id
        outcome = await house.cti.outcome(house.cti.do(session, Progress(WELCOME)))
        assert outcome.result == "failed"
        assert "no offer" in outcome.detail
        assert await house.cti.done(session, Hangup(status=603)) == ("finished", "")
        assert await house.caller.refused(leg) == 603

    housed(story)


def test_drained_the_service_takes_no_calls_and_keeps_those_it_has() -> None:
    async def story(house: House) -> None:
        await until(house.reactor, lambda: all(port.registered for port in house.cti.ports.values()))
        _, session = await talking(house, "7001", 1)
        house.cti.drain(on=True)
        await until(house.reactor, lambda: house.cti.services and house.cti.services[-1].draining)
        assert house.cti.services[-1].free == 2
        leg = await house.call("7002")
        assert await house.caller.refused(leg) == 503
        assert house.caller.of(Refused, leg)[0].response.headers.get("Retry-After") == "5"
        assert (await house.cti.outcome(house.cti.place("7201"))).detail == "the media service drains"
        assert await house.cti.done(session, AskDigit((), 0.05)) == ("timeout", "")
        house.cti.drain(on=False)
        await until(house.reactor, lambda: not house.cti.services[-1].draining)
        await house.call("7002")
        await house.cti.session(2)
        await until(house.reactor, lambda: house.cti.services[-1].free == 1)

    housed(story)
