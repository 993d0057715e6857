"""Many applications on one link to a switch, over real sockets: in both encodings, with links that come and go."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint

from csta import ConnectionID, DeviceID, ServiceRefused
from csta import messages as m
from csta.causes import EventCause
from csta.dialects.openscape_business import DIALECT
from csta.errors import RemoteError
from csta.messages import ErrorResponse, Event, Notice, Request, Response
from csta.session import Session
from csta.session_events import Role, SessionSettings
from csta.sharing import SharingSettings
from csta.states import SystemStatusValue
from csta.transport import Link, LinkClient, listen
from csta.transport.link import LinkFactory, LinkProtocol
from csta.transport.sharing import LinkSharing
from tests.integration.house import ROOT, House, free_ports
from tests.integration.house import until as sooner_or_later
from tests.unit.media_service.driving import drive, pause, until

HOST = "127.0.0.1"
DEVICE = DeviceID("101")
AT_DEVICE = ConnectionID("0007", "101")
_S = SystemStatusValue


def held(reference: str) -> m.Held:
    return m.Held(
        monitor_cross_ref_id=reference, held_connection=AT_DEVICE, holding_device=DEVICE, cause=EventCause.NORMAL
    )


class Switch:
    """A switch that keeps what it is asked, and answers some of it when told."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.asked: list[Request] = []
        self.noticed: list[Notice] = []
        self.monitors: dict[str, str] = {}
        self.held_back: list[tuple[Link, int]] = []
        self._numbered = 0

    def link_up(self, link: Link) -> None:
        self.link = link
        self.monitors.clear()

    def link_down(self, link: Link, reason: str) -> None:
        self.link = None

    def event_received(self, link: Link, event: Event) -> None: ...
    def fault(self, link: Link, text: str, raw: bytes) -> None:
        raise AssertionError(text)

    def notice_received(self, link: Link, notice: Notice) -> None:
        self.noticed.append(notice)

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None: ...

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        self.asked.append(request)
        answer = self._answer(request)
        if answer is None:
            self.held_back.append((link, invoke_id))
            return
        link.respond(invoke_id, answer)
        if isinstance(answer, m.SnapshotDeviceResponse) and answer.service_cross_ref_id is not None:
            for last in (False, True):
                link.send_notice(m.SnapshotDeviceData(service_cross_ref_id="0A", last_segment=last))

    def _answer(self, request: Request) -> Response | ErrorResponse | None:
        self._numbered += 1
        match request:
            case m.MonitorStart(monitor_object=DeviceID(number)):
                reference = f"{self._numbered:08X}"
                self.monitors[reference] = number
                return m.MonitorStartResponse(monitor_cross_ref_id=reference)
            case m.MonitorStop(monitor_cross_ref_id=reference):
                del self.monitors[reference]
                return m.MonitorStopResponse()
            case m.SnapshotDevice(snapshot_object=DeviceID("segments")):
                return m.SnapshotDeviceResponse(service_cross_ref_id="0A")
            case m.SnapshotDevice():
                return None
            case m.RouteRegister():
                return m.RouteRegisterResponse(route_register_req_id="0B")
            case m.RouteRegisterCancel():
                return m.RouteRegisterCancelResponse()
        return ErrorResponse(category="operation", value="invalidCalledDeviceID")

    def count(self, service: type[Request]) -> int:
        return sum(isinstance(request, service) for request in self.asked)

    def report(self) -> None:
        assert self.link is not None
        for reference in self.monitors:
            self.link.notify(held(reference))

    def answer_one(self) -> None:
        link, invoke_id = self.held_back.pop(0)
        link.respond(invoke_id, m.SnapshotDeviceResponse())

    def cut(self) -> None:
        assert self.link is not None
        self.link._protocol.transport.abortConnection()


@dataclass
class Application:
    """An application that keeps what it is told, and stays on its link whatever that is."""

    events: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    statuses: list[SystemStatusValue] = field(default_factory=list)
    link: Link | None = None

    def link_up(self, link: Link) -> None:
        self.link = link

    def link_down(self, link: Link, reason: str) -> None:
        self.link = None

    def event_received(self, link: Link, event: Event) -> None:
        self.events.append(event)

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        raise AssertionError(text)

    def notice_received(self, link: Link, notice: Notice) -> None:
        self.notices.append(notice)

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None: ...

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        self.statuses.append(status)

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        self.requests.append(request)
        link.respond(invoke_id, request.response())

    async def ask(self, request: Request) -> Any:
        assert self.link is not None
        return await self.link.request(request)

    async def monitor(self) -> str:
        started = await self.ask(m.MonitorStart(monitor_object=DEVICE))
        reference: str = started.monitor_cross_ref_id
        return reference


