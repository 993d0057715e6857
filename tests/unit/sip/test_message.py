"""The stream framer, and what serialising guarantees."""

import pytest

from sip.errors import SipSyntaxError
from sip.headers import Headers
from sip.message import Request, StreamFramer, serialise

ONE = serialise(Request("INFO", "sip:a@b", Headers([("X", "1")]), b"12345"))
TWO = serialise(Request("INFO", "sip:a@b", Headers([("X", "2")])))


def test_whole_in_single_bytes_and_with_something_behind() -> None:
    assert StreamFramer().feed(ONE + TWO) == [ONE, TWO]
    framer = StreamFramer()
    assert [message for byte in ONE + TWO for message in framer.feed(bytes([byte]))] == [ONE, TWO]
    framer = StreamFramer()
    assert framer.feed(ONE + TWO[:30]) == [ONE]
    assert framer.feed(TWO[30:]) == [TWO]


def test_keep_alives_are_counted_and_skipped() -> None:
    framer = StreamFramer()
    for piece in (b"\r\n", b"\r\n", ONE, b"\r\n\r\n" + TWO, b"\r\n"):
        framer.feed(piece)
    assert framer.pings == 2
    assert framer.feed(ONE) == [ONE]


@pytest.mark.parametrize(
    "data",
    [
        b"INFO sip:a@b SIP/2.0\r\nX: 1\r\n\r\n",
        b"INFO sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
        b"INFO sip:a@b SIP/2.0\r\nContent-Length: 66000\r\n\r\n",
        b"INFO sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"x" * 40_000,
    ],
)
def test_a_stream_that_lost_its_frame_is_an_error(data: bytes) -> None:
    with pytest.raises(SipSyntaxError):
        StreamFramer().feed(data)


def test_content_length_is_always_right() -> None:
    request = Request("INFO", "sip:a@b", Headers([("Content-Length", "99"), ("X-A", "1")]), b"abc")
    assert serialise(request).endswith(b"X-A: 1\r\nContent-Length: 3\r\n\r\nabc")


def test_headers_keep_their_order_when_one_is_replaced() -> None:
    headers = Headers([("X-A", "1"), ("x-b", "2"), ("X-A", "3"), ("X-C", "4")])
    headers.set("x-a", "9")
    assert list(headers) == [("x-a", "9"), ("x-b", "2"), ("X-C", "4")]
    headers.remove("X-B")
    assert "x-b" not in headers
    assert headers.copy() == headers
    with pytest.raises(ValueError, match="control"):
        headers.add("X-D", "x\r\nEvil: yes")
    with pytest.raises(ValueError, match="name"):
        headers.add("X-D:", "x")
