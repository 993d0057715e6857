"""The figures: what events count, what the state says, and that no label is without bounds."""

from collections.abc import Mapping

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from cti_server.contacts.contact import Contact, Cursor
from cti_server.engine.state import State
from cti_server.telemetry.metrics.counting import EventCounter
from cti_server.telemetry.metrics.exposition import Exposition
from cti_server.telemetry.metrics.figures import Figures
from cti_server.telemetry.metrics.gauges import Gauges, Snapshot
from cti_server.telemetry.standing import Part, Standing
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    OfferId,
    QueueName,
    RequestId,
    SecretId,
    StepId,
)
from cti_server.vocabulary.outside import CheckPin, RequestOutcome, RequestResult
from cti_server.vocabulary.plan import AgentPlan, QueuePlan, SitePlan
from cti_server.vocabulary.status import LinkStatus, MediaStatus
from cti_server.vocabulary.values import (
    CallRef,
    Channel,
    ContactStage,
    Disposition,
    OfferOutcome,
    QueueOutcome,
    ReleasedBy,
    VerbOutcome,
    VerbResult,
)

ONE, SALES, ANNA, FLOW = ContactId(1), QueueName("sales"), AgentId("anna"), FlowName("welcome")
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


class Told:
    def __init__(self, trace: str | None = None) -> None:
        self.figures = Figures()
        self.counter = EventCounter(self.figures, lambda _contact: trace)
        self.seq = 0

    def __call__(self, at: float, event: Event) -> None:
        self.seq += 1
        self.counter.count([Recorded(self.seq, at, None, event)])

    def value(self, name: str, **labels: str) -> float | None:
        return self.figures.registry.get_sample_value(f"callwright_{name}", labels)

    def opened(self, at: float, internal: bool = False) -> None:
        self(
            at,
            events.ContactOpened(
                contact=ONE,
                channel=Channel.VOICE,
                call=None,
                pilot=DeviceNumber("100"),
                party=None,
                flow=FLOW,
                flow_version="1",
                internal=internal,
            ),
        )

    def queued(self, at: float, queue: QueueName = SALES) -> None:
        self(at, events.ContactQueued(contact=ONE, queue=queue, priority=5, flow=FLOW, flow_version="1"))

    def released(self, at: float, disposition: Disposition, left: QueueOutcome | None = None) -> None:
        by = ReleasedBy.CUSTOMER
        self(at, events.ContactReleased(contact=ONE, disposition=disposition, released_by=by, left=left))


def test_a_contact_that_is_answered_is_counted_on_its_whole_way() -> None:
    told = Told()
    told.opened(0)
    told.queued(2)
    offer = {"offer": OfferId(1), "contact": ONE, "agent": ANNA}
    told(10, events.OfferMade(**offer, device=DeviceNumber("7101"), deadline=30))
    told(14, events.OfferEnded(**offer, outcome=OfferOutcome.ANSWERED))
    told(14, events.ContactAnswered(contact=ONE, agent=ANNA))
    told.released(74, Disposition.ANSWERED)
    told(80, events.ContactClosed(contact=ONE))

    assert told.value("contacts_opened_total", channel="voice") == 1
    assert told.value("contacts_closed_total", channel="voice", disposition="answered") == 1
    assert told.value("queue_wait_seconds_sum", queue="sales", outcome="answered") == 12
    assert told.value("queue_wait_seconds_count", queue="sales", outcome="answered") == 1
    assert told.value("offers_total", queue="sales", outcome="answered") == 1
    assert told.value("ring_seconds_sum", outcome="answered") == 4
    assert told.value("talk_seconds_sum", queue="sales") == 60
    assert told.value("events_total", kind="ContactOpened") == 1
    assert not told.counter._followed
    assert not told.counter._offers


def test_one_who_gives_up_and_one_who_is_moved_wait_once_in_each_queue() -> None:
    told = Told()
    told.opened(0)
    told.queued(0)
    told(5, events.QueueLeft(contact=ONE, queue=SALES, outcome=QueueOutcome.REQUEUED))
    told.queued(5, QueueName("service"))
    told.released(25, Disposition.ABANDONED)

    assert told.value("queue_wait_seconds_sum", queue="sales", outcome="requeued") == 5
    assert told.value("queue_wait_seconds_sum", queue="service", outcome="abandoned") == 20
    assert told.value("talk_seconds_count", queue="service") is None


def test_agents_on_the_agent_line_count_in_no_figure_of_contacts() -> None:
    told = Told()
    told.opened(0, internal=True)
    told.released(9, Disposition.SERVED_BY_FLOW)

    assert told.value("contacts_opened_total", channel="voice") is None
    assert told.value("contacts_closed_total", channel="voice", disposition="served-by-flow") is None


def test_contacts_that_were_open_at_the_start_are_taken_up() -> None:
    told = Told()
    contact = Contact(
        id=ONE,
        channel=Channel.VOICE,
        call=None,
        pilot=DeviceNumber("100"),
        party=None,
        opened_at=0,
        opened_seq=1,
        last_seq=1,
        cursor=Cursor(flow=FLOW, flow_version="1", step=None),
        entered=0,
        stage=ContactStage.QUEUED,
        queue=SALES,
        queued_at=10,
    )
    told.counter.begin(State(contacts={ONE: contact}))
    told.released(25, Disposition.ABANDONED)

    assert told.value("queue_wait_seconds_sum", queue="sales", outcome="abandoned") == 15


