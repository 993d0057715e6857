"""Telephones of other hands at the media service's own door: each hears a prompt, presses a digit, hears the next.

Every transport, every codec, every way of protection once or twice; what was heard is looked for in decoded audio.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred

from media_service.codecs.g711 import SAMPLE_RATE
from media_service.control.actions import Play, Record, StopRecording, Utterance
from tests.fakes.listening import samples_of
from tests.integration.outsiders import in_pieces
from tests.integration.peers.phones.baresip import Baresip
from tests.integration.peers.phones.linphone import Linphone
from tests.integration.peers.phones.pjsua import Pjsua
from tests.integration.peers.phones.process import Telephone
from tests.integration.peers.trunk_service import PROMPTS, TrunkService
from tests.integration.peers.web_caller import WebSocketCaller
from tests.unit.media_service.driving import drive, pause

pytestmark = [pytest.mark.integration, pytest.mark.alone]

FIRST, SECOND = PROMPTS / "en" / "wait_before.wav", PROMPTS / "en" / "position_after.wav"
SPEECH = PROMPTS / "en" / "caller_speech.wav"
UNHEARD = PROMPTS / "en" / "recording_notice.wav"
SOME = 0.3
"""Of the pieces of a prompt: phones stutter on a busy machine, and no piece is heard where nothing is played."""
KEYED = 2.1
"""Seconds after the answer: the first prompt is over."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkService]:
    with TrunkService(tmp_path_factory.mktemp("service")) as running:
        yield running


def serve(service: TrunkService, press: Callable[[], None]) -> str:
    return service.desk.serve(FIRST.stem, SECOND.stem, press, KEYED)


def assert_heard(heard: NDArray[np.int16] | bytearray) -> None:
    """Both prompts, in their order."""
    first, second = in_pieces(heard, FIRST), in_pieces(heard, SECOND)
    assert min(first.score, second.score) > SOME
    assert first.offset + 1.0 < second.offset


def assert_served(service: TrunkService, phone: Telephone, key: str) -> None:
    """The whole call; the phone hangs up."""
    with phone:
        session = serve(service, lambda: phone.press(key))
        time.sleep(0.3)  # what is under way is heard
    assert service.desk.over(session).reason == "remote"
    assert service.desk.pressed(session) == key
    assert_heard(phone.heard)


@pytest.mark.parametrize(
    ("transport", "codec", "encryption"),
    [
        ("udp", "opus", "srtp-mand"),
        ("tcp", "G722", ""),
        ("tcp", "pcmu", "srtp"),
        ("tls", "G722", "srtp-mandf"),
        ("tls", "opus", "dtls_srtp"),
    ],
)
def test_baresip_is_served(service: TrunkService, tmp_path: Path, transport: str, codec: str, encryption: str) -> None:
    phone = Baresip(
        tmp_path / "phone", service.uri(transport), service.authority.file, SPEECH, codec=codec, encryption=encryption
    )
    assert_served(service, phone, "1")
    secured = "DTLS-SRTP complete" if encryption == "dtls_srtp" else "SRTP is Enabled"
    assert (secured in phone.printed()) == bool(encryption)


@pytest.mark.parametrize(("transport", "codec", "secured"), [("tcp", "PCMU", True), ("tls", "opus", True)])
def test_linphone_is_served(service: TrunkService, tmp_path: Path, transport: str, codec: str, secured: bool) -> None:
    uri = service.uri(transport, "localhost")
    phone = Linphone(tmp_path / "phone", uri, service.authority.file, SPEECH, codec=codec, secured=secured)
    assert_served(service, phone, "2")


@pytest.mark.parametrize(("transport", "codec", "srtp"), [("tcp", "PCMU", "no"), ("tls", "PCMA", "mandatory")])
def test_pjsua_is_served(service: TrunkService, tmp_path: Path, transport: str, codec: str, srtp: str) -> None:
    uri = service.uri(transport)
    assert_served(service, Pjsua(tmp_path / "phone", uri, service.authority.file, SPEECH, codec=codec, srtp=srtp), "3")


def secured_phone(kind: str, service: TrunkService, folder: Path) -> Telephone:
    authority = service.authority.file
    if kind == "linphone":
        return Linphone(folder, service.uri("tls", "localhost"), authority, SPEECH, codec="PCMA", secured=True)
    return Pjsua(folder, service.uri("tls"), authority, SPEECH, codec="PCMA", srtp="mandatory")


