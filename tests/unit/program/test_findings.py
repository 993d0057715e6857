import pytest

from program.findings import Finding


@pytest.mark.parametrize(
    "finding",
    [
        Finding("python", good=True, text="3.11"),
        Finding("a name that is much longer than the column", good=False, text="what  with a gap"),
        Finding("silent", good=True, text=""),
    ],
)
def test_a_line_tells_the_finding_that_it_was_made_of(finding: Finding) -> None:
    assert Finding.read(str(finding)) == finding


@pytest.mark.parametrize("line", ["", "ok", "BAD", "Traceback (most recent call last):", "okay then  so"])
def test_other_lines_are_none(line: str) -> None:
    assert Finding.read(line) is None