def test_what_callers_heard_and_what_was_lost_is_counted() -> None:
    told = Told()
    told(1, events.VerbEnded(contact=ONE, verb="v", outcome=VerbOutcome(VerbResult.FINISHED)))
    told(1, events.TreatmentFailed(contact=ONE, step=None, reason="media away"))
    told(1, events.MediaRefused(contact=ONE, reason="no port"))
    told(1, events.LinkWentDown(link=LinkName("pbx"), reason="refused"))

    assert told.value("prompts_total", result="finished") == 1
    assert told.value("treatment_failures_total") == 1
    assert told.value("media_refused_total") == 1
    assert told.value("link_losses_total", link="pbx") == 1


def snapshot() -> Snapshot:
    queue = QueuePlan(name=SALES, groups=(GroupName("sales"),), flow=FLOW)
    agent = AgentPlan(id=ANNA, name="Anna Example", groups=(GroupName("sales"),))
    usual = {"ports": 4, "registered": 4, "free": 3, "lines": 0, "sessions": 1, "weight": 1.0}
    return Snapshot(
        now=100.0,
        state=State(plan=SitePlan(version="1", queues={SALES: queue}, agents={ANNA: agent})),
        standing=Standing(role="active", parts=(Part(name="journal", good=True, text=""),)),
        connectors=[LinkStatus("mail", "mail", "h:25", True)],
        media=[MediaStatus(name="media-1", peer="h:1", state="up", draining=False, **usual)],
        backlog=(3, 0.25),
        alarms=[("queue-long", "warning"), ("queue-long", "warning")],
        disk_free=0.5,
    )


def exposed(agents: bool = False, accept: str = "", told: Told | None = None) -> str:
    figures = (told or Told()).figures
    return Exposition(figures, Gauges(snapshot, agents=agents)).expose(accept)()[0].decode()


def samples(text: str) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in plain_text(text)
        for one in family.samples
    }


def test_the_state_is_read_when_the_figures_are_fetched() -> None:
    found = samples(exposed())
    assert found["callwright_queue_waiting", (("queue", "sales"),)] == 0
    assert found["callwright_queue_contacts_total", (("outcome", "answered"), ("queue", "sales"))] == 0
    assert found["callwright_agents", (("status", "logged-off"),)] == 1
    assert found["callwright_media_ports", (("service", "media-1"), ("state", "free"))] == 3
    assert found["callwright_journal_backlog_seconds", ()] == 0.25
    assert found["callwright_alarms", (("kind", "queue-long"), ("severity", "warning"))] == 2
    assert found["callwright_ready", ()] == 1
    assert found["process_open_fds", ()] > 0


def test_agents_are_named_only_where_that_is_wanted_and_never_by_their_own_names() -> None:
    assert "anna" not in exposed()
    wanted = exposed(agents=True)
    assert 'agent="anna"' in wanted
    assert "Anna Example" not in wanted


def test_a_trace_stands_beside_a_wait_where_open_metrics_is_asked_for() -> None:
    told = Told(trace="4bf92f3577b34da6a3ce929d0e0e4736")
    told.opened(0)
    told.queued(0)
    told.released(7, Disposition.ABANDONED)
    figures = exposed(accept=OPEN_METRICS, told=told)
    exemplars = [
        one.exemplar.labels for family in open_metrics(figures) for one in family.samples if one.exemplar is not None
    ]
    assert {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"} in exemplars
    assert "trace_id" not in exposed(told=told_again(told))


def told_again(told: Told) -> Told:
    fresh = Told(trace="4bf92f3577b34da6a3ce929d0e0e4736")
    fresh.opened(0)
    fresh.queued(0)
    fresh.released(7, Disposition.ABANDONED)
    return fresh


@pytest.mark.parametrize("number", [1, 10_000])
def test_the_number_of_contacts_makes_no_more_lines(number: int) -> None:
    told = Told()
    for contact in range(number):
        told(
            contact,
            events.CallReplaced(
                contact=ContactId(contact),
                call=CallRef(LinkName("pbx"), f"{contact}"),
                by=CallRef(LinkName("pbx"), f"{contact}b"),
            ),
        )
    assert sum(len(family.samples) for family in told.figures.registry.collect()) < 300


def test_a_wrong_pin_at_the_agent_line_is_told_of() -> None:
    wrong: list[AgentId] = []
    counter = EventCounter(Figures(), wrong_pin=wrong.append)
    for number, right in enumerate((True, False)):
        request = RequestId(f"1/{number}")
        asked = events.StepEntered(
            contact=ONE,
            flow=FLOW,
            flow_version="1",
            step=StepId("pin"),
            request=request,
            outside=CheckPin(agent=ANNA, secret=SecretId("s")),
        )
        outcome = RequestOutcome(result=RequestResult.DONE, values={"right": right, "locked": False})
        ended = events.RequestEnded(contact=ONE, request=request, outcome=outcome)
        counter.count([Recorded(1, 0.0, None, asked), Recorded(2, 0.0, None, ended)])
    assert wrong == [ANNA]
    assert not counter._checks
