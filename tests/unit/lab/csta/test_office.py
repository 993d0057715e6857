"""The office on real sockets: several listeners in several dialects at once, limits, log-ins, and mishaps."""

from collections.abc import Callable, Coroutine
from functools import partial
from random import Random
from typing import Any

import pytest
from structlog.testing import CapturingLogger
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from csta import messages as m
from csta.dialects import Dialect, Profile
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event, Request, Response
from csta.session_settings import Credentials, SessionSettings
from csta.states import SystemStatusValue
from csta.transport import Link, LinkClient
from lab.csta.model import Model, Rules
from lab.csta.office import CstaOffice
from lab.csta_settings import DIALECTS, ListenerPlan
from lab.fault_door import Ask
from lab.faults import Faults, Mishap
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, Notify
from tests.unit.lab.csta.offices import PHONES, PLAN
from tests.unit.media_service.driving import drive, pause, until

WHO = Credentials("callwright", "open sesame")
SESSION = SessionSettings(heartbeat=30)


def plan(dialect: str, profile: str | None = None, **more: Any) -> ListenerPlan:
    found = DIALECTS[dialect]
    return ListenerPlan(host="127.0.0.1", port=0, dialect=found, profile=found.profile(profile), **more)


PLANS = (
    plan("openscape_voice"),
    plan("openscape_4000", "ber-tpkt"),
    plan("openscape_business", "ber", credentials=WHO),
    plan("openscape_business", "xml", credentials=WHO),
)


class Application:
    """An application that keeps what it is told."""

    def __init__(self, reactor: Any, port: int, way: ListenerPlan, who: Credentials | None = None, **more: Any) -> None:
        self.reactor = reactor
        self.link: Link | None = None
        self.events: list[Event] = []
        self.statuses: list[SystemStatusValue] = []
        self.asked: list[Request] = []
        self.faults: list[str] = []
        self.reasons: list[str] = []
        dialect: Dialect = way.dialect
        profile: Profile = way.profile
        self.client = LinkClient(
            reactor, "127.0.0.1", port, dialect, SESSION, self, profile=profile, credentials=who, **more
        )
        self.client.start()

    async def up(self) -> "Application":
        await until(self.reactor, lambda: self.link is not None)
        return self

    async def ask(self, request: Request) -> Any:
        assert self.link is not None
        return await self.link.request(request)

    def link_up(self, link: Link) -> None:
        self.link = link

    def link_down(self, link: Link, reason: str) -> None:
        self.link = None
        self.reasons.append(reason)

    def event_received(self, link: Link, event: Event) -> None:
        self.events.append(event)

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        self.asked.append(request)
        answer: Response = m.MonitorStopResponse()
        link.respond(invoke_id, answer)

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        self.statuses.append(status)

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        self.faults.append(text)


class Ground:
    """A switch without phones behind an office on real sockets."""

    def __init__(self, reactor: AsyncioSelectorReactor, plans: tuple[ListenerPlan, ...] = PLANS) -> None:
        self.reactor = reactor
        self.plans = plans
        self.switch = Switch(PLAN, epoch=1)
        self.restarts = 0
        self.applications: list[Application] = []
        model = Model(
            plan=PLAN,
            supported=self.switch.supported(),
            perform=lambda request: self.switch.perform(request, reactor.seconds()),
            calls=lambda: frozenset(call.call_id for call in self.switch.calls()),
            settle=self.settle,
            attend=lambda devices: self.switch.attend(devices & frozenset(PLAN.pilots)),
            now=reactor.seconds,
            restart=self._restart,
        )
        self.office = CstaOffice(
            reactor, model, Rules(), plans, SESSION, Faults({}, Random(1)), None, CapturingLogger()
        )

    def _restart(self) -> None:
        self.restarts += 1
        self.switch = Switch(PLAN, epoch=1 + self.restarts)

    def settle(self) -> None:
        while wishes := self.switch.take_wishes():
            for wish in wishes:
                if isinstance(wish, Notify):
                    self.office.notify(wish.device, wish.event)
            self.office.settled()

    def dial(self, caller: str, number: str) -> None:
        self.switch.arrived(f"in-{caller}", CallerID(caller), number, self.reactor.seconds())
        self.settle()

    def connect(self, place: int, who: Credentials | None = None, **more: Any) -> Application:
        made = Application(self.reactor, self.office.ports[place], self.plans[place], who, **more)
        self.applications.append(made)
        return made

    async def application(self, place: int, who: Credentials | None = None, **more: Any) -> Application:
        return await self.connect(place, who, **more).up()


