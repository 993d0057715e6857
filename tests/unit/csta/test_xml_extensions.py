"""Extensions, private data and foreign elements."""

from datetime import UTC, datetime

import pytest

from csta import decode, encode
from csta import messages as m
from csta.codec.xml.extensions import write_foreign
from csta.codec.xml.tree import ED4, parse
from csta.errors import EncodeError

SCX = "http://www.siemens.com/schema/csta"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
XML = "http://www.w3.org/XML/1998/namespace"


def stop(extensions: m.Extensions | None = None, *extra: m.ForeignElement | m.ForeignTag) -> m.MonitorStop:
    return m.MonitorStop(monitor_cross_ref_id="1", extensions=extensions, extra=extra)


def document(content: str) -> bytes:
    return f'{HEAD}<MonitorStop xmlns="{ED4}"><monitorCrossRefID>1</monitorCrossRefID>{content}</MonitorStop>'.encode()


VENDORS = m.ForeignElement(
    f"{{{SCX}}}x", "y", ((f"{{{SCX}}}a", "1"), ("b", '"2"\n'), (f"{{{XML}}}lang", "de")), (m.ForeignElement("plain"),)
)
VENDORS_TEXT = (
    f'<x xmlns="{SCX}" xmlns:a0="{SCX}" a0:a="1" b="&quot;2&quot;&#10;" xml:lang="de">y<plain xmlns=""></plain></x>'
)


@pytest.mark.parametrize(
    ("extensions", "text"),
    [
        (m.Extensions(), ""),
        (m.Extensions(private_data=(b"\x01\xff",)), "<privateData><string>01FF</string></privateData>"),
        (m.Extensions(private_data=(VENDORS,)), f"<privateData><private>{VENDORS_TEXT}</private></privateData>"),
        (
            m.Extensions(private_data=(VENDORS, VENDORS)),
            f"<privateData><private>{VENDORS_TEXT}{VENDORS_TEXT}</private></privateData>",
        ),
        (
            m.Extensions(private_data=(m.ForeignElement(f"{{{ED4}}}private", "words"),)),
            "<privateData><private>words</private></privateData>",
        ),
        (m.Extensions(security=m.Security()), "<security></security>"),
        (
            m.Extensions(security=m.Security(timestamp=datetime(2026, 1, 1, tzinfo=UTC), info=VENDORS)),
            (
                "<security><timeStamp>2026-01-01T00:00:00Z</timeStamp>"
                f"<securityInfo><private>{VENDORS_TEXT}</private></securityInfo></security>"
            ),
        ),
    ],
)
def test_extensions_come_last_and_come_back(extensions: m.Extensions, text: str) -> None:
    data = document(f"<extensions>{text}</extensions>")
    assert encode(stop(extensions)) == data
    decoded = decode(data)
    assert decoded.message == stop(extensions)
    assert decoded.findings == ()


def test_empty_private_data_is_none() -> None:
    decoded = decode(document("<extensions><privateData/></extensions>"))
    assert decoded.message == stop(m.Extensions())
    decoded = decode(document("<extensions><privateData><private/></privateData></extensions>"))
    assert decoded.message == stop(m.Extensions())


def test_several_private_data_are_gathered_but_not_sent() -> None:
    data = document(
        "<extensions><privateData><string>01</string></privateData><privateData><string>02</string></privateData>"
        "</extensions>"
    )
    decoded = decode(data)
    assert decoded.message == stop(m.Extensions(private_data=(b"\x01", b"\x02")))
    with pytest.raises(EncodeError, match="privateData"):
        encode(decoded.message)
    with pytest.raises(EncodeError, match="privateData"):
        encode(stop(m.Extensions(private_data=(b"\x01", VENDORS))))


@pytest.mark.parametrize(
    "odd",
    [
        "<extensions><news/></extensions>",
        "<extensions><privateData><string>xyz</string></privateData></extensions>",
        "<extensions><security><timeStamp>once</timeStamp></security></extensions>",
        "<extensions><security/><security/></extensions>",
        "<extensions><security><securityInfo><string>01</string><string>02</string></securityInfo></security></extensions>",
    ],
)
def test_extensions_that_do_not_fit_are_kept_whole_and_reported(odd: str) -> None:
    decoded = decode(document(odd))
    assert decoded.message.extensions is None
    (kept,) = decoded.message.extra
    assert isinstance(kept, m.ForeignElement)
    assert kept.local_name == "extensions"
    assert len(decoded.findings) == 1
    assert decode(encode(decoded.message)) == decoded


def test_what_belongs_to_ber_is_left_out() -> None:
    tag = m.ForeignTag(b"\x18", b"20261123")
    assert encode(stop(m.Extensions(private_data=(tag,)), tag)) == encode(stop(m.Extensions()))


def test_elements_of_csta_take_the_messages_own_edition() -> None:
    element = m.ForeignElement(f"{{{ED4[:-1]}6}}news", "", (), (VENDORS,))
    inside = m.ForeignElement(f"{{{SCX}}}x", "", (), (element,))
    assert encode(stop(None, element)) == document(f"<news>{VENDORS_TEXT}</news>")
    assert encode(stop(None, inside)) == document(f'<x xmlns="{SCX}"><news xmlns="{ED4}">{VENDORS_TEXT}</news></x>')
    assert decode(encode(stop(None, VENDORS))).message == stop(None, VENDORS)


@pytest.mark.parametrize(
    "element",
    [
        m.ForeignElement(""),
        m.ForeignElement("a b"),
        m.ForeignElement("{a{b}c"),
        m.ForeignElement("{a"),
        m.ForeignElement("a:b"),
        m.ForeignElement("naïve"),
        m.ForeignElement(f"{{{XML}}}a"),
        m.ForeignElement("{\x00}a"),
        m.ForeignElement("a", "\x0b"),
        m.ForeignElement("a", "", (("b", "\ud800"),)),
        m.ForeignElement("a", "", (("b c", "1"),)),
        m.ForeignElement("a", "", (("{\x01}b", "1"),)),
        m.ForeignElement("a", "", (), (m.ForeignElement("<"),)),
    ],
)
def test_foreign_element_that_xml_cannot_hold_is_not_written(element: m.ForeignElement) -> None:
    with pytest.raises(EncodeError):
        write_foreign(element, ED4)


def test_a_return_comes_back_as_a_return() -> None:
    text = write_foreign(m.ForeignElement("a", "1\r2", (("b", "\r\n\t"),)), ED4)
    element = parse(text.encode())
    assert (element.text, element.attrib) == ("1\r2", {"b": "\r\n\t"})
