"""What alarms are read from: trends of queues, staff, media services."""

from cti_server.engine.state import LinkState, State
from cti_server.queues.counters import QueueCounters
from cti_server.telemetry.alarms.readings import (
    journal_readings,
    link_readings,
    media_readings,
    note_trends,
    queue_readings,
    share_reading,
)
from cti_server.telemetry.alarms.trends import LEAST, WINDOW, QueueTrend
from cti_server.telemetry.queue_look import look_at_queues
from cti_server.vocabulary.ids import CalendarName, FlowName, GroupName, LinkName, QueueName
from cti_server.vocabulary.plan import CalendarPlan, QueuePlan, SitePlan
from cti_server.vocabulary.status import MediaStatus

SALES = QueueName("sales")


def state(calendar: str | None = None) -> State:
    name = None if calendar is None else CalendarName(calendar)
    queue = QueuePlan(name=SALES, groups=(GroupName("sales"),), flow=FlowName("waiting"), calendar=name)
    calendars = {} if name is None else {name: CalendarPlan(name=name, zone="UTC", hours=())}
    return State(plan=SitePlan(version="1", queues={SALES: queue}, calendars=calendars))


def readings_of(found: State) -> object:
    return queue_readings(found, look_at_queues(found, 0.0), {}, 0.0)


def values(readings: object) -> dict[str, float]:
    return {one.kind: one.value for one in readings}


def test_an_open_queue_without_anybody_lacks_staff_and_a_closed_one_does_not() -> None:
    assert values(readings_of(state()))["no-staff"] == 1.0
    assert values(readings_of(state("never")))["no-staff"] == 0.0


def test_a_link_that_is_down_says_why() -> None:
    found = State(links={LinkName("pbx"): LinkState(up=False, since=0.0, reason="refused")})
    (reading,) = link_readings(found)
    assert (reading.subject, reading.value, reading.text) == ("pbx", 1.0, "refused")


def media(**facts: object) -> MediaStatus:
    usual = {"name": "m", "peer": "h:1", "state": "up", "draining": False, "ports": 10, "registered": 10, "free": 4}
    return MediaStatus(**{**usual, "lines": 0, "sessions": 6, "weight": 1.0, **facts})


def test_a_media_service_tells_of_its_ports_unless_it_is_away_or_drains() -> None:
    assert values(media_readings([media(registered=8)])) == {
        "media-away": 0.0,
        "media-unregistered": 2.0,
        "media-ports-low": 40.0,
    }
    assert values(media_readings([media(state="away")])) == {"media-away": 1.0}
    assert "media-ports-low" not in values(media_readings([media(draining=True, free=0)]))
    trunk = values(media_readings([media(ports=0, registered=0, free=0, lines=25, sessions=75)]))
    assert trunk["media-ports-low"] == 25.0


def test_a_trend_looks_at_the_last_minutes_alone_and_at_enough_contacts() -> None:
    trend, counters = QueueTrend(), QueueCounters()
    trend.note(counters, 0, 0.0)
    for _ in range(LEAST - 1):
        counters.answered, counters.answered_within = counters.answered + 1, counters.answered_within + 1
    trend.note(counters, 0, 5.0)
    assert trend.service_level is None
    counters.abandoned, counters.late = 1, 1
    trend.note(counters, 0, 10.0)
    assert trend.service_level == 95.0
    assert trend.abandons == 5.0
    trend.note(counters, 0, 11.0 + WINDOW)
    assert trend.service_level is None


def test_counts_that_begin_anew_begin_the_trend_anew() -> None:
    trend = QueueTrend()
    trend.note(QueueCounters(answered=100, answered_within=100), 0, 0.0)
    trend.note(QueueCounters(), 0, 5.0)
    trend.note(QueueCounters(answered=30, answered_within=15, late=15), 0, 10.0)
    assert trend.service_level == 50.0


def test_trends_of_queues_that_are_gone_are_forgotten() -> None:
    trends: dict[QueueName, QueueTrend] = {QueueName("old"): QueueTrend()}
    note_trends(look_at_queues(state(), 1.0), trends, 1.0)
    assert list(trends) == [SALES]


def test_a_stalled_journal_is_one_alarm_and_not_two() -> None:
    assert values(journal_readings(stalled=True, seconds=9.0, rows=3)) == {"journal-stalled": 1.0}
    assert values(journal_readings(stalled=False, seconds=0.7, rows=3)) == {"journal-stalled": 0.0, "journal-slow": 0.7}


def test_what_the_system_does_not_say_is_not_judged() -> None:
    assert list(share_reading("memory-high", None)) == []
    assert values(share_reading("memory-high", 0.5)) == {"memory-high": 50.0}
