"""The examples in docs/csta.md run as they stand, one after the other, as a reader would type them."""

import re

from tests.house.test_layout import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_csta_guide_run() -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "csta.md").read_text())
    assert len(blocks) > 5
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"docs/csta.md, example {number}", "exec"), names)
