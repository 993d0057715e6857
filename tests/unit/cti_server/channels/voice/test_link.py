"""A voice link with a PBX on paper: what its owner is told, and when."""

from collections.abc import Iterable
from typing import Any

import pytest
from structlog.testing import capture_logs

from csta import ConnectionID, DeviceID, LocalError, ServiceRefused, SystemStatusValue
from csta import messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.session_events import SessionSettings
from csta.states import ConnectionState
from csta.transport import Address, TlsSettings
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice.link import Access, VoiceLink
from cti_server.vocabulary.ids import LinkName
from tests.fakes.pbx_on_paper import PaperLink
from tests.fakes.virtual_time import VirtualClock

S = ConnectionState


class Owner:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.devices: list[str] = ["7000", "7101"]
        self.told: list[tuple[Any, ...]] = []

    def wanted(self, link: VoiceLink) -> Iterable[str]:
        return self.devices

    def routes(self, link: VoiceLink) -> Iterable[str]:
        return []

    def link_surveyed(self, link: VoiceLink, *, came_up: bool) -> None:
        self.told.append(("surveyed", came_up))

    def link_lost(self, link: VoiceLink, reason: str) -> None:
        self.told.append(("lost", reason))

    def event_folded(self, link: VoiceLink, event: m.Event, caller: str | None) -> None:
        self.told.append(("event", type(event).__name__, caller))

    def call_corrected(self, link: VoiceLink, call_id: str) -> None:
        self.told.append(("corrected", call_id))

    def agents_found(self, link: VoiceLink, device: str, response: m.GetAgentStateResponse) -> None:
        self.told.append(("agents", device))

    def notice_received(self, link: VoiceLink, notice: m.Notice) -> None:
        self.told.append(("notice", type(notice).__name__))

    def take(self) -> list[tuple[Any, ...]]:
        told = self.told.copy()
        self.told.clear()
        return told


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, access: Access | None = None) -> None:
        self.pbx, self.owner, self.clock = PaperLink(), Owner(), VirtualClock()
        self.options: dict[str, Any] = {}

        def make(*arguments: Any, **options: Any) -> Any:
            self.options = options
            return self.pbx(*arguments, **options)

        monkeypatch.setattr(link_module, "LinkClient", make)
        self.link = VoiceLink(
            reactor=None,  # type: ignore[arg-type] # nothing on paper needs one
            name=LinkName("pbx"),
            host="paper",
            port=1,
            dialect=DIALECT,
            settings=SessionSettings(),
            clock=self.clock,
            owner=self.owner,
            access=access,
        )

    def up(self) -> "World":
        self.pbx.come_up()
        assert self.owner.take() == [("surveyed", True)]
        return self


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_access_goes_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    tls, other = TlsSettings(server_name="pbx"), Address("paper-b", 2)
    options = World(monkeypatch, Access(tls=tls, profile="xml", others=(other,), warm_standby=True)).options
    assert (options["tls"], options["profile"], options["others"]) == (tls, "xml", (other,))
    assert options["warm_standby"]


def test_events_are_told_once_everything_is_known(world: World) -> None:
    world.up()
    call = world.pbx.dial_pilot("+4989123")
    assert world.owner.take() == [("event", "Queued", None)]
    world.pbx.hang_up(call, "+4989123")
    assert world.owner.take()[-1] == ("event", "ConnectionCleared", "+4989123")


def test_the_loss_of_the_link_and_its_return(world: World) -> None:
    world.up()
    world.pbx.go_down()
    assert world.owner.take() == [("lost", "cut")]
    assert not world.link.up
    assert world.link.monitored == {}
    world.link.survey()
    assert world.owner.take() == []
    world.up()


