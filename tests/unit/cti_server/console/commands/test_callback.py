"""Console commands for callbacks, offers without calls, and connectors."""

import dataclasses
from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred

from cti_server.console.command import UsageError
from cti_server.console.commands.callback import due_at
from cti_server.console.commands.table import COMMANDS
from cti_server.console.shell import Shell
from cti_server.vocabulary.commands import LoadPlan, LogAgentOn, ReportLinkUp, SetAgentReady
from cti_server.vocabulary.ids import DeviceNumber, FlowName, RuleName
from cti_server.vocabulary.plan import HandlingRule
from cti_server.vocabulary.values import Channel, Origin
from tests.fakes.virtual_time import VirtualClock
from tests.scenarios.engine.story import ANNA, BEN, LINK, site
from tests.unit.cti_server.console.test_console import FakeOperations

Say = Callable[[str], str]


@pytest.fixture
def operations() -> FakeOperations:
    made = FakeOperations(VirtualClock())
    made.submit(LoadPlan(plan=site("2")))
    return made


@pytest.fixture
def say(operations: FakeOperations) -> Say:
    shell = Shell(operations, COMMANDS)

    def said(line: str) -> str:
        found: list[str] = []
        done: Deferred[str] = shell.execute(line)
        done.addCallback(found.append)
        return found[0]

    return said


def test_a_callback_is_made_shown_and_cancelled(say: Say) -> None:
    assert say("show callbacks") == "no callbacks"
    assert say("callback create sales +4989123 +30").startswith("+4989123 will be called back at ")
    assert say("callback create sales +4989124") == "+4989124 will be called back now"
    shown = say("show callbacks").splitlines()
    assert [line.split()[0] for line in shown[2:]] == ["2", "1"]
    assert "+4989123" in shown[3]
    assert "scheduled" in shown[3]
    assert "queued" in shown[2]
    assert say("callback cancel 1 solved") == "callback 1 is cancelled"
    assert say("callback cancel 1").startswith("refused: no callback 1")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("callback create nowhere 123", "refused: no queue nowhere in the plan (unknown-queue)"),
        ("callback create sales anna", "number is a telephone number, not 'anna'"),
        ("callback create sales 123 soon", "at is HH:MM, +MINUTES or YYYY-MM-DDTHH:MM, not 'soon'"),
        ("callback cancel x", "number is digits, not 'x'"),
        ("callback cancel ³", "number is digits, not '³'"),
        ("offer accept 99999999999999999999", "number is digits, not '99999999999999999999'"),
        ("contact open voice x", "channel is one of chat, email, message, not 'voice'"),
        ("contact finish 77", "refused: no open contact 77 (unknown-contact)"),
        ("offer accept 5", "refused: no offer 5 (unknown-offer)"),
        ("show offers", "no offers"),
    ],
)
def test_what_makes_no_sense_is_told(say: Say, line: str, answer: str) -> None:
    assert say(line) == answer


def test_an_offer_that_rings_is_answered_at_the_phone(say: Say, operations: FakeOperations) -> None:
    operations.submit(LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    operations.submit(SetAgentReady(agent=ANNA, origin=Origin.CONSOLE))
    operations.submit(ReportLinkUp(link=LINK))
    say("callback create sales 123")
    assert say("show offers").splitlines()[2].split()[:6] == ["1", "1", "callback", "anna", "7101", "held"]
    assert say("offer accept 1") == "offer 1 rings at 7101: it is answered there"


def test_connectors_are_shown(say: Say) -> None:
    assert "crm" in say("show connectors")
    assert "DOWN" in say("show connectors")


@pytest.mark.parametrize(("word", "seconds"), [("+0", 0.0), ("+90", 5400.0)])
def test_minutes_from_now(word: str, seconds: float) -> None:
    assert due_at(word, 1_000_000.0) == 1_000_000.0 + seconds


def test_a_time_of_day_is_the_next_one() -> None:
    now = 1_800_000_000.0
    for hour in range(24):
        due = due_at(f"{hour}:00", now)
        assert 0 < due - now <= 90_000
        assert due % 60 == 0


def test_a_date_with_its_time() -> None:
    assert due_at("2026-11-24T10:00+00:00", 0.0) == 1_795_514_400.0


@pytest.mark.parametrize("word", ["24:00", "10", "", "0001-01-01T00:00", "10:61", "+1234567"])
def test_what_is_no_time(word: str) -> None:
    with pytest.raises(UsageError):
        due_at(word, 0.0)


def test_a_chat_is_opened_turned_down_taken_and_finished(say: Say, operations: FakeOperations) -> None:
    rule = HandlingRule(name=RuleName("silent"), most=3, limits={Channel.CHAT: 2})
    agents = {name: dataclasses.replace(one, handling=rule.name) for name, one in site().agents.items()}
    flows = {"web": FlowName("direct")}
    operations.submit(LoadPlan(plan=site("3", rules={rule.name: rule}, agents=agents, destinations=flows)))
    for agent, device in ((ANNA, "7101"), (BEN, "7102")):
        operations.submit(LogAgentOn(agent=agent, device=DeviceNumber(device), origin=Origin.CONSOLE))
        operations.submit(SetAgentReady(agent=agent, origin=Origin.CONSOLE))
    assert say("contact open chat web chat:anna") == "a contact of channel chat is there for web"
    assert say("show offers").splitlines()[2].split()[:4] == ["1", "1", "chat", "anna"]
    assert say("offer reject 1") == "offer 1 is rejected"
    assert say("show offers").splitlines()[2].split()[:4] == ["2", "1", "chat", "ben"]
    assert say("offer accept 2") == "offer 2 is accepted"
    assert say("contact finish 1") == "contact 1 is finished"
    assert say("contact open chat nowhere").startswith("refused: ")
