"""The agent line at a real phone: number, PIN and wishes by digits through PBX and media service, then a caller."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from cti_server.connectors.pins.book import PinBook
from cti_server.storage.store import Store
from cti_server.vocabulary.ids import ContactId
from lab.phone import Phone, PhoneState
from lab.settings import load_lab
from tests.integration.test_server_call import PATIENCE, START, Hall, Site, call_sales
from tests.unit.media_service.driving import drive, pause, until

pytestmark = pytest.mark.timeout(150)
LINE, NUMBER, PIN, WRONG = "7090", "101", "86420975", "97531086"
CHANGES = {
    "lab.yaml": {
        "pilots:\n  - number: 7000": f"pilots:\n  - {{number: {LINE}, name: Agent line}}\n  - number: 7000",
    },
    # The most talkative level: what must not be told is told at none.
    "server.yaml": {"\nconsole:": "\nconnectors:\n  pins: {}\n\nconsole:", "  level: info ": "  level: debug "},
    "media.yaml": {"  level: info ": "  level: debug "},
    "site/agents.yaml": {"    name: Anna Adler": f"    name: Anna Adler\n    number: {NUMBER}"},
    "site/pilots.yaml": {"pilots:": f"pilots:\n  - {{link: pbx, number: {LINE}, flow: desk, agent_line: true}}"},
    "site/queues.yaml": {"wrap_up: 1": "wrap_up: 30"},
}
FLOW = """\
name: desk
kind: routing-strategy
steps:
  - id: desk
    step: agent_line
    extension: 90
"""


class Desk(Site):
    """The demo's house with an agent line, where Anna has a number and a PIN; wrap-up is long."""

    def spawn(self, name: str, module: str, *arguments: str) -> Any:
        if name == "media":
            self._change()
        return super().spawn(name, module, *arguments)

    def _change(self) -> None:
        for file, changes in CHANGES.items():
            text = (self.config / file).read_text()
            for old, new in changes.items():
                assert old in text, (file, old)
                text = text.replace(old, new)
            (self.config / file).write_text(text)
        (self.config / "flows" / "desk.yaml").write_text(FLOW)
        lab, problems = load_lab(self.config / "lab.yaml")
        assert lab is not None, problems
        self.lab = lab
        PinBook(self.config / "secrets" / "agent-pins").set("anna", PIN)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    try:
        yield made
    finally:
        made.stop()


async def asked(hall: Hall, begun: int) -> None:
    """Wait until the media service carries out another verb than the first ``begun``: it listens from then on."""
    await until(hall.reactor, lambda: verbs(hall) > begun, START)


def verbs(hall: Hall) -> int:
    """How many verbs the media service has begun to carry out."""
    return hall.site.log("media").count("verb begins")


async def keys(hall: Hall, phone: Phone, digits: str) -> None:
    """Press them, and wait until they were taken and the next thing is said."""
    ended, begun = len(hall.site.told("VerbEnded")), verbs(hall)
    await phone.press(digits)
    await until(hall.reactor, lambda: len(hall.site.told("VerbEnded")) > ended, START)
    await asked(hall, begun)


async def into_line(hall: Hall, phone: Phone) -> None:
    """Call the line and say who it is."""
    await reach_line(hall, phone)
    await keys(hall, phone, f"{NUMBER}#")
    await keys(hall, phone, f"{PIN}#")


async def reach_line(hall: Hall, phone: Phone) -> None:
    """Call the line, up to its first question."""
    before, begun = len(hall.site.told("StepEntered", step="desk")), verbs(hall)
    await phone.dial(LINE)
    await until(hall.reactor, lambda: phone.state is PhoneState.ANSWERED)
    await until(hall.reactor, lambda: len(hall.site.told("StepEntered", step="desk")) > before)
    await asked(hall, begun + 1)  # the first verb answers the call


async def leave(hall: Hall, phone: Phone) -> None:
    phone.hang_up()
    await until(hall.reactor, lambda: phone.state is PhoneState.ENDED)
    await until(hall.reactor, lambda: not hall.pbx.switch.calls())
    await pause(hall.reactor, 0.2)


def never_told(site: Site, secret: str) -> None:
    """Masked digits are in no log and in no file of the server's."""
    assert secret not in site.log()
    assert secret not in site.log("media")
    files = [*site.folder.glob("callwright.db*"), *site.folder.glob("run/**/*")]
    assert files
    assert [file for file in files if file.is_file() and secret.encode() in file.read_bytes()] == []


def troubles(site: Site) -> list[dict[str, Any]]:
    return [one for one in site.events() if one["level"] in {"error", "critical"}]


def test_an_agent_goes_ready_by_digits_and_is_given_a_caller(site: Desk) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101", answer_after=0.2)
        await into_line(hall, anna)
        (logged_on,) = await until(reactor, lambda: site.told("AgentLoggedOn", agent="anna"))
        assert (logged_on["device"], logged_on["origin"]) == ("7101", "agent-line")
        await keys(hall, anna, "1")
        await until(reactor, lambda: site.told("AgentBecameReady", agent="anna", origin="agent-line"))
        await leave(hall, anna)
        caller = await call_sales(hall, "7201")
        (answered,) = await until(reactor, lambda: site.told("ContactAnswered", agent="anna"), 12)
        await pause(reactor, 0.3)
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=answered["contact"]))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert troubles(site) == []
    never_told(site, PIN)
    with Store.open(site.database) as store:
        row = store.queries.contact(ContactId(2))
    assert row is not None
    assert (row.queue, row.agent, row.disposition) == ("sales", "anna", "answered")


def test_wrap_up_is_extended_and_ended_by_digits(site: Desk) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101", answer_after=0.2)
        await hall.log_on(anna, "anna")
        caller = await call_sales(hall, "7201")
        await until(reactor, lambda: site.told("ContactAnswered", agent="anna"), 12)
        await pause(reactor, 0.3)
        caller.hang_up()
        (wrap_up,) = await until(reactor, lambda: site.told("WrapUpStarted", agent="anna"))
        assert wrap_up["deadline"] < time.time() + 31
        await until(reactor, lambda: anna.state is PhoneState.ENDED)
        await into_line(hall, anna)
        await keys(hall, anna, "4")
        (extended,) = await until(reactor, lambda: site.told("WrapUpExtended", agent="anna"))
        assert 85 < extended["deadline"] - time.time() < 91
        assert not site.told("WrapUpEnded")
        await keys(hall, anna, "3")
        (ended,) = await until(reactor, lambda: site.told("WrapUpEnded", agent="anna"))
        assert ended["contact"] == wrap_up["contact"]
        await leave(hall, anna)
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert troubles(site) == []


def test_three_wrong_pins_end_the_call_and_are_kept(site: Desk) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        stranger = await hall.phone("7301")
        await reach_line(hall, stranger)
        for _ in range(3):
            assert stranger.state is PhoneState.ANSWERED
            await keys(hall, stranger, f"{NUMBER}#")
            await keys(hall, stranger, f"{WRONG}#")
        await until(reactor, lambda: stranger.state is PhoneState.ENDED)
        await until(reactor, lambda: site.told("ContactClosed", contact=1))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not site.told("AgentLoggedOn")
    assert "agent_line_refused" in site.log()
    assert troubles(site) == []
    never_told(site, WRONG)
