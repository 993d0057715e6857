"""What each dialect says of its PBX, against the facts that are documented or were captured."""

import pytest

from csta import Dialect, Encoding, Framing, Login
from csta import messages as m
from csta.dialects import openscape_4000, openscape_business, openscape_voice
from csta.dialects.dialect import CSTA_2, CSTA_3
from csta.dialects.service_sets import BASIC

VOICE, FOUR, BUSINESS = openscape_voice.DIALECT, openscape_4000.DIALECT, openscape_business.DIALECT
ALL = [VOICE, FOUR, BUSINESS]


def test_openscape_voice() -> None:
    profile = VOICE.profile()
    assert (profile.port, profile.framing, profile.login) == (1040, Framing.XML_HEADER, Login.SWITCH_SPEAKS_FIRST)
    assert profile.namespace.endswith("/csta/ed4")
    assert VOICE.limits.monitored_devices == 100_000
    assert not VOICE.capabilities.second_deflect


def test_openscape_4000_leaves_port_and_framing_open() -> None:
    framings = {profile.framing for profile in FOUR.profiles.values() if profile.encoding is Encoding.BER}
    assert framings == {Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT, Framing.BARE_BER}
    assert {profile.port for profile in FOUR.profiles.values()} == {None}
    assert FOUR.profile().context == CSTA_3
    assert FOUR.profile("xml").encoding is Encoding.XML


def test_openscape_business() -> None:
    profile = BUSINESS.profile()
    assert (profile.port, profile.framing, profile.login) == (8800, Framing.SIEMENS, Login.ACSE)
    assert (profile.context, profile.versions) == (CSTA_2, frozenset({3}))
    assert BUSINESS.profile("hipath").port == 7001
    session = BUSINESS.profile("xml")
    assert (session.login, session.session_duration) == (Login.APPLICATION_SESSION, 60.0)
    assert session.protocol_versions == (session.namespace,)
    assert BUSINESS.limits.links == 4


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_what_a_contact_centre_needs_is_there(dialect: Dialect) -> None:
    assert dialect.capabilities.services >= BASIC
    assert m.SingleStepTransferCall in dialect.capabilities.services


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_what_is_absent_has_its_reason(dialect: Dialect) -> None:
    absent = dialect.capabilities.absent
    if not dialect.capabilities.second_deflect:
        assert absent["second_deflect"]
    if not dialect.capabilities.routing_services:
        assert absent["routing_services"]
