"""Holds every requirement against every subject, and prints what was skipped with the dialect's own reason."""

import pytest

from tests.conformance.dialects.bench import Bench
from tests.conformance.dialects.spec import obstacle, requirement_of
from tests.conformance.dialects.subjects import SUBJECTS, Subject

_SKIPPED: dict[str, dict[str, list[str]]] = {}


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def bench(request: pytest.FixtureRequest) -> Bench:
    """One subject, connected to nothing yet; skipped where its PBX lacks what the requirement needs."""
    subject: Subject = request.param
    required = requirement_of(request.function.__name__)
    assert required is not None, "every test of this folder that takes a bench is a requirement"
    reason = obstacle(required, subject.dialect, subject.dialect.profile(subject.profile))
    if reason is not None:
        _SKIPPED.setdefault(subject.name, {}).setdefault(reason, []).append(required.number)
        pytest.skip(f"{required.number} {subject.name}: {reason}")
    return Bench(subject)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of what was skipped: subject, requirements, reason."""
    if not _SKIPPED:
        return
    terminalreporter.section("dialects: requirements that were skipped")
    for subject, reasons in sorted(_SKIPPED.items()):
        for reason, numbers in sorted(reasons.items()):
            terminalreporter.write_line(f"{subject:32} {' '.join(sorted(numbers)):20} {reason}")
