"""The verbs of the control door at the real process: callers of sipp's press keys, are bridged, and confer."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.task import LoopingCall

from media_service.codecs.g711 import a_law_from_linear
from media_service.codecs.wav import read_wav
from media_service.control.messages import (
    Answer,
    Bridge,
    Collect,
    Conference,
    Hangup,
    Menu,
    Message,
    Play,
    Recognise,
    Record,
    StopRecording,
    Utterance,
)
from media_service.speech.piper import PiperEngine
from media_service.speech.sound import convert
from sip.rtp import RtpPacket
from sip.sdp import SessionDescription
from tests.fakes.listening import RtpListener, loudness, match
from tests.integration.test_media_service import SAMPLE, Started, free_port
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import Caller, CtiServer

SPEECH: Final = SAMPLE / "position_before.wav"
MENU: Final = (Utterance(prompt="menu"),)

MORE: Final = """\
recordings: {directory: recordings}
trunk: {peers: [127.0.0.1], numbers: ["ivr"], lines: 3}
"""

KEY = """\
  <send retrans="500"><![CDATA[
    INFO [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:7201@[local_ip]>;tag=[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: [cseq] INFO
    Max-Forwards: 70
    Content-Type: application/dtmf-relay
    Content-Length: [len]

    Signal={key}
    Duration=160
  ]]></send>
  <recv response="200"/>
  <pause milliseconds="300"/>
"""

SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="a caller who presses keys">
  <send retrans="500"><![CDATA[
    INVITE sip:ivr@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "Sipp" <sip:7201@[local_ip]>;tag=[call_number]
    To: <sip:ivr@[remote_ip]>
    Call-ID: [call_id]
    CSeq: [cseq] INVITE
    Contact: <sip:7201@[local_ip]:[local_port]>
    Max-Forwards: 70
    Diversion: <sip:7300@example.org>;reason=no-answer
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:7201@[local_ip]>;tag=[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <pause milliseconds="600"/>
{keys}
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
</scenario>
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path, more=MORE)
    try:
        started.wait_until_ready()
        yield started
    finally:
        assert started.stop() == 0
        assert "Traceback" not in started.log.read_text()


@contextmanager
def sipp(service: Started, folder: Path, keys: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    """A caller of sipp's, who presses ``keys`` by INFO and sends back every sound that comes."""
    scenario = folder / "caller.xml"
    scenario.write_text(SCENARIO.replace("{keys}", "".join(KEY.replace("{key}", key) for key in keys)))
    command = ["sipp", "-sf", str(scenario), f"127.0.0.1:{service.sip}", "-i", "127.0.0.1", "-p", str(free_port())]
    command += ["-mi", "127.0.0.1", "-mp", str(free_port() & ~1), "-rtp_echo", "-m", "1", "-nostdin", "-timeout", "25"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=5)


class Talker:
    """A phone that says the sentence again and again."""

    def __init__(self, reactor: AsyncioSelectorReactor, listener: RtpListener, answer: SessionDescription) -> None:
        assert answer.audio is not None
        self._place = (answer.audio.host, answer.audio.port)
        self._listener = listener
        self._codes = a_law_from_linear(read_wav(SPEECH.read_bytes())) + bytes([0xD5]) * 4000
        self._sent = 0
        self._loop = LoopingCall.withCount(self._send)
        self._loop.clock = reactor
        self._loop.start(0.02)

    def say(self, file: Path) -> None:
        """Say this, and be silent for a while, again and again."""
        self._codes = a_law_from_linear(read_wav(file.read_bytes())) + bytes([0xD5]) * 80_000
        self._sent = -(-self._sent // (len(self._codes) // 160)) * (len(self._codes) // 160)
        self._loop.start(0.02)

    def _send(self, count: int) -> None:
        for _ in range(count):
            at = (self._sent * 160) % (len(self._codes) // 160 * 160)
            packet = RtpPacket(8, self._sent & 0xFFFF, self._sent * 160, 4711, self._codes[at : at + 160])
            self._listener.send(packet.serialise(), *self._place)
            self._sent += 1

    def stop(self) -> None:
        """Say nothing more."""
        self._loop.stop()


async def speaking(
    reactor: AsyncioSelectorReactor, service: Started, cti: CtiServer, listener: RtpListener, count: int
) -> tuple[Any, Any, str, Talker]:
    """A caller of our own who speaks: phone, leg, session."""
    caller = Caller(reactor, listener.port)
    leg = await caller.call("ivr", service.sip)
    session = (await cti.session(count)).id
    assert await cti.done(session, Answer()) == ("finished", "")
    return caller, leg, session, Talker(reactor, listener, await caller.answered(leg))


def test_keys_choose_and_are_collected(service: Started, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        with sipp(service, tmp_path, "914242#") as caller:
            session = await cti.session()
            assert (session.port, session.dialled, session.display) == ("trunk-1", "ivr", "Sipp")
            assert session.diverted_by == ("7300",)
            assert await cti.done(session.id, Answer()) == ("finished", "")
            # The 9 is no option: asked again, the 1 is.
            verb = cti.do(session.id, Menu(MENU, "12", 5.0, invalid=(Utterance(tone="busy"),)))
            outcome = await cti.outcome(verb)
            assert (outcome.result, outcome.digits) == ("digits", "1")
            outcome = await cti.outcome(cti.do(session.id, Collect((), 8, masked=True)), 10.0)
            assert (outcome.result, outcome.digits, outcome.detail) == ("digits", "4242", "#")
            assert "".join(each.digit for each in cti.digits).startswith("91")
            await pause(reactor, 0.6)  # sipp takes a BYE only where its script waits for one
            assert await cti.done(session.id, Hangup()) == ("finished", "")
            await until(reactor, lambda: caller.poll() is not None)
            assert caller.returncode == 0
        await until(reactor, lambda: cti.qualities)
        assert cti.qualities[0].sent > 50
        assert cti.qualities[0].lost == 0
        await cti.client.stop()

    drive(story)
    assert "4242" not in service.log.read_text()


def test_two_callers_confer_and_the_call_is_recorded(service: Started, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        with sipp(service, tmp_path), RtpListener() as listener:
            echo = (await cti.session()).id
            assert await cti.done(echo, Answer()) == ("finished", "")
            caller, leg, session, talker = await speaking(reactor, service, cti, listener, 2)
            assert await cti.done(session, Record("calls/one", format="pcm")) == ("finished", "")
            for each in (session, echo):
                assert await cti.done(each, Conference("room")) == ("finished", "")
            begun = listener.arrivals[-1].at if listener.arrivals else 0.0
            await pause(reactor, 3.5)
            # What we say comes back from sipp alone: the room does not send us our own voice.
            assert match(listener.linear(begun), SPEECH, seconds=1.0).score > 0.8
            recorded = await cti.outcome(cti.do(session, StopRecording()))
            assert (recorded.result, recorded.file) == ("recorded", "calls/one.wav")
            assert recorded.seconds > 3.0
            assert await cti.done(echo, Hangup()) == ("finished", "")
            silent = listener.arrivals[-1].at
            await pause(reactor, 2.0)
            assert match(listener.linear(silent + 0.5), SPEECH, seconds=1.0).score < 0.4, "nobody is there any more"
            talker.stop()
            caller.hangup(leg)
            await until(reactor, lambda: len(cti.ended) == 2)
            await caller.endpoint.stop()
        await cti.client.stop()

    drive(story)
    recording = tmp_path / "recordings" / "calls" / "one.wav"
    assert recording.stat().st_size > 3 * 8000 * 2 * 2
    left = stereo(recording)[0]
    assert match(left, SPEECH, seconds=1.0).score > 0.9


def test_a_bridge_and_what_parts_it(service: Started, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        with sipp(service, tmp_path), RtpListener() as listener:
            echo = (await cti.session()).id
            assert await cti.done(echo, Answer()) == ("finished", "")
            caller, leg, session, talker = await speaking(reactor, service, cti, listener, 2)
            assert await cti.done(session, Bridge(echo)) == ("finished", "")
            await pause(reactor, 3.0)
            assert match(listener.linear(), SPEECH, seconds=1.0).score > 0.8
            begun = listener.arrivals[-1].at
            assert await cti.done(session, Play((Utterance(prompt="num_5"),))) == ("finished", "")
            await pause(reactor, 0.3)
            assert match(listener.linear(begun), SAMPLE / "num_5.wav").score > 0.9
            assert cti.changed[-1].partner is None
            talker.stop()
            caller.hangup(leg)
            await cti.done(echo, Hangup())
            await caller.endpoint.stop()
        await cti.client.stop()

    drive(story)


def test_a_message_is_left_and_ends_in_silence(service: Started, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        with RtpListener() as listener:
            caller, leg, session, talker = await speaking(reactor, service, cti, listener, 1)
            verb = cti.do(session, Message((Utterance(prompt="num_1"),), "box/m", silence=2.0, maximum=20.0))
            await pause(reactor, 4.0)
            talker.stop()
            outcome = await cti.outcome(verb)
            assert (outcome.result, outcome.file) == ("recorded", "box/m.wav")
            assert outcome.seconds > 3.0
            caller.hangup(leg)
            await until(reactor, lambda: cti.ended)
            await caller.endpoint.stop()
        await cti.client.stop()

    drive(story)
    assert (tmp_path / "recordings" / "box" / "m.wav").stat().st_size > 3 * 8000


def stereo(file: Path) -> tuple[bytes, bytes]:
    """The channels of a PCM16 WAV file."""
    content = file.read_bytes()
    start = content.index(b"data") + 8
    samples = memoryview(content[start : start + (len(content) - start) // 4 * 4]).cast("h")
    return samples[::2].tobytes(), samples[1::2].tobytes()


SPEECH_ENGINES: Final = """\
recordings: {directory: recordings}
trunk: {peers: [127.0.0.1], numbers: ["ivr"], lines: 3}
speech: {synthesiser: espeak-ng, recogniser: pocketsphinx, cache: spoken}
"""
GRAMMAR: Final = "#JSGF V1.0; grammar g; public <department> = sales | support | accounting department;"


def test_a_text_is_spoken_and_an_answer_understood(tmp_path: Path) -> None:
    said, answer = tmp_path / "raw.wav", tmp_path / "answer.wav"
    voice = PiperEngine()
    voice.speak("accounting department", "en", said)
    voice.close()
    convert(said, answer)
    service = Started(tmp_path, more=SPEECH_ENGINES)

    async def story(reactor: AsyncioSelectorReactor) -> None:
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        with RtpListener() as listener:
            caller, leg, session, talker = await speaking(reactor, service, cti, listener, 1)
            talker.stop()
            begun = listener.arrivals[-1].at if listener.arrivals else 0.0
            question = Play((Utterance(text="Which department would you like to speak to?"),))
            assert (await cti.outcome(cti.do(session, question), 15.0)).result == "finished"
            await pause(reactor, 0.2)
            assert loudness(listener.linear(begun)) > 300
            verb = cti.do(session, Recognise((), GRAMMAR, timeout=8.0, language="en"))
            await pause(reactor, 0.5)
            talker.say(answer)
            outcome = await cti.outcome(verb, 18.0)
            talker.stop()
            assert (outcome.result, outcome.speech) == ("speech", "accounting department")
            assert outcome.confidence > 0.1
            caller.hangup(leg)
            await until(reactor, lambda: cti.ended)
            await caller.endpoint.stop()
        await cti.client.stop()

    try:
        service.wait_until_ready()
        drive(story)
    finally:
        assert service.stop() == 0
    log = service.log.read_text()
    assert "Traceback" not in log
    assert "accounting" not in log, "what a caller says belongs in no log"
    assert not list((tmp_path / "recordings" / ".heard").iterdir())