class Office:
    """The switch, the shared link, and its applications."""

    def __init__(self, reactor: AsyncioSelectorReactor, profile: str, shown: str, settings: SharingSettings) -> None:
        self.reactor = reactor
        self.profile, self.shown = profile, shown
        self.switch = Switch()
        self.lines: list[str] = []
        self.sharing = LinkSharing(reactor, settings, tell=self.lines.append)
        self.ports: list[Any] = []

    async def start(self) -> "Office":
        quiet = SessionSettings()
        to = await listen(self.reactor, HOST, 0, DIALECT, quiet, self.switch, profile=self.profile)
        port = to.getHost().port
        side = self.sharing.switch_side
        session = self.sharing.session
        self.client = LinkClient(self.reactor, HOST, port, DIALECT, session, side, profile=self.profile)
        shared = await listen(
            self.reactor,
            HOST,
            0,
            DIALECT,
            session,
            self.sharing.application_side,
            profile=self.shown,
            admits=self.sharing.admits,
        )
        self.ports = [to, shared]
        self.client.start()
        await until(self.reactor, lambda: self.sharing.core.up)
        return self

    async def application(self) -> Application:
        found = Application()

        def make() -> LinkProtocol:
            session = Session(Role.COMPUTING_FUNCTION, DIALECT, SessionSettings(), profile=self.shown)
            return LinkProtocol(self.reactor, session, found)

        endpoint: Any = TCP4ClientEndpoint
        await endpoint(self.reactor, HOST, self.ports[1].getHost().port).connect(LinkFactory(make))
        await until(self.reactor, lambda: found.link is not None)
        return found

    async def stop(self) -> None:
        await self.sharing.close_applications()
        assert self.sharing.core.applications == {}
        await self.client.stop()
        for port in self.ports:
            await maybeDeferred(port.stopListening)
        await pause(self.reactor, 0.05)


Story = Callable[[Office], Any]


def told(story: Story, profile: str = "ber", shown: str = "xml", settings: SharingSettings | None = None) -> None:
    async def whole(reactor: AsyncioSelectorReactor) -> None:
        office = await Office(reactor, profile, shown, settings or SharingSettings()).start()
        try:
            await story(office)
        finally:
            await office.stop()

    drive(whole)


@pytest.mark.parametrize(("profile", "shown"), [("ber", "xml"), ("xml", "ber"), ("ber", "ber")])
def test_two_applications_share_a_monitor(profile: str, shown: str) -> None:
    async def story(office: Office) -> None:
        one, two = await office.application(), await office.application()
        first, second = await one.monitor(), await two.monitor()
        assert first != second
        assert office.switch.count(m.MonitorStart) == 1
        office.switch.report()
        await until(office.reactor, lambda: one.events and two.events)
        for application, reference in ((one, first), (two, second)):
            (event,) = application.events
            assert event == held(reference)
        with pytest.raises(ServiceRefused, match="invalidCalledDeviceID"):
            await two.ask(m.MakeCall(calling_device=DEVICE, called_directory_number=DeviceID("999")))
        monitors = await one.ask(m.GetMonitors())
        assert monitors.monitor_list == (m.MonitorListEntry(monitor_cross_ref_id=first, monitor_object=DEVICE),)

        assert one.link is not None
        one.link.close()
        await until(office.reactor, lambda: len(office.sharing.core.applications) == 1)
        office.switch.report()
        await until(office.reactor, lambda: len(two.events) == 2)
        assert office.switch.count(m.MonitorStop) == 0
        await two.ask(m.MonitorStop(monitor_cross_ref_id=second))
        await until(office.reactor, lambda: not office.switch.monitors)
        assert office.sharing.core.monitors == 0

    told(story, profile, shown)