def told(story: Callable[[Ground], Coroutine[Any, Any, None]], plans: tuple[ListenerPlan, ...] = PLANS) -> None:
    """Run a story between start and stop of an office."""

    async def whole(reactor: AsyncioSelectorReactor) -> None:
        ground = Ground(reactor, plans)
        for number in PHONES:
            ground.switch.registered(number)
        await ground.office.start()
        try:
            await story(ground)
        finally:
            for one in ground.applications:
                await one.client.stop()
            await ground.office.stop()
            await pause(reactor, 0.05)

    drive(whole)


def test_one_switch_serves_four_ways_at_once_each_in_its_own_names() -> None:
    async def story(ground: Ground) -> None:
        everybody = [await ground.application(place, WHO if place > 1 else None) for place in range(4)]
        for one in everybody:
            await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        ground.dial("7201", "7000")
        await until(ground.reactor, lambda: all(one.events for one in everybody))
        queued = [one.events[0] for one in everybody]
        assert [type(event) for event in queued] == [m.Queued] * 4
        calls = [event.queued_connection.call_id for event in queued if isinstance(event, m.Queued)]
        assert [len(call) // 2 for call in calls] == [16, 4, 2, 2]
        for one, call in zip(everybody, calls, strict=True):
            found = await one.ask(m.SnapshotCall(snapshot_object=ConnectionID(call, "7000")))
            assert [item.call_identifier.device_id for item in found.snapshot_data] == ["7201", "7000"]
        assert [one.faults for one in everybody] == [[]] * 4

    told(story)


def test_a_wrong_password_is_refused_and_the_right_one_let_in() -> None:
    async def story(ground: Ground) -> None:
        for place in (2, 3):
            wrong = ground.connect(place, Credentials("callwright", "shut sesame"))
            await until(ground.reactor, partial(getattr, wrong, "reasons"))
            assert wrong.link is None
            await wrong.client.stop()
            await ground.application(place, WHO)

    told(story)


def test_openscape_business_takes_four_links_by_whichever_listener() -> None:
    async def story(ground: Ground) -> None:
        for place in (2, 2, 3, 3):
            await ground.application(place, WHO)
        fifth = ground.connect(3, WHO)
        await until(ground.reactor, lambda: fifth.reasons)
        assert fifth.link is None
        await ground.application(0)  # other dialects have room
        await ground.applications[0].client.stop()
        await until(ground.reactor, lambda: fifth.link is not None)

    told(story)


def test_a_flap_cuts_all_links_and_takes_none_for_a_while() -> None:
    async def story(ground: Ground) -> None:
        one, other = await ground.application(0), await ground.application(2, WHO)
        assert "cut" in ground.office.obey(Ask("flap", seconds=0.3))
        await until(ground.reactor, lambda: one.reasons and other.reasons)
        began = ground.reactor.seconds()
        await one.up()
        await other.up()
        assert ground.reactor.seconds() - began > 0.2

    told(story)


def test_overload_refuses_and_passes() -> None:
    async def story(ground: Ground) -> None:
        one = await ground.application(1)
        ground.office.obey(Ask("overload", seconds=0.4))
        await until(ground.reactor, lambda: SystemStatusValue.OVERLOAD_REACHED in one.statuses)
        with pytest.raises(ServiceRefused) as refused:
            await one.ask(
                m.DeflectCall(call_to_be_diverted=ConnectionID("01", "7000"), new_destination=DeviceID("7101"))
            )
        assert refused.value.value == "resourceBusy"
        await until(ground.reactor, lambda: SystemStatusValue.OVERLOAD_RELIEVED in one.statuses)
        assert await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))

    told(story)


