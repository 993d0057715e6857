"""Who calls and which way the call came: read leniently, sent strictly, and carried from one side to the other."""

import pytest

from sip.events import InviteReceived
from sip.headers import Headers, NameAddr
from sip.message import Request
from sip.trunks.identity import (
    Diversion,
    HistoryEntry,
    Identity,
    UserToUser,
    asserted_identities,
    diversions,
    history,
    identity_headers,
    redirected,
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
    targets = redirected((), NameAddr("sip:7002@lab"), 486, NameAddr("sip:7001@lab"))
    headers = identity_headers(asserted=ann, private=True, diverted=way, history_info=targets, user_data=data)
    wire.call(headers=headers)
    invited = wire.bob.last(InviteReceived)
    assert isinstance(invited, InviteReceived)
    found = invited.identity
    assert found.asserted == (ann,)
    assert found.private
    assert found.diversions == way
    assert found.history == targets
    assert found.user_data == (data,)
    assert found.caller.uri.user == "alice"
    assert (found.called.user, found.dialled.uri.user, found.referred_by) == ("bob", "bob", None)


def test_too_much_user_data_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        identity_headers(user_data=UserToUser(bytes(257)))


def test_history_tells_why_each_target_was_left_and_who_wants_not_to_be_shown() -> None:
    value = (
        "<sip:7000@lab?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1, <sip:7001@lab?Privacy=history&reason="
        'Q.850%3Bcause%3D17>;index=1.1;mp=1, "Ben" <sip:7002@lab?Reason=sip%3Bcause%3D9999>;index=1.1.1'
    )
    assert history(message(("History-Info", value))) == [
        HistoryEntry(NameAddr("sip:7000@lab"), "1", 302),
        HistoryEntry(NameAddr("sip:7001@lab"), "1.1", 0, private=True),
        HistoryEntry(NameAddr("sip:7002@lab", "Ben"), "1.1.1"),
    ]


def test_a_call_that_goes_on_keeps_its_history() -> None:
    first = redirected((), NameAddr("sip:7001@lab"), 302, NameAddr("sip:7000@lab"))
    second = redirected(first, NameAddr("sip:7002@lab"), 408)
    assert [str(entry) for entry in second] == [
        "<sip:7000@lab?Reason=SIP%3Bcause%3D302>;index=1",
        "<sip:7001@lab?Reason=SIP%3Bcause%3D408>;index=1.1",
        "<sip:7002@lab>;index=1.1.1",
    ]
    assert redirected((), NameAddr("sip:7002@lab"), 0) == (HistoryEntry(NameAddr("sip:7002@lab"), "1"),)


def test_a_private_diversion_is_read_and_written() -> None:
    private = Diversion(NameAddr("sip:7001@lab"), "no-answer", 1, private=True)
    assert diversions(message(("Diversion", str(private)))) == [private]
    assert not diversions(message(("Diversion", "<sip:a@b>;privacy=off")))[0].private


@pytest.mark.parametrize(
    ("headers", "trusted", "number", "dialled"),
    [
        ((), True, "7100", "7000"),
        ((("P-Asserted-Identity", "<sip:+4930@lab>"),), True, "+4930", "7000"),
        ((("P-Asserted-Identity", "<sip:+4930@lab>"),), False, "7100", "7000"),
        ((("P-Asserted-Identity", "<tel:+4931>, <sip:+4930@lab>"),), True, "+4931", "7000"),
        ((("Diversion", "<sip:7002@lab>, <sip:7001@lab>"),), True, "7100", "7001"),
        ((("Diversion", "<sip:7002@lab>"), ("History-Info", "<sip:6999@lab>;index=1")), True, "7100", "6999"),
    ],
)
def test_whose_number_counts(headers: tuple[tuple[str, str], ...], trusted: bool, number: str, dialled: str) -> None:
    parts = (("From", "Ann <sip:7100@lab>;tag=1"), ("To", "<sip:7000@lab>"), *headers)
    identity = Identity.of(Request("INVITE", "sip:7200@lab", Headers(parts)))
    assert identity.number(trusted=trusted) == number
    assert identity.first_dialled == dialled


def test_nobody_and_strange_addresses() -> None:
    parts = (("From", "<sip:anonymous@anonymous.invalid>"), ("To", "<mailto:x@y>"), ("Privacy", "header; ID"))
    identity = Identity.of(Request("INVITE", "sip:7200@lab", Headers(parts)))
    assert identity.number(trusted=True) == ""
    assert identity.first_dialled == "7200"
    assert identity.private
    assert not Identity.of(Request("INVITE", "sip:7200@lab", Headers((*parts[:2], ("Privacy", "none"))))).private
    odd = Identity.of(Request("INVITE", "sip:7200@lab", Headers((("From", "<mailto:a@b>"), parts[1]))))
    assert odd.number(trusted=True) == ""
