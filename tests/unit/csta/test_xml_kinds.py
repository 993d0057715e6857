"""Every kind of value: what is written, what is read from it, what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from csta.codec.xml.read import fields_reader, reader
from csta.codec.xml.tree import ED4, BadValueError, Reading
from csta.codec.xml.write import body_writer, writer
from csta.errors import EncodeError
from csta.failures import Failure
from csta.identifiers import DYNAMIC, ConnectionID, DeviceID, Presentation
from csta.messages.base import Extensions, ForeignElement, Security
from csta.schema import kinds as k
from csta.schema.elements import chosen, element, structure, structured
from csta.states import ConnectionState
from csta.words import Word

SCX = "http://www.siemens.com/schema/csta"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Colour(Word):
    RED = "red", 0
    GREEN = "green", 1


@structure
class Lamp:
    colour: Colour = element(k.Enumerated(Colour))
    brightness: int | None = element(k.Integer(9, lowest=-1), default=None)
    ber_only: int | None = element(k.Integer(), default=None, wire=k.Wire.BER)


@structure
class Lamps:
    lamps: tuple[Lamp, ...] = element(k.Sequence("lamp", structured(Lamp)), default=())
    extra: tuple[ForeignElement, ...] = ()


@structure
class Shape:
    round: bool | None = element(k.Nothing(), default=None)
    edges: int | None = element(k.Integer(), default=None)


@structure
class Answer:
    """A choice among fields of its own."""

    ticket: str | None = element(k.Identifier(), default=None, within="ticketOrData")
    data: tuple[str, ...] = element(k.Sequence("datum", k.Text()), default=(), within="ticketOrData")


LAMP = structured(Lamp)
ANSWER = structured(Answer)

VALUES: list[tuple[k.Kind, Any, str]] = [
    (k.Text(), "a<b & c", "<x>a&lt;b &amp; c</x>"),
    (k.Text(octets=True), "Zoë", "<x>Zoë</x>"),
    (k.Identifier(), "00FF", "<x>00FF</x>"),
    (k.Nothing(), True, "<x/>"),
    (k.Time(), NOON, "<x>2026-11-23T12:00:00Z</x>"),
    (
        k.Time(),
        datetime(2026, 1, 2, 3, 4, 5, 600000, timezone(timedelta(hours=1))),
        "<x>2026-01-02T03:04:05.600000+01:00</x>",
    ),
    (k.Boolean(), False, "<x>false</x>"),
    (k.Integer(), 7, "<x>7</x>"),
    (k.Integer(9, lowest=-1), -1, "<x>-1</x>"),
    (k.Octets(), b"\x0a\xff", "<x>0AFF</x>"),
    (k.UserOctets(), b"hi", "<x><string>6869</string></x>"),
    (k.Enumerated(Colour), Colour.GREEN, "<x>green</x>"),
    (k.Flags(Colour), frozenset({Colour.GREEN, Colour.RED}), "<x><red>true</red><green>true</green></x>"),
    (k.Flags(Colour), frozenset(), "<x/>"),
    (k.Device(), DeviceID("7000"), "<x>7000</x>"),
    (k.Device(), DeviceID("1", "other"), '<x typeOfNumber="other">1</x>'),
    (k.DeviceSequence("device"), DeviceID("7000"), "<x><device>7000</device></x>"),
    (k.Connection(), ConnectionID("A"), "<x><callID>A</callID></x>"),
    (k.Connection(), ConnectionID("A", "1"), "<x><callID>A</callID><deviceID>1</deviceID></x>"),
    (
        k.Connection(),
        ConnectionID("A", DYNAMIC + "0F"),
        '<x><callID>A</callID><deviceID typeOfNumber="dynamic">0F</deviceID></x>',
    ),
    (k.SUBJECT, DeviceID("1"), "<x><deviceIdentifier>1</deviceIdentifier></x>"),
    (k.REDIRECTION, Presentation.NOT_SPECIFIED, "<x><notSpecified/></x>"),
    (k.ObjectChoice(), DeviceID("1"), "<x><deviceObject>1</deviceObject></x>"),
    (k.ObjectChoice(), ConnectionID("A"), "<x><callObject><callID>A</callID></callObject></x>"),
    (k.CallState(), (), "<x><unknown/></x>"),
    (
        k.CallState(),
        (ConnectionState.HOLD,),
        "<x><compoundCallState><localConnectionState>hold</localConnectionState></compoundCallState></x>",
    ),
    (k.Wrapped("y", k.Text()), "a", "<x><y>a</y></x>"),
    (k.Sequence("y", k.Text()), ("a", "b"), "<x><y>a</y><y>b</y></x>"),
    (k.Sequence("y", k.Text()), (), "<x></x>"),
    (k.Application(29, k.Text()), "a", "<x>a</x>"),
    (LAMP, Lamp(colour=Colour.RED, brightness=-1), "<x><colour>red</colour><brightness>-1</brightness></x>"),
    (chosen(Shape), Shape(round=True), "<x><round/></x>"),
    (chosen(Shape), Shape(edges=0), "<x><edges>0</edges></x>"),
    (ANSWER, Answer(ticket="1"), "<x><ticketOrData><ticket>1</ticket></ticketOrData></x>"),
    (ANSWER, Answer(data=("a",)), "<x><ticketOrData><data><datum>a</datum></data></ticketOrData></x>"),
    (ANSWER, Answer(), "<x><ticketOrData><data></data></ticketOrData></x>"),
    (k.FailureChoice(), Failure("operation", "generic"), "<x><operation>generic</operation></x>"),
    (k.PrivateContent(), b"\x01", "<x><string>01</string></x>"),
    (k.PrivateContent(), ForeignElement(f"{{{SCX}}}y"), f'<x><private><y xmlns="{SCX}"></y></private></x>'),
    (
        k.SecurityData(),
        Security(sequence=2, timestamp=NOON, info=b"\x07"),
        (
            "<x><messageSequenceNumber>2</messageSequenceNumber><timeStamp>2026-11-23T12:00:00Z</timeStamp>"
            "<securityInfo><string>07</string></securityInfo></x>"
        ),
    ),
]


def reading() -> Reading:
    return Reading(str, 32, "Test")


@pytest.mark.parametrize(("kind", "value", "text"), VALUES)
def test_value_is_written_and_read(kind: k.Kind, value: object, text: str) -> None:
    assert writer(kind, "x")(value, ED4) == text
    notes = reading()
    assert reader(kind)(fromstring(text), notes) == value
    in_namespace = f'<e xmlns="{ED4}">{text}</e>'
    assert reader(kind)(fromstring(in_namespace)[0], notes) == value
    assert notes.findings == []


def test_what_ber_alone_has_is_neither_written_nor_read() -> None:
    lamp = Lamp(colour=Colour.RED, ber_only=4)
    assert writer(LAMP, "x")(lamp, ED4) == "<x><colour>red</colour></x>"
    notes = reading()
    read = reader(LAMP)(fromstring("<x><colour>red</colour><berOnly>4</berOnly></x>"), notes)
    assert read == Lamp(colour=Colour.RED)
    assert notes.findings == ["unknown element berOnly in Test"]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (k.Text(3), "abcd", "4 characters"),
        (k.Identifier(3), "", "0 characters"),
        (k.Nothing(), False, "not True"),
        (k.Time(), NOON.replace(tzinfo=None), "no time zone"),
        (k.Time(), "2026", "not a datetime"),
        (k.Boolean(), 1, "not a bool"),
        (k.Integer(9), 10, r"within 0\.\.9"),
        (k.Integer(9), True, "not a int"),
        (k.Integer(9, lowest=2), 1, r"within 2\.\.9"),
        (k.Octets(1), b"ab", "2 octets"),
        (k.Flags(Colour), {Colour.RED}, "not a frozenset"),
        (k.Flags(Colour), frozenset({Colour.received("blue")}), "words of Colour"),
        (k.Flags(Colour), frozenset({"red"}), "words of Colour"),
        (k.Enumerated(Colour), "red", "not a word"),
        (k.Connection(), ConnectionID("A", "1", "vanity"), "vanity"),
        (k.CallState(), (Colour.RED,), "not a word of ConnectionState"),
        (k.Sequence("y", k.Text()), ["a"], "not a tuple"),
        (chosen(Shape), Shape(), "0 branches"),
        (chosen(Shape), Shape(round=True, edges=1), "2 branches"),
        (k.FailureChoice(), Failure("operation", "tired"), "no error of the standard"),
        (k.SecurityData(), Security(sequence=-1), "messageSequenceNumber"),
        (k.PrivateContent(), "text", "not a bytes or ForeignElement"),
        (LAMP, Shape(), "not a Lamp"),
    ],
)
def test_value_that_does_not_fit_is_not_written(kind: k.Kind, value: object, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        writer(kind, "x")(value, ED4)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (k.Identifier(), "<x> </x>", "is empty"),
        (k.Time(), "<x>yesterday</x>", "no date and time"),
        (k.Time(), "<x>20261323120000Z</x>", "no date and time"),
        (k.Time(), f"<x>{'2' * 5000}</x>", "no date and time"),
        (k.Boolean(), "<x>yes</x>", "neither true nor false"),
        (k.Integer(9), "<x>10</x>", r"within 0\.\.9"),
        (k.Integer(9), "<x>1.5</x>", "not a number"),
        (k.Integer(9), "<x>\u0661</x>", "not a number"),
        (k.Integer(9), f"<x>{'9' * 100}</x>", "not a number"),
        (k.Octets(), "<x>0</x>", "not hexadecimal"),
        (k.UserOctets(), "<x/>", "is empty"),
        (k.Flags(Colour), "<x><red>maybe</red></x>", "neither true nor false"),
        (k.Device(), f"<x>{'1' * 5000}</x>", "5000 characters"),
        (k.Connection(), f"<x><callID>{'1' * 5000}</callID></x>", "5000 characters"),
        (k.SUBJECT, "<x/>", "is empty"),
        (k.SUBJECT, "<x><colour/></x>", "no way to name a party"),
        (k.CallState(), "<x><simpleCallState>callMe</simpleCallState></x>", "no simple call state"),
        (chosen(Shape), "<x><square/></x>", "no branch of Shape"),
        (ANSWER, "<x><ticketOrData/></x>", "lacks ticket or data"),
        (ANSWER, "<x/>", "lacks ticketOrData"),
        (LAMP, "<x><brightness>1</brightness></x>", "lacks colour"),
        (k.SecurityData(), "<x><colour/></x>", "nothing of security"),
        (k.PrivateContent(), "<x/>", "0 things"),
        (k.PrivateContent(), "<x><string/><string/></x>", "2 things"),
        (k.PrivateContent(), "<x><colour/></x>", "neither octets nor private"),
    ],
)
def test_content_that_does_not_fit_is_refused(kind: k.Kind, text: str, reason: str) -> None:
    with pytest.raises(BadValueError, match=reason):
        reader(kind)(fromstring(text), reading())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (k.Boolean(), "<x> TRUE </x>", True),
        (k.Boolean(), "<x>0</x>", False),
        (k.Integer(), "<x>30.0</x>", 30),
        (k.Nothing(), "<x>anything</x>", True),
        (k.Time(), "<x>20261123120000Z</x>", NOON),
        (k.Time(), "<x>20261123130000.0+0100</x>", NOON),
        (k.Time(), "<x>2026-11-23T12:00:00</x>", NOON),
        (k.Enumerated(Colour), "<x> red\n</x>", Colour.RED),
        (k.Flags(Colour), "<x><red>false</red><green>1</green></x>", frozenset({Colour.GREEN})),
        (k.DeviceSequence("device"), "<x>7000</x>", DeviceID("7000")),
        (k.SUBJECT, "<x><deviceIdentifier/></x>", Presentation.NOT_KNOWN),
        (k.SUBJECT, f'<x><y xmlns="{SCX}"/><notKnown/></x>', Presentation.NOT_KNOWN),
    ],
)
def test_other_spellings_are_understood(kind: k.Kind, text: str, value: object) -> None:
    assert reader(kind)(fromstring(text), reading()) == value


def test_the_form_of_a_connections_number_is_kept() -> None:
    text = '<x><callID>A</callID><deviceID typeOfNumber="other">1</deviceID></x>'
    connection = reader(k.Connection())(fromstring(text), reading())
    assert connection.device_type == "other"
    assert writer(k.Connection(), "x")(connection, ED4) == text


def test_a_dynamic_identifier_is_not_normalised() -> None:
    text = '<x><callID>A</callID><deviceID typeOfNumber="dynamic">0F</deviceID></x>'
    read = reader(k.Connection())(fromstring(text), Reading(lambda number: "+" + number, 32, "Test"))
    assert read == ConnectionID("A", DYNAMIC + "0F")


@pytest.mark.parametrize("children", [(), (ForeignElement("a"), ForeignElement("b"))])
def test_private_content_that_is_not_one_element_is_kept_as_private(children: tuple[ForeignElement, ...]) -> None:
    value = ForeignElement("private", "", (), children)
    text = writer(k.PrivateContent(), "x")(value, ED4)
    assert text.startswith("<x><private>")
    assert reader(k.PrivateContent())(fromstring(text), reading()) == value


def test_unknown_words_and_flags_are_reported() -> None:
    notes = reading()
    word = reader(k.Enumerated(Colour))(fromstring("<x>blue</x>"), notes)
    assert (word, word.known) == ("blue", False)
    assert reader(k.Flags(Colour))(fromstring("<x><blue>true</blue></x>"), notes) == frozenset()
    assert notes.findings == ["unknown word 'blue' of Colour in Test", "unknown element blue of Colour in Test"]


def test_bad_and_doubled_elements_are_kept_where_there_is_a_place() -> None:
    notes = reading()
    text = "<x><lamps><lamp><colour>red</colour></lamp><lump/></lamps><lamps/><news/></x>"
    read = reader(structured(Lamps))(fromstring(text), notes)
    assert read == Lamps(lamps=(Lamp(colour=Colour.RED),), extra=(ForeignElement("lamps"), ForeignElement("news")))
    assert notes.findings == [
        "unknown element lump in a list of Test",
        "second element lamps in Test",
        "unknown element news in Test",
    ]
    bad = reader(structured(Lamps))(fromstring("<x><lamps><lamp/></lamps></x>"), notes)
    assert bad.lamps == ()
    assert [kept.name for kept in bad.extra] == ["lamps"]
    assert notes.findings[-1] == "lamps in Test lacks colour"


def test_normal_forms_of_numbers_are_those_of_each_dialect() -> None:
    element_ = fromstring("<x>7000</x>")
    assert reader(k.Device())(element_, Reading(lambda number: "+" + number, 32, "Test")).number == "+7000"
    assert reader(k.Device())(element_, Reading(lambda number: number[1:], 32, "Test")).number == "000"
    with pytest.raises(BadValueError, match="without a number"):
        reader(k.Device())(element_, Reading(lambda _: "", 32, "Test"))


def test_mandatory_elements_are_demanded_in_sending() -> None:
    @structure
    class Report:
        cause: Colour | None = element(k.Enumerated(Colour), default=None, need=k.Need.TO_SEND)
        names: tuple[str, ...] = element(k.Sequence("name", k.Text()), default=(), need=k.Need.TO_SEND)

    kind = structured(Report)
    write = body_writer(Report, "report", kind.elements, extensions=False)
    assert write(Report(cause=Colour.RED), ED4) == "<cause>red</cause><names></names>"
    with pytest.raises(EncodeError, match="report: cause is mandatory"):
        write(Report(), ED4)
    assert fields_reader(kind.elements, extensions=False)(fromstring("<x/>"), reading()) == {}


def test_extensions_are_read_where_they_may_stand() -> None:
    read = fields_reader((), extensions=True)
    assert read(fromstring("<x><extensions/></x>"), reading()) == {"extensions": Extensions()}
    assert set(fields_reader((), extensions=False)(fromstring("<x><extensions/></x>"), reading())) == {"extra"}
