"""Plain scalars and whatever bytes: the reader never raises."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_file.document import plain_scalar, read_document


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("~", None), ("true", True), ("False", False), ("yes", "yes"), ("12", 12), ("-3", -3), ("0", 0),
     ("012", "012"), ("+1", "+1"), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("0x10", 16), ("1:30", "1:30"),
     ("2026-01-01", "2026-01-01"), ("9" * 30, "9" * 30)],
)  # fmt: skip
def test_plain_scalars(text: str, value: object) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(alphabet="ab:-[]{}&*!|>'\"#%@\n\t ,?<0", max_size=80)))
def test_any_bytes_give_a_value_or_problems(tmp_path: Path, content: bytes | str) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    document = read_document(file)
    for problem in document.problems:
        assert problem.line >= 1
        assert "\n" not in problem.message
