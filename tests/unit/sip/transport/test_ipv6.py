"""Calls between IPv6 addresses, over every transport that needs no certificate, and addresses in the IPv4 dress."""

import pytest

from sip.events import Confirmed, Ended, InviteReceived
from sip.transport.addresses import plain_address
from tests.unit.sip.transport.bench import Bench


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_over_ipv6(bench: Bench, transport: str) -> None:
    alice, bob = bench.phone("a", host="::1"), bench.phone("b", host="::1")
    leg = alice.dial(bob.endpoint.port, transport, "[::1]")
    bench.until(lambda: Confirmed in bob.kinds())
    invite = bob.events[0]
    assert isinstance(invite, InviteReceived)
    assert invite.request.via.host == "[::1]"
    assert invite.source.host == "::1"
    assert invite.request.contacts[0].uri.host == "[::1]"
    alice.endpoint.call(lambda now: alice.agent.hangup(leg, now))  # type: ignore[arg-type]  # a leg is a str
    bench.until(lambda: Ended in bob.kinds())


def test_ipv4_in_ipv6_is_ipv4() -> None:
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain_address("::FFFF:192.0.2.1") == "192.0.2.1"
    assert plain_address("2001:db8::1") == "2001:db8::1"
