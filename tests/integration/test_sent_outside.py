"""The whole path: a flow sends a caller to a number past the queues, and has them back where nobody answers there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from lab.phone import Phone, PhoneState
from tests.integration.test_ring_all import devices
from tests.integration.test_server_call import PATIENCE, Hall, Site
from tests.unit.media_service.driving import drive, until

pytestmark = [pytest.mark.timeout(150), pytest.mark.integration]
OUTSIDE = """
  - id: to_sales
    step: transfer
    number: "7301"
    ring_time: 3
    on_failure: to_queue

  - id: to_queue
    step: queue
    queue: sales
"""


class SendingSite(Site):
    """The demo's house, where sales is at 7301, and in the queue when nobody is there."""

    def spawn(self, name: str, module: str, *arguments: str) -> Any:
        flow = self.config / "flows" / "welcome.yaml"
        text = flow.read_text()
        if "to_queue" not in text:
            queue = "  - id: to_sales\n    step: queue\n    queue: sales\n"
            assert queue in text
            flow.write_text(text.replace(queue, OUTSIDE.lstrip("\n")))
        return super().spawn(name, module, *arguments)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = SendingSite(tmp_path)
    try:
        yield made
    finally:
        made.stop()


async def choose_sales(hall: Hall, number: str, contact: int) -> Phone:
    """A caller who has chosen sales."""
    caller = await hall.phone(number)
    await caller.dial("7000")
    await until(hall.reactor, lambda: hall.site.told("StepEntered", contact=contact, step="greeting"))
    await caller.press("1")
    await until(hall.reactor, lambda: hall.site.told("StepEntered", contact=contact, step="choose"))
    if not hall.site.told("ForwardRequested", contact=contact):
        await caller.press("1")
    await until(hall.reactor, lambda: hall.site.told("ForwardRequested", contact=contact))
    return caller


def test_the_caller_stays_until_somebody_answers_outside_and_waits_where_nobody_does(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        outside = await hall.phone("7301")
        first = await choose_sales(hall, "7201", 1)
        await until(reactor, lambda: outside.state is PhoneState.RINGING)
        assert not site.told("MediaLeft", contact=1)
        outside.answer()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, disposition="transferred"))
        await until(reactor, lambda: devices(hall) == [["7201", "7301"]])

        # Who talks already is busy: the caller waits in the queue, at the very port.
        second = await choose_sales(hall, "7202", 2)
        await until(reactor, lambda: site.told("ForwardFailed", contact=2))
        assert "busy" in site.told("ForwardFailed", contact=2)[0]["reason"]
        await until(reactor, lambda: site.told("ContactQueued", contact=2, queue="sales"))
        assert not site.told("MediaLeft", contact=2)
        second.hang_up()
        await until(reactor, lambda: site.told("ContactClosed", contact=2))
        first.hang_up()
        await until(reactor, lambda: devices(hall) == [])

        # Nobody answers in time.
        third = await choose_sales(hall, "7203", 3)
        await until(reactor, lambda: outside.state is PhoneState.RINGING)
        await until(reactor, lambda: site.told("ContactQueued", contact=3, queue="sales"), 6)
        await until(reactor, lambda: outside.state is PhoneState.ENDED)
        await until(reactor, lambda: site.told("StepEntered", contact=3, step="tell_position"))
        third.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=3, disposition="abandoned"))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]