@pytest.mark.parametrize("kind", ["linphone", "pjsua"])  # after a hold baresip 1.0 does not hear another baresip either
def test_a_phone_holds_and_hears_us_again_with_its_keys_anew(service: TrunkService, tmp_path: Path, kind: str) -> None:
    """Two re-INVITEs of the phone's over TLS, each with keys; each maker has its own idea of whether they change."""
    phone, desk = secured_phone(kind, service, tmp_path / "phone"), service.desk
    with phone:
        session = desk.answered()
        desk.done(session, Play((Utterance(prompt=FIRST.stem),)))
        phone.tell(*phone.hold)
        time.sleep(0.8)
        desk.done(session, Play((Utterance(prompt=UNHEARD.stem),)))
        phone.tell(*phone.resume)
        time.sleep(0.8)
        desk.done(session, Play((Utterance(prompt=SECOND.stem),)))
        time.sleep(0.3)
    assert desk.over(session).reason == "remote"
    assert_heard(phone.heard)
    assert in_pieces(phone.heard, UNHEARD).score < SOME


def test_the_packet_engine_in_python_serves_as_well(tmp_path: Path) -> None:
    with TrunkService(tmp_path, "pure") as service:
        assert_served(service, secured_phone("linphone", service, tmp_path / "phone"), "8")


def key_5() -> NDArray[np.int16]:
    """The tones of the key 5 for 120 ms, 770 and 1336 Hz (ITU-T Q.23)."""
    time = np.arange(round(0.12 * SAMPLE_RATE)) / SAMPLE_RATE
    return (8000 * (np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time))).astype(np.int16)


@pytest.mark.parametrize("door", ["ws", "wss"])
def test_a_browser_is_served_over_websocket_and_dtls(service: TrunkService, door: str) -> None:
    """Over ``ws`` the key is told by INFO; over ``wss`` it is heard as tones, protected as all that is said."""
    callers: list[WebSocketCaller] = []

    async def call(reactor: AsyncioSelectorReactor) -> str:
        says = samples_of(SPEECH).astype("<i2")
        loop, authority = asyncio.get_running_loop(), service.authority.file if door == "wss" else None
        async with WebSocketCaller(reactor, service.ports[door], "ivr", says, authority) as caller:
            callers.append(caller)

            def press() -> None:
                loop.call_soon_threadsafe(*((caller.press, "5") if door == "ws" else (caller.speech.say, key_5())))

            serving = asyncio.create_task(asyncio.to_thread(serve, service, press))
            assert (await caller.call()).status == 200
            session = await serving
            await asyncio.sleep(0.3)
        return session

    sessions: list[str] = []

    async def story(reactor: AsyncioSelectorReactor) -> None:
        await pause(reactor, 0)  # asyncio's loop runs from then on
        sessions.append(await Deferred.fromFuture(asyncio.ensure_future(call(reactor))))

    protected = service.log().count("media protected")
    drive(story)
    assert service.log().count("media protected") == protected + 1
    assert service.desk.over(sessions[0]).reason == "remote"
    assert service.desk.pressed(sessions[0]) == "5"
    assert_heard(callers[0].heard)


def test_a_call_of_baresip_is_recorded_with_a_channel_for_each_side(service: TrunkService, tmp_path: Path) -> None:
    uri, desk = service.uri("tls"), service.desk
    with Baresip(tmp_path / "p", uri, service.authority.file, SPEECH, codec="opus", encryption="srtp-mand"):
        session = desk.answered()
        desk.done(session, Record("baresip", format="flac"))
        desk.done(session, Play((Utterance(prompt=FIRST.stem), Utterance(prompt=SECOND.stem))))
        recorded = desk.done(session, StopRecording())
    desk.over(session)
    assert recorded.seconds > 3.0
    sound, rate = soundfile.read(service.recordings / recorded.file, dtype="int16")
    assert (rate, sound.shape[1]) == (SAMPLE_RATE, 2)
    assert in_pieces(sound[:, 0], SPEECH, start=0.4).score > SOME
    assert in_pieces(sound[:, 1], FIRST).score > SOME
