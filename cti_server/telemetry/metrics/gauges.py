"""What is read from the running server when the figures are fetched: how things stand now."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cti_server.engine.state import State
from cti_server.engine.views import agent_views, link_views
from cti_server.telemetry.queue_look import QueueLook, look_at_queues
from cti_server.telemetry.standing import Standing
from cti_server.vocabulary.status import LinkStatus, MediaStatus
from cti_server.vocabulary.values import AgentStatus, ContactStage, QueueOutcome, WorkState

MOST_QUEUES: Final = 500
MOST_AGENTS: Final = 2000
"""Labels of one figure; what is more is left out, so that no monitor is flooded."""


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """What became of the spans of traces since the start: taken by the collector, lost; and how often it took none."""

    exported: int = 0
    dropped: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the runtime hands over at a fetch; ``now`` is Unix seconds, ``backlog`` rows and seconds not durable yet."""

    now: float
    state: State
    standing: Standing
    connectors: Sequence[LinkStatus] = ()
    media: Sequence[MediaStatus] = ()
    backlog: tuple[int, float] = (0, 0.0)
    stalled: bool = False
    alarms: Sequence[tuple[str, str]] = ()
    """Kind and severity of each alarm that is raised."""
    disk_free: float | None = None
    """Share of the data directory's disk that is free, 0 to 1."""
    spans: SpanFigures = SpanFigures()
    """All 0 where no traces are sent."""


class Gauges(Collector):
    """A collector of prometheus_client; it reads the state and changes nothing.

    Args:
        snapshot: gives how things stand now.
        agents: whether there is a figure for each agent, by log-on name.
    """

    def __init__(self, snapshot: Callable[[], Snapshot], *, agents: bool = False) -> None:
        self._snapshot = snapshot
        self._agents = agents

    def describe(self) -> Iterable[Metric]:
        """Nothing is described ahead: that would read the state while it is being made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        found = self._snapshot()
        yield from _queues(look_at_queues(found.state, found.now)[:MOST_QUEUES])
        yield from _contacts(found.state)
        yield from _agents(found.state, by_name=self._agents)
        yield from _outside(found)
        yield from _server(found)


def _queues(views: Sequence[QueueLook]) -> Iterator[Metric]:
    plain: tuple[tuple[str, str, Callable[[QueueLook], float]], ...] = (
        ("waiting", "Contacts in line, ringing ones included.", lambda one: one.waiting),
        ("ringing", "Contacts that ring at an agent.", lambda one: one.ringing),
        ("longest_wait_seconds", "How long the first in line has been waiting.", lambda one: one.longest),
        ("agents_logged_on", "Agents of the queue who are logged on.", lambda one: one.crew.logged_on),
        ("agents_ready", "Agents of the queue who are ready.", lambda one: one.crew.ready),
        ("agents_free", "Agents of the queue who could be offered a call.", lambda one: one.crew.free),
    )
    for name, text, value in plain:
        family = GaugeMetricFamily(f"callwright_queue_{name}", text, labels=["queue"])
        for view in views:
            family.add_metric([view.name], value(view))
        yield family
    yield from _counted(views)


def _counted(views: Sequence[QueueLook]) -> Iterator[Metric]:
    """From the queues' running counts, which are folded from the journal and so survive a restart."""
    outcomes = CounterMetricFamily(
        "callwright_queue_contacts",
        "Contacts of a queue, by how they left it or were refused.",
        labels=["queue", "outcome"],
    )
    for view in views:
        for outcome in QueueOutcome:
            outcomes.add_metric([view.name, outcome.value], getattr(view.counters, outcome.value.replace("-", "_")))
    yield outcomes
    sums: tuple[tuple[str, str, Callable[[QueueLook], float]], ...] = (
        ("received", "Contacts that a queue received.", lambda one: one.counters.received),
        ("short", "Contacts who hung up before the queue's shortest call was over.", lambda one: one.counters.short),
        ("answered_within", "Contacts answered within the answer time.", lambda one: one.counters.answered_within),
        (
            "service_level_basis",
            "Contacts answered or gone within the answer time, or still there when it lapsed.",
            lambda one: one.counters.basis(one.late),
        ),
    )
    for name, text, value in sums:
        family = CounterMetricFamily(f"callwright_queue_{name}", text, labels=["queue"])
        for view in views:
            family.add_metric([view.name], value(view))
        yield family


