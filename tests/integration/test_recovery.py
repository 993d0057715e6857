"""Programs are killed while callers wait and talk: nobody is cut off, nobody loses their place, times stay right."""

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cti_server.engine.apply import apply
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.storage.store import Store
from media_service.codecs.g711 import SAMPLE_RATE
from tests.fakes.listening import FAINT, likeness, match, samples_of
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.integration.house import HOST, PROMPTS, House, Program, house
from tests.integration.severable import SeverableLine

pytestmark = pytest.mark.timeout(120)

QUICK = {"wrap_up: 8": "wrap_up: 1"}
MUSIC = PROMPTS / "hold_music.wav"
AWAY = 2.5
"""Seconds for which a program stays dead."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, changes=QUICK) as running:
        yield running


# ---- what people do


def queue_up(home: House, extension: str, contact: int) -> Program:
    """A caller who has chosen sales; what they hear is recorded."""
    caller = home.caller(extension, "--press", "1@0.3", record=home.folder / f"{extension}.wav")
    home.expect("ContactQueued", contact=contact, within=20)
    return caller


def wait_in_queue(home: House, extension: str, contact: int) -> Program:
    """A caller who has chosen sales and hears music."""
    caller = queue_up(home, extension, contact)
    home.expect("StepEntered", contact=contact, step="listen", within=20)
    return caller


def dispositions(home: House, count: int) -> list[str]:
    """What became of the contacts, once all of them are over."""
    return [one["disposition"] for one in home.ended_contacts(count)]


def log_on(home: House, agent: str, extension: str, after: float | None = 0.5) -> Program:
    phone = home.agent(extension, after=after)
    with home.console() as console:
        assert "logged on" in console.ask(f"agent logon {agent} {extension}")
    return phone


def make_ready(home: House, agent: str) -> None:
    with home.console() as console:
        assert "ready" in console.ask(f"agent ready {agent}")


def talk(home: House, contact: int, extension: str = "7201") -> tuple[Program, Program]:
    """A caller who talks with Anna: their phones."""
    caller = home.caller(extension, "--press", "1@0.3")
    home.expect("ContactQueued", contact=contact, within=20)
    anna = log_on(home, "anna", "7101")
    make_ready(home, "anna")
    home.expect("ContactAnswered", contact=contact, agent="anna")
    return caller, anna


def has_ended(phone: Program) -> bool:
    return bool(phone.log.find("ended"))


# ---- what they hear


def heard_since(caller: Program, home: House, extension: str, moment: float) -> np.ndarray:
    """The samples of the caller's recording from a moment (Unix seconds) on."""
    answered = caller.log.find("answered")[0]["seen"]
    return samples_of(home.folder / f"{extension}.wav")[max(0, round((moment - answered) * SAMPLE_RATE)) :]


