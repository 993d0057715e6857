"""The whole path: what agents do with a caller at real phones, and supervisors who take part by a media service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from csta.identifiers import ConnectionID
from csta.messages import Request, TransferCall
from cti_server.console.users import Users
from lab.phone import Phone, PhoneState
from tests.integration.house import PASSWORD, USER, Console
from tests.integration.test_server_call import PATIENCE, Hall, Site, call_sales
from tests.unit.media_service.driving import drive, pause, until

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo's house; Ben may supervise."""
    made = Supervised(tmp_path)
    try:
        yield made
    finally:
        made.stop()


class Supervised(Site):
    """Its files are changed before its processes start."""

    def spawn(self, name: str, module: str, *arguments: str) -> Any:
        agents = self.config / "site" / "agents.yaml"
        text = agents.read_text()
        if "\n    supervisor: true" not in text:
            agents.write_text(text.replace("name: Ben Brandt", "name: Ben Brandt\n    supervisor: true"))
            Users(self.config / "secrets" / "console-users").add(USER, PASSWORD)
        return super().spawn(name, module, *arguments)


def connection(hall: Hall, device: str, state: str) -> ConnectionID:
    for call in hall.pbx.switch.calls():
        if (device, state) in call.parties:
            return ConnectionID(call.call_id, device)
    raise AssertionError(f"{device} has no call that is {state}: {hall.pbx.switch.calls()}")


def press(hall: Hall, request: Request) -> None:
    """What a key of a phone has the PBX do."""
    answer = hall.pbx.perform(request)
    assert type(answer) is request.response, answer


async def hand_over(hall: Hall) -> None:
    """Anna, who talks with whom she consulted, presses the key that gives the caller on."""
    await until(hall.reactor, lambda: ("7101", "connected") in hall.pbx.switch.calls()[-1].parties)
    held, active = connection(hall, "7101", "hold"), connection(hall, "7101", "connected")
    press(hall, TransferCall(held_call=held, active_call=active))


async def talking(hall: Hall) -> tuple[Phone, Phone]:
    anna = await hall.phone("7101", answer_after=0.2)
    await hall.log_on(anna, "anna")
    caller = await call_sales(hall, "7201")
    await until(hall.reactor, lambda: hall.site.told("ContactAnswered", agent="anna"), 12)
    await pause(hall.reactor, 0.3)
    return anna, caller


def test_an_agent_consults_another_one_and_hands_the_caller_over(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        ben = await hall.phone("7102", answer_after=0.2)
        anna, caller = await talking(hall)
        await hall.log_on(ben, "ben")
        anna.consult("7102")
        await until(reactor, lambda: site.told("ConsultationStarted", agent="anna", number="7102"))
        await until(reactor, lambda: ben.state is PhoneState.ANSWERED)
        assert site.told("ContactHeld", agent="anna")
        await hand_over(hall)
        await until(reactor, lambda: site.told("ContactTransferred", agent="anna", to="ben", transfer="agent"))
        await until(reactor, lambda: site.told("WrapUpEnded", agent="anna"))
        assert not site.told("ContactReleased")
        ben.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, released_by="agent"))
        await until(reactor, lambda: site.told("WrapUpStarted", contact=1, agent="ben"))
        await until(reactor, lambda: caller.state is PhoneState.ENDED)
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert len(site.told("ContactOpened")) == 1
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]


async def ask_sales(hall: Hall, agent: Phone) -> None:
    """An agent who talks holds the customer, dials the pilot and chooses sales."""
    before = len(hall.site.told("StepEntered", step="greeting"))
    queued = len(hall.site.told("ContactQueued"))
    agent.consult("7000")
    await until(hall.reactor, lambda: len(hall.site.told("StepEntered", step="greeting")) > before)
    for _ in range(2):
        await agent.press("1")
        await pause(hall.reactor, 0.5)
    await until(hall.reactor, lambda: len(hall.site.told("ContactQueued")) > queued)


def test_an_agent_asks_a_queue_and_hands_the_caller_to_who_answers(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        ben = await hall.phone("7102", answer_after=0.2)
        anna, caller = await talking(hall)
        await hall.log_on(ben, "ben")
        await ask_sales(hall, anna)
        await until(reactor, lambda: site.told("ContactAnswered", contact=2, agent="ben"), 12)
        await hand_over(hall)
        await until(reactor, lambda: site.told("ContactTransferred", contact=1, agent="anna", to="ben"))
        await until(reactor, lambda: site.told("ContactClosed", contact=2))
        assert not site.told("ContactReleased", contact=1)
        assert ben.state is PhoneState.ANSWERED
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, released_by="customer"))
        await until(reactor, lambda: site.told("WrapUpStarted", contact=1, agent="ben"))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert len(site.told("ContactOpened")) == 2
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]


def test_a_supervisor_listens_whispers_and_joins(site: Site) -> None:
    def ask(line: str) -> str:
        with Console(site.console_port).log_in() as console:
            return console.ask(line)

    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        ben = await hall.phone("7102", answer_after=0.2)
        _anna, caller = await talking(hall)
        await ben.dial("*61")
        await until(reactor, lambda: site.told("AgentLoggedOn", agent="ben"))
        ben.hang_up()
        await until(reactor, lambda: ben.state is PhoneState.ENDED)
        await pause(reactor, 0.3)
        for role in ("listen", "whisper", "join"):
            answer = ask(f"supervise 1 ben {role}")
            assert "ben is being brought" in answer, answer
            await until(reactor, lambda role=role: site.told("SupervisionStarted", role=role), 12)  # type: ignore[misc]
            assert ben.state is PhoneState.ANSWERED
        assert "join" in ask("show supervisors")
        assert not site.told("ContactReleased")
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, released_by="customer"))
        await until(reactor, lambda: ben.state is PhoneState.ENDED)
        await until(reactor, lambda: not hall.pbx.switch.calls())
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]
