"""Phones that applications control by uaCSTA over real SIP: ours at both ends, and sipp at either end."""

import re
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from csta import messages as m
from csta.errors import LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event
from csta.messages.structures import Volume
from csta.uacsta import CONTENT_TYPE, Responding, UaSettings
from lab.phone import Account, Habits, Phone, PhoneState
from lab.uacsta.application import PhoneApplication
from lab.uacsta.control import MAX_APPLICATIONS, PhoneControl
from lab.uacsta.probe import Errand, Probe
from program.logs import logger
from sip.events import Endpoint
from sip.uri import SipUri
from tests.fakes.listening import match
from tests.integration.lab_world import GREETING, SPEECH, World, token
from tests.unit.media_service.driving import drive, pause, until

PEERS = Path(__file__).parent / "peers"
pytestmark = pytest.mark.integration


def within(folder: Path, story: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    async def whole(reactor: AsyncioSelectorReactor) -> None:
        world = await World(reactor, folder).start()
        try:
            await story(world)
        finally:
            await world.stop()

    drive(whole)


async def controlled(
    world: World, number: str, *, settings: UaSettings | None = None, trusted: str = "127.0.0.1", **habits: Any
) -> tuple[Phone, PhoneControl]:
    """A registered phone that takes applications."""
    phone = Phone(
        world.reactor,
        world.engine,
        Account(number, f"secret-{number}", Endpoint("127.0.0.1", world.pbx.sip_port), "lab.callwright.example"),
        tokens=token,
        log=logger(program="phone"),
        habits=Habits(**habits),
        accepts=(CONTENT_TYPE,),
    )
    world.phones[number] = phone
    control = PhoneControl(world.reactor, phone, trusted=(trusted,), log=logger(program="phone"), settings=settings)
    await phone.start()
    return phone, control


class Desk:
    """An application with the events that it was told."""

    def __init__(self, world: World, phone: Phone, transport: str = "udp", settings: UaSettings | None = None) -> None:
        target = SipUri(user=phone.account.number, host="127.0.0.1", port=phone.sip.port)
        if transport == "tcp":
            target = target.with_param("transport", "tcp")
        self.number = phone.account.number
        self.world = world
        self.link = PhoneApplication(world.reactor, target, tokens=token, log=logger(program="desk"), settings=settings)
        self.events: list[Event] = []
        self.reasons: list[str] = []
        self.link.listener = self.events.append
        self.link.gone = self.reasons.append

    async def start(self) -> "Desk":
        await self.link.start()
        started = await self.ask(m.MonitorStart(monitor_object=DeviceID(self.number)))
        self.reference = started.monitor_cross_ref_id
        return self

    async def ask(self, request: m.Request) -> Any:
        return await self.link.ask(request)

    async def refused(self, request: m.Request) -> str:
        try:
            await self.link.ask(request)
        except ServiceRefused as refusal:
            return refusal.value
        raise AssertionError("it was done")

    async def sees(self, *expected: str) -> None:
        """Wait for as many events as are expected, compare their kinds, and forget them."""
        await until(self.world.reactor, lambda: len(self.events) >= len(expected))
        assert [type(event).__name__ for event in self.events] == list(expected)
        assert {event.monitor_cross_ref_id for event in self.events} <= {self.reference}
        self.events.clear()

    async def calls(self, number: str) -> ConnectionID:
        made = await self.ask(
            m.MakeCall(calling_device=DeviceID(self.number), called_directory_number=DeviceID(number))
        )
        connection = made.calling_device
        assert isinstance(connection, ConnectionID)
        return connection


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("responding", Responding)
def test_an_application_calls_holds_consults_alternates_and_hangs_up(
    tmp_path: Path, transport: str, responding: Responding
) -> None:
    async def story(world: World) -> None:
        phone, _ = await controlled(world, "7201", settings=UaSettings(responding=responding))
        carol = await world.phone("7101", answer_after=0.05)
        dave = await world.phone("7102", answer_after=0.05)
        desk = await Desk(world, phone, transport).start()

        first = await desk.calls("7101")
        await desk.sees("Originated", "Delivered", "Established")
        await desk.ask(m.HoldCall(call_to_be_held=first))
        await desk.sees("Held")
        await desk.ask(m.RetrieveCall(call_to_be_retrieved=first))
        await desk.sees("Retrieved")

        asked = m.ConsultationCall(existing_call=first, consulted_device=DeviceID("7102"))
        second = (await desk.ask(asked)).initiated_call
        await desk.sees("Held", "Originated", "Delivered", "Established")
        assert dave.state is PhoneState.ANSWERED
        await desk.ask(m.AlternateCall(held_call=first, active_call=second))
        await desk.sees("Held", "Retrieved")
        assert [talk.other.number for talk in phone.talks] == ["7101", "7102"]

        await desk.ask(m.ReconnectCall(active_call=first, held_call=second))
        await desk.sees("ConnectionCleared", "Retrieved")
        assert carol.state is PhoneState.ENDED
        await desk.ask(m.GenerateDigits(connection_to_send_digits=second, characters_to_send="42#"))
        await until(world.reactor, lambda: dave.heard == "42#")
        await desk.ask(m.ClearConnection(connection_to_be_cleared=second))
        await desk.sees("ConnectionCleared")
        await until(world.reactor, lambda: world.pbx.switch.calls() == ())
        assert desk.link.faults == []
        await desk.link.stop()

    within(tmp_path, story)


def test_a_consultation_that_fails_and_a_held_party_that_goes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        phone, _ = await controlled(world, "7201")
        carol = await world.phone("7101", answer_after=0.05)
        await world.phone("7102", refuse_with=486)
        await world.phone("7202", answer_after=0.05)
        desk = await Desk(world, phone).start()
        first = await desk.calls("7101")
        await desk.sees("Originated", "Delivered", "Established")

        await desk.ask(m.ConsultationCall(existing_call=first, consulted_device=DeviceID("7102")))
        await until(world.reactor, lambda: len(desk.events) >= 4)
        kinds = [type(event).__name__ for event in desk.events]
        assert [kind for kind in kinds if kind != "Delivered"] == ["Held", "Originated", "Failed", "ConnectionCleared"]
        desk.events.clear()
        assert [talk.held for talk in phone.talks] == [True]
        await desk.ask(m.RetrieveCall(call_to_be_retrieved=first))
        await desk.sees("Retrieved")

        asked = m.ConsultationCall(existing_call=first, consulted_device=DeviceID("7202"))
        second = (await desk.ask(asked)).initiated_call
        await desk.sees("Held", "Originated", "Delivered", "Established")
        carol.hang_up()
        await desk.sees("ConnectionCleared")
        assert [talk.other.number for talk in phone.talks] == ["7202"]
        alternate = m.AlternateCall(held_call=first, active_call=second)
        assert await desk.refused(alternate) == "invalidConnectionID"
        await desk.ask(m.ClearConnection(connection_to_be_cleared=second))
        await desk.sees("ConnectionCleared")
        assert phone.state is PhoneState.ENDED
        await until(world.reactor, lambda: world.pbx.switch.calls() == ())
        await desk.link.stop()

    within(tmp_path, story)


def test_an_application_answers_what_rings_and_sees_the_caller_go(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        phone, _ = await controlled(world, "7101", speak=GREETING)
        caller = await world.phone("7201", record=tmp_path / "caller.wav")
        desk = await Desk(world, phone).start()
        await caller.dial("7101")
        await until(world.reactor, lambda: desk.events)
        [delivered] = desk.events
        assert isinstance(delivered, m.Delivered)
        assert (delivered.calling_device, delivered.alerting_device) == (DeviceID("7201"), DeviceID("7101"))
        await desk.ask(m.AnswerCall(call_to_be_answered=delivered.connection))
        await caller.when(PhoneState.ANSWERED)
        await pause(world.reactor, 2)
        caller.hang_up()
        await desk.sees("Delivered", "Established", "ConnectionCleared")
        await desk.link.stop()

    within(tmp_path, story)
    assert match(tmp_path / "caller.wav", GREETING, start=0.5, seconds=1.0).score > 0.9


def test_a_muted_phone_is_not_heard_and_the_volume_is_kept(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        phone, _ = await controlled(world, "7101", speak=SPEECH)
        caller = await world.phone("7201", record=tmp_path / "caller.wav")
        desk, other = await Desk(world, phone).start(), await Desk(world, phone).start()
        mine = DeviceID("7101")

        mute = m.SetMicrophoneMute(device=mine, auditory_apparatus="1", microphone_mute_on=True)
        await desk.ask(mute)
        await desk.ask(mute)
        [item] = (await desk.ask(m.GetMicrophoneMute(device=mine))).microphone_mute_list
        assert item.microphone_mute_on
        volume = m.SetSpeakerVolume(device=mine, auditory_apparatus="1", speaker_volume=Volume(vol_abs=95))
        await desk.ask(volume)
        [loud] = (await other.ask(m.GetSpeakerVolume(device=mine))).speaker_volume_list
        assert loud.speaker_vol_abs == 95
        for each in (desk, other):
            await each.sees("MicrophoneMute", "SpeakerVolume")

        await caller.dial("7101")
        await until(world.reactor, lambda: desk.events)
        phone.answer()
        await pause(world.reactor, 2)
        await desk.ask(m.SetMicrophoneMute(device=mine, auditory_apparatus="1", microphone_mute_on=False))
        await pause(world.reactor, 4)
        await desk.link.stop()
        await other.link.stop()

    within(tmp_path, story)
    found = match(tmp_path / "caller.wav", SPEECH, start=1.5, seconds=1.0)
    assert found.score > 0.9
    assert found.offset > 1.5


def test_what_cannot_be_done_is_refused_with_its_word(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        phone, _ = await controlled(world, "7101")
        desk = await Desk(world, phone).start()
        mine, nothing = DeviceID("7101"), ConnectionID("7F", "7101")
        wishes: list[tuple[m.Request, str]] = [
            (m.MonitorStart(monitor_object=DeviceID("7102")), "invalidDeviceID"),
            (m.MonitorStart(monitor_object=nothing), "invalidMonitorObject"),
            (m.MonitorStop(monitor_cross_ref_id="77"), "invalidMonitorCrossRefID"),
            (
                m.MakeCall(calling_device=DeviceID("7102"), called_directory_number=DeviceID("7201")),
                "invalidCallingDeviceID",
            ),
            (m.AnswerCall(call_to_be_answered=nothing), "invalidConnectionID"),
            (m.HoldCall(call_to_be_held=nothing), "invalidConnectionID"),
            (m.ClearConnection(connection_to_be_cleared=nothing), "invalidConnectionID"),
            (m.DeflectCall(call_to_be_diverted=nothing, new_destination=mine), "serviceNotSupported"),
            (m.GetSpeakerVolume(device=DeviceID("7102")), "invalidDeviceID"),
            (m.GetSpeakerVolume(device=mine, auditory_apparatus="9"), "invalidParameterValue"),
        ]
        for request, word in wishes:
            assert await desk.refused(request) == word
        await world.phone("7201")
        ringing = await desk.calls("7201")
        assert await desk.refused(m.HoldCall(call_to_be_held=ringing)) == "invalidConnectionState"
        assert await desk.refused(m.AnswerCall(call_to_be_answered=ringing)) == "invalidConnectionState"
        digits = m.GenerateDigits(connection_to_send_digits=ringing, characters_to_send="1")
        assert await desk.refused(digits) == "invalidConnectionState"
        consult = m.ConsultationCall(existing_call=ringing, consulted_device=DeviceID("7202"))
        assert await desk.refused(consult) == "invalidConnectionState"
        assert (
            await desk.refused(m.MakeCall(calling_device=mine, called_directory_number=mine)) == "connectedCallExists"
        )
        await desk.ask(m.ClearConnection(connection_to_be_cleared=ringing))
        await desk.sees("Originated", "Delivered", "ConnectionCleared")
        await desk.calls("7102")
        await desk.sees("Originated", "Failed", "ConnectionCleared")
        features = await desk.ask(m.GetCSTAFeatures())
        assert features.supported_services.call_control_serv_list.make_call == frozenset()
        assert features.supported_services.call_control_serv_list.deflect_call is None
        await desk.ask(m.MonitorStop(monitor_cross_ref_id=desk.reference))
        await desk.link.stop()

    within(tmp_path, story)


def test_strangers_and_too_many_are_refused_and_the_end_is_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        closed, _ = await controlled(world, "7102", trusted="192.0.2.1")
        with pytest.raises(LinkLost, match="403"):
            await Desk(world, closed).link.start()
        plain = await world.phone("7201")
        with pytest.raises(LinkLost, match="415"):
            await Desk(world, plain).link.start()
        phone, control = await controlled(world, "7101")
        desks = [await Desk(world, phone).start() for _ in range(MAX_APPLICATIONS)]
        with pytest.raises(LinkLost, match="486"):
            await Desk(world, phone).link.start()
        await desks[0].link.stop()
        await until(world.reactor, lambda: control.applications == MAX_APPLICATIONS - 1)
        control.close()
        await until(world.reactor, lambda: all(desk.reasons for desk in desks))
        assert desks[1].reasons == ["BYE"]
        with pytest.raises(Exception, match="not up"):
            await desks[1].ask(m.GetCSTAFeatures())

    within(tmp_path, story)


def test_the_probe_tells_what_a_phone_can_do_and_lets_it_call(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        phone, control = await controlled(world, "7101")
        called = await world.phone("7201", answer_after=0.05)
        statuses: list[int] = []
        desk = Desk(world, phone)
        errand = Errand(dial="7201", hang_up_after=0.2)
        log = logger(program="probe")
        probe = Probe(world.reactor, desk.link, "7101", errand=errand, finish=statuses.append, log=log)
        await probe.start()
        await called.when(PhoneState.ENDED)
        await until(world.reactor, lambda: statuses)
        assert statuses == [0]
        await probe.stop()
        await until(world.reactor, lambda: control.applications == 0)

        busy = Probe(world.reactor, Desk(world, called).link, "7201", errand=Errand(), finish=statuses.append, log=log)
        await busy.start()
        assert statuses == [0, 1]

    with capture_logs() as lines:
        within(tmp_path, story)
    [offered] = [line["services"] for line in lines if line["event"] == "phone offers"]
    assert {"make_call", "consultation_call", "set_speaker_volume"} <= set(offered.split())
    kinds = [line["kind"] for line in lines if line["event"] == "event" and line.get("program") == "probe"]
    assert kinds == ["Originated", "Delivered", "Established", "ConnectionCleared"]
    assert any("415" in line.get("reason", "") for line in lines)


# ---- sipp


@contextmanager
def sipp(scenario: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scenario under way; what is left of it at the end is ended."""
    command = [
        *(shutil.which("sipp") or "sipp", "-sf", str(PEERS / scenario), "-m", "1", "-i", "127.0.0.1", "-nostdin"),
        *("-timeout", "15s", "-timeout_error", "-trace_err", "-error_file", "errors", "-trace_msg"),
        *("-message_file", "messages"),
        *arguments,
    ]
    with (folder / "screen").open("wb") as screen:
        process = subprocess.Popen(command, cwd=folder, stdout=screen, stderr=screen)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def done(reactor: AsyncioSelectorReactor, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for its end, which must be a good one."""
    await until(reactor, lambda: process.poll() is not None, limit=16)
    assert process.returncode == 0, _seen(folder)


def _seen(folder: Path) -> str:
    return "\n".join(file.read_text() for name in ("messages", "errors") if (file := folder / name).exists())


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_sipp_opens_the_association_monitors_and_makes_a_call(tmp_path: Path, transport: str) -> None:
    async def story(world: World) -> None:
        phone, control = await controlled(world, "7101")
        called = await world.phone("7201", answer_after=0.05)
        where = f"127.0.0.1:{phone.sip.port}"
        with sipp("uacsta_application.xml", tmp_path, "-t", transport, "-s", "7101", where) as application:
            await done(world.reactor, application, tmp_path)
        await until(world.reactor, lambda: control.applications == 0)
        assert called.display.number == "7101"

    within(tmp_path, story)
    roots = re.findall(r"<(\w+) xmlns=", _seen(tmp_path))
    for root in ("RequestSystemStatusResponse", "MonitorStartResponse", "MakeCallResponse", "EstablishedEvent"):
        assert root in roots


@pytest.mark.parametrize("scenario", ["uacsta_phone.xml", "uacsta_phone_own_info.xml"])
def test_a_phone_of_sipp_is_controlled(tmp_path: Path, scenario: str) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        port = 15_000 + int(token()[:3], 16)
        with sipp(scenario, tmp_path, "-p", str(port)) as phone:
            await pause(reactor, 0.5)
            link = PhoneApplication(
                reactor,
                SipUri(user="7101", host="127.0.0.1", port=port),
                tokens=token,
                log=logger(program="desk"),
            )
            events: list[Event] = []
            link.listener = events.append
            await link.start()
            started = await link.ask(m.MonitorStart(monitor_object=DeviceID("7101")))
            assert started.monitor_cross_ref_id == "99fda87c"
            made = await link.ask(m.MakeCall(calling_device=DeviceID("7101"), called_directory_number=DeviceID("7201")))
            assert made.calling_device == ConnectionID("0_99f261b4", "7101")
            await until(reactor, lambda: events)
            assert isinstance(events[0], m.Originated)
            assert link.faults == []
            await link.stop()
            await done(reactor, phone, tmp_path)

    drive(story)
