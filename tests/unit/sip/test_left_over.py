"""What a call leaves behind: nothing that waits for the collector of cycles, whose search stops everything else.

At 200 calls a second whatever of a call refers to itself adds up to a pause of a third of a second every few seconds.
"""

import gc
from collections.abc import Callable, Iterator

import pytest

from sip.legs.session_timer import SessionPolicy
from sip.timers import TRANSACTION_TIMEOUT
from tests.unit.sip.wire import ANSWER, OFFER, Wire

CALLS = 5


@pytest.fixture(autouse=True)
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def hung_up_by_caller(wire: Wire) -> None:
    ours, _ = wire.established()
    wire.alice.agent.hangup(ours, wire.now)


def hung_up_by_callee(wire: Wire) -> None:
    _, theirs = wire.established()
    wire.bob.agent.hangup(theirs, wire.now)


def rung(wire: Wire) -> str:
    wire.call()
    theirs = wire.bob.last_leg()
    wire.bob.agent.ring(theirs, wire.now)
    wire.run()
    return theirs


def refused(wire: Wire) -> None:
    wire.bob.agent.refuse(rung(wire), 486, "", wire.now)


def cancelled(wire: Wire) -> None:
    ours = wire.call()
    wire.bob.agent.ring(wire.bob.last_leg(), wire.now)
    wire.run()
    wire.alice.agent.hangup(ours, wire.now)


def offered_again(wire: Wire) -> None:
    ours, theirs = wire.established()
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    wire.alice.agent.hangup(ours, wire.now)


@pytest.mark.parametrize("sessions", [None, SessionPolicy()], ids=["plain", "session timer"])
@pytest.mark.parametrize("story", [hung_up_by_caller, hung_up_by_callee, refused, cancelled, offered_again])
def test_nothing_of_a_call_waits_for_the_collector(
    story: Callable[[Wire], None], sessions: SessionPolicy | None
) -> None:
    wire = Wire(sessions=(sessions, sessions))
    for _ in range(CALLS):
        story(wire)
        wire.run()
        wire.advance(3 * TRANSACTION_TIMEOUT)
    for side in wire.sides:
        assert side.agent.leg_count == 0
        side.events.clear()
        side.sent.clear()
    assert gc.collect() == 0
