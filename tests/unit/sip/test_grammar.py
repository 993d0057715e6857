"""Tokens, quoted strings, lists and parameters."""

import pytest

from sip.errors import SipSyntaxError
from sip.grammar import (
    find_param,
    format_params,
    parse_number,
    parse_params,
    quote,
    replace_param,
    split_commas,
    unquote,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" a ", ["a"]),
        ("a, b,,c", ["a", "b", "c"]),
        ('"x, y" <sip:a,b@c>, <sip:d>', ['"x, y" <sip:a,b@c>', "<sip:d>"]),
        (r'"a\", b", c', [r'"a\", b"', "c"]),
        ('"<" <sip:a>, b', ['"<" <sip:a>', "b"]),
    ],
)
def test_lists(text: str, parts: list[str]) -> None:
    assert split_commas(text) == parts


@pytest.mark.parametrize("text", ['"a, b', "<sip:a, b", ",".join("a" * 200)])
def test_lists_that_are_broken_or_too_long(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        split_commas(text)


def test_parameters() -> None:
    params = parse_params(' ;A=1 ; lr;b = "x;\\"y" ;')
    assert params == (("a", "1"), ("lr", None), ("b", '"x;\\"y"'))
    assert find_param(params, "b") == 'x;"y'
    assert find_param(params, "lr") == ""
    assert find_param(params, "z") is None
    assert format_params(params) == ';a=1;lr;b="x;\\"y"'
    assert replace_param(params, "lr", "on")[1] == ("lr", "on")
    assert replace_param((), "lr", None) == (("lr", None),)
    with pytest.raises(SipSyntaxError):
        parse_params(";a=1 b=2")


def test_quoted_strings() -> None:
    assert quote('a"b\\c\n') == '"a\\"b\\\\c "'
    assert unquote("plain") == "plain"
    assert unquote('"') == '"'


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "\u0661", "9" * 30, "4294967296"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        parse_number(text, what="it")
