"""Tables that fit their terminal, and what is drawn in place."""

import json

import pytest

from cti_server.console.answers import Moment, Span, Table
from cti_server.console.presenting import as_json, as_text
from cti_server.console.session.screen import Canvas, Pages, believed
from cti_server.console.tables import render


@pytest.mark.parametrize("width", [200, 60, 40, 20, 5, 1])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    rows = [("anna", "a long name that says much", 3, "x" * 70), ("ben", "short", 12_345_678, None)]
    told = render(("agent", "name", "a very long heading", "detail"), rows, width=width)
    assert max(len(line) for line in told.splitlines()) <= width


def test_headings_are_cut_before_what_stands_below_them() -> None:
    told = render(("agent", "a long heading"), [("anna", 3), ("christopher", 4)], width=18)
    assert "christopher" in told
    assert "…" in told.splitlines()[0]


def test_spans_and_moments_are_words_for_people_and_values_for_programs() -> None:
    table = Table(headings=("longest wait", "since", "hidden"), rows=[(Span(125), Moment(0.0), 1)], unseen=("hidden",))
    assert "2:05" in as_text(table)
    assert "hidden" not in as_text(table)
    (row,) = json.loads(as_json(table))
    assert (row["longest_wait"], row["hidden"]) == (125.0, 1)
    assert row["since"].startswith("19")


def test_a_canvas_writes_only_what_has_changed() -> None:
    written: list[bytes] = []
    canvas = Canvas(written.append)
    canvas.begin(20, 5)
    canvas.draw(["queue  waiting", "sales        3"])
    written.clear()
    canvas.draw(["queue  waiting", "sales        3"])
    assert written == []
    canvas.draw(["queue  waiting", "sales        4"])
    assert written == [b"\x1b[2;14H4"]
    written.clear()
    canvas.draw(["queue  waiting"])
    assert written == [b"\x1b[2;1H\x1b[K"]


def test_a_canvas_stays_on_its_screen() -> None:
    written: list[bytes] = []
    canvas = Canvas(written.append)
    canvas.begin(10, 3)
    written.clear()
    canvas.draw(["x" * 50] * 50)
    assert b"".join(written).count(b"x") == 20


def test_pages_are_shown_one_by_one() -> None:
    pages = Pages("\n".join(str(number) for number in range(10)), 5)
    assert pages.page().split("\n") == ["0", "1", "2", "3"]
    assert pages.line() == "4"
    assert pages.left
    pages.page()
    assert pages.page() == "9"
    assert not pages.left


def test_a_size_is_believed_within_reason() -> None:
    assert believed(0, 0) == (80, 24)
    assert believed(1, 100_000) == (5, 1000)
