"""The console's commands of supervisors."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from cti_server.console.answers import Answer
from cti_server.console.command import UsageError
from cti_server.console.commands.supervise import show_supervisors, supervise
from cti_server.console.presenting import as_text
from cti_server.console.rights import EVERYTHING
from cti_server.engine.state import State
from cti_server.vocabulary.commands import Command, ReportSupervision, Supervise
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import SupervisionRole
from tests.scenarios.engine.test_talks import supervised


class Running:
    """As much of the running system as these commands need."""

    def __init__(self, state: State, refusal: Refusal | None = None) -> None:
        self.state = state
        self.actor = EVERYTHING
        self.refusal = refusal
        self.submitted: list[Command] = []

    def submit(self, command: Command) -> Deferred[Refusal | None]:
        self.submitted.append(command)
        return succeed(self.refusal)


def said(running: Any, *words: str) -> str:
    found: list[Answer] = []
    supervise(running, words).addCallback(found.append)
    return as_text(found[0])


@pytest.mark.parametrize(("word", "role"), [("listen", SupervisionRole.LISTEN), ("off", None)])
def test_a_supervisor_is_brought_in_and_out(word: str, role: SupervisionRole | None) -> None:
    running = Running(State())
    assert "cleo is being" in said(running, "7", "cleo", word)
    assert running.submitted == [Supervise(contact=ContactId(7), supervisor=AgentId("cleo"), role=role)]


def test_a_refusal_is_told() -> None:
    running = Running(State(), Refusal(RefusalCode.NOT_POSSIBLE, "nobody talks"))
    assert said(running, "7", "cleo", "join") == "refused: nobody talks (not-possible)"


@pytest.mark.parametrize(("contact", "role", "text"), [("seven", "join", "digits"), ("7", "shout", "listen, whisper")])
def test_what_makes_no_sense_is_said(contact: str, role: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        said(Running(State()), contact, "cleo", role)


def test_who_supervises_is_shown() -> None:
    story, contact = supervised()
    running: Any = Running(story.state)
    assert show_supervisors(running, ()) == "nobody supervises a talk"
    story.tell(ReportSupervision(contact=contact, supervisor=AgentId("cleo"), role=SupervisionRole.LISTEN))
    shown = show_supervisors(running, ())
    assert all(word in shown for word in ("cleo", "listen", "anna", "7103"))