def test_after_a_restart_calls_monitors_and_old_names_are_gone() -> None:
    async def story(ground: Ground) -> None:
        one = await ground.application(0)
        old = await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        ground.dial("7201", "7000")
        await until(ground.reactor, lambda: one.events)
        ground.office.make(Mishap.RESTART, 0.2)
        await until(ground.reactor, lambda: SystemStatusValue.ENABLED in one.statuses)
        assert one.statuses[-2:] == [SystemStatusValue.INITIALIZING, SystemStatusValue.ENABLED]
        assert one.link is not None
        assert ground.restarts == 1
        with pytest.raises(ServiceRefused):
            await one.ask(m.MonitorStop(monitor_cross_ref_id=old.monitor_cross_ref_id))
        await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        first = one.events.pop()
        ground.dial("7201", "7000")
        await until(ground.reactor, lambda: one.events)
        assert one.events[0].queued_connection != first.queued_connection  # type: ignore[attr-defined]

    told(story)


def test_monitors_are_dropped_and_faults_listed_at_the_door() -> None:
    async def story(ground: Ground) -> None:
        one = await ground.application(2, WHO)
        await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        await one.ask(m.MonitorStart(monitor_object=DeviceID("7101")))
        obey = ground.office.obey
        assert obey(Ask("drop-monitors", device="7101")) == "1 monitors ended"
        await until(ground.reactor, lambda: one.asked)
        assert isinstance(one.asked[0], m.MonitorStop)
        assert obey(Ask("list")) == "no faults"
        assert obey(Ask("split", rate=0.5)) == "split 0.5"
        assert obey(Ask("lose", rate=0.25, seconds=60)) == "lose 0.25 for 60 s"
        assert obey(Ask("list")) == "split 0.5, lose 0.25"
        assert obey(Ask("none")) == "no faults any more"
        assert obey(Ask("list")) == "no faults"

    told(story)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_split_merged_and_delayed_frames_cost_nothing(place: int) -> None:
    async def story(ground: Ground) -> None:
        one = await ground.application(place, WHO if place > 1 else None)
        for name in ("split", "merge", "delay"):
            ground.office.obey(Ask(name, rate=0.6))
        ground.office.faults.delay = 0.02
        await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        for _ in range(10):
            ground.dial("7201", "7000")
            ground.switch.ended("in-7201", ground.reactor.seconds())
            ground.settle()
        await until(ground.reactor, lambda: len(one.events) == 30)
        assert [type(event).__name__ for event in one.events] == [
            "Queued",
            "ConnectionCleared",
            "ConnectionCleared",
        ] * 10
        assert one.faults == []

    told(story)


@pytest.mark.parametrize("place", [0, 2])
def test_garbled_and_lost_frames_are_survived(place: int) -> None:
    async def story(ground: Ground) -> None:
        one = await ground.application(place, WHO if place > 1 else None)
        await one.ask(m.MonitorStart(monitor_object=DeviceID("7000")))
        for name, rate in (("garble", 0.5), ("lose", 0.2), ("duplicate", 0.2), ("reorder", 0.2)):
            ground.office.obey(Ask(name, rate=rate))
        for _ in range(30):
            ground.dial("7201", "7000")
            ground.switch.ended("in-7201", ground.reactor.seconds())
            ground.settle()
        await pause(ground.reactor, 0.3)
        assert one.faults
        assert one.link is not None
        ground.office.obey(Ask("none"))
        one.events.clear()
        ground.dial("7202", "7000")
        await until(ground.reactor, lambda: one.events)

    told(story)
