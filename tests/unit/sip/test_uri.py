"""URIs: reading, writing, escaping, refusing."""

import pytest

from sip.errors import SipSyntaxError
from sip.uri import SipUri


@pytest.mark.parametrize(
    "text",
    [
        "sip:7000@127.0.0.1:5060",
        "sips:bob@example.com",
        "sip:example.com;lr",
        "sip:bob:secret@example.com;transport=tcp?Subject=x&P=y",
        "sip:+49891234;phone-context=x@[2001:db8::1]:5070;user=phone",
        "sip:*61@lab.example",
        "tel:+49-89-1234;phone-context=example.com",
        "sip:a%40b@example.com",
    ],
)
def test_uris_are_written_as_they_were_read(text: str) -> None:
    assert str(SipUri.parse(text)) == text


def test_the_parts() -> None:
    uri = SipUri.parse("SIP:a%40b:pw@Example.COM:5070;Transport=TCP;lr?X=1")
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == ("sip", "a@b", "pw", "Example.COM", 5070)
    assert uri.transport == "tcp"
    assert uri.param("lr") == ""
    assert uri.param("none") is None
    assert uri.headers == "X=1"
    assert uri.address_of_record == "sip:a%40b@example.com"
    assert uri.with_param("lr", "on").param("lr") == "on"


@pytest.mark.parametrize(
    "text",
    ["", "bob", "http://x", "sip:", "sip:@x", "sip:a@", "sip:a@b:0", "sip:a@b:99999", "sip:a@b:x", "sip:a b@c", "tel:",
     "sip:a@b c", "sip:<a@b>", "sip:" + "a" * 5000],
)  # fmt: skip
def test_what_is_no_uri_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        SipUri.parse(text)
