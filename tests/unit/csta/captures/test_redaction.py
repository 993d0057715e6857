"""Passwords are overwritten, nothing else is, and the length stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta import messages as m
from csta.captures import without_passwords
from csta.codec import ber, xml
from csta.codec.framing import Framing, framer_for
from csta.identifiers import DeviceID
from csta.messages.association import AssociateRequest
from csta.states import RequestedAgentState

LOG_ON = m.SetAgentState(
    device=DeviceID("7101"),
    requested_agent_state=RequestedAgentState.LOGGED_ON,
    agent_id="anna",
    password=b"geheim77",
)
BER_FRAMINGS = (Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT, Framing.BARE_BER)


def test_an_agents_password_in_xml() -> None:
    data = xml.encode(LOG_ON)
    kept = without_passwords(data)
    assert len(kept) == len(data)
    found = xml.decode(kept).message
    assert isinstance(found, m.SetAgentState)
    assert (found.device, found.agent_id) == (LOG_ON.device, "anna")
    assert found.password == bytes(8)


def test_a_password_of_an_application_session() -> None:
    data = b"<s:user>max</s:user><s:password xmlns='x'>geheim 77</s:password><password></password><passwords/>"
    kept = without_passwords(data)
    assert b"geheim" not in kept
    assert len(kept) == len(data)
    assert kept.startswith(b"<s:user>max</s:user><s:password xmlns='x'>000000000</s:password>")


@pytest.mark.parametrize("framing", BER_FRAMINGS)
def test_an_agents_password_in_ber_behind_every_framing(framing: Framing) -> None:
    other = m.MonitorStart(monitor_object=DeviceID("geheim77"))
    framer = framer_for(framing)
    payload = ber.encode(LOG_ON, 5)
    data = framer.frame(payload)
    kept = without_passwords(data)
    assert kept == data.replace(b"geheim77", b"********")
    unrelated = framer.frame(ber.encode(other, 6))
    assert without_passwords(unrelated) == unrelated


@pytest.mark.parametrize("framing", BER_FRAMINGS)
def test_the_password_of_a_log_in_with_acse(framing: Framing) -> None:
    request = AssociateRequest(context="1.3.12.0.218", user="AMHOST", password="geheim77", versions=frozenset({3}))
    data = framer_for(framing).frame(ber.encode(request, None))
    assert b"geheim77" in data
    assert without_passwords(data) == data.replace(b"geheim77", b"********")


def test_the_log_in_of_a_real_application() -> None:
    aarq = bytes.fromhex(
        "6031a10706052b0c00815a8a020680ac15a213a011a00f0406414d484f535404053737373737be0b2809a007a0050303001000"
    )
    assert without_passwords(b"\x26\x80\x33" + aarq) == b"\x26\x80\x33" + aarq.replace(b"77777", b"*****")


def test_several_messages_in_one_piece() -> None:
    framer = framer_for(Framing.SIEMENS)
    data = framer.frame(ber.encode(LOG_ON, 5)) + framer.frame(ber.encode(LOG_ON, 6))
    assert b"geheim77" not in without_passwords(data)


@given(st.binary(max_size=200))
def test_the_length_stays_whatever_comes(data: bytes) -> None:
    assert len(without_passwords(data)) == len(data)


@given(st.data())
def test_damaged_messages_raise_nothing(data: st.DataObject) -> None:
    whole = bytearray(framer_for(Framing.SIEMENS).frame(ber.encode(LOG_ON, 5)))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert len(without_passwords(bytes(whole))) == len(whole)
