"""What the alarms are read from: the state, the connections, the journal and the machine; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cti_server.engine.state import State
from cti_server.engine.views import link_views
from cti_server.telemetry.alarms.board import Reading
from cti_server.telemetry.alarms.trends import QueueTrend
from cti_server.telemetry.queue_look import QueueLook
from cti_server.vocabulary.ids import QueueName
from cti_server.vocabulary.status import LinkStatus, MediaStatus


def link_readings(state: State) -> Iterator[Reading]:
    """Each CSTA link."""
    for link in link_views(state):
        yield Reading(kind="link-down", subject=link.name, value=float(not link.up), text=link.reason)


def media_readings(services: Iterable[MediaStatus]) -> Iterator[Reading]:
    """Each media service; a draining one has no free ports on purpose."""
    for one in services:
        up = one.state == "up"
        yield Reading(kind="media-away", subject=one.name, value=float(not up), text=f"{one.peer} {one.state}")
        if not up:
            continue
        if one.ports:
            text = f"{one.registered} of {one.ports} registered"
            yield Reading(
                kind="media-unregistered", subject=one.name, value=float(one.ports - one.registered), text=text
            )
        free, most = one.free + one.lines, max(one.ports, one.free + one.sessions) + one.lines
        if most and not one.draining:
            text = f"{free} free, {one.sessions} calls"
            yield Reading(kind="media-ports-low", subject=one.name, value=100.0 * free / most, text=text)


def connector_readings(connectors: Iterable[LinkStatus]) -> Iterator[Reading]:
    """Each database, web service and mail server that flows ask."""
    for one in connectors:
        yield Reading(kind="connector-down", subject=one.name, value=float(not one.up), text=one.detail)


def queue_readings(
    state: State, looks: Iterable[QueueLook], trends: Mapping[QueueName, QueueTrend], now: float
) -> Iterator[Reading]:
    """Each queue of the plan; closed ones lack no staff."""
    for view in looks:
        plan = state.plan.queues.get(view.name)
        if plan is None:
            continue
        waiting = f"{view.waiting} waiting, {view.crew.ready} of {view.crew.logged_on} agents ready"
        yield Reading(kind="queue-long", subject=view.name, value=float(view.waiting), text=waiting)
        yield Reading(kind="wait-long", subject=view.name, value=view.longest, text=waiting)
        trend = trends.get(view.name)
        for kind, share in (
            ("service-level-low", None if trend is None else trend.service_level),
            ("abandons-high", None if trend is None else trend.abandons),
        ):
            if share is not None:
                yield Reading(kind=kind, subject=view.name, value=share, text=waiting)
        is_open = plan.calendar is None or state.is_open(plan.calendar, now)[0]
        lacking = is_open and view.crew.logged_on == 0
        yield Reading(kind="no-staff", subject=view.name, value=float(lacking), text=f"{view.waiting} waiting")


def note_trends(looks: Iterable[QueueLook], trends: dict[QueueName, QueueTrend], now: float) -> None:
    """Note the queues' counts; trends of queues that are gone are forgotten."""
    views = {view.name: view for view in looks}
    for name in [one for one in trends if one not in views]:
        del trends[name]
    for name, view in views.items():
        trends.setdefault(name, QueueTrend()).note(view.counters, view.late, now)


def journal_readings(*, stalled: bool, seconds: float, rows: int, fault: str = "") -> Iterator[Reading]:
    """The journal: rows that are decided and not durable, and how long the oldest has been waiting."""
    text = f"{rows} rows not durable" + (f"; {fault}" if fault else "")
    yield Reading(kind="journal-stalled", subject="", value=float(stalled), text=text)
    if not stalled:
        yield Reading(kind="journal-slow", subject="", value=seconds, text=text)


def share_reading(kind: str, share: float | None, text: str = "") -> Iterator[Reading]:
    """A share (0 to 1) of the machine's, in percent; nothing where the system does not say."""
    if share is not None:
        yield Reading(kind=kind, subject="", value=100.0 * share, text=text)


def trial_readings(stopped: Sequence[tuple[str, str]]) -> Iterator[Reading]:
    """Trials of flows that their guard stopped: the flow and why."""
    for flow, reason in stopped:
        yield Reading(kind="trial-stopped", subject=flow, value=1.0, text=reason)
