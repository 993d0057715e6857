"""The whole path of ring-all: phones that ring at once at a real PBX, one winner, and one call in the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from lab.phone import PhoneState
from tests.integration.test_server_call import PATIENCE, Hall, Site, call_sales
from tests.unit.media_service.driving import drive, pause, until

pytestmark = [pytest.mark.timeout(150), pytest.mark.integration]


class RingingSite(Site):
    """The demo's house, where sales rings everybody; ``second_call`` as the media service and the PBX have it."""

    second_call = True

    def spawn(self, name: str, module: str, *arguments: str) -> Any:
        queues = self.config / "site" / "queues.yaml"
        text = queues.read_text()
        if "ring_all: true" not in text:
            text = text.replace("  - name: sales\n", "  - name: sales\n    ring_all: true\n", 1)
            queues.write_text(text)
            assert "ring_all: true" in text
        media = self.config / "media.yaml"
        if not self.second_call:
            media.write_text(media.read_text().replace("second_call: true", "second_call: false"))
        return super().spawn(name, module, *arguments)


class SiteWithoutSecondCalls(RingingSite):
    """Its media ports refuse the second call."""

    second_call = False


def site_of(kind: type[Site], folder: Path) -> Iterator[Site]:
    made = kind(folder)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield from site_of(RingingSite, tmp_path)


@pytest.fixture
def poor_site(tmp_path: Path) -> Iterator[Site]:
    yield from site_of(SiteWithoutSecondCalls, tmp_path)


def devices(hall: Hall) -> list[list[str]]:
    """Who is in each call of the PBX."""
    return [sorted(device for device, _ in call.parties) for call in hall.pbx.switch.calls()]


def test_all_ring_at_once_and_one_has_the_caller(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101")
        ben = await hall.phone("7102")
        await hall.log_on(anna, "anna")
        await hall.log_on(ben, "ben")
        caller = await call_sales(hall, "7201")
        await until(reactor, lambda: len(site.told("OfferAlerted", contact=1)) == 2)
        await until(reactor, lambda: anna.state is ben.state is PhoneState.RINGING)
        ben.answer()
        await until(reactor, lambda: site.told("ContactAnswered", contact=1, agent="ben"), 5)
        await until(reactor, lambda: anna.state is PhoneState.ENDED)
        await until(reactor, lambda: devices(hall) == [["7102", "7201"]])
        assert site.told("OfferEnded", agent="anna", outcome="others-answered")
        assert not site.told("AgentBecameNotReady", agent="anna", reason="no-answer")
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, disposition="answered"))
        await until(reactor, lambda: site.told("WrapUpEnded", agent="ben"))
        await until(reactor, lambda: devices(hall) == [])

        # In the very same moment both answer.
        second = await call_sales(hall, "7202")
        await until(reactor, lambda: anna.state is ben.state is PhoneState.RINGING)
        anna.answer()
        ben.answer()
        await until(reactor, lambda: site.told("ContactAnswered", contact=2), 5)
        await until(reactor, lambda: len(devices(hall)) == 1)
        await pause(reactor, 0.5)
        assert len(site.told("ContactAnswered", contact=2)) == 1
        winner = site.told("ContactAnswered", contact=2)[0]["agent"]
        assert devices(hall) == [sorted(["7202", {"anna": "7101", "ben": "7102"}[winner]])]
        second.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=2, disposition="answered"))

        # A caller who hangs up stills both phones.
        await until(reactor, lambda: site.told("WrapUpEnded", contact=2))
        third = await call_sales(hall, "7203")
        await until(reactor, lambda: anna.state is ben.state is PhoneState.RINGING)
        third.hang_up()
        await until(reactor, lambda: anna.state is ben.state is PhoneState.ENDED)
        await until(reactor, lambda: devices(hall) == [])
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]


def test_where_ports_take_no_second_call_phones_ring_in_turn_after_the_first_try(poor_site: Site) -> None:
    site = poor_site

    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101", answer_after=0.5)
        ben = await hall.phone("7102")
        await hall.log_on(anna, "anna")
        await hall.log_on(ben, "ben")
        caller = await call_sales(hall, "7201")
        await until(reactor, lambda: site.told("ContactAnswered", contact=1), 20)
        await pause(reactor, 0.3)
        assert len(devices(hall)) == 1
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, disposition="answered"))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert [one for one in site.events() if "ring in turn for some time" in one["event"]]
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]
