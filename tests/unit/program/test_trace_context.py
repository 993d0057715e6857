"""A ``traceparent`` is read as W3C Trace Context says, whatever a caller sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.trace_context import LONGEST, RANDOM, SAMPLED, TraceContext

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_a_well_formed_one_is_read_and_written_as_it_was() -> None:
    context = TraceContext.parse(GOOD)
    assert context == TraceContext(int(TRACE, 16), int(SPAN, 16), SAMPLED)
    assert str(context) == GOOD


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (f"00-{TRACE}-{SPAN}-00", 0),
        (f"00-{TRACE}-{SPAN}-ff", SAMPLED | RANDOM),
        (f"01-{TRACE}-{SPAN}-03", SAMPLED),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", SAMPLED),
    ],
)
def test_flags_that_are_known_are_kept_and_later_versions_read_as_far_as_they_are(text: str, flags: int) -> None:
    assert TraceContext.parse(text) == TraceContext(int(TRACE, 16), int(SPAN, 16), flags)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"01-{TRACE}-{SPAN}-01more",
        f"00-{TRACE}-{SPAN}",
        f"{GOOD}, {GOOD}",
        f" {GOOD}",
        f"{GOOD}\n",
        f"00-{TRACE[:-1]}٣-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01-".ljust(LONGEST + 1, "x"),
    ],
)
def test_what_is_none_is_none(text: str) -> None:
    assert TraceContext.parse(text) is None


def test_a_message_says_one_thing_or_nothing() -> None:
    assert TraceContext.of_fields([GOOD]) is not None
    assert TraceContext.of_fields([]) is None
    assert TraceContext.of_fields([GOOD, GOOD]) is None


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")))
def test_whatever_comes_is_none_or_can_be_sent_on(text: str) -> None:
    context = TraceContext.parse(text)
    assert context is None or TraceContext.parse(str(context)) == context
