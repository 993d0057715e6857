"""Registrations at sipp: two hundred at once, passwords, a restart, fail-over and the way out."""

import time
from pathlib import Path

import pytest

from sip.digest import Credentials
from sip.events import Endpoint, PeerReachable, PeerUnreachable, Registered, RegistrationFailed
from sip.registration import Registration
from sip.trunks.keepalive import Watch
from sip.uri import SipUri
from tests.integration.peers.sipp.agent import HOST, SocketAgent
from tests.integration.peers.sipp.ports import free_udp_port
from tests.integration.peers.sipp.steps import ANYTHING, GRANTED, Sipp, asks, respond, scenario, take, verified

pytestmark = pytest.mark.integration


def aor(number: int) -> SipUri:
    return SipUri(user=str(number), host="lab")


def test_two_hundred_extensions_register_with_passwords_and_leave(tmp_path: Path) -> None:
    steps = scenario(
        take("REGISTER", "message!Authorization", "Contact=expires=300"),
        respond("401 Unauthorized", asks("WWW-Authenticate", "MD5")),
        verified("REGISTER", "user"),
        respond("403 Forbidden", next="end"),
        '<label id="good"/>\n',
        GRANTED,
        take("REGISTER", "Contact=expires=0"),
        respond("200 OK", "Expires: 0"),
        '<label id="end"/>\n',
    )
    count = 200
    with SocketAgent(register_rate=100) as agent, Sipp(tmp_path, steps, calls=count) as sipp:
        agent.run(0.3)
        place = Endpoint(HOST, sipp.port)
        begin = time.time()
        for number in range(count):
            registration = Registration(aor(7000 + number), place, Credentials("user", "secret"))
            agent.ua.register(registration, agent.now)
        agent.wait(Registered, count)
        assert time.time() - begin > 1.5  # a hundred a second
        for number in range(count):
            agent.ua.unregister(aor(7000 + number), agent.now)
        agent.until(lambda: sipp.done)
        sipp.check()
        agent.run(0.1)
        granted = [event for event in agent.of(Registered) if event.expires]
        assert len({event.aor for event in granted}) == count
        assert granted[0].service_route == ("<sip:127.0.0.1;lr>",)
        assert len(agent.of(Registered)) == 2 * count
        assert not agent.of(RegistrationFailed)


def test_a_registrar_that_is_restarted_knows_all_again(tmp_path: Path) -> None:
    with SocketAgent(speed=5) as agent:
        with Sipp(tmp_path, ANYTHING, calls=10_000) as sipp:
            agent.run(0.3)
            place = Endpoint(HOST, sipp.port)
            agent.ua.watch(Watch(place, interval=2, patience=1, retry=1, misses=2), agent.now)
            for number in range(20):
                agent.ua.register(Registration(aor(7000 + number), place), agent.now)
            agent.wait(Registered, 20)
            agent.wait(PeerReachable)
        agent.wait(PeerUnreachable)
        agent.events.clear()
        with Sipp(tmp_path, ANYTHING, "-p", str(place.port), calls=10_000):
            agent.wait(PeerReachable)
            agent.wait(Registered, 20)
            assert len({event.aor for event in agent.of(Registered)}) == 20


def test_the_second_registrar_serves_while_the_first_is_away(tmp_path: Path) -> None:
    away = free_udp_port()
    with SocketAgent(speed=10) as agent, Sipp(tmp_path, ANYTHING, calls=10_000) as second:
        agent.run(0.3)
        places = Endpoint(HOST, away), Endpoint(HOST, second.port)
        agent.ua.register(Registration(aor(7000), places[0], backups=places[1:], fail_back=10), agent.now)
        assert agent.wait(RegistrationFailed).registrar == places[0]
        assert agent.wait(Registered).registrar == places[1]
        with Sipp(tmp_path, ANYTHING, "-p", str(away), calls=10_000):
            agent.until(lambda: agent.of(Registered)[-1].registrar == places[0])


def test_min_expires_and_a_refusal_with_retry_after(tmp_path: Path) -> None:
    steps = scenario(
        take("REGISTER", "Expires=^ *60"),
        respond("423 Interval Too Brief", "Min-Expires: 700"),
        take("REGISTER", "Expires=^ *700"),
        respond("503 Service Unavailable", "Retry-After: 20"),
        take("REGISTER", "Expires=^ *700"),
        GRANTED,
    )
    with SocketAgent(speed=20) as agent, Sipp(tmp_path, steps) as sipp:
        agent.run(0.2)
        agent.ua.register(Registration(aor(7000), Endpoint(HOST, sipp.port), expires=60), agent.now)
        failed = agent.wait(RegistrationFailed)
        before = agent.now
        assert failed.retry_at is not None
        assert 18 <= failed.retry_at - before <= 21
        agent.wait(Registered)
        assert agent.now >= failed.retry_at
        agent.until(lambda: sipp.done)
        sipp.check()
