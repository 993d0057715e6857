"""What may be shown: passwords never, numbers by their beginning, user data on request."""

import json
from dataclasses import replace

import pytest

from csta import messages as m
from csta.identifiers import Presentation
from csta.messages import Extensions, ForeignElement, ForeignTag
from csta.messages.association import AssociateRequest
from csta.states import RequestedAgentState
from csta.trace import OPEN, Mask, plain, short, summary
from tests.unit.csta.trace.story import AGENT, delivered

LOG_ON = m.SetAgentState(
    device=AGENT, requested_agent_state=RequestedAgentState.LOGGED_ON, agent_id="anna", password=b"geheim77"
)
SESSION = ForeignElement(
    "{x}applicationSpecificInfo",
    children=(ForeignElement("{x}user", "max"), ForeignElement("{x}password", "geheim77")),
)
SECRETS = [
    LOG_ON,
    AssociateRequest(context="1.3.12.0.218", user="max", password="geheim77"),
    replace(LOG_ON, password=None, extra=(SESSION,)),
    replace(LOG_ON, password=None, extensions=Extensions(private_data=(SESSION,))),
]


@pytest.mark.parametrize("message", SECRETS)
@pytest.mark.parametrize("mask", [Mask(), OPEN])
def test_passwords_are_never_shown(message: m.Message, mask: Mask) -> None:
    text = json.dumps(plain(message, mask)) + summary(message, mask)
    assert "geheim" not in text
    assert b"geheim".hex() not in text.replace(" ", "")
    assert "****" in json.dumps(plain(message, mask))


def test_numbers_are_shortened_unless_they_are_the_sites_own() -> None:
    mask = Mask(known={"7101"}.__contains__)
    found = plain(delivered("1", "C1"), mask)
    assert found["callingDevice"] == "+49xxxx"
    assert found["calledDevice"] == "700xxxx"
    assert found["connection"] == {"callID": "C1", "deviceID": "7101"}
    assert "15112345678" not in json.dumps(found) + summary(delivered("1", "C1"), mask)
    assert summary(delivered("1", "C1"), mask).startswith("+49xxxx → 700xxxx")


@pytest.mark.parametrize(("number", "shown"), [("123", "123"), ("1234", "123xxxx"), ("", ""), ("+4930", "+49xxxx")])
def test_three_characters_are_shown(number: str, shown: str) -> None:
    assert Mask().number(number) == shown
    assert OPEN.number(number) == number


def test_numbers_in_free_text_are_shortened() -> None:
    assert Mask().text("device +4915112345678 of 3 is busy") == "device +49xxxx of 3 is busy"
    assert Mask().text("sip:4915112345678@127.0.0.1:35080") == "sip:491xxxx@127.0.0.1:35080"


def test_dialled_digits_are_hidden_whole() -> None:
    digits = m.GenerateDigits(connection_to_send_digits=delivered("1", "C1").connection, characters_to_send="4711#")
    assert "4711" not in json.dumps(plain(digits, Mask())) + summary(digits, Mask())
    assert plain(digits, OPEN)["charactersToSend"] == "4711#"


def test_user_data_is_told_by_its_length() -> None:
    event = replace(delivered("1", "C1"), user_data=b"Herr Mueller", correlator_data=b"\x01\x02")
    hidden = plain(event, Mask())
    assert (hidden["userData"], hidden["correlatorData"]) == ("(12 bytes)", "(2 bytes)")
    shown = plain(event, Mask(user_data=False))
    assert "Herr Mueller" in str(shown["userData"])
    assert shown["correlatorData"] == "01 02"


def test_private_data_keeps_its_form_with_its_numbers_shortened() -> None:
    inner = ForeignElement("{scx}state", "on", (("number", "+4915112345678"),), (ForeignElement("{scx}n", "12345678"),))
    octets = b"4915112345678"
    event = replace(
        delivered("1", "C1"), extensions=Extensions(private_data=(inner, octets, ForeignTag(b"\x9f\x01", octets)))
    )
    text = json.dumps(plain(event, Mask()))
    assert '"state"' in text
    assert "5112345" not in text
    assert octets.hex() not in text.replace(" ", "")


def test_elements_of_one_name_become_a_list() -> None:
    inner = ForeignElement("{x}list", children=tuple(ForeignElement("{x}item", word) for word in ("a", "b", "c")))
    assert plain(replace(LOG_ON, extra=(inner,)), Mask())["extra"] == [{"list": {"item": ["a", "b", "c"]}}]


def test_deep_foreign_elements_end_somewhere() -> None:
    element = ForeignElement("{x}leaf", "end")
    for _ in range(200):
        element = ForeignElement("{x}node", children=(element,))
    json.dumps(plain(replace(LOG_ON, extra=(element,)), OPEN))


def test_a_summary_is_one_line_of_160_characters() -> None:
    agents = tuple(m.AgentStateEntry(agent_id=f"agent-{number}") for number in range(3))
    line = summary(m.GetAgentStateResponse(agent_state_list=agents), Mask())
    assert len(line) <= 160
    assert "\n" not in line


def test_long_call_identifiers_are_shown_by_their_ends() -> None:
    assert short("FF000100000000002D65C85C1C750000") == "FF00…1C750000"
    assert short("C1") == "C1"


def test_a_device_that_is_not_known_is_left_out_of_the_summary() -> None:
    event = replace(delivered("1", "C1"), calling_device=Presentation.NOT_KNOWN)
    assert "lastRedirectionDevice" not in summary(event, Mask())
    assert summary(event, Mask()).startswith("notKnown → 700xxxx")