def test_new_devices_and_lost_monitors_and_lost_messages_are_surveyed(world: World) -> None:
    world.up()
    world.owner.devices.append("7102")
    world.link.survey()
    assert world.owner.take() == [("surveyed", False)]
    assert "7102" in world.link.monitored
    reference = world.link.monitored["7101"]
    answers: list[Any] = []
    world.pbx.respond = lambda number, answer: answers.append((number, answer))  # type: ignore[attr-defined]
    world.pbx.observer.request_received(world.pbx, 5, m.MonitorStop(monitor_cross_ref_id=reference))
    assert answers == [(5, m.MonitorStopResponse())]
    assert world.owner.take() == [("surveyed", False)]
    assert "7101" in world.link.monitored
    world.pbx.observer.status_changed(world.pbx, SystemStatusValue.MESSAGES_LOST)
    assert world.owner.take() == [("surveyed", False)]


def test_a_doubt_is_looked_at(world: World) -> None:
    world.up()
    world.pbx.calls["C9"] = {"7101": S.CONNECTED, "+49": S.CONNECTED}
    world.pbx.callers["C9"] = "+49"
    at = ConnectionID("C9", "7101")
    event = m.Retrieved(monitor_cross_ref_id=world.link.monitored["7101"], retrieved_connection=at)
    world.pbx.observer.event_received(world.pbx, event)
    assert world.owner.take() == [("event", "Retrieved", None), ("corrected", "C9")]
    assert set(world.link.mirror.calls["C9"].connections) == {"7101", "+49"}


def test_a_check_always_comes_to_an_end(world: World) -> None:
    done: list[str] = []
    world.link.check_call("C1").addCallback(lambda _: done.append("down"))
    assert done == ["down"]
    world.up()
    world.pbx.refuse[m.SnapshotCall] = ServiceRefused("systemResourceAvailability", "resourceBusy")
    world.link.check_call("C1").addCallback(lambda _: done.append("unsure"))
    assert done == ["down", "unsure"]
    assert world.owner.take() == []
    del world.pbx.refuse[m.SnapshotCall]
    world.clock.advance(30.0)
    assert world.owner.take() == [("corrected", "C1")]


def test_notices_of_routing_are_told_and_ours_are_sent(world: World) -> None:
    ended = m.RouteEnd(cross_ref_identifier="1")
    sent: list[m.Notice] = []
    assert not world.link.send_notice(ended)
    world.up()
    world.pbx.send_notice = sent.append  # type: ignore[attr-defined]
    assert world.link.send_notice(ended)
    assert sent == [ended]
    world.pbx.observer.notice_received(world.pbx, ended)
    data = m.SnapshotDeviceData(service_cross_ref_id="X", last_segment=True)
    world.pbx.observer.notice_received(world.pbx, data)
    world.pbx.observer.notice_received(world.pbx, m.RouteRegisterAbort(route_register_req_id="R"))
    assert world.owner.take() == [("notice", "RouteEnd"), ("notice", "RouteRegisterAbort")]

    def refuses(_notice: m.Notice) -> None:
        raise LocalError("too long")

    world.pbx.send_notice = refuses  # type: ignore[attr-defined]
    assert not world.link.send_notice(ended)


def test_what_goes_wrong_is_one_line(world: World) -> None:
    with capture_logs() as lines:
        world.pbx.observer.attempt_failed("pbx-b:1040", "refused", 2.04)
        world.pbx.observer.fault(world.pbx, "odd", b"\x01")
        refused = ServiceRefused("operation", "x")
        world.pbx.observer.notice_refused(world.pbx, m.RouteEnd(cross_ref_identifier="1"), refused)
        world.up()
        world.pbx.refuse[m.MonitorStart] = ServiceRefused("operation", "invalidDeviceID")
        world.owner.devices.append("7999")
        world.link.survey()
        world.link.survey()
    warnings = [str(line) for line in lines if line["log_level"] == "warning"]
    for text in ("pbx-b:1040", "odd", "RouteEnd", "7999"):
        assert len([line for line in warnings if text in line]) == 1
    assert world.link.refused == {"7999": "refused: operation/invalidDeviceID"}


def test_devices_by_number_are_all_that_is_asked(world: World) -> None:
    world.up()
    monitored = [one.monitor_object for one in world.pbx.asked if isinstance(one, m.MonitorStart)]
    assert monitored == [DeviceID("7000"), DeviceID("7101")]
