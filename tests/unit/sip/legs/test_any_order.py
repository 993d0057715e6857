"""Whatever two programs wish in any order over any line: no fault, nothing after the end, nothing left over."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip.errors import SipStateError
from sip.events import (
    Answered,
    Ended,
    InviteReceived,
    OfferReceived,
    ReferReceived,
    Refused,
    Registered,
    TransferNews,
    UaEvent,
)
from sip.legs.session_timer import SessionPolicy
from sip.registration import Registration
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Side, Wire, numbered_tokens

WISHES = (
    "call", "call late", "ring", "early", "accept", "refuse", "redirect", "hangup", "reinvite", "late reinvite",
    "update", "agree", "disagree", "digit", "transfer", "connect", "follow", "decline", "register", "unregister",
)  # fmt: skip
AOR = SipUri.parse("sip:7001@192.0.2.2")


def two_programs() -> Wire:
    wire = Wire()
    for side, end, letter in ((wire.alice, ALICE, "a"), (wire.bob, BOB, "b")):
        side.agent = UserAgent(end, numbered_tokens(letter), session=SessionPolicy(90), transferable=True)
    return wire


def act(wire: Wire, side: Side, wish: str, pick: int) -> None:
    """Let one program have one wish on one of its legs; one that does not fit the state is a refusal, not a fault."""
    agent, now = side.agent, wire.now
    other = BOB if side is wire.alice else ALICE
    legs = side.legs or ["none"]
    leg = legs[pick % len(legs)]
    refers = [event.key for event in side.events if isinstance(event, ReferReceived)] or ["none"]
    target = SipUri(user="x", host=other.host)
    new = {"target": target, "from_user": "me", "now": now, "follow": 2}
    wishes: dict[str, Callable[[], object]] = {
        "call": lambda: agent.invite(sdp=OFFER, **new),  # type: ignore[arg-type]  # as above
        "call late": lambda: agent.invite(sdp=b"", **new),  # type: ignore[arg-type]  # as above
        "ring": lambda: agent.ring(leg, now),
        "early": lambda: agent.ring(leg, now, ANSWER, 183),
        "accept": lambda: agent.accept(leg, ANSWER, now),
        "refuse": lambda: agent.refuse(leg, 486, "", now),
        "redirect": lambda: agent.refuse(leg, 302, "", now, [("Contact", f"<sip:{pick}@{agent.local.host}>")]),
        "hangup": lambda: agent.hangup(leg, now),
        "reinvite": lambda: agent.reinvite(leg, OFFER, now),
        "late reinvite": lambda: agent.reinvite(leg, b"", now),
        "update": lambda: agent.update(leg, OFFER, now),
        "agree": lambda: agent.accept_offer(leg, ANSWER, now),
        "disagree": lambda: agent.refuse_offer(leg, 488, now),
        "digit": lambda: agent.send_info_digit(leg, "5", now),
        "transfer": lambda: agent.transfer(leg, target, now),
        "connect": lambda: agent.connect(leg, legs[(pick + 1) % len(legs)], now),
        "follow": lambda: agent.invite(sdp=OFFER, refer=refers[-1], **new),  # type: ignore[arg-type]  # as above
        "decline": lambda: agent.refuse_refer(refers[-1], 603, now),
        "register": lambda: agent.register(Registration(AOR, other), now),
        "unregister": lambda: agent.unregister(AOR, now),
    }
    try:
        wishes[wish]()
    except SipStateError:
        return


def told_after_the_end(events: list[UaEvent]) -> list[UaEvent]:
    """Events of a leg that had ended for its program before."""
    over: set[str] = set()
    late = []
    for event in events:
        leg = getattr(event, "leg", None)
        if leg in over:
            late.append(event)
        if isinstance(event, Ended | Refused):
            over.add(leg)
    return late


def line(bits: list[bool]) -> Iterator[bool]:
    return chain(bits, repeat(False))


STEPS = st.tuples(
    st.booleans(), st.sampled_from(WISHES), st.integers(0, 3), st.sampled_from([0.0, 0.0, 0.3, 2.0, 40.0])
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(STEPS, max_size=25),
    lost=st.lists(st.booleans(), max_size=30),
    doubled=st.lists(st.booleans(), max_size=30),
    reverse=st.booleans(),
)
def test_any_wishes_in_any_order(
    steps: list[tuple[bool, str, int, float]], lost: list[bool], doubled: list[bool], reverse: bool
) -> None:
    wire = two_programs()
    act(wire, wire.alice, "call", 0)
    wire.lose, wire.repeat, wire.reverse = line(lost), line(doubled), reverse
    for ours, wish, pick, pause in steps:
        act(wire, wire.alice if ours else wire.bob, wish, pick)
        wire.run()
        wire.advance(pause)
    wire.lose = wire.repeat = repeat(False)
    wire.reverse = False
    for side in wire.sides:
        side.agent.unregister(AOR, wire.now)
        for leg in side.legs:
            try:
                side.agent.hangup(leg, wire.now)
            except SipStateError:  # pragma: no cover - a hang-up fits every state
                raise AssertionError(f"{leg} cannot be hung up") from None
    wire.run()
    wire.advance(300)
    for side in wire.sides:
        for leg in side.legs:  # calls that came in at the last moment
            side.agent.hangup(leg, wire.now)
    wire.advance(300)
    for side in wire.sides:
        assert side.agent.leg_count == 0
        assert told_after_the_end(side.events) == []
        assert side.agent.get_timer() is None
        assert side.agent._table._referrals == {}


@settings(max_examples=60, deadline=None)
@given(
    lost=st.sets(st.integers(0, 40), max_size=5),
    doubled=st.lists(st.booleans(), max_size=40),
    reverse=st.booleans(),
)
def test_a_whole_call_survives_any_short_trouble_of_the_line(
    lost: set[int], doubled: list[bool], reverse: bool
) -> None:
    """Ringing, answer, an offer each way, a transfer that is declined, the end: all of it comes through in the end."""
    wire = two_programs()
    leg = wire.call()
    wire.lose, wire.repeat, wire.reverse = line([place in lost for place in range(41)]), line(doubled), reverse
    wire.advance(20)
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.ring(theirs, wire.now, ANSWER, 183)
    wire.advance(20)
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.advance(30)
    assert wire.alice.last(Answered).leg == leg
    wire.alice.agent.reinvite(leg, OFFER, wire.now)
    wire.bob.agent.reinvite(theirs, ANSWER, wire.now)
    wire.advance(30, lambda: agree(wire))
    wire.alice.agent.transfer(leg, SipUri.parse("sip:x@192.0.2.1"), wire.now)
    wire.advance(8)  # a request lives 32 s, which its answer may need as well
    wire.bob.agent.refuse_refer(wire.bob.last(ReferReceived).key, 603, wire.now)
    wire.advance(30)
    assert [event.status for event in wire.alice.events if isinstance(event, TransferNews)] == [603]
    wire.bob.agent.hangup(theirs, wire.now)
    wire.advance(40)
    assert wire.alice.kinds().count("OfferAnswered") == wire.bob.kinds().count("OfferAnswered") == 1
    assert wire.alice.last(Ended).by == "remote"
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def agree(wire: Wire) -> None:
    for side in wire.sides:
        if side.events and isinstance(side.events[-1], OfferReceived):
            side.agent.accept_offer(side.events[-1].leg, ANSWER, wire.now)


def test_a_registration_of_the_random_program_is_one() -> None:
    wire = two_programs()
    act(wire, wire.alice, "register", 0)
    wire.run()
    request = wire.bob.events[-1]
    wire.bob.agent.respond(request.key, 200, "", [("Expires", "60")], b"", wire.now)
    wire.run()
    assert isinstance(wire.alice.events[-1], Registered)
