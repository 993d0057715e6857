"""Names in namespaces, and the limits on a document."""

import resource

import pytest

from csta.codec.xml.tree import EDITIONS, MAX_BYTES, MAX_TAGS, SESSION_NAMESPACE, ByTag, parse, split_tag
from csta.errors import MessageError
from csta.schema.kinds import NAMESPACE_STEM


@pytest.mark.parametrize("namespace", [*EDITIONS, SESSION_NAMESPACE, NAMESPACE_STEM + "ed9"])
def test_a_name_is_found_in_every_edition(namespace: str) -> None:
    table = ByTag({"cause": 1})
    size = len(table)
    assert table[f"{{{namespace}}}cause"] == 1
    assert table["cause"] == 1
    assert table[f"{{{namespace}}}reason"] is None
    assert table["{urn:other}cause"] is None
    assert len(table) == size


def test_tags_are_split() -> None:
    assert split_tag("cause") == ("cause", True)
    assert split_tag("{urn:other}cause") == ("cause", False)
    assert split_tag(f"{{{EDITIONS[0]}}}cause") == ("cause", True)


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" + b"x" * MAX_BYTES + b"</a>",
        b"<a>" + b"<b/>" * (2 * MAX_TAGS) + b"</a>",
        b"<a>" + b"<b c='1'/>" * (MAX_TAGS + 1) + b"</a>",
    ],
)
def test_what_is_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError, match="more than"):
        parse(data)


def test_long_namespaces_of_many_elements_are_refused_at_once() -> None:
    for declared in (b"xmlns", b"xmlns:p"):
        with pytest.raises(MessageError, match="a namespace of 500000 characters"):
            parse(b"<a %b='" % declared + b"u" * 500_000 + b"'>" + b"<b/>" * 60_000 + b"</a>")


def test_ever_new_names_take_no_memory() -> None:
    def round_of_names(start: int) -> None:
        parse(b"<r>" + b"".join(b"<n%dabcdefgh/>" % (start + number) for number in range(20_000)) + b"</r>")

    round_of_names(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in range(1, 16):
        round_of_names(turn * 20_000)
    # In kilobytes; 300,000 names would be some 12,000.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 6_000


@pytest.mark.parametrize("encoding", ["utf-8", "US-ASCII", "iso-8859-1", "iso-8859-15", "windows-1252"])
def test_accepted_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a>z</a>'
    assert parse(text.encode(encoding)).text == "z"


@pytest.mark.parametrize(
    "declaration",
    [b'<?xml version="1.0"' + b" " * 200 + b'encoding="%b"?>' % name for name in (b"utf-7", b"utf-16", b"cp037", b"x")],
)
def test_encoding_hidden_behind_white_space_is_refused(declaration: bytes) -> None:
    with pytest.raises(MessageError, match="not well-formed"):
        parse(declaration + b"<a/>")


def test_namespaces_must_be_declared() -> None:
    with pytest.raises(MessageError, match="not well-formed"):
        parse(b"<x:a/>")
