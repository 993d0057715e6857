"""Many applications on one link to a switch, over real sockets: in both encodings, with links that come and go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IListeningPort

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
from csta.transport import Link, LinkClient, LinkSharing, listen
from csta.transport.link import LinkFactory, LinkProtocol
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


class House:
    """The switch, the shared link, and its applications."""

    def __init__(self, reactor: AsyncioSelectorReactor, profile: str, shown: str, settings: SharingSettings) -> None:
        self.reactor = reactor
        self.profile, self.shown = profile, shown
        self.switch = Switch()
        self.lines: list[str] = []
        self.sharing = LinkSharing(reactor, settings, tell=self.lines.append)
        self.ports: list[IListeningPort] = []

    async def start(self) -> "House":
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


Story = Callable[[House], Any]


def told(story: Story, profile: str = "ber", shown: str = "xml", settings: SharingSettings | None = None) -> None:
    async def whole(reactor: AsyncioSelectorReactor) -> None:
        house = await House(reactor, profile, shown, settings or SharingSettings()).start()
        try:
            await story(house)
        finally:
            await house.stop()

    drive(whole)


@pytest.mark.parametrize(("profile", "shown"), [("ber", "xml"), ("xml", "ber"), ("ber", "ber")])
def test_two_applications_share_a_monitor(profile: str, shown: str) -> None:
    async def story(house: House) -> None:
        one, two = await house.application(), await house.application()
        first, second = await one.monitor(), await two.monitor()
        assert first != second
        assert house.switch.count(m.MonitorStart) == 1
        house.switch.report()
        await until(house.reactor, lambda: one.events and two.events)
        for application, reference in ((one, first), (two, second)):
            (event,) = application.events
            assert event == held(reference)
        with pytest.raises(ServiceRefused, match="invalidCalledDeviceID"):
            await two.ask(m.MakeCall(calling_device=DEVICE, called_directory_number=DeviceID("999")))
        monitors = await one.ask(m.GetMonitors())
        assert monitors.monitor_list == (m.MonitorListEntry(monitor_cross_ref_id=first, monitor_object=DEVICE),)

        assert one.link is not None
        one.link.close()
        await until(house.reactor, lambda: len(house.sharing.core.applications) == 1)
        house.switch.report()
        await until(house.reactor, lambda: len(two.events) == 2)
        assert house.switch.count(m.MonitorStop) == 0
        await two.ask(m.MonitorStop(monitor_cross_ref_id=second))
        await until(house.reactor, lambda: not house.switch.monitors)
        assert house.sharing.core.monitors == 0

    told(story, profile, shown)


def test_monitors_come_back_with_the_link_to_the_switch() -> None:
    async def story(house: House) -> None:
        one = await house.application()
        first = await one.monitor()
        waits = one.ask(m.SnapshotDevice(snapshot_object=DEVICE))
        house.switch.cut()
        with pytest.raises(ServiceRefused, match="resourceOutOfService"):
            await waits
        await until(house.reactor, lambda: _S.DISABLED in one.statuses)
        assert not house.sharing.admits()
        with pytest.raises(ServiceRefused, match="resourceOutOfService"):
            await one.monitor()
        await until(house.reactor, lambda: _S.MESSAGES_LOST in one.statuses)
        assert one.statuses[-3:] == [_S.DISABLED, _S.ENABLED, _S.MESSAGES_LOST]
        assert house.sharing.admits()
        house.switch.report()
        await until(house.reactor, lambda: one.events)
        assert one.events[0].monitor_cross_ref_id == first
        # Who starts anew, as the standard says, has not two of them.
        assert await one.monitor() == first
        assert (len(house.switch.monitors), house.switch.count(m.MonitorStart)) == (1, 2)

    told(story)


def test_who_comes_while_the_switch_is_away_tries_again() -> None:
    async def story(house: House) -> None:
        switch = house.ports[0].getHost().port
        await maybeDeferred(house.ports[0].stopListening)
        house.switch.cut()
        await until(house.reactor, lambda: not house.sharing.core.up)
        late = Application()
        place = house.ports[1].getHost().port
        client = LinkClient(house.reactor, HOST, place, DIALECT, SessionSettings(), late, profile="xml")
        client.start()
        await pause(house.reactor, 0.3)
        assert late.link is None
        back = await listen(
            house.reactor, HOST, house.ports[0].getHost().port, DIALECT, SessionSettings(), house.switch
        )
        house.ports[0] = back
        await until(house.reactor, lambda: late.link, 15)
        await late.monitor()
        await client.stop()
        await until(house.reactor, lambda: not house.switch.monitors)

    told(story)


def test_a_routing_dialogue_is_between_the_switch_and_who_registered() -> None:
    async def story(house: House) -> None:
        router, other = await house.application(), await house.application()
        registered = await router.ask(m.RouteRegister(routeing_device=DEVICE))
        identity = registered.route_register_req_id
        assert house.switch.link is not None
        house.switch.link.send_notice(m.RouteRequest(cross_ref_identifier="0C", route_register_req_id=identity))
        await until(house.reactor, lambda: router.notices)
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
        await until(house.reactor, lambda: house.switch.noticed)
        assert house.switch.noticed == [right]
        assert other.notices == []
        # The router goes away: its dialogue is ended, and its registration given up.
        router.link.close()
        await until(house.reactor, lambda: house.switch.count(m.RouteRegisterCancel))
        ended = m.RouteEnd(cross_ref_identifier="0C", route_register_req_id=identity)
        assert house.switch.noticed == [right, ended]
        # Nobody routes any more, and the switch need not wait to find out.
        house.switch.link.send_notice(m.RouteRequest(cross_ref_identifier="0D", route_register_req_id=identity))
        await until(house.reactor, lambda: len(house.switch.noticed) == 3)

    told(story)


def test_segments_go_to_who_asked() -> None:
    async def story(house: House) -> None:
        one, two = await house.application(), await house.application()
        answer = await two.ask(m.SnapshotDevice(snapshot_object=DeviceID("segments")))
        assert answer.service_cross_ref_id == "0A"
        await until(house.reactor, lambda: len(two.notices) == 2)
        assert one.notices == []

    told(story)


def test_nobody_keeps_the_others_waiting() -> None:
    async def story(house: House) -> None:
        greedy, modest = await house.application(), await house.application()
        answered: list[str] = []
        assert greedy.link is not None
        assert modest.link is not None
        for _ in range(60):
            greedy.link.request(m.SnapshotDevice(snapshot_object=DEVICE)).addCallback(
                lambda _: answered.append("greedy")
            )
        await until(house.reactor, lambda: house.switch.held_back)
        modest.link.request(m.SnapshotDevice(snapshot_object=DEVICE)).addCallback(lambda _: answered.append("modest"))
        while "modest" not in answered:
            await until(house.reactor, lambda: house.switch.held_back)
            house.switch.answer_one()
            await pause(house.reactor, 0.005)
        assert len(answered) < 20
        # Call control does not even wait for a turn in between.
        with pytest.raises(ServiceRefused, match="invalidCalledDeviceID"):
            await modest.ask(m.MakeCall(calling_device=DEVICE, called_directory_number=DeviceID("999")))
        while len(answered) < 61:
            while house.switch.held_back:
                house.switch.answer_one()
            await pause(house.reactor, 0.01)

    told(story, settings=SharingSettings(window=8))


def test_limits_of_applications_and_of_their_monitors() -> None:
    async def story(house: House) -> None:
        one = await house.application()
        await one.monitor()
        with pytest.raises(ServiceRefused, match="overallMonitorLimitExceeded"):
            await one.ask(m.MonitorStart(monitor_object=DeviceID("102")))
        assert not house.sharing.admits()

    told(story, settings=SharingSettings(applications=1, monitors=1))


def test_the_status_of_the_switch_is_everybodys() -> None:
    async def story(house: House) -> None:
        one = await house.application()
        assert house.switch.link is not None
        house.switch.link.tell_status(_S.OVERLOAD_REACHED)
        await until(house.reactor, lambda: _S.OVERLOAD_REACHED in one.statuses)
        late = await house.application()
        await until(house.reactor, lambda: _S.OVERLOAD_REACHED in late.statuses)
        status = await late.ask(m.RequestSystemStatus())
        assert status.system_status is _S.OVERLOAD_REACHED

    told(story)
