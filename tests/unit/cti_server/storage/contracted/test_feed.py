"""The change feed: ordered, taken up where it was left, awake when something is new, and free of personal data."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cti_server.storage import Store
from cti_server.storage.contracted.feed import ChangeLine, Feed, wake
from cti_server.vocabulary.ids import PartyId
from tests.unit.cti_server.storage import journals as j


def test_the_feed_tells_every_change_in_order_and_goes_on_where_it_was_left(store: Store) -> None:
    store.become_writer()
    journal = j.offered_twice_and_answered()
    store.journal.append(journal, [(PartyId(1), "tel:+4915112345678")])
    feed = Feed(store._engine)
    lines = list(feed.all_from(1))
    assert [line.seq for line in lines] == sorted(line.seq for line in lines)
    kinds = [line.kind for line in lines if line.contact == 1]
    assert kinds[0] == "contact.opened"
    assert kinds.count("offer.made") == 2
    assert kinds[-1] == "contact.closed"
    assert list(feed.all_from(lines[3].seq)) == lines[3:]
    assert feed.read(after=lines[-1].seq) == []


def test_a_change_says_its_fields_and_no_more(store: Store) -> None:
    store.become_writer()
    store.journal.append(j.offered_twice_and_answered(), [(PartyId(1), "tel:+4915112345678")])
    opened = next(line for line in Feed(store._engine).all_from(1) if line.kind == "contact.opened")
    assert opened.body == {
        "channel": "voice",
        "link": "pbx",
        "call": "c1",
        "pilot": "7000",
        "party": 1,
        "flow": "welcome",
        "flow_version": "1",
        "internal": False,
    }
    assert json.loads(opened.as_json())["body"]["internal"] is False
    assert "15112345678" not in "".join(line.as_json() for line in Feed(store._engine).all_from(1))


def test_whoever_follows_is_woken(store: Store) -> None:
    store.become_writer()
    journal = j.offered_twice_and_answered()
    store.journal.append(journal[:4])
    feed, heard, over = Feed(store._engine), list[int](), threading.Event()

    def follow() -> None:
        heard.extend(line.seq for line in _until(feed, journal[-1].seq, over))

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        time.sleep(0.6)  # it waits for what is new by now
        store.journal.append(journal[4:])
        begun = time.monotonic()
        wake(store._engine)
        thread.join(4.0)
        assert not thread.is_alive()
        assert time.monotonic() - begun < 4.0
    finally:
        over.set()
        thread.join(6.0)
    assert heard == [line.seq for line in feed.all_from(1)]


def test_who_follows_while_rows_are_appended_hears_each_once_and_in_order(store: Store) -> None:
    store.become_writer()
    story = j.offered_twice_and_answered()
    rows = [
        replace(row, seq=row.seq + turn * len(story), cause_seq=row.cause_seq and row.cause_seq + turn * len(story))
        for turn in range(20)
        for row in story
    ]
    feed, heard, over = Feed(store._engine), list[int](), threading.Event()

    def follow() -> None:
        heard.extend(line.seq for line in _until(feed, rows[-1].seq, over))

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        for first in range(0, len(rows), 7):
            store.journal.append(rows[first : first + 7])
            wake(store._engine)
        thread.join(20.0)
        assert not thread.is_alive()
    finally:
        over.set()
        thread.join(6.0)
    assert heard == [line.seq for line in feed.all_from(1)]
    assert len(heard) == len(set(heard)) > 100


def _until(feed: Feed, last: int, over: threading.Event) -> Iterator[ChangeLine]:
    for line in feed.follow(1, over.is_set):
        yield line
        if line.seq == last:
            return


@pytest.mark.parametrize("first", [0, -5])
def test_a_number_before_the_first_is_the_beginning(store: Store, first: int) -> None:
    store.become_writer()
    store.journal.append(j.offered_twice_and_answered())
    assert list(Feed(store._engine).all_from(first)) == list(Feed(store._engine).all_from(1))
