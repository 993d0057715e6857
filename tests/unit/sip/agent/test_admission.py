"""Rates of new calls, and one word a second about each source of garbage."""

from sip.agent.admission import MAX_SOURCES, Complaints, Rate
from sip.core import Limits
from sip.events import Confirmed, Endpoint, InviteReceived, Malformed
from sip.message import Response
from sip.timers import Timers
from tests.unit.sip.test_ua import request
from tests.unit.sip.wire import ALICE, ANSWER, OFFER, Wire

SOURCE = Endpoint("192.0.2.1", 5060)


def test_a_rate_is_a_mean_with_a_burst() -> None:
    rate = Rate(10)
    assert [rate.take(0.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert [rate.take(0.3) for _ in range(5)] == [True] * 3 + [False] * 2
    assert rate.take(0.2) is False  # a clock that goes back gives nothing
    assert sum(rate.take(100.0) for _ in range(50)) == 10


class Listener:
    def __init__(self) -> None:
        self.timers = Timers()
        self.told: list[Malformed] = []
        self.complaints = Complaints(self.timers, self.told.append)

    def garbage(self, now: float, source: Endpoint = SOURCE, reason: str = "garbage") -> None:
        self.timers.run(now)
        self.complaints.take(source, reason, b"x" * 900, now)

    def counts(self, now: float) -> list[int]:
        self.timers.run(now)
        counts = [event.count for event in self.told]
        self.told.clear()
        return counts


def test_a_source_is_told_of_once_a_second_with_the_count() -> None:
    listener = Listener()
    for number in range(500):
        listener.garbage(number / 100, reason=f"garbage {number}")
    assert listener.counts(5.1) == [1, 99, 100, 100, 100, 100]
    assert listener.counts(60.0) == []
    listener.garbage(61.0)
    assert listener.counts(61.0) == [1]
    assert listener.timers.next_deadline() == 62.0


def test_one_source_does_not_silence_another() -> None:
    listener = Listener()
    listener.garbage(0.0)
    listener.garbage(0.1, Endpoint("192.0.2.1", 9999))  # another port is the same source
    listener.garbage(0.1, Endpoint("192.0.2.2", 5060))
    listener.garbage(0.1, Endpoint("192.0.2.1", 5060, "tcp"))
    assert [(event.source.host, event.source.transport) for event in listener.told] == [
        ("192.0.2.1", "udp"),
        ("192.0.2.2", "udp"),
        ("192.0.2.1", "tcp"),
    ]
    assert all(len(event.data) == 500 for event in listener.told)


def test_forged_sources_without_number_take_little_memory() -> None:
    listener = Listener()
    for number in range(3 * MAX_SOURCES):
        listener.garbage(0.0, Endpoint(f"10.{number >> 8}.{number & 255}.1", 5060))
    assert len(listener.told) == MAX_SOURCES + 1
    assert listener.counts(1.1)[-1] == 2 * MAX_SOURCES - 1


def flooded(wire: Wire, seconds: int, per_second: int) -> dict[int, set[str]]:
    """Let INVITEs rain on Bob, who refuses those that he hears of; return which calls got which final answer."""
    answered: dict[int, set[str]] = {}
    wire.bob.events.clear()
    wire.bob.sent.clear()
    for number in range(seconds * per_second):
        wire.advance(1 / per_second)
        data = request("INVITE", f"192.0.2.1;branch=z9hG4bKflood{number}").replace(b"one@a", b"flood%d@a" % number)
        wire.bob.agent.receive(data, ALICE, wire.now)
        wire.run()
        for event in wire.bob.events:
            if isinstance(event, InviteReceived):
                wire.bob.agent.refuse(event.leg, 486, "", wire.now)
        wire.bob.events.clear()
        wire.run()
    for message in wire.bob.sent:
        if isinstance(message, Response) and message.status >= 200:
            answered.setdefault(message.status, set()).add(message.call_id)
            assert (message.headers.get("Retry-After") == "5") is (message.status == 503)
    return answered


def test_a_flood_of_calls_above_the_rate_is_answered_503_and_calls_that_stand_go_on() -> None:
    wire = Wire(limits=Limits(max_invites_per_second=10))
    ours, theirs = wire.established()
    assert Confirmed.__name__ in wire.bob.kinds()
    answered = flooded(wire, seconds=4, per_second=100)
    assert 40 <= len(answered[486]) <= 51
    assert len(answered[486]) + len(answered[503]) == 400
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.kinds()[-1] == "OfferAnswered"
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.bob.kinds()[-1] == "Ended"


def test_retransmissions_and_reinvites_cost_nothing_of_the_rate() -> None:
    wire = Wire(limits=Limits(max_invites_per_second=1))
    ours, theirs = wire.established()
    for _ in range(5):
        wire.alice.agent.reinvite(ours, OFFER, wire.now)
        wire.run()
        wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
        wire.run()
    assert wire.alice.kinds().count("OfferAnswered") == 5
