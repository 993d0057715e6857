"""Callbacks and voicemails with real programs: a caller gives up and is called back; a message comes by mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path

import pytest
import soundfile

from tests.integration.house import START, House, Program, house
from tests.unit.cti_server.connectors.mail_peer import Peer, peer

pytestmark = pytest.mark.timeout(150)

CALLBACKS = "callbacks: {on_abandon: true, shortest_wait: 0, retry: 10, ring_time: 5, attempts: 2}"
QUICK = {"wrap_up: 8": "wrap_up: 1", "service_level: 20": f"service_level: 20\n    {CALLBACKS}"}
FAREWELL = """  - id: not_understood
    step: record
    say: welcome
    mail_to: [sales@example.net]
    maximum: 10
    silence: 1
    shortest: 0
    next: bye

  - id: bye
    step: disconnect
    served: true
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, changes=QUICK) as running:
        yield running


def log_on(home: House, after: float | None = 0.3) -> Program:
    phone = home.agent("7101", after=after)
    with home.console() as console:
        assert "logged on" in console.ask("agent logon anna 7101")
    return phone


def ask(home: House, *lines: str) -> list[str]:
    with home.console() as console:
        return [console.ask(line) for line in lines]


def given_up(home: House) -> int:
    """A caller chose sales and hung up while waiting; the number of the callback that came of it."""
    caller = home.caller("7201", "--press", "1@0.3")
    home.expect("ContactQueued", contact=1, within=20)
    caller.stop()
    return int(home.expect("CallbackScheduled")["contact"])


def test_a_caller_who_gives_up_is_called_back_and_talks(home: House) -> None:
    anna = log_on(home)
    callback = given_up(home)
    assert callback == 2
    customer = home.phone("7201", "--answer-after", "0.5")
    customer.expect("registered", within=START)
    assert "7201" in ask(home, "show callbacks")[0]
    ask(home, "agent ready anna")
    anna.expect("answered")
    home.expect("CallbackDialled", contact=callback)
    customer.expect("ringing")
    customer.expect("answered")
    home.expect("ContactAnswered", contact=callback, agent="anna")
    assert "no callbacks" not in ask(home, "show callbacks")[0]
    customer.stop()
    home.expect("ContactReleased", contact=callback)
    home.expect("ContactClosed", contact=callback)
    rows = {int(row["contact"]): row for row in home.ended_contacts(2)}
    assert [rows[number]["disposition"] for number in (1, callback)] == ["abandoned", "answered"]
    assert rows[callback]["agent"] == "anna"
    assert "no callbacks" in ask(home, "show callbacks")[0]


def test_a_customer_who_does_not_answer_is_tried_again_after_a_restart(home: House) -> None:
    anna = log_on(home)
    customer = home.phone("7201")
    customer.expect("registered", within=START)
    told = ask(home, "agent ready anna", "callback create sales 7201")
    assert "will be called back" in told[1]
    home.expect("CallbackDialled", contact=1)
    customer.expect("ringing")
    since = home.mark()
    again = home.expect("CallbackScheduled", contact=1, within=15, since=since)
    assert again["attempt"] == 2
    anna.expect("ended")
    # The agent is at nobody's disposal but their own: it was not their fault.
    assert "ready" in ask(home, "show agents")[0]
    customer.stop()
    home.stop_server()
    home.start_server()
    answering = home.phone("7201", "--answer-after", "0.2")
    answering.expect("registered", within=START)
    home.expect("ContactAnswered", contact=1, agent="anna", within=25)
    home.expect("ContactAnswered", contact=1)


def test_a_customer_who_cannot_be_reached_is_scheduled_anew_and_can_be_cancelled(home: House) -> None:
    log_on(home)
    ask(home, "agent ready anna", "callback create sales 7201")  # no telephone is plugged in there
    assert home.expect("OfferEnded", contact=1)["outcome"] == "call-not-moved"
    shown, agents = ask(home, "show callbacks", "show agents")
    assert "scheduled" in shown
    assert "ready" in agents
    assert "cancelled" in ask(home, "callback cancel 1 enough")[0]
    assert home.contact(1)["disposition"] == "called-back"


@contextmanager
def with_mail(folder: Path, server: Peer) -> Iterator[House]:
    recordings = folder / "recordings"
    recordings.mkdir()
    connectors = "\n".join(
        (
            "connectors:",
            "  mail:",
            "    host: 127.0.0.1",
            f"    port: {server.port}",
            "    security: none",
            "    sender: callwright@example.net",
            f"    recordings: {{media-1: {recordings}}}",
            "    first_retry: 0.2",
            "",
            "console:",
        )
    )
    changes = {
        "\nconsole:": "\n" + connectors,
        "recordings:\n  directory: null": f"recordings:\n  directory: {recordings}",
        "  - id: not_understood\n    step: play\n    say: invalid\n": FAREWELL,
        "attempts: 3": "attempts: 1",
        "timeout: 5": "timeout: 1",
    }
    with house(folder, changes=changes) as running:
        yield running


def test_a_voicemail_comes_by_mail_with_the_recording(tmp_path: Path) -> None:
    with peer() as server, with_mail(tmp_path, server) as home:
        assert "mail" in ask(home, "show connectors")[0]
        # Silence at the menu leads to the recorder; # ends the message.
        caller = home.caller("7201", "--press", "9@0.5", "--press", "#@9")
        home.expect("StepEntered", contact=1, step="not_understood", within=20)
        home.expect("RequestEnded", contact=1, within=30)
        caller.expect("ended", within=15)
        home.expect("mail handed over", within=10)
        (envelope,) = server.got
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        (attached,) = mail.iter_attachments()
        samples, rate = soundfile.read(BytesIO(attached.get_content()))
        assert envelope.rcpt_tos == ["sales@example.net"]
        assert "7201" in mail["Subject"]
        assert rate == 8000
        assert len(samples) / rate > 1
        assert abs(samples).max() > 0.01
        assert home.contact(1)["disposition"] == "served-by-flow"
