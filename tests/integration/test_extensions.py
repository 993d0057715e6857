"""As many extensions as a PBX gives a media service: registered at the lab PBX, called there, gone with the service."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.house import HOST, ROOT, START, Program, free_block, free_ports
from tests.integration.outsiders import in_pieces
from tests.integration.peers.desk import Desk
from tests.integration.peers.phones.pjsua import Pjsua

pytestmark = [pytest.mark.integration, pytest.mark.alone]

PROMPTS = ROOT / "prompts"
FIRST, SECOND = PROMPTS / "en" / "wait_before.wav", PROMPTS / "en" / "position_after.wav"
SPEECH = PROMPTS / "en" / "caller_speech.wav"
PHONE = "7900"
LAB = """\
sip: {{port: {sip}, domain: lab.example, trusted: []}}
csta: {{port: {csta}, dialect: {dialect}}}
rtp: {{ports: {tones}-{last_tone}}}
tones:
  ringback: {prompts}/tones/ringback.wav
  confirmation: {prompts}/tones/confirmation.wav
passwords: passwords.yaml
extensions:
{extensions}
"""
MEDIA = """\
name: media-1
control: {{port: {control}}}
sip: {{port: {media}}}
registrar: {{port: {sip}, domain: lab.example, expires: 30}}
ports:
  - number: 7000-{last}
    password_file: media-passwords
rtp: {{ports: {rtp}-{last_rtp}}}
prompts: {{directory: {prompts}}}
"""


def write(folder: Path, dialect: str, count: int) -> dict[str, int]:
    """Settings and passwords of both programs; their ports."""
    ports = free_ports({"sip": 0, "csta": 0, "media": 0, "control": 0})
    first = next(port for port in range(30_000, 32_000, 500) if free_block(port, 20 + 2 * count))
    numbers = [str(7000 + place) for place in range(count)]
    extensions = "\n".join(f"  - {{number: {number}}}" for number in [*numbers, PHONE])
    where = {"prompts": PROMPTS, "tones": first, "last_tone": first + 19, "rtp": first + 20, "last": numbers[-1]}
    where |= {"last_rtp": first + 19 + 2 * count, "dialect": dialect, "extensions": extensions, **ports}
    (folder / "lab.yaml").write_text(LAB.format(**where))
    (folder / "media.yaml").write_text(MEDIA.format(**where))
    (folder / "passwords.yaml").write_text(
        "passwords:\n" + "".join(f'  "{number}": word-{number}\n' for number in [*numbers, PHONE])
    )
    (folder / "media-passwords").write_text("".join(f"{number}: word-{number}\n" for number in numbers))
    return ports


@contextmanager
def running(name: str, folder: Path, ready: str, *command: str) -> Iterator[Program]:
    program = Program(name, [sys.executable, "-m", *command], folder)
    try:
        program.expect(ready, within=START)
        yield program
    finally:
        assert program.stop() == 0, program.file.read_text()[-3000:]


def lab(folder: Path, name: str) -> AbstractContextManager[Program]:
    return running(name, folder, "pbx ready", "lab", "pbx", "--config", str(folder / "lab.yaml"))


def extensions(pbx: Program, event: str) -> int:
    return len({entry["extension"] for entry in pbx.log.find(event)})


def until(done: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("dialect", "count", "restarted"), [("openscape_voice", 200, True), ("openscape_4000", 120, False)]
)
def test_all_extensions_register_and_serve(tmp_path: Path, dialect: str, count: int, restarted: bool) -> None:
    """A PBX that is restarted and has forgotten them all has them again once their registrations were to be renewed."""
    ports = write(tmp_path, dialect, count)
    media = ("media_service", "--config", str(tmp_path / "media.yaml"))
    with ExitStack() as switch:
        pbx = switch.enter_context(lab(tmp_path, "first"))
        with running("media", tmp_path, "media service ready", *media), Desk(ports["control"]) as desk:
            until(lambda: extensions(pbx, "registered") == count)
            desk.until(lambda: sum(port.registered for port in desk.ports.values()) == count)
            assert_served(desk, str(6999 + count), ports["sip"], tmp_path / "phone")
            if restarted:
                switch.close()
                pbx = switch.enter_context(lab(tmp_path, "second"))
                until(lambda: extensions(pbx, "registered") == count, 30.0)
        assert extensions(pbx, "unregistered") >= count, "the service leaves none behind"
    assert not [entry for entry in pbx.log.entries if entry.get("level") in {"error", "critical"}]


def assert_served(desk: Desk, number: str, registrar: int, folder: Path) -> None:
    """A phone that has registered as well dials the number, hears, presses, hears."""
    uri = f"sip:{number}@{HOST}:{registrar};transport=udp"
    with Pjsua(folder, uri, None, SPEECH, user=PHONE, password=f"word-{PHONE}") as phone:
        session = desk.serve(FIRST.stem, SECOND.stem, lambda: phone.press("7"), 2.1)
        assert desk.pressed(session) == "7"
        assert desk.ports[number].session == session
        time.sleep(0.3)
    assert desk.over(session).reason == "remote"
    assert min(in_pieces(phone.heard, each).score for each in (FIRST, SECOND)) > 0.3
