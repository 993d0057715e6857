"""The door for faults: what may be asked for, and who may ask."""

import socket
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from lab.__main__ import main
from lab.fault_door import Ask, FaultDoor, FaultDoorError, ask
from tests.unit.lab.test_settings import shipped
from tests.unit.media_service.driving import drive, until


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"lose", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b'{"fault": 1}', "not a JSON object"),
        (b'{"fault": "earthquake"}', "'earthquake' is no fault"),
        (b'{"fault": "lose"}', "needs a rate"),
        (b'{"fault": "lose", "rate": 1.5}', "rate must be"),
        (b'{"fault": "lose", "rate": true}', "rate must be"),
        (b'{"fault": "flap", "seconds": -1}', "seconds must be"),
        (b'{"fault": "flap", "seconds": NaN}', "seconds must be"),
        (b'{"fault": "drop-monitors", "device": 7101}', "device must be"),
        (b"\xff\xfe", "not a JSON object"),
    ],
)
def test_what_is_no_fault_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(FaultDoorError, match=reason):
        Ask.parse(line)


def test_a_line_is_read_as_it_was_meant() -> None:
    asked = Ask("lose", rate=0.25, seconds=30.0)
    assert Ask.parse(asked.line()) == asked


def visited(path: Path, *visits: Ask | bytes) -> tuple[list[Ask], list[str]]:
    """What the door was told and what the visitors were answered, one after the other."""
    told: list[Ask] = []
    modes: list[int] = []
    answers: list[str] = []

    def obey(asked: Ask) -> str:
        told.append(asked)
        return f"did {asked.name}"

    def visit() -> None:
        for each in visits:
            try:
                answers.append(ask(path, each) if isinstance(each, Ask) else raw(path, each))
            except FaultDoorError as error:
                answers.append(f"refused: {error}")

    async def story(reactor: AsyncioSelectorReactor) -> None:
        door = FaultDoor(reactor, path, obey)
        door.open()
        modes.append(mode_of(path))
        visitor = threading.Thread(target=visit)
        visitor.start()
        await until(reactor, lambda: not visitor.is_alive())
        visitor.join()
        await door.close()

    drive(story)
    assert modes == [0o600]
    return told, answers


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def raw(path: Path, data: bytes) -> str:
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(5)
        visitor.connect(str(path))
        visitor.sendall(data)
        try:
            return visitor.recv(4096).decode()
        except ConnectionError:
            return ""


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d") / "s"


def test_visitors_are_obeyed_or_told_why_not(path: Path) -> None:
    told, answers = visited(path, Ask("flap", seconds=1.0), Ask("lose"), b"x" * 10_000 + b"\n", Ask("list"))
    assert told == [Ask("flap", seconds=1.0), Ask("list")]
    assert answers[0] == "did flap"
    assert answers[1].startswith("refused: lose needs a rate")
    assert answers[2:] == ["", "did list"]
    assert not path.exists()


def test_a_socket_that_nobody_serves_is_replaced_and_anything_else_is_left(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert visited(path, Ask("list"))[1] == ["did list"]
    path.write_text("a file")
    with pytest.raises(FaultDoorError, match="no socket"):
        visited(path)
    assert path.read_text() == "a file"


def test_a_door_that_another_has_open_is_left_to_it(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(FaultDoorError, match="another lab PBX"):
            visited(path)


def test_the_command_says_what_is_missing_and_that_nobody_is_there(tmp_path: Path, path: Path) -> None:
    file = shipped(tmp_path)
    text = file.read_text()
    for door, status, said in (("", 2, "faults.door names no socket"), (f"door: {path}", 1, f"no lab PBX at {path}")):
        file.write_text(text.replace("# door: ../run/lab-faults", door))
        run = CliRunner().invoke(main, ["fault", "flap", "--config", str(file)])
        assert (run.exit_code, said in run.output) == (status, True), run.output
