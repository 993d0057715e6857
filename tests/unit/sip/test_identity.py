"""Who calls and which way the call came: read leniently, sent strictly, and carried from one side to the other."""

import pytest

from sip.events import InviteReceived
from sip.headers import Headers, NameAddr
from sip.message import Request
from sip.trunks.identity import (
    Diversion,
    HistoryEntry,
    UserToUser,
    asserted_identities,
    diversions,
    history,
    identity_headers,
    user_to_user,
)
from tests.unit.sip.wire import Wire


def message(*headers: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:a@b", Headers(headers))


def test_asserted_identities_in_one_header_or_two() -> None:
    together = message(("P-Asserted-Identity", '"Ann, B." <sip:7201@lab>, <tel:+4930123>'))
    apart = message(("P-Asserted-Identity", '"Ann, B." <sip:7201@lab>'), ("p-asserted-identity", "<tel:+4930123>"))
    for each in (together, apart):
        sip, tel = asserted_identities(each)
        assert (sip.display, sip.uri.user, tel.uri.user) == ("Ann, B.", "7201", "+4930123")


def test_diversions_the_last_one_first() -> None:
    found = diversions(message(("Diversion", "<sip:7001@lab>;reason=No-Answer;counter=2, <tel:+49301>;privacy=off")))
    assert found == [
        Diversion(NameAddr("sip:7001@lab"), "no-answer", 2),
        Diversion(NameAddr("tel:+49301"), "unknown", 1),
    ]


def test_history_with_its_indexes() -> None:
    found = history(message(("History-Info", "<sip:7000@lab>;index=1, <sip:7001@lab?Reason=SIP>;index=1.1;mp=1")))
    assert [entry.index for entry in found] == ["1", "1.1"]
    assert found[0] == HistoryEntry(NameAddr("sip:7000@lab"), "1")


def test_user_data_in_hex() -> None:
    found = user_to_user(message(("User-to-User", "00c81031;encoding=hex;purpose=isdn-uui")))
    assert found == [UserToUser(b"\x00\xc8\x10\x31", "isdn-uui")]


@pytest.mark.parametrize(
    "value", ["", "<", '"open', "<mailto:a@b>", "<sip:a@b", "nonsense", "<sip:a@b>;index=x", "\xff"]
)
def test_what_cannot_be_read_is_left_out(value: str) -> None:
    broken = message(*((name, value) for name in ("P-Asserted-Identity", "History-Info", "Diversion", "User-to-User")))
    assert asserted_identities(broken) in ([], [NameAddr("sip:a@b", params=(("index", "x"),))])
    assert history(broken) == []
    assert [found.count for found in diversions(broken)] in ([], [1])
    assert [found.data for found in user_to_user(broken)] in ([], [b""])


def test_a_broken_entry_does_not_cost_the_others() -> None:
    found = diversions(message(("Diversion", "<mailto:a@b>, <sip:7001@lab>;counter=99999")))
    assert found == [Diversion(NameAddr("sip:7001@lab"))]


@pytest.mark.parametrize("value", ["abc;encoding=hex", "00;encoding=base64", "00" * 257])
def test_user_data_that_is_not_hexadecimal_or_too_long_is_left_out(value: str) -> None:
    assert user_to_user(message(("User-to-User", value))) == []


def test_a_flood_of_entries_is_cut() -> None:
    assert len(diversions(message(("Diversion", ", ".join(["<sip:a@b>"] * 60))))) == 20


def test_what_one_side_sends_the_other_reads() -> None:
    ann = NameAddr("sip:7201@lab", "Ann")
    way = (Diversion(NameAddr("sip:7001@lab"), "user-busy", 2), Diversion(NameAddr("sip:7000@lab"), "unconditional"))
    data = UserToUser(b"order 4711", "isdn-uui")
    wire = Wire()
    wire.call(headers=identity_headers(asserted=ann, diverted=way, user_data=data))
    request = wire.bob.last(InviteReceived).request
    assert asserted_identities(request) == [ann]
    assert diversions(request) == list(way)
    assert user_to_user(request) == [data]


def test_too_much_user_data_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        identity_headers(user_data=UserToUser(bytes(257)))