def assert_music_without_a_gap(heard: np.ndarray) -> None:
    """Every second of it is the music, each where the one before ends; no 100 ms are silent."""
    assert len(heard) > 3 * SAMPLE_RATE
    tenths = heard[: len(heard) // 800 * 800].reshape(-1, 800)
    assert float(np.sqrt(np.mean(tenths**2, axis=1)).min()) > FAINT
    music = np.concatenate([samples_of(MUSIC)] * 2).astype(np.int16)
    length = len(music) / 2 / SAMPLE_RATE
    places = []
    for start in range(0, len(heard) - SAMPLE_RATE, SAMPLE_RATE):
        found = match(music, heard[start : start + SAMPLE_RATE].astype(np.int16))
        assert found.score > 0.8, (start / SAMPLE_RATE, found)
        places.append(found.offset % length)
    steps = {round((later - earlier) % length, 2) for earlier, later in pairwise(places)}
    assert steps == {1.0}, places


# ---- the server


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_server_leaves_calls_alone_and_goes_on_with_them(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = None if kind == "sqlite" else request.getfixturevalue("postgres").new_database()
    with house(tmp_path, database=database, changes=QUICK) as home:
        talking, anna = talk(home, 1)
        second = queue_up(home, "7202", 2)
        third = queue_up(home, "7203", 3)
        home.expect("StepEntered", contact=2, step="listen")
        time.sleep(1)
        before = time.time()
        home.kill_server()
        time.sleep(AWAY)
        since = home.mark()
        home.start_server()
        assert home.expect("state recovered", since=since)["contacts"] == 3
        time.sleep(1.5)
        assert not has_ended(talking)
        assert_music_without_a_gap(heard_since(second, home, "7202", before - 1))

        since = home.mark()
        talking.stop()
        home.expect("ContactReleased", since=since, contact=1, disposition="answered", released_by="customer")
        home.expect("WrapUpStarted", since=since, contact=1, agent="anna")
        # The second came before the third and keeps that place.
        assert home.expect("OfferMade", since=since, agent="anna")["contact"] == 2
        home.expect("ContactAnswered", since=since, contact=2)
        measured = anna.log.find("ended")[0]["seen"] - anna.log.find("answered")[0]["seen"]
        second.stop()
        home.expect("ContactAnswered", since=since, contact=3, within=15)
        third.stop()
        rows = home.ended_contacts(3)
        assert [one["disposition"] for one in rows] == ["answered"] * 3
        assert rows[0]["talk_seconds"] == pytest.approx(measured, abs=0.5)
        assert rows[0]["talk_seconds"] > AWAY
        assert [one["offers"] for one in rows] == [1, 1, 1]
        assert rows[1]["wait_seconds"] > AWAY


def test_a_killed_server_finds_menus_where_they_are(home: House) -> None:
    """One caller presses while nobody listens to the media service, one when the server is back."""
    early = home.caller("7201", "--press", "1@4.5", record=home.folder / "7201.wav")
    late = home.caller("7202", "--press", "2@11", record=home.folder / "7202.wav")
    for contact in (1, 2):
        home.expect("StepEntered", contact=contact, step="choose", within=15)
    contact_of = {one["call"]: one["contact"] for one in home.log.find("ContactOpened")}
    assert len(contact_of) == 2
    time.sleep(0.5)
    since = home.mark()
    home.kill_server()
    early.expect("pressed", within=5)
    home.start_server()
    assert home.expect("ContactQueued", since=since)["queue"] == "sales"
    late.expect("pressed", within=15)
    home.expect("ContactQueued", since=since, queue="service")
    digits = sorted(one["outcome"] for one in home.log.find("VerbEnded") if one["outcome"].startswith("digits"))
    assert digits == ["digits:1", "digits:2"]
    # The prompt was under way when the server died: it goes on, and is not begun anew.
    heard = samples_of(home.folder / "7202.wav")
    found = match(heard.astype(np.int16), PROMPTS / "menu.wav")
    assert likeness(heard.astype(np.int16), PROMPTS / "menu.wav") > 0.9
    rest = heard[round(found.offset * SAMPLE_RATE) + SAMPLE_RATE :]
    assert match(rest.astype(np.int16), PROMPTS / "menu.wav", seconds=1.0).score < 0.5


def test_what_happens_while_the_server_is_away_is_found(home: House) -> None:
    """An agent's phone rings on and is answered; a talk ends; a caller gives up."""
    caller = home.caller("7201", "--press", "1@0.3")
    home.expect("ContactQueued", contact=1, within=20)
    anna = log_on(home, "anna", "7101", after=9)
    make_ready(home, "anna")
    home.expect("OfferAlerted", contact=1)
    home.kill_server()
    time.sleep(1)
    home.start_server()
    assert not anna.log.find("answered")
    home.expect("ContactAnswered", contact=1, agent="anna", within=20)
    assert len(home.log.find("OfferMade")) == 1
    answered = anna.expect("answered")["seen"]

    waiting = queue_up(home, "7202", 2)
    home.kill_server()
    caller.stop()
    waiting.stop()
    ended = anna.expect("ended")["seen"]
    time.sleep(1)
    since = home.mark()
    home.start_server()
    home.expect("ContactReleased", since=since, contact=1, disposition="answered")
    home.expect("ContactReleased", since=since, contact=2, disposition="abandoned")
    home.expect("WrapUpStarted", since=since, contact=1, agent="anna")
    home.expect("ContactClosed", since=since, contact=1)
    rows = home.ended_contacts(2)
    # When a call ended that nobody watched is not known; the end counts when it is found.
    assert ended - answered - 0.5 < rows[0]["talk_seconds"] < time.time() - answered


def test_a_clean_stop_keeps_everything(home: House) -> None:
    talking, _anna = talk(home, 1)
    waiting = wait_in_queue(home, "7202", 2)
    assert home.stop_server() == 0
    stopped = home.expect("stopped; calls go on without this server")
    with Store.open(f"sqlite:///{home.folder / 'run' / 'callwright.db'}") as store:
        folded = State()
        for row in store.journal.read():
            apply(folded, row)
        snapshot = store.snapshots.latest()
    assert snapshot is not None
    assert check(folded) == []
    assert stopped["snapshot"] == snapshot[0] == folded.seq
    assert snapshot[1] == folded
    time.sleep(1)
    assert not has_ended(talking)
    assert not has_ended(waiting)
    since = home.mark()
    home.start_server()
    assert home.expect("state recovered", since=since)["contacts"] == 2
    assert not home.log.find("the recovered state breaks an invariant")
    talking.stop()
    home.expect("ContactAnswered", since=since, contact=2, agent="anna", within=15)
    waiting.stop()
    assert dispositions(home, 2) == ["answered", "answered"]


# ---- the others


def test_a_killed_media_service_strands_nobody(home: House) -> None:
    """Who talks notices nothing; who waits is served all the same, or hears music again."""
    talking, _anna = talk(home, 1)
    second = queue_up(home, "7202", 2)
    third = queue_up(home, "7203", 3)
    assert home.media is not None
    since = home.mark()
    home.media.kill()
    home.expect("media service lost", since=since)
    time.sleep(1)
    assert not has_ended(talking)
    talking.stop()
    home.expect("ContactAnswered", since=since, contact=2, agent="anna", within=15)
    home.start_media()
    home.expect("MediaJoined", since=since, contact=3, within=40)
    joined, since_joined = time.time(), home.mark()
    home.expect("StepEntered", since=since_joined, contact=3, step="listen", within=15)
    time.sleep(3)
    heard = heard_since(third, home, "7203", joined)
    assert match(heard.astype(np.int16), MUSIC, seconds=1.0).score > 0.8
    second.stop()
    home.expect("ContactAnswered", since=since, contact=3, agent="anna", within=15)
    third.stop()
    assert dispositions(home, 3) == ["answered"] * 3


def test_a_link_that_is_cut_is_surveyed_when_it_is_back(tmp_path: Path) -> None:
    home = House(tmp_path, changes=QUICK)
    with SeverableLine(HOST, home.ports["csta"]) as line:
        file = home.config / "server.yaml"
        file.write_text(re.sub(rf"\b{home.ports['csta']}\b", str(line.port), file.read_text()))
        try:
            home.start()
            talking, anna = talk(home, 1)
            second = wait_in_queue(home, "7202", 2)
            time.sleep(1.5)
            since = home.mark()
            line.cut()
            home.expect("LinkWentDown", since=since)
            cut = time.time()
            third = home.caller("7203", "--press", "1@0.3")
            third.expect("ringing")
            talking.stop()
            anna.expect("ended")
            time.sleep(2)
            assert not home.log.find("ContactReleased", since)
            line.join()
            home.expect("ContactReleased", since=since, contact=1, disposition="answered", within=40)
            home.expect("ContactOpened", since=since, contact=3)
            home.expect("ContactAnswered", since=since, contact=2, agent="anna", within=15)
            answered = time.time()
            heard = heard_since(second, home, "7202", cut - 1)
            assert_music_without_a_gap(heard[: max(4, round(answered - cut) - 3) * SAMPLE_RATE])
            second.stop()
            home.expect("ContactAnswered", since=since, contact=3, agent="anna", within=20)
            third.stop()
            assert dispositions(home, 3) == ["answered"] * 3
        finally:
            home.stop()
