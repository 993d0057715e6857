"""Who is limited to queues: a decision about every command, and nothing of another queue in what any of them shows."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from cti_server.console import access
from cti_server.console.commands.table import COMMANDS
from cti_server.console.limits import LIMITED_MAY
from cti_server.console.operations import ContactLine, History
from cti_server.console.rights import Actor, Right
from cti_server.console.session.tailing import Tail
from cti_server.console.shell import Done, Shell
from cti_server.vocabulary import commands
from cti_server.vocabulary.events import ContactQueued, Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, FlowName, GroupName, QueueName
from cti_server.vocabulary.plan import AgentPlan
from cti_server.vocabulary.values import Origin
from tests.fakes.virtual_time import VirtualClock
from tests.scenarios.engine.story import ANNA, BEN, SERVICE, Story, site
from tests.unit.cti_server.console.test_console import FakeOperations

CLEO = AgentId("cleo")
SUE = Actor(user="sue", door="ssh", peer="::1", rights=frozenset(Right), queues=frozenset({"sales"}))
OURS, THEIRS, GONE = 1, 2, 77
ELSEWHERE = re.compile(r"cleo|\bservice\b(?!\"?:| +registered)", re.IGNORECASE)
PARTS: Any = None

SHOWN = (
    *("show calls", "show queues", "show agents", "show contacts", "show callbacks", "show offers", "show supervisors"),
    *("show links", "show ports", "show connectors", "show health", "overview", "site", "journal", "show journal"),
    *("whoami", "quit"),
)
"""They show what is the user's alone, or what belongs to no queue."""
LIVE = ("tail", "top", "watch")
NAMED = {
    "contact": "contact {}",
    "why": "why {}",
    "trace": "trace {}",
    "replay": "replay {}",
    "priority": "priority {} 1",
    "supervise": "supervise {} anna listen",
    "contact move": "contact move {} sales",
    "contact requeue": "contact requeue {}",
    "contact pull": "contact pull {} anna",
    "contact hangup": "contact hangup {}",
    "contact close": "contact close {}",
    "contact finish": "contact finish {}",
    "callback cancel": "callback cancel {}",
}
"""They name a contact: refused for those of other queues, open or over."""
OTHERS = {
    "agent logon": "agent logon cleo 7103",
    "agent logoff": "agent logoff cleo",
    "agent ready": "agent ready cleo",
    "agent not-ready": "agent not-ready cleo",
    "agent extend": "agent extend cleo 5",
    "agent done": "agent done cleo",
    "queue open": "queue open service",
    "queue close": "queue close service",
    "queue automatic": "queue automatic service",
    "callback create": "callback create service 123",
    "offer accept": "offer accept 2",
    "offer reject": "offer reject 2",
    "media": "media drain media-1",
}
"""What is refused of commands that name a queue, an agent or an offer."""
CLOSED = (
    *("show groups", "show skills", "show flows", "show pilots", "show prompts", "show calendars", "show trials"),
    *("show alarms", "alarm ack", "calendar", "reload", "trial stop", "trial finish", "contact open"),
    *("config plan", "config apply", "config undo", "config history", "config diff", "config show"),
    *("agent skills", "agent groups", "link drain", "link resume", "media drain", "media resume", "site switchover"),
    *("log level", "record", "record on", "record off", "journal check", "journal rebuild", "backup"),
    *("show audit", "show users", "show roles", "show lockouts"),
)
"""They are about more than some queues: refused as they are."""


class Centre(FakeOperations):
    """Two queues, with a waiting contact and an agent in each; sue is of one of them."""

    def __init__(self) -> None:
        super().__init__(VirtualClock())
        agents = {
            agent: AgentPlan(id=agent, name=agent.title(), groups=(GroupName(group),))
            for agent, group in ((ANNA, "sales"), (BEN, "sales"), (CLEO, "service"))
        }
        self.story = Story(site(agents=agents))
        self.engine = self.story.engine
        self.clock.advance(self.story.now - self.clock.now())
        self.story.log_on(ANNA, CLEO)
        for digit in ("1", "2"):
            self.story.waiting_caller(f"C{digit}", digit)
        for queue in ("sales", "service"):
            party = self.story.identify("tel:123")
            self.story.tell(
                commands.CreateCallback(
                    queue=QueueName(queue), party=party, due=None, agent=None, origin=Origin.CONSOLE
                )
            )
        self.seen: Any = self.acting(SUE)

    def history(self, contact: ContactId) -> Deferred[History]:
        if contact != GONE:
            return super().history(contact)
        event = ContactQueued(contact=contact, queue=SERVICE, priority=5, flow=FlowName("waiting"), flow_version="q1")
        return succeed(History([Recorded(1, 1000.0, None, event)], []))

    def contacts(self, limit: int) -> Deferred[Sequence[ContactLine]]:
        lines = [
            ContactLine(number, 1000.0, queue, agent, "answered", 1.0, 2.0)
            for number, queue, agent in ((1, "sales", "anna"), (2, "service", "cleo"), (3, None, None))
        ]
        return succeed(lines[:limit])


