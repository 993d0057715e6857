"""Three telephones of three makers in one room, a whisper among them, and two that are connected with each other."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_service.control.actions import Conference, Transfer
from tests.integration.peers.phones.baresip import Baresip
from tests.integration.peers.phones.linphone import Linphone
from tests.integration.peers.phones.pjsua import Pjsua
from tests.integration.peers.tones import scenes, tone_file
from tests.integration.peers.trunk_service import TrunkService

pytestmark = [pytest.mark.integration, pytest.mark.alone]

CUSTOMER, AGENT, SUPERVISOR = TONES = (440, 700, 1100)
"""Hertz that each says all the time."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkService]:
    with TrunkService(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_three_makers_phones_hear_each_other_and_one_whispers(service: TrunkService, tmp_path: Path) -> None:
    """Each over a transport, a codec and a protection of its own; nobody hears their own voice."""
    desk, authority = service.desk, service.authority.file
    said = {tone: tone_file(tmp_path, tone) for tone in TONES}
    customer = Baresip(
        tmp_path / "baresip", service.uri("tls"), authority, said[CUSTOMER], codec="opus", encryption="srtp-mand"
    )
    agent = Pjsua(tmp_path / "pjsua", service.uri("udp"), authority, said[AGENT], codec="PCMA")
    supervisor = Linphone(
        tmp_path / "linphone", service.uri("tcp"), authority, said[SUPERVISOR], codec="G722", secured=True
    )
    with supervisor:
        third = desk.answered()
        with customer:
            first = desk.answered()
            with agent:
                second = desk.answered()
                for session in (first, second, third):
                    desk.done(session, Conference("room"))
                time.sleep(3.0)
                desk.done(third, Conference("room", "whisperer", whisper_to=second))
                time.sleep(3.0)
                desk.done(third, Conference("room", "listener"))
                time.sleep(3.0)
    assert scenes(customer.heard, TONES) == [{AGENT, SUPERVISOR}, {AGENT}]
    assert scenes(agent.heard, TONES) == [{CUSTOMER, SUPERVISOR}, {CUSTOMER}]
    assert scenes(supervisor.heard, TONES) in (
        [{CUSTOMER, AGENT}],
        [{CUSTOMER, AGENT}, {CUSTOMER}],
    ), "hears both in every role, until the agent leaves"


def test_a_phone_is_connected_with_another_and_both_leave(service: TrunkService, tmp_path: Path) -> None:
    """An attended transfer: PJSUA2 is asked to take the media service's place in linphone's call (RFC 3891)."""
    desk, authority = service.desk, service.authority.file
    said = {tone: tone_file(tmp_path, tone) for tone in (CUSTOMER, AGENT)}
    customer = Pjsua(tmp_path / "pjsua", service.uri("udp"), authority, said[CUSTOMER])
    agent = Linphone(tmp_path / "linphone", service.uri("udp"), authority, said[AGENT])
    with agent:
        second = desk.answered()
        with customer:
            first = desk.answered()
            desk.done(first, Transfer(replaces=second))
            customer.says('"transferred"')
            desk.over(first)
            desk.over(second)
            time.sleep(3.0)
    assert scenes(customer.heard, TONES) == [{AGENT}]
    assert scenes(agent.heard, TONES) == [{CUSTOMER}]
