"""Dialogs: both ways to make one, CSeq rules, targets and routes."""

import pytest

from sip.dialog import Dialog, routed
from sip.errors import SipSyntaxError
from sip.headers import Headers
from sip.message import Request, Response

INVITE = Headers(
    [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:b@c>"),
        ("Call-ID", "c@d"),
        ("CSeq", "7 INVITE"),
        ("Contact", "<sip:a@192.0.2.1>"),
        ("Record-Route", "<sip:p1;lr>, <sip:p2;lr>"),
    ]
)


def called() -> Dialog:
    return Dialog.of_called(Request("INVITE", "sip:b@c", INVITE.copy()), "2")


def caller() -> Dialog:
    answer = INVITE.copy()
    answer.set("To", "<sip:b@c>;tag=2")
    answer.set("Contact", "<sip:b@192.0.2.2;x=1>;q=1")
    return Dialog.of_caller(Request("INVITE", "sip:b@c", INVITE.copy()), Response(200, "OK", answer))


def test_both_sides_of_one_dialog() -> None:
    ours, theirs = caller(), called()
    assert (ours.local_tag, ours.remote_tag) == (theirs.remote_tag, theirs.local_tag) == ("1", "2")
    assert ours.route_set == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert theirs.route_set == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert ours.remote_target == "sip:b@192.0.2.2;x=1"
    assert theirs.remote_target == "sip:a@192.0.2.1"
    assert ours.next_hop.host == "p2"


def test_requests_count_on_and_an_ack_keeps_its_number() -> None:
    ours = caller()
    assert [str(ours.request("INFO", via="v").cseq) for _ in range(2)] == ["8 INFO", "9 INFO"]
    assert str(ours.request("ACK", via="v", sequence=7).cseq) == "7 ACK"
    request = ours.request("BYE", via="v")
    assert request.uri == "sip:b@192.0.2.2;x=1"
    assert request.headers.all("Route") == ["<sip:p2;lr>", "<sip:p1;lr>"]
    assert str(request.from_) == "<sip:a@b>;tag=1"


@pytest.mark.parametrize(("numbers", "taken"), [((8, 9, 20), [True] * 3), ((8, 8, 7), [True, False, False])])
def test_numbers_of_the_far_end_must_rise(numbers: tuple[int, ...], taken: list[bool]) -> None:
    dialog = called()
    found = []
    for number in numbers:
        headers = INVITE.copy()
        headers.set("CSeq", f"{number} INFO")
        found.append(dialog.accepts(Request("INFO", "sip:b@c", headers)))
    assert found == taken


def test_the_first_number_of_the_called_side_may_be_any() -> None:
    headers = INVITE.copy()
    headers.set("CSeq", "1 BYE")
    assert caller().accepts(Request("BYE", "sip:a@b", headers))


def test_an_invite_without_contact_makes_no_dialog() -> None:
    headers = INVITE.copy()
    headers.remove("Contact")
    with pytest.raises(SipSyntaxError):
        Dialog.of_called(Request("INVITE", "sip:b@c", headers), "2")


def test_the_target_follows_a_new_contact() -> None:
    dialog = called()
    headers = INVITE.copy()
    headers.set("Contact", "<sip:a@192.0.2.77>")
    dialog.refresh_target(Request("INVITE", "sip:b@c", headers))
    assert dialog.remote_target == "sip:a@192.0.2.77"


@pytest.mark.parametrize(
    ("routes", "uri", "expected"),
    [
        ([], "sip:b@far", []),
        (["<sip:p1;lr>", "<sip:p2>"], "sip:b@far", ["<sip:p1;lr>", "<sip:p2>"]),
        (["<sip:p1>", "<sip:p2;lr>"], "sip:p1", ["<sip:p2;lr>", "<sip:b@far>"]),
        (["<sip:p1;method=INVITE;x=y?Subject=z>"], "sip:p1;x=y", ["<sip:b@far>"]),
    ],
)
def test_the_way_of_a_request_by_loose_and_strict_routers(routes: list[str], uri: str, expected: list[str]) -> None:
    assert routed("sip:b@far", routes) == (uri, expected)
