"""The session of docs/control-door.md runs as it stands, against the real program and a caller who presses 1."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from sip.events import Answered, Ended
from sip.sdp import SessionDescription
from tests.fakes.listening import RtpListener
from tests.integration.test_media_service import Ears, Started
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import Caller

GUIDE = Path(__file__).parent.parent.parent / "docs" / "control-door.md"
MORE = """\
recordings: {directory: recordings}
trunk: {peers: [127.0.0.1], numbers: ["ivr"], lines: 3}
"""

pytestmark = pytest.mark.integration


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path, more=MORE)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


class Reader(threading.Thread):
    """Types the examples in, one after the other; ``fault`` is what came of them, ``done`` how many ran."""

    def __init__(self, control: int) -> None:
        super().__init__(name="reader", daemon=True)
        text = GUIDE.read_text(encoding="utf-8").replace('("127.0.0.1", 7801)', f'("127.0.0.1", {control})')
        self.blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        self.done = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        names: dict[str, Any] = {}
        try:
            for number, block in enumerate(self.blocks, 1):
                exec(compile(block, f"docs/control-door.md, example {number}", "exec"), names)
                self.done = number
        except BaseException as fault:  # noqa: BLE001 - raised again on the test's own thread
            self.fault = fault
        finally:
            if "door" in names:
                names["door"].connection.close()


def test_the_session_of_the_guide_runs(service: Started, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader = Reader(service.control)
    assert len(reader.blocks) == 6

    async def story(reactor: AsyncioSelectorReactor) -> None:
        with RtpListener() as listener:
            caller, ears = Caller(reactor, listener.port), Ears(reactor, listener)
            reader.start()
            await until(reactor, lambda: reader.done == 1 or reader.fault)
            leg = await caller.call("ivr", service.sip)
            await until(reactor, lambda: caller.of(Answered, leg) or reader.fault)
            if reader.fault is None:
                ears.talk_to(SessionDescription.parse(caller.of(Answered, leg)[0].sdp))
                await pause(reactor, 0.5)
                await ears.press("1")
                await until(reactor, lambda: caller.of(Ended, leg) or reader.fault)
            await until(reactor, lambda: not reader.is_alive())
            await caller.endpoint.stop()

    drive(story)
    if reader.fault is not None:
        raise reader.fault
    assert reader.done == len(reader.blocks)
    assert "7201 called ivr" in capsys.readouterr().out
    assert (tmp_path / "recordings" / "guide" / "first.wav").stat().st_size > 0
