"""The page for integrators says what the tests require."""

import importlib.util
from pathlib import Path

from tests.conformance.dialects.spec import REQUIREMENTS

DOCS = Path(__file__).parents[3] / "docs"


def test_the_acceptance_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_acceptance", DOCS / "make_acceptance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    written = (DOCS / "acceptance.md").read_text(encoding="utf-8")
    assert written == module.page(), "run python docs/make_acceptance.py"


def test_every_requirement_has_a_chapter_and_a_sentence() -> None:
    assert len(REQUIREMENTS) >= 40
    for one in REQUIREMENTS.values():
        assert one.chapter
        assert one.text.endswith(".")