def test_monitors_come_back_with_the_link_to_the_switch() -> None:
    async def story(office: Office) -> None:
        one = await office.application()
        first = await one.monitor()
        waits = one.ask(m.SnapshotDevice(snapshot_object=DEVICE))
        office.switch.cut()
        with pytest.raises(ServiceRefused, match="resourceOutOfService"):
            await waits
        await until(office.reactor, lambda: _S.DISABLED in one.statuses)
        assert not office.sharing.admits()
        with pytest.raises(ServiceRefused, match="resourceOutOfService"):
            await one.monitor()
        await until(office.reactor, lambda: _S.MESSAGES_LOST in one.statuses)
        assert one.statuses[-3:] == [_S.DISABLED, _S.ENABLED, _S.MESSAGES_LOST]
        assert office.sharing.admits()
        office.switch.report()
        await until(office.reactor, lambda: one.events)
        assert one.events[0].monitor_cross_ref_id == first
        # Who starts anew, as the standard says, has not two of them.
        assert await one.monitor() == first
        assert (len(office.switch.monitors), office.switch.count(m.MonitorStart)) == (1, 2)

    told(story)


def test_who_comes_while_the_switch_is_away_tries_again() -> None:
    async def story(office: Office) -> None:
        switch = office.ports[0].getHost().port
        await maybeDeferred(office.ports[0].stopListening)
        office.switch.cut()
        await until(office.reactor, lambda: not office.sharing.core.up)
        late = Application()
        place = office.ports[1].getHost().port
        client = LinkClient(office.reactor, HOST, place, DIALECT, SessionSettings(), late, profile="xml")
        client.start()
        await pause(office.reactor, 0.3)
        assert late.link is None
        office.ports[0] = await listen(
            office.reactor, HOST, switch, DIALECT, SessionSettings(), office.switch, profile=office.profile
        )
        await until(office.reactor, lambda: late.link, 15)
        await late.monitor()
        await client.stop()
        await until(office.reactor, lambda: not office.switch.monitors)

    told(story)


def test_a_routing_dialogue_is_between_the_switch_and_who_registered() -> None:
    async def story(office: Office) -> None:
        router, other = await office.application(), await office.application()
        registered = await router.ask(m.RouteRegister(routeing_device=DEVICE))
        identity = registered.route_register_req_id
        assert office.switch.link is not None
        office.switch.link.send_notice(m.RouteRequest(cross_ref_identifier="0C", route_register_req_id=identity))
        await until(office.reactor, lambda: router.notices)
        assert isinstance(router.notices[0], m.RouteRequest)
        stolen, right = (
            m.RouteSelect(cross_ref_identifier="0C", route_register_req_id=identity, route_selected=DeviceID(number))
            for number in ("666", "102")
        )
        assert other.link is not None
        other.link.send_notice(stolen)
        with pytest.raises(ServiceRefused, match="invalidRouteRegistrationCrossRefID"):
            await other.ask(m.RouteRegisterCancel(route_register_req_id=identity))
        assert router.link is not None
        router.link.send_notice(right)
        await until(office.reactor, lambda: office.switch.noticed)
        assert office.switch.noticed == [right]
        assert other.notices == []
        # The router goes away: its dialogue is ended, and its registration given up.
        router.link.close()
        await until(office.reactor, lambda: office.switch.count(m.RouteRegisterCancel))
        ended = m.RouteEnd(cross_ref_identifier="0C", route_register_req_id=identity)
        assert office.switch.noticed == [right, ended]
        # Nobody routes any more, and the switch need not wait to find out.
        office.switch.link.send_notice(m.RouteRequest(cross_ref_identifier="0D", route_register_req_id=identity))
        await until(office.reactor, lambda: len(office.switch.noticed) == 3)

    told(story)


def test_segments_go_to_who_asked() -> None:
    async def story(office: Office) -> None:
        one, two = await office.application(), await office.application()
        answer = await two.ask(m.SnapshotDevice(snapshot_object=DeviceID("segments")))
        assert answer.service_cross_ref_id == "0A"
        await until(office.reactor, lambda: len(two.notices) == 2)
        assert one.notices == []

    told(story)


