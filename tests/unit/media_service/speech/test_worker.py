"""Helper processes that answer, refuse, hang, chatter and die."""

import sys
import threading
import time
from pathlib import Path

import pytest

from media_service.speech.errors import SpeechError
from media_service.speech.worker import Worker

PROGRAM = """
import json, os, sys, time
sys.path[:0] = {path!r}
from media_service.speech.workers.answering import serve

def answer(question):
    match question["do"]:
        case "echo":
            return {{"said": question["what"], "pid": os.getpid()}}
        case "refuse":
            raise ValueError("not that")
        case "die":
            print("I am dying", file=sys.stderr, flush=True)
            os._exit(3)
        case "hang":
            time.sleep(60)
        case "print":
            print("what a library prints")
            os.write(1, b"and what C prints\\n")
            return {{}}
        case "flood":
            os.write(sys_out, b"x" * (3 << 20))

sys_out = os.dup(1)
serve(answer)
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    file = tmp_path / "worker.py"
    file.write_text(PROGRAM.format(path=[str(Path(__file__).parents[4])]))
    return [sys.executable, str(file)]


def test_one_process_answers_all(command: list[str]) -> None:
    worker = Worker(command, timeout=20)
    answers = [worker.ask({"do": "echo", "what": text}) for text in ("a", "ä\n", "x" * 300_000)]
    assert [each["said"] for each in answers] == ["a", "ä\n", "x" * 300_000]
    assert len({each["pid"] for each in answers}) == 1
    worker.close()


def test_a_refusal_costs_nothing(command: list[str]) -> None:
    worker = Worker(command, timeout=20)
    before = worker.ask({"do": "echo", "what": ""})["pid"]
    with pytest.raises(SpeechError, match="not that"):
        worker.ask({"do": "refuse"})
    with pytest.raises(SpeechError, match="do"):
        worker.ask({"nowhere": 1})
    assert worker.ask({"do": "print"}) == {}
    assert worker.ask({"do": "echo", "what": ""})["pid"] == before
    worker.close()


@pytest.mark.parametrize(("wish", "reason"), [("die", "ended without an answer.*I am dying"), ("flood", "too much")])
def test_after_a_death_another_process_answers(command: list[str], wish: str, reason: str) -> None:
    worker = Worker(command, timeout=20)
    with pytest.raises(SpeechError, match=reason):
        worker.ask({"do": wish})
    assert worker.ask({"do": "echo", "what": "still here"})["said"] == "still here"
    worker.close()


def test_one_that_hangs_is_ended(command: list[str]) -> None:
    worker = Worker(command, timeout=1.5)
    with pytest.raises(SpeechError, match="too long"):
        worker.ask({"do": "hang"})
    assert worker.ask({"do": "echo", "what": "still here"})["said"] == "still here"
    worker.close()


def test_close_ends_what_is_under_way(command: list[str]) -> None:
    worker = Worker(command, timeout=30)
    worker.ask({"do": "echo", "what": ""})
    told: list[str] = []

    def ask() -> None:
        try:
            worker.ask({"do": "hang"})
        except SpeechError as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.2)
    worker.close()
    thread.join(5)
    assert told
    with pytest.raises(SpeechError, match="closed"):
        worker.ask({"do": "echo"})


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(SpeechError, match="cannot be started"):
        Worker(["/nowhere/at-all"], timeout=5).ask({})


def test_one_that_answers_nonsense_is_ended(tmp_path: Path) -> None:
    worker = Worker([sys.executable, "-uc", "input(); print('hello'); input()"], timeout=10)
    with pytest.raises(SpeechError):
        worker.ask({})
    worker.close()