@pytest.fixture
def centre() -> Centre:
    return Centre()


def every() -> list[Any]:
    return [*COMMANDS, *access.commands(PARTS)]


def say(centre: Centre, line: str, form: str = "text") -> Done:
    found: list[Done] = []
    Shell(centre.seen, every()).perform(line, form=form).addCallback(found.append)
    return found[0]


def test_there_is_a_decision_about_every_command() -> None:
    decided = {*SHOWN, *LIVE, *NAMED, *OTHERS, *CLOSED}
    assert {command.name for command in every()} == decided
    assert decided - set(CLOSED) == LIMITED_MAY


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("line", SHOWN)
def test_what_is_shown_is_of_the_users_queues(centre: Centre, line: str, form: str) -> None:
    assert ELSEWHERE.search(say(centre, line, form).text) is None


def test_without_limits_the_other_queue_is_shown_so_that_the_test_above_can_fail(centre: Centre) -> None:
    centre.seen = centre
    for line in ("show calls", "show queues", "show agents", "show contacts", "show callbacks", "show offers"):
        assert ELSEWHERE.search(say(centre, f"{line} --json").text), line


@pytest.mark.parametrize("contact", [THEIRS, GONE])
@pytest.mark.parametrize("line", NAMED.values())
def test_contacts_of_other_queues_are_refused_whether_open_or_over(centre: Centre, line: str, contact: int) -> None:
    done = say(centre, line.format(contact))
    assert done.status == 1
    assert f"contact {contact} is beyond your queues: sales (not-allowed)" in done.text


@pytest.mark.parametrize("line", NAMED.values())
def test_contacts_of_the_users_queues_are_not_refused_for_that(centre: Centre, line: str) -> None:
    centre.why = lambda *_: succeed("because")  # type: ignore[attr-defined]  # the fake has none of its own
    centre.seen = centre.acting(SUE)
    assert "not-allowed" not in say(centre, line.format(OURS)).text


@pytest.mark.parametrize("line", OTHERS.values())
def test_other_queues_and_their_agents_are_not_acted_on(centre: Centre, line: str) -> None:
    assert "not-allowed" in say(centre, line).text


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_about_more_than_queues_is_refused(centre: Centre, name: str) -> None:
    command = next(one for one in every() if one.name == name)
    words = {"state": "open", "kind": "queue", "plan": "1", "file": "x", "level": "info", "room": "console"}
    given = " ".join(words.get(one.name, "x") for one in command.arguments if not one.optional)
    assert "is about more than your queues: sales (not-allowed)" in say(centre, f"{name} {given}").text


def test_a_telephone_number_is_no_contacts_number(centre: Centre) -> None:
    assert say(centre, f"callback create sales {THEIRS}").status == 0


def test_what_is_completed_and_listed_is_the_users_alone(centre: Centre) -> None:
    shell = Shell(centre.seen, every())
    assert shell.complete("contact pull ") == shell.complete("contact pull ")
    assert shell.complete("top ") == ["sales"]
    assert shell.complete("agent logoff ") == ["anna"]
    assert "2" not in shell.complete("why ")
    assert "config" not in shell.help([])


def test_live_events_of_other_queues_are_not_shown(centre: Centre) -> None:
    lines: list[str] = []
    heard: list[Callable[[Sequence[Recorded]], None]] = []
    seen: Any = centre.seen

    def listen(listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        heard.append(listener)
        return heard.clear

    seen.listen = listen
    Tail(seen, {}, lines.append)
    heard[0](centre.story.journal)
    assert any("sales" in line for line in lines)
    assert [line for line in lines if ELSEWHERE.search(line)] == []


def test_watching_takes_nobody_further(centre: Centre) -> None:
    assert "not-allowed" in say(centre, "watch show flows").text
    assert "not-allowed" in say(centre, f"watch contact {THEIRS}").text