def _contacts(state: State) -> Iterator[Metric]:
    stages = Counter(contact.stage for contact in state.contacts.values())
    family = GaugeMetricFamily("callwright_contacts", "Open contacts, by stage.", labels=["stage"])
    for stage in ContactStage:
        family.add_metric([stage.value], stages[stage])
    yield family


def _agents(state: State, *, by_name: bool) -> Iterator[Metric]:
    views = agent_views(state)
    statuses = Counter(view.status for view in views)
    family = GaugeMetricFamily("callwright_agents", "Agents, by what they declare.", labels=["status"])
    for status in AgentStatus:
        family.add_metric([status.value], statuses[status])
    yield family
    works = Counter(view.work for view in views if view.status is not AgentStatus.LOGGED_OFF)
    family = GaugeMetricFamily("callwright_agents_work", "Agents logged on, by what they do.", labels=["work"])
    for work in WorkState:
        family.add_metric([work.value], works[work])
    yield family
    if by_name:
        family = GaugeMetricFamily(
            "callwright_agent_state", "1 for the status and work state of an agent.", labels=["agent", "status", "work"]
        )
        for view in views[:MOST_AGENTS]:
            family.add_metric([view.id, view.status.value, view.work.value], 1)
        yield family


def _outside(found: Snapshot) -> Iterator[Metric]:
    family = GaugeMetricFamily("callwright_link_up", "1 while the CSTA link carries requests.", labels=["link"])
    for link in link_views(found.state):
        family.add_metric([link.name], float(link.up))
    yield family
    family = GaugeMetricFamily("callwright_connector_up", "1 while a connector answers.", labels=["connector"])
    for name, up in {one.name: one.up for one in found.connectors}.items():
        family.add_metric([name], float(up))
    yield family
    family = GaugeMetricFamily("callwright_media_up", "1 while a media service answers.", labels=["service"])
    for service in found.media:
        family.add_metric([service.name], float(service.state == "up"))
    yield family
    family = GaugeMetricFamily("callwright_media_ports", "Media ports, by state.", labels=["service", "state"])
    for service in found.media:
        counts = {
            "all": service.ports,
            "registered": service.registered,
            "free": service.free,
            "lines": service.lines,
            "sessions": service.sessions,
        }
        for state, count in counts.items():
            family.add_metric([service.name, state], count)
    yield family


def _server(found: Snapshot) -> Iterator[Metric]:
    rows, seconds = found.backlog
    single = (
        ("ready", "1 while calls are routed.", float(found.standing.ready)),
        ("active", "1 while this server acts, 0 while it stands by.", float(found.standing.role == "active")),
        ("journal_seq", "Number of the newest row.", found.state.seq),
        ("journal_backlog_rows", "Rows that are decided and not durable.", rows),
        ("journal_backlog_seconds", "How long the oldest of them has been waiting.", seconds),
        ("journal_stalled", "1 while calls go on without their events being durable.", float(found.stalled)),
        ("disk_free_ratio", "Share of the data directory's disk that is free.", found.disk_free),
    )
    for name, text, value in single:
        if value is not None:
            yield GaugeMetricFamily(f"callwright_{name}", text, value=value)
    family = GaugeMetricFamily("callwright_part_ok", "1 while a part of the server is well.", labels=["part"])
    for part in found.standing.parts:
        family.add_metric([part.name], float(part.good))
    yield family
    raised = Counter(found.alarms)
    family = GaugeMetricFamily("callwright_alarms", "Alarms that are raised.", labels=["kind", "severity"])
    for (kind, severity), count in raised.items():
        family.add_metric([kind, severity], count)
    yield family
    spans = CounterMetricFamily(
        "callwright_trace_spans", "Spans of traces, by what became of them.", labels=["outcome"]
    )
    spans.add_metric(["exported"], found.spans.exported)
    spans.add_metric(["dropped"], found.spans.dropped)
    yield spans
    failed = "Batches of spans that the collector did not take."
    yield CounterMetricFamily("callwright_trace_export_failures", failed, value=found.spans.failures)
