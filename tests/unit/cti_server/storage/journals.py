"""Journals written by hand, for folding."""

from collections.abc import Sequence

from cti_server.vocabulary.events import (
    AgentBecameReady,
    AgentLoggedOff,
    AgentLoggedOn,
    ContactAnswered,
    ContactClosed,
    ContactOpened,
    ContactQueued,
    ContactReleased,
    Event,
    OfferAlerted,
    OfferEnded,
    OfferMade,
    PhoneBecameBusy,
    PhoneBecameFree,
    Recorded,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    ContactId,
    DeviceNumber,
    FlowName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
)
from cti_server.vocabulary.values import CallRef, Channel, Disposition, OfferOutcome, Origin, ReleasedBy

ANNA, BEN = AgentId("anna"), AgentId("ben")
PHONE = DeviceNumber("7101")


def journal(*happened: tuple[float, Event]) -> list[Recorded]:
    return [Recorded(seq, at, seq - 1 or None, event) for seq, (at, event) in enumerate(happened, 1)]


def opened(contact: int = 1) -> Event:
    return ContactOpened(
        contact=ContactId(contact),
        channel=Channel.VOICE,
        call=CallRef(LinkName("pbx"), CallId(f"c{contact}")),
        pilot=DeviceNumber("7000"),
        party=PartyId(contact),
        flow=FlowName("welcome"),
        flow_version="1",
    )


def queued(contact: int = 1, queue: str = "sales") -> Event:
    return ContactQueued(
        contact=ContactId(contact),
        queue=QueueName(queue),
        priority=5,
        flow=FlowName("waiting"),
        flow_version="1",
    )


def offered(contact: int = 1, offer: int = 1, agent: AgentId = ANNA) -> Event:
    return OfferMade(offer=OfferId(offer), contact=ContactId(contact), agent=agent, device=PHONE, deadline=1e9)


def ended(outcome: OfferOutcome, contact: int = 1, offer: int = 1, agent: AgentId = ANNA) -> Event:
    return OfferEnded(offer=OfferId(offer), contact=ContactId(contact), agent=agent, outcome=outcome)


def answered(contact: int = 1, agent: AgentId = ANNA) -> Event:
    return ContactAnswered(contact=ContactId(contact), agent=agent)


def released(disposition: Disposition, by: ReleasedBy, contact: int = 1) -> Event:
    return ContactReleased(
        contact=ContactId(contact), disposition=disposition, released_by=by, cause_text="normalClearing"
    )


def wrapping(contact: int = 1, agent: AgentId = ANNA) -> Event:
    return WrapUpStarted(contact=ContactId(contact), agent=agent, deadline=1e9)


def wrapped(contact: int = 1, agent: AgentId = ANNA) -> Event:
    return WrapUpEnded(contact=ContactId(contact), agent=agent)


def closed(contact: int = 1) -> Event:
    return ContactClosed(contact=ContactId(contact))


def offered_twice_and_answered() -> list[Recorded]:
    """Ben does not answer, Anna does, and wraps up."""
    return journal(
        (100.0, opened()),
        (112.5, queued()),
        (120.0, offered(agent=BEN)),
        (121.0, OfferAlerted(offer=OfferId(1), contact=ContactId(1), agent=BEN)),
        (132.0, ended(OfferOutcome.NO_ANSWER, agent=BEN)),
        (135.0, offered(offer=2)),
        (139.0, ended(OfferOutcome.ANSWERED, offer=2)),
        (139.0, answered()),
        (200.0, released(Disposition.ANSWERED, ReleasedBy.AGENT)),
        (200.0, wrapping()),
        (208.0, wrapped()),
        (208.0, closed()),
    )


def an_agents_day() -> list[Recorded]:
    """Anna: away 0-10, idle -20, ring -25, talk -60, wrap-up -68, own call -80, idle -100."""
    return journal(
        (0.0, AgentLoggedOn(agent=ANNA, device=PHONE, origin=Origin.PHONE)),
        (10.0, AgentBecameReady(agent=ANNA, origin=Origin.PHONE)),
        (15.0, opened()),
        (18.0, queued()),
        (20.0, offered()),
        (25.0, ended(OfferOutcome.ANSWERED)),
        (25.0, answered()),
        (60.0, released(Disposition.ANSWERED, ReleasedBy.CUSTOMER)),
        (60.0, wrapping()),
        (64.0, PhoneBecameBusy(device=PHONE)),
        (68.0, wrapped()),
        (68.0, closed()),
        (80.0, PhoneBecameFree(device=PHONE)),
        (100.0, AgentLoggedOff(agent=ANNA, origin=Origin.PHONE)),
    )


def times(rows: Sequence[Recorded]) -> float:
    return rows[-1].at - rows[0].at
