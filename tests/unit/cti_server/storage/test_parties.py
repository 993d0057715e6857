"""Addresses apart from the journal: numbers, and erasure that reaches the disk."""

from pathlib import Path

from cti_server.storage import PartyBook, Store
from cti_server.storage.parties import MAX_ADDRESS
from cti_server.vocabulary.ids import PartyId
from tests.unit.cti_server.storage import journals as j

NUMBER = "tel:+4915112345678"


def test_an_address_keeps_its_number() -> None:
    book = PartyBook(7)
    assert [book.identify(each) for each in ("a", "b", "a")] == [7, 8, 7]
    assert book.take_new() == [(7, "a"), (8, "b")]
    assert book.take_new() == []
    assert book.identify("a") == 7


def test_a_book_starts_from_what_is_known() -> None:
    book = PartyBook(3, known=[(PartyId(1), "a"), (PartyId(2), "b")])
    assert [book.identify(each) for each in ("b", "a", "c")] == [2, 1, 3]
    assert book.take_new() == [(3, "c")]


def test_a_book_is_bounded_and_forgets_what_is_unused_longest() -> None:
    book = PartyBook(1, limit=2)
    assert [book.identify(each) for each in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]


def test_what_cannot_be_stored_is_left_out() -> None:
    book = PartyBook(1)
    assert book.identify("tel:\x00+49\n") == book.identify("tel:+49")
    assert book.identify("x" * 10_000) == book.identify("x" * MAX_ADDRESS)


def test_a_forgotten_address_gets_a_new_number() -> None:
    book = PartyBook(1)
    book.identify("a")
    book.forget("a")
    assert book.take_new() == []
    assert book.identify("a") == 2


def test_parties_are_stored_with_the_journal(store: Store) -> None:
    assert store.parties.next_id() == 1
    store.journal.append(j.offered_twice_and_answered(), [(PartyId(1), NUMBER), (PartyId(2), "tel:2")])
    assert store.queries.party(PartyId(1)) == NUMBER
    assert store.parties.next_id() == 3
    assert store.parties.latest(10) == [(1, NUMBER), (2, "tel:2")]
    assert store.parties.latest(1) == [(2, "tel:2")]


def test_an_erased_address_is_gone_and_its_contacts_stay(store: Store) -> None:
    store.journal.append(j.offered_twice_and_answered(), [(PartyId(n), NUMBER) for n in (1, 5)])
    store.projections.advance()
    assert store.erase(NUMBER) == 2
    assert store.erase(NUMBER) == 0
    assert store.queries.party(PartyId(1)) is None
    assert store.parties.latest(10) == []
    assert store.parties.next_id() == 6
    assert store.projections.rebuild() == 12
    assert [row.party for row in store.queries.contacts(10)] == [1]
    # A repeated append must not bring the address back.
    store.journal.append(j.offered_twice_and_answered(), [(PartyId(1), NUMBER)])
    assert store.queries.party(PartyId(1)) is None


def test_an_erased_address_is_not_left_on_the_disk(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'x.db'}") as store:
        store.journal.append(j.offered_twice_and_answered(), [(PartyId(1), NUMBER)])
        assert any(NUMBER.encode() in file.read_bytes() for file in tmp_path.iterdir())
        store.erase(NUMBER)
        assert not any(NUMBER.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_a_number_leads_back_to_its_address_until_it_is_forgotten() -> None:
    book = PartyBook(1, limit=2)
    first = book.identify("tel:1")
    assert book.address(first) == "tel:1"
    book.identify("tel:2")
    book.identify("tel:3")
    assert book.address(first) is None
    book.forget("tel:3")
    assert book.address(PartyId(3)) is None
    assert book.address(PartyId(2)) == "tel:2"
