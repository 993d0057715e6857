"""Oversight in a whole server on a virtual clock: alarms from what happens, standing, figures, standing by."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.console.answers import Refused, Table, Told
from cti_server.console.rights import EVERYTHING
from cti_server.runtime.oversight.room import Oversight
from cti_server.runtime.oversight.watching import Watch
from cti_server.runtime.tracing.spans import Traces
from cti_server.settings.supervision.alarms import AlarmRuleSettings, AlarmSettings
from cti_server.telemetry.metrics.gauges import SpanFigures
from cti_server.telemetry.traces.spans import SpanFold
from cti_server.vocabulary.ids import ContactId
from tests.unit.cti_server.runtime.test_kernel import Server


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    found = Server(tmp_path, monkeypatch)
    yield found
    found.kernel.stop()


def room(server: Server) -> Oversight:
    return next(one for one in server.kernel.attendants if isinstance(one, Oversight))


def raised(server: Server) -> list[str]:
    return room(server).names()


def test_a_link_that_stays_away_is_an_alarm_until_it_is_back(server: Server) -> None:
    lines: list[str] = []
    stop = room(server).listen(lines.append)
    server.clock.advance(6)
    assert "link-down:pbx" not in raised(server)
    server.clock.advance(10)
    assert "link-down:pbx" in raised(server)
    assert any(line.startswith("alarm raised CRITICAL link-down:pbx") for line in lines)
    told = room(server).acknowledge("link-down:pbx", replace(EVERYTHING, user="kim"))
    assert isinstance(told, Told)
    assert isinstance(room(server).acknowledge("link-down:other", EVERYTHING), Refused)
    table = room(server).alarms()
    assert isinstance(table, Table)
    row = next(dict(zip(table.headings, one, strict=True)) for one in table.rows if "link-down:pbx" in one)
    assert row["known to"] == "kim"
    assert "callwright doctor" in str(row["to do"])

    server.up()
    server.clock.advance(15)
    assert "link-down:pbx" not in raised(server)
    assert any(line.startswith("alarm over OVER link-down:pbx") for line in lines)
    stop()
    count = len(lines)
    server.clock.advance(30)
    assert len(lines) == count


def test_an_open_queue_without_agents_lacks_staff_until_somebody_comes(server: Server) -> None:
    server.up()
    server.clock.advance(130)
    assert "no-staff:sales" in raised(server)
    server.log_on("anna", "7101")
    server.clock.advance(15)
    assert "no-staff:sales" not in raised(server)


def test_it_is_ready_once_its_links_are_up_and_says_what_is_not(server: Server) -> None:
    watch = room(server).watch
    assert not watch.standing().ready
    assert [one.name for one in watch.standing().parts if one.needed and not one.good] == ["link pbx"]
    server.up()
    assert watch.standing().ready
    health = room(server).health()
    assert isinstance(health, Table)
    assert ("media media-1", "ok", "no") in [tuple(row[:3]) for row in health.rows]


def test_files_that_are_edited_and_not_applied_are_told_and_keep_nobody_from_being_ready(server: Server) -> None:
    server.up()
    watch = room(server).watch

    def told() -> tuple[str, str]:
        health = room(server).health()
        assert isinstance(health, Table)
        return next((str(state), str(text)) for name, state, _needed, text in health.rows if name == "files")

    assert told() == ("ok", "say what runs")
    watch.differs = ["queue sales: wrap_up 8 -> 9"]
    assert told() == ("BAD", "not applied, as callwright plan says: queue sales: wrap_up 8 -> 9")
    watch.problems = ["queues.yaml:3: no group salse"]
    assert told() == ("BAD", "wrong, as callwright check says: queues.yaml:3: no group salse")
    assert watch.standing().ready


def test_a_reload_judges_by_the_new_rules(server: Server) -> None:
    server.up()
    server.clock.advance(130)
    assert "no-staff:sales" in raised(server)
    alarms = AlarmSettings(rules={"no-staff": AlarmRuleSettings(on=False)}, repeat=7)
    room(server).reconfigure(server.kernel._settings.model_copy(update={"alarms": alarms}))
    server.clock.advance(6)
    assert "no-staff:sales" not in raised(server)
    assert room(server).board.repeat == 7


def test_many_failed_log_ins_are_an_alarm_for_a_while(server: Server) -> None:
    for _ in range(10):
        room(server).log_in_failed("ssh", "192.0.2.7")
    server.clock.advance(6)
    assert "log-ins-failed:ssh" in raised(server)
    assert room(server).figures.registry.get_sample_value("callwright_failed_log_ins_total", {"door": "ssh"}) == 10
    server.clock.advance(310)
    assert "log-ins-failed:ssh" not in raised(server)


def test_the_work_of_the_pump_is_measured(server: Server) -> None:
    server.up()
    server.through_menu("4930123")
    value = room(server).figures.registry.get_sample_value
    assert value("callwright_contacts_opened_total", {"channel": "voice"}) == 1
    assert (value("callwright_engine_decision_seconds_count") or 0) > 3
    assert (value("callwright_journal_rows_total") or 0) > 3


def test_a_defect_in_a_look_ends_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[Any]:
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(room(server).watch, "readings", broken)
        server.clock.advance(20)
    server.clock.advance(20)
    assert "link-down:pbx" in raised(server)


def test_a_server_that_stands_by_is_not_ready_and_watches_no_calls(server: Server) -> None:
    server.up()
    running = room(server)._running
    pump = SimpleNamespace(
        standing_by=True,
        backlog=running.pump.backlog,
        stalled=False,
        standing=running.pump.standing,
        rebuilding=False,
        state=running.pump.state,
    )
    watch = Watch(replace(running, pump=pump, lag=lambda: (False, 1500)))
    assert watch.standing().role == "standby"
    assert not watch.standing().ready
    kinds = {one.kind: one.value for one in watch.readings(0.0, 0.0)}
    assert not {"link-down", "no-staff", "media-away"} & set(kinds)
    assert (kinds["standby-away"], kinds["standby-behind"]) == (1.0, 1500.0)


def test_exemplars_are_of_the_contacts_whose_traces_are_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = room(server)
    settings = watching._running.settings
    traces = settings.traces.model_copy(update={"endpoint": "http://127.0.0.1:1/v1/traces", "share": 0.5})
    sending = SimpleNamespace(settings=settings.model_copy(update={"traces": traces}))
    monkeypatch.setattr(watching, "_running", sending)
    fold, contacts = SpanFold(settings.name, 0.5), [ContactId(number) for number in range(1, 41)]
    for contact in contacts:
        fold.begin(contact, 1.0)
    spans = {contact: fold.request(contact, "one", 1.0, 2.0) for contact in contacts}
    sent = {contact: f"{span.trace:032x}" for contact, span in spans.items() if span is not None}
    assert 5 < len(sent) < 35
    assert {one: trace for one in contacts if (trace := watching._trace_of(one)) is not None} == sent


def test_the_figures_tell_what_became_of_the_spans(server: Server) -> None:
    running = room(server)._running
    sending = Traces(running)
    assert sending.figures() == SpanFigures()
    sending.exporter = SimpleNamespace(figures=SimpleNamespace(sent=3, dropped=1, failures=2))
    oversight = Oversight(running, spans=sending.figures)
    text = oversight._exposition.expose("")()[0].decode()
    assert 'callwright_trace_spans_total{outcome="exported"} 3.0' in text
    assert 'callwright_trace_spans_total{outcome="dropped"} 1.0' in text
    assert "callwright_trace_export_failures_total 2.0" in text
