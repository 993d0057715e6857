"""Engine and storage together: what a restart finds is what was, and the reports' seconds are the story's."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.settings import load_settings
from cti_server.storage import Store
from cti_server.vocabulary.commands import (
    Command,
    LoadPlan,
    LogAgentOn,
    ReportCallArrived,
    ReportCallEnded,
    ReportCalls,
    ReportLinkUp,
    ReportMediaJoined,
    ReportOfferAlerting,
    ReportOfferAnswered,
    ReportOfferFailed,
    ReportVerbEnded,
    SetAgentReady,
    WakeUp,
)
from cti_server.vocabulary.events import StepEntered
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    ContactId,
    DeviceNumber,
    LinkName,
    OfferId,
    PartyId,
    ServiceName,
    SessionId,
)
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    CallRef,
    OfferOutcome,
    Origin,
    ReleasedBy,
    SessionRef,
    VerbOutcome,
    VerbResult,
)
from tests.fakes.postgres import postgres_server

CONFIG = Path(__file__).parents[2] / "config"
PBX = LinkName("pbx")
CONTACT = ContactId(1)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as server:
        yield server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'callwright.db'}"


class Server:
    """An engine whose events go to the journal, as the server does it."""

    def __init__(self, store: Store, state: State | None = None) -> None:
        self.store = store
        self.engine = Engine(state)

    def handle(self, command: Command, now: float) -> None:
        outcome = self.engine.handle(command, now)
        assert outcome.refusal is None, outcome.refusal
        self.store.journal.append(outcome.events)
        self.store.projections.advance()

    def verb_ended(self, now: float, outcome: VerbOutcome) -> None:
        rows = self.store.journal.of_contact(CONTACT)
        entered = [each.event for each in rows if isinstance(each.event, StepEntered) and each.event.verb]
        verb = entered[-1].verb
        assert verb is not None
        self.handle(ReportVerbEnded(contact=CONTACT, verb=verb, outcome=outcome), now)


def recovered(store: Store) -> State:
    found = store.snapshots.latest()
    seq, state = found if found is not None else (0, State())
    for recorded in store.journal.read(after=seq):
        apply(state, recorded)
    return state


def demo_plan() -> SitePlan:
    plan = load_settings(CONFIG).plan
    assert plan is not None
    return plan


def log_on(agent: str, device: str) -> Sequence[Command]:
    name = AgentId(agent)
    return (
        LogAgentOn(agent=name, device=DeviceNumber(device), origin=Origin.PHONE),
        SetAgentReady(agent=name, origin=Origin.PHONE),
    )


def test_a_restart_in_the_middle_of_a_call_changes_nothing(url: str) -> None:
    session = SessionRef(ServiceName("media-1"), SessionId("s1"))
    call = CallRef(PBX, CallId("c1"))
    with Store.open(url) as store:
        server = Server(store)
        server.handle(LoadPlan(plan=demo_plan()), 0.0)
        server.handle(ReportLinkUp(link=PBX), 1.0)
        server.handle(ReportCalls(link=PBX, calls=()), 1.0)
        server.handle(ReportCallArrived(call=call, pilot=DeviceNumber("7000"), party=PartyId(1)), 10.0)
        server.handle(ReportMediaJoined(contact=CONTACT, session=session, port=DeviceNumber("7001")), 11.0)
        store.snapshots.save(store.journal.last_seq(), server.engine.state)
        server.verb_ended(15.0, VerbOutcome(VerbResult.FINISHED))
        server.verb_ended(18.0, VerbOutcome(VerbResult.DIGITS, digits="1"))
        for command in [*log_on("anna", "7101"), *log_on("ben", "7102")]:
            server.handle(command, 20.0)
        server.handle(ReportOfferAlerting(offer=OfferId(1)), 21.0)
        before = server.engine.state

    with Store.open(url) as store:
        state = recovered(store)
        assert state == before
        server = Server(store, state)
        server.handle(
            ReportOfferFailed(offer=OfferId(1), outcome=OfferOutcome.BUSY, reason="busy"),
            25.0,
        )
        server.handle(ReportOfferAnswered(offer=OfferId(2)), 29.0)
        server.handle(ReportCallEnded(call=call, released_by=ReleasedBy.AGENT), 89.0)
        server.handle(WakeUp(), 97.0)
        assert recovered(store) == server.engine.state
        found = store.queries.contact(CONTACT)
        segments = [(row.kind, row.started, row.ended, row.agent) for row in store.queries.segments(CONTACT)]
        store.projections.rebuild()
        assert store.queries.contact(CONTACT) == found
    assert found is not None
    assert (found.disposition, found.queue, found.agent, found.offers, found.stage) == (
        "answered",
        "sales",
        "ben",
        2,
        "closed",
    )
    assert (found.flow_seconds, found.wait_seconds, found.ring_seconds) == (8.0, 2.0, 9.0)
    assert (found.talk_seconds, found.wrap_seconds) == (60.0, 8.0)
    assert segments == [
        ("flow", 10.0, 18.0, None),
        ("queue", 18.0, 20.0, None),
        ("ring", 20.0, 25.0, "anna"),
        ("queue", 25.0, 25.0, None),
        ("ring", 25.0, 29.0, "ben"),
        ("talk", 29.0, 89.0, "ben"),
        ("wrap-up", 89.0, 97.0, "ben"),
    ]
