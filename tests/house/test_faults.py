"""The fault matrix: each of its lines is shown by a test that there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LINES = [
    line
    for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| what "))
]
SHOWN_BY = re.compile(r"`(tests/[a-z_/]+\.py)::(test_\w+)` \|$")


def test_every_line_names_a_test() -> None:
    assert len(LINES) > 40
    assert [line for line in LINES if not SHOWN_BY.search(line)] == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for file, name in (found.groups() for line in LINES if (found := SHOWN_BY.search(line))):
        path = ROOT / file
        if not path.exists() or f"def {name}(" not in path.read_text(encoding="utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []
