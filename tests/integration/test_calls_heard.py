"""PJSUA2 phones call the whole house; what they recorded says whether it works."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.listening import Match, loudness, match, samples_of
from tests.integration.house import PROMPTS, House, house
from tests.integration.outsiders import PjsuaPhone, Sipp, in_pieces

MOST, LITTLE = 0.6, 0.2
NOT_HEARD = 0.6
"""A score below: less than about half of it was there."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the tests of the file: its menu waits for one second, its PBX lets registered phones call alone."""
    changes = {"timeout: 5": "timeout: 1", "wrap_up: 8": "wrap_up: 1", "trusted: [127.0.0.1]": "trusted: []"}
    with house(tmp_path_factory.mktemp("house"), changes=changes) as one:
        yield one


def prompt(name: str) -> Path:
    return PROMPTS / f"{name}.wav"


def seconds(name: str) -> float:
    return len(samples_of(prompt(name))) / 8000


def hears(record: Path, name: str, *, start: float = 0.0, length: float | None = None) -> Match:
    """Where a prompt was heard; it must have been."""
    found = in_pieces(record, prompt(name), start=start, seconds=length)
    assert found.score > MOST, f"{name} from {start} s on was not heard in {record.name}: {found}"
    return found


def call_the_pilot(one: House, caller: PjsuaPhone) -> int:
    """Dial; gives the number of the contact whose greeting begins."""
    since = one.mark()
    caller.tell("dial 7000")
    return int(one.expect("StepEntered", since=since, step="greeting")["contact"])


def choose(one: House, caller: PjsuaPhone, digit: str = "1") -> int:
    """Call and press a digit during the greeting; gives the contact, which waits in its queue then."""
    contact = call_the_pilot(one, caller)
    caller.expect("answered")
    caller.tell(f"press {digit}")
    one.expect("ContactQueued", contact=contact)
    return contact


def digits_of(one: House, contact: int) -> list[str]:
    """What the menu took, in order; the digit that stopped the greeting before it is the menu's first."""
    asked = [entry["verb"] for entry in one.log.find("StepEntered", contact=contact, step="choose")]
    outcomes = [one.log.expect("VerbEnded", contact=contact, verb=verb)["outcome"] for verb in asked]
    return [outcome.partition(":")[2] for outcome in outcomes]


def agent_ready(one: House, phone: PjsuaPhone, agent: str) -> None:
    """Log on and become ready by the phone's feature codes."""
    for code, event in (("*61", "AgentLoggedOn"), ("*62", "AgentBecameReady")):
        since, calls = one.mark(), phone.program.log.mark()
        phone.tell(f"dial {code}")
        one.expect(event, since=since, agent=agent, origin="phone")
        phone.program.expect("ended", since=calls)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_digit_stops_the_menu_and_the_position_and_music_follow(
    running: House, tmp_path: Path, transport: str
) -> None:
    options = ("--transport", transport)
    caller = PjsuaPhone(running, "7201", *options, speak="caller_speech", record=tmp_path / "heard.wav")
    contact = call_the_pilot(running, caller)
    running.expect("StepEntered", contact=contact, step="choose")
    time.sleep(1.2)
    caller.tell("press 1")
    ended = running.expect("VerbEnded", contact=contact, outcome="digits:1")
    running.expect("StepEntered", contact=contact, step="listen")
    time.sleep(2.6)
    caller.finish("hangup")
    record = caller.record

    greeting = hears(record, "welcome")
    assert greeting.offset < 1.0
    menu = hears(record, "menu", length=0.8)
    assert abs(menu.offset - greeting.offset - seconds("welcome")) < 0.25
    pressed = caller.expect("pressed")["at"]
    assert ended["seen"] - pressed < 0.5
    said = pressed - caller.heard_from - menu.offset  # so much of the menu had been heard
    assert 0.8 < said < 1.8
    assert match(record, prompt("menu"), start=said + 0.4).score < NOT_HEARD

    before, number, after = (hears(record, name) for name in ("position_before", "num_1", "position_after"))
    music = hears(record, "hold_music", length=2.0)
    assert menu.offset < before.offset < number.offset < after.offset < music.offset
    assert before.offset < pressed - caller.heard_from + 0.5
    assert abs(number.offset - before.offset - seconds("position_before")) < 0.1
    assert abs(after.offset - number.offset - seconds("num_1")) < 0.1
    assert abs(music.offset - after.offset - seconds("position_after")) < 0.25

    row = running.contact(contact)
    assert (row["queue"], row["disposition"]) == ("sales", "abandoned")
    assert "digits:1" in running.cli("contact", str(contact))


