"""The examples in docs/sip.md run as they stand, one after the other, as a reader would type them."""

import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred

from tests.unit.media_service.driving import drive

GUIDE = Path(__file__).parents[3] / "docs" / "sip.md"


def test_the_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"docs/sip.md, example {number}", "exec"), names)
    assert calls_over(names["call_over_tcp"]) == "tcp"


def calls_over(story: Callable[[AsyncioSelectorReactor], Coroutine[Deferred[Any], Any, str]]) -> str:
    """Run the example that needs a network; the transport by which its call came."""
    came = []

    async def run(reactor: AsyncioSelectorReactor) -> None:
        came.append(await story(reactor))

    drive(run)
    return came[0]
