"""Two user agents over a bad wire: whatever is lost, doubled or reordered, a call is made once and ends for both."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.events import Answered, Confirmed, Ended, InviteReceived, OfferAnswered, OfferReceived
from tests.unit.sip.wire import ANSWER, OFFER, Wire

# At most every second message is lost for a while, then the wire is good: the timers must bring the call through.
LOSSES = st.lists(st.booleans(), max_size=14)


def bad_wire(losses: list[bool], repeats: list[bool], *, reverse: bool, transport: str = "udp") -> Wire:
    wire = Wire(transport)
    wire.lose, wire.repeat, wire.reverse = iter(losses), iter(repeats), reverse
    return wire


def answer_all(wire: Wire) -> None:
    """Both programs answer whatever asks for an answer."""
    for side in wire.sides:
        seen = getattr(side, "seen", 0)
        for event in side.events[seen:]:
            if isinstance(event, InviteReceived):
                side.agent.ring(event.leg, wire.now)
                side.agent.accept(event.leg, ANSWER, wire.now)
            elif isinstance(event, OfferReceived):
                side.agent.accept_offer(event.leg, ANSWER, wire.now)
        side.seen = len(side.events)  # type: ignore[attr-defined]  # the test's own mark


@settings(max_examples=150)
@given(LOSSES, LOSSES, st.booleans(), st.sampled_from(["alice", "bob"]))
def test_a_call_is_made_once_and_ends_on_both_sides(
    losses: list[bool], repeats: list[bool], reverse: bool, who: str
) -> None:
    wire = bad_wire(losses, repeats, reverse=reverse)
    leg = wire.call()
    wire.advance(31, lambda: answer_all(wire))
    assert [type(event) for event in wire.alice.events if isinstance(event, Answered)] in ([Answered], [])
    if not wire.alice.kinds().count("Answered"):
        return  # fourteen losses in a row can outlast timer B: refused, and both sides forget it
    assert wire.bob.kinds().count("InviteReceived") == 1
    assert wire.bob.kinds().count("Confirmed") == 1
    theirs = next(event.leg for event in wire.bob.events if isinstance(event, Confirmed))
    wire.lose, wire.repeat = iter(losses), iter(repeats)
    if who == "alice":
        wire.alice.agent.hangup(leg, wire.now)
    else:
        wire.bob.agent.hangup(theirs, wire.now)
    wire.advance(80, lambda: answer_all(wire))
    other = wire.bob if who == "alice" else wire.alice
    assert sum(isinstance(event, Ended) for event in other.events) == 1
    for side in wire.sides:
        assert side.agent.leg_count == 0
        assert side.agent.get_timer() is None
        assert side.kinds().count("Malformed") == 0


@settings(max_examples=100)
@given(LOSSES, LOSSES, st.booleans())
def test_offers_from_both_sides_at_once_come_through(losses: list[bool], repeats: list[bool], reverse: bool) -> None:
    wire = Wire()
    ours, theirs = wire.established()
    for side in wire.sides:
        side.events.clear()
    wire.lose, wire.repeat, wire.reverse = iter(losses[:8]), iter(repeats), reverse
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.bob.agent.reinvite(theirs, OFFER, wire.now)
    wire.advance(60, lambda: answer_all(wire))
    for side in wire.sides:
        assert sum(isinstance(event, OfferAnswered) for event in side.events) == 1
        assert sum(isinstance(event, OfferReceived) for event in side.events) == 1


@settings(max_examples=150)
@given(LOSSES, st.floats(0, 3), st.floats(0, 3), st.sampled_from(["accept", "refuse", "never"]))
def test_giving_up_at_any_moment_leaves_nothing_behind(
    losses: list[bool], hang_up_after: float, answer_after: float, answer: str
) -> None:
    wire = bad_wire(losses, [], reverse=False)
    leg = wire.call()
    done: list[str] = []

    def bob() -> None:
        if wire.now - 1_000_000.0 >= answer_after and not done and wire.bob.events:
            done.append(answer)
            theirs = wire.bob.events[0].leg  # type: ignore[union-attr]  # the InviteReceived
            if answer == "accept":
                wire.bob.agent.accept(theirs, ANSWER, wire.now)
            elif answer == "refuse":
                wire.bob.agent.refuse(theirs, 486, "", wire.now)

    for _ in range(30):
        wire.advance(0.1, bob)
        bob()
        wire.run()
        if wire.now - 1_000_000.0 >= hang_up_after:
            break
    wire.alice.agent.hangup(leg, wire.now)
    wire.advance(150, bob)
    assert wire.alice.agent.leg_count == 0
    assert wire.alice.agent.get_timer() is None
    if wire.bob.agent.leg_count:
        # Only a CANCEL that was lost seven times over leaves the phone ringing.
        assert sum(losses) >= 7
    ended = [event for event in wire.bob.events if isinstance(event, Ended)]
    assert len(ended) <= 1