def test_caller_and_agent_hear_each_other_and_the_agent_hangs_up(running: House, tmp_path: Path) -> None:
    agent = PjsuaPhone(
        running, "7101", "--stay", "--answer", "0.6", speak="agent_greeting", record=tmp_path / "agent.wav"
    )
    caller = PjsuaPhone(running, "7202", speak="caller_speech", record=tmp_path / "caller.wav")
    contact = choose(running, caller)
    running.expect("StepEntered", contact=contact, step="listen")
    agent_ready(running, agent, "anna")
    offer = running.expect("OfferMade", contact=contact, agent="anna")
    invite = agent.expect("incoming")["invite"]
    shown = next(line for line in invite.splitlines() if line.lower().startswith(("from:", "f:")))
    assert "<sip:7202@" in shown, shown
    running.expect("ContactAnswered", contact=contact, agent="anna")
    replaced = running.expect("CallReplaced", contact=contact)  # by single-step transfer; a deflected call keeps its id
    assert replaced["seq"] > offer["seq"]
    time.sleep(4.6)
    agent.tell("hangup")
    caller.gone()
    released = running.expect("ContactReleased", contact=contact, disposition="answered")
    assert released["released_by"] == "agent"
    running.expect("WrapUpStarted", contact=contact, agent="anna")
    running.expect("WrapUpEnded", contact=contact, agent="anna")
    agent.finish()

    # In each direction it is the other side that is heard, and nobody hears themselves.
    assert caller.share_heard("agent_greeting") > MOST
    assert agent.share_heard("caller_speech") > MOST
    assert caller.share_heard("caller_speech") < LITTLE
    assert agent.share_heard("agent_greeting") < LITTLE

    row = running.contact(contact)
    assert (row["queue"], row["agent"], row["disposition"]) == ("sales", "anna", "answered")
    with running.console() as console:
        console.ask("agent logoff anna")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_stranger_who_uses_the_number_of_an_extension_is_refused(running: House, transport: str) -> None:
    since, before = running.mark(), running.pbx_log.mark()
    with Sipp(running, "listener.xml", [("7202", 40_000)], seconds=1.0, transport=transport) as stranger:
        status, said = stranger.finish()
    assert status != 0
    assert "403" in said, said
    running.pbx_log.expect("call refused: not registered", since=before)
    assert not running.log.find("ContactOpened", since)


def test_a_wrong_digit_and_silence_repeat_the_menu_and_the_third_silence_ends_in_the_queue(
    running: House, tmp_path: Path
) -> None:
    silent = PjsuaPhone(running, "7201", speak="caller_speech", record=tmp_path / "silent.wav")
    wrong = PjsuaPhone(running, "7203", speak="caller_speech", record=tmp_path / "wrong.wav")
    silence = call_the_pilot(running, silent)
    contact = call_the_pilot(running, wrong)
    running.expect("StepEntered", contact=contact, step="choose", attempt=1)
    time.sleep(0.5)
    wrong.tell("press 9")
    running.expect("StepEntered", contact=contact, step="choose", attempt=2)
    time.sleep(seconds("menu") + 0.2)
    wrong.tell("press 2")
    assert running.expect("ContactQueued", contact=contact)["queue"] == "service"
    assert digits_of(running, contact) == ["9", "2"]
    wrong.finish("hangup")
    hears(wrong.record, "menu")

    assert running.expect("ContactQueued", contact=silence, within=25)["queue"] == "sales"
    attempts = [one["attempt"] for one in running.log.find("StepEntered", contact=silence, step="choose")]
    assert attempts == [1, 2, 3]
    assert [one["outcome"] for one in running.log.find("VerbEnded", contact=silence)][1:4] == ["timeout"] * 3
    time.sleep(1.5)
    silent.finish("hangup")
    first = hears(silent.record, "welcome").offset + seconds("welcome")
    again = seconds("menu") + 1.0
    for attempt in range(3):
        begin = round((first + attempt * again - 0.3) * 8000)
        part = samples_of(silent.record)[begin : begin + round((seconds("menu") + 0.9) * 8000)]
        assert in_pieces(part.astype("<i2"), prompt("menu")).score > MOST, f"attempt {attempt + 1}"
    assert hears(silent.record, "invalid").offset > first + 2 * again
    assert loudness(silent.record) > 100


def test_every_digit_arrives_in_order_also_when_typed_ahead(tmp_path: Path) -> None:
    with house(tmp_path, changes={"attempts: 3": "attempts: 10"}) as one:
        phone = PjsuaPhone(one, "7201", speak="caller_speech", record=tmp_path / "one.wav")
        other = PjsuaPhone(one, "7202", speak="caller_speech", record=tmp_path / "other.wav")
        contact = call_the_pilot(one, phone)
        second = call_the_pilot(one, other)
        for caller in (phone, other):
            caller.expect("answered")
        # All of it begins during the greeting, before anything has asked for a digit.
        phone.tell("press 03456789*1")
        other.tell("press ##2")
        assert one.expect("ContactQueued", contact=contact)["queue"] == "sales"
        assert one.expect("ContactQueued", contact=second)["queue"] == "service"
        assert digits_of(one, contact) == list("03456789*1")
        assert digits_of(one, second) == list("##2")
        for caller in (phone, other):
            caller.finish("hangup")
