"""Write the acceptance spec of dialects into docs/acceptance.md, from the requirements that the tests declare.

Example: python docs/make_acceptance.py            writes docs/acceptance.md
"""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.conformance.dialects.spec import REQUIREMENTS, Requirement, obstacle  # noqa: E402 - the tests' folder first
from tests.conformance.dialects.subjects import SUBJECTS  # noqa: E402

TARGET = Path(__file__).parent / "acceptance.md"
CHAPTERS = ("test_link", "test_monitors", "test_calls", "test_moves", "test_faults")

HEAD = """# Acceptance spec for dialects

Made by `python docs/make_acceptance.py` from `tests/conformance/dialects`; a test sees that it is current.

Every requirement is a test, held against every profile of every dialect: `pytest tests/conformance/dialects` takes
seconds and prints what was skipped and why. A requirement is skipped only where the dialect's data lacks what it needs
and `Capabilities.absent` says why; a dialect that lacks something without a reason fails.

To bring another PBX: write its dialect (`docs/dialects.md`), add it to `SUBJECTS` in
`tests/conformance/dialects/subjects.py` with the spellings of device numbers that it sends, run the folder, and then
`callwright csta probe` against the PBX itself.
"""


def page() -> str:
    """The whole page."""
    for module in CHAPTERS:
        import_module(f"tests.conformance.dialects.{module}")
    lines = [HEAD]
    chapter = ""
    for requirement in sorted(REQUIREMENTS.values(), key=lambda one: int(one.number.partition("-")[2])):
        if requirement.chapter != chapter:
            chapter = requirement.chapter
            lines += ["", f"## {chapter}", "", "| number | requirement | needs |", "|---|---|---|"]
        lines.append(
            f"| {requirement.number} | {requirement.text} | {' '.join(f'`{one}`' for one in requirement.needs)} |"
        )
    lines += ["", "## What is skipped today", "", "| dialect and profile | requirements | reason |", "|---|---|---|"]
    lines += skipped()
    return "\n".join(lines) + "\n"


def skipped() -> list[str]:
    """One row for each subject and reason."""
    rows = []
    for subject in SUBJECTS:
        reasons: dict[str, list[Requirement]] = {}
        for requirement in REQUIREMENTS.values():
            reason = obstacle(requirement, subject.dialect, subject.dialect.profile(subject.profile))
            if reason is not None:
                reasons.setdefault(reason, []).append(requirement)
        for reason, ones in sorted(reasons.items()):
            rows.append(f"| {subject.name} | {' '.join(sorted(one.number for one in ones))} | {reason} |")
    return rows


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