def test_nobody_keeps_the_others_waiting() -> None:
    async def story(office: Office) -> None:
        greedy, modest = await office.application(), await office.application()
        answered: list[str] = []
        assert greedy.link is not None
        assert modest.link is not None
        for _ in range(60):
            greedy.link.request(m.SnapshotDevice(snapshot_object=DEVICE)).addCallback(
                lambda _: answered.append("greedy")
            )
        await until(office.reactor, lambda: office.switch.held_back)
        modest.link.request(m.SnapshotDevice(snapshot_object=DEVICE)).addCallback(lambda _: answered.append("modest"))
        while "modest" not in answered:
            await until(office.reactor, lambda: office.switch.held_back)
            office.switch.answer_one()
            await pause(office.reactor, 0.005)
        assert len(answered) < 20
        # Call control does not even wait for a turn in between.
        with pytest.raises(ServiceRefused, match="invalidCalledDeviceID"):
            await modest.ask(m.MakeCall(calling_device=DEVICE, called_directory_number=DeviceID("999")))
        while len(answered) < 61:
            while office.switch.held_back:
                office.switch.answer_one()
            await pause(office.reactor, 0.01)

    told(story, settings=SharingSettings(window=8))


def test_limits_of_applications_and_of_their_monitors() -> None:
    async def story(office: Office) -> None:
        one = await office.application()
        await one.monitor()
        with pytest.raises(ServiceRefused, match="overallMonitorLimitExceeded"):
            await one.ask(m.MonitorStart(monitor_object=DeviceID("102")))
        assert not office.sharing.admits()

    told(story, settings=SharingSettings(applications=1, monitors=1))


def test_the_status_of_the_switch_is_everybodys() -> None:
    async def story(office: Office) -> None:
        one = await office.application()
        assert office.switch.link is not None
        office.switch.link.tell_status(_S.OVERLOAD_REACHED)
        await until(office.reactor, lambda: _S.OVERLOAD_REACHED in one.statuses)
        late = await office.application()
        await until(office.reactor, lambda: _S.OVERLOAD_REACHED in late.statuses)
        status = await late.ask(m.RequestSystemStatus())
        assert status.system_status is _S.OVERLOAD_REACHED

    told(story)


BUSINESS = "dialect: openscape_business"


@pytest.mark.timeout(150)
def test_the_server_and_a_probe_on_one_link_of_the_lab(tmp_path: Path) -> None:
    """The lab PBX speaks BER, the applications XML; a call is served, and the link comes back after the PBX does."""
    home = House(tmp_path)
    for file, profile in (("lab.yaml", "ber"), ("server.yaml", "xml")):
        text = (home.config / file).read_text()
        spoken, changed = re.subn(
            r"(?m)^( +)dialect: openscape_voice\b.*$", rf"\1{BUSINESS}\n\1profile: {profile}", text
        )
        assert changed == 1
        (home.config / file).write_text(spoken)
    port = free_ports({"share": 1})["share"]
    callwright = [sys.executable, "-m", "cti_server"]
    here, there = f"{HOST}:{port}", f"{HOST}:{home.ports['csta']}"
    try:
        home.start_pbx()
        home.start_media()
        words = ["--listen", here, "--to", there, "--dialect", "openscape_business", "--listen-profile", "xml"]
        share = home.peer("share", [*callwright, "csta", "share", *words])

        def says(text: str, times: int = 1) -> None:
            sooner_or_later(lambda: sum(text in line for line in share.log.other) >= times, 30, f"share says {text}")

        says(f"switch {there}: up")
        run = [*callwright, "run", "--config", str(home.config), "--set", "log.format=json"]
        server = home.peer("server-on-share", [*run, "--set", f"links.pbx.port={port}"])
        server.expect("link surveyed", within=30)
        server.expect("media service connected", within=30)
        caller = home.caller("7201")
        server.expect("MediaJoined")

        probe = [*callwright, "csta", "probe", here, "--dialect", "openscape_business", "--profile", "xml"]
        done = subprocess.run(
            [*probe, "--device", "7000"], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
        )
        assert done.returncode in {0, 1}, done.stderr
        started = [line.split() for line in done.stdout.splitlines() if "MonitorStart" in line]
        assert started[0][1:3] == ["yes", "yes"]
        says("(2 there)")

        # The probe has stopped its monitor of the pilot; the server's goes on.
        caller.stop()
        server.expect("ContactClosed")
        since = server.log.mark()
        again = home.caller("7202")
        server.expect("MediaJoined", since=since)
        again.stop()
        server.expect("ContactClosed", since=since)

        since = server.log.mark()
        assert home.pbx is not None
        home.pbx.stop()
        server.expect("link down", since=since)
        home.start_pbx()
        says(f"switch {there}: up", 2)
        server.expect("link surveyed", within=60, since=since)
        share.signal(signal.SIGINT)
        assert share.wait() == 0
        assert not [line for line in share.log.other if "odd" in line or "cannot be" in line]
    finally:
        home.stop()
