"""What is kept of SIP messages: the calls' alone, few and short, and never a log-in, a key or a digit."""

import pytest

from media_service.control import signalling as module
from media_service.control.signalling import HIDDEN, Signalling, masked

INVITE = (
    b"INVITE sip:801@10.0.0.1 SIP/2.0\r\n"
    b"Call-ID: abc@10.0.0.9\r\n"
    b"CSeq: 1 INVITE\r\n"
    b'Proxy-Authorization: Digest username="801", response="0123456789abcdef"\r\n'
    b"\r\n"
    b"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\na=ice-pwd:verysecret\r\na=rtpmap:8 PCMA/8000\r\n"
)


def kept() -> Signalling:
    times = iter(range(1, 100_000))
    return Signalling(lambda: float(next(times)))


def test_messages_are_found_by_session_in_their_order() -> None:
    book = kept()
    book.name("s1", "abc@10.0.0.9")
    book.take(INVITE, "10.0.0.9:5060", sent=False)
    book.take(b"SIP/2.0 100 Trying\r\ni: abc@10.0.0.9\r\nCSeq: 1 INVITE\r\n\r\n", "10.0.0.9:5060", sent=True)
    book.take(b"SIP/2.0 200 OK\r\nCall-ID: other\r\nCSeq: 1 INVITE\r\n\r\n", "10.0.0.9:5060", sent=True)
    signals = book.of("s1")
    assert [(one.at, one.sent, one.text.partition("\n")[0]) for one in signals] == [
        (1.0, False, "INVITE sip:801@10.0.0.1 SIP/2.0"),
        (2.0, True, "SIP/2.0 100 Trying"),
    ]
    assert book.of("s2") == ()


def test_log_ins_and_keys_are_hidden_and_the_rest_is_not() -> None:
    text = masked(INVITE)
    for secret in ("0123456789abcdef", "c2VjcmV0", "verysecret"):
        assert secret not in text
    assert f"Proxy-Authorization: {HIDDEN}" in text
    assert "a=rtpmap:8 PCMA/8000" in text


def test_a_log_in_over_several_lines_is_hidden_to_its_end() -> None:
    message = INVITE.replace(b', response="', b',\r\n response="').replace(b"CSeq", b"X-Kept: a,\r\n b\r\nCSeq")
    text = masked(message)
    assert "0123456789abcdef" not in text
    assert "X-Kept: a,\n b\n" in text
    assert "v=0" in text


def test_a_password_in_an_address_is_hidden() -> None:
    text = masked(b"INVITE sip:anna:secret@h:5060 SIP/2.0\r\nTo: <sip:ben@h:5060>\r\n\r\n")
    assert text.startswith(f"INVITE sip:anna:{HIDDEN}@h:5060 SIP/2.0\nTo: <sip:ben@h:5060>\n")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/dtmf-relay", "Signal=7\r\nDuration=160\r\n"),
        ("application/dtmf", "7"),
        ("\r\n application/dtmf", "7"),
        ("application/vnd.nortelnetworks.digits", "d=7\r\n"),
    ],
)
def test_digits_are_hidden(kind: str, body: str) -> None:
    message = f"INFO sip:x@h SIP/2.0\r\nCall-ID: y\r\nCSeq: 2 INFO\r\nContent-Type: {kind}\r\n\r\n{body}"
    assert "7" not in masked(message.encode()).partition("\n\n")[2].replace("160", "")


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS"])
def test_what_belongs_to_no_call_is_passed_over(method: str) -> None:
    book = kept()
    book.name("s", "c")
    book.take(f"{method} sip:h SIP/2.0\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n".encode(), "p", sent=True)
    book.take(b"garbage \xff\x00 without a head", "p", sent=False)
    assert book.of("s") == ()


def test_calls_messages_and_their_length_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CALLS", 3)
    book = kept()
    for number in range(10):
        book.name(f"s{number}", f"c{number}")
        for _ in range(module.MOST_SIGNALS + 5):
            book.take(b"BYE x SIP/2.0\r\nCall-ID: c%d\r\n\r\n%s" % (number, b"x" * 9000), "p", sent=True)
    assert [number for number in range(10) if book.of(f"s{number}")] == [7, 8, 9]
    assert len(book.of("s9")) == module.MOST_SIGNALS
    assert all(len(one.text) <= module.LONGEST_SIGNAL for one in book.of("s9"))


def test_sessions_are_bounded_and_the_newest_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CALLS", 2)
    book = kept()
    book.take(INVITE, "10.0.0.9:5060", sent=False)
    for number in range(3):
        book.name(f"s{number}", "abc@10.0.0.9")
    assert [len(book.of(f"s{number}")) for number in range(3)] == [0, 1, 1]


def test_a_message_cannot_steer_a_terminal() -> None:
    assert "\x1b" not in masked(b"INVITE x SIP/2.0\r\nSubject: \x1b[2J\r\n\r\n")
