"""Settings by which a site says where its PBX differs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csta import ConnectionID, DeviceID, Dialect, Encoding, Framing, SessionError
from csta import messages as m
from csta.codec.ber.rules import EventNumbering
from csta.dialects import openscape_4000, openscape_business, openscape_voice
from csta.dialects.variations import VARIATIONS, Value, varied

VOICE, FOUR, BUSINESS = openscape_voice.DIALECT, openscape_4000.DIALECT, openscape_business.DIALECT


@pytest.mark.parametrize(
    ("dialect", "name", "value", "seen", "expected"),
    [
        (VOICE, "second_deflect", True, lambda one: one.capabilities.second_deflect, True),
        (VOICE, "routing_services", True, lambda one: one.capabilities.routing_services, True),
        (VOICE, "monitored_devices", 500, lambda one: one.limits.monitored_devices, 500),
        (BUSINESS, "links", 2, lambda one: one.limits.links, 2),
        (VOICE, "without", "HoldCall", lambda one: m.HoldCall in one.capabilities.services, False),
        (VOICE, "with", "ParkCall", lambda one: m.ParkCall in one.capabilities.services, True),
        (FOUR, "framing", "tpkt", lambda one: one.profile().framing, Framing.TPKT),
        (FOUR, "context", "1.3.12.0.218", lambda one: one.profile().context, "1.3.12.0.218"),
        (FOUR, "version_bits", "3 4", lambda one: one.profile().versions, frozenset({3, 4})),
        (FOUR, "version_bits", 2, lambda one: one.profile().versions, frozenset({2})),
        (FOUR, "event_numbering", "ecma-218", lambda one: one.profile().ber.event_numbering, EventNumbering.ECMA_218),
        (FOUR, "bare_devices", True, lambda one: one.profile().ber.bare_devices, True),
        (BUSINESS, "session_duration", 90, lambda one: one.profile("xml").session_duration, 90.0),
        (BUSINESS, "application_id", "desk", lambda one: one.profile("xml").application_id, "desk"),
        (VOICE, "namespace", "urn:x", lambda one: one.profile().namespace, "urn:x"),
    ],
)
def test_setting(dialect: Dialect, name: str, value: Value, seen: Callable[[Dialect], Any], expected: object) -> None:
    assert seen(varied(dialect, {name: value})) == expected
    assert seen(dialect) != expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("second_deflect", "yes"),
        ("routing_services", 1),
        ("monitored_devices", 0),
        ("monitored_devices", True),
        ("links", 1.5),
        ("without", "NoSuchService"),
        ("with", "DeflectCallResponse"),
        ("with", ""),
        ("framing", "xml-header"),
        ("context", "ecma"),
        ("context", 3),
        ("version_bits", "3 x"),
        ("version_bits", "99"),
        ("event_numbering", "ecma-1"),
        ("bare_devices", 0),
        ("session_duration", 0),
        ("session_duration", True),
        ("application_id", "  "),
        ("no_reoffer", "on"),
        ("empty_private_data", None),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SessionError, match=r"must be|is no service"):
        varied(VOICE, {name: value})


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SessionError, match="second_deflect"):
        varied(VOICE, {"second_deflct": True})


def test_a_setting_of_one_encoding_leaves_the_other_alone() -> None:
    changed = varied(BUSINESS, {"framing": "length16"})
    for name, profile in BUSINESS.profiles.items():
        same = changed.profiles[name] == profile
        assert same is (profile.encoding is Encoding.XML)


def test_rewrites_are_switched_one_by_one() -> None:
    deflect = m.DeflectCall(call_to_be_diverted=ConnectionID("C", "1"), new_destination=DeviceID("2"))
    plain = varied(BUSINESS, {"empty_private_data": False})
    assert plain.outbound(deflect) == deflect
    both = varied(BUSINESS, {"no_reoffer": True})
    rewritten = both.outbound(deflect)
    assert isinstance(rewritten, m.DeflectCall)
    assert rewritten.extensions is not None
    assert len(rewritten.extensions.private_data) == 1
    assert varied(both, {"no_reoffer": False}).outbound(deflect) == BUSINESS.outbound(deflect)


def test_the_docs_name_every_setting() -> None:
    text = (Path(__file__).parents[4] / "docs" / "dialects.md").read_text(encoding="utf-8")
    assert [name for name in VARIATIONS if f"`{name}`" not in text] == []
