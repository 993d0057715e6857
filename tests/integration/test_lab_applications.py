"""Applications watch and move the lab PBX's calls over CSTA, in the event sequences that the voice channel expects."""

from pathlib import Path

import pytest

from csta import messages
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState, RequestedAgentState
from lab.phone import Phone, PhoneState
from tests.fakes.listening import match
from tests.integration.lab_world import GREETING, RINGBACK, SPEECH, Application, World
from tests.integration.test_lab_calls import within
from tests.unit.media_service.driving import pause, until

DEVICES = ("7000", "7001", "7101", "7102")


def of_last(application: Application, kind: type[messages.Queued]) -> str:
    return next(event.queued_connection.call_id for event in reversed(application.events) if isinstance(event, kind))


async def deflect(application: Application, call_id: str, device: str, to: str) -> None:
    await application.ask(
        messages.DeflectCall(call_to_be_diverted=ConnectionID(call_id, device), new_destination=DeviceID(to))
    )


async def transfer(application: Application, call_id: str, device: str, to: str) -> str:
    response = await application.ask(
        messages.SingleStepTransferCall(active_call=ConnectionID(call_id, device), transferred_to=DeviceID(to))
    )
    assert response.transferred_call.device_id == to
    return str(response.transferred_call.call_id)


async def at_the_port(world: World, application: Application, caller: Phone) -> str:
    """Bring a caller to media port 7001 by way of the pilot; gives the call identifier."""
    await caller.dial("7000")
    await until(world.reactor, lambda: application.events)
    call_id = of_last(application, messages.Queued)
    await application.sees("7000 Queued enteringDistribution")
    await deflect(application, call_id, "7000", "7001")
    await caller.when(PhoneState.ANSWERED)
    await application.sees("7000 Diverted redirected", "7001 Delivered redirected", "7001 Established normal")
    return call_id


def test_queue_deflect_transfer_talk_and_hang_up(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application(*DEVICES)
        port = await world.phone("7001", answer_after=0, speak=GREETING, repeat=True)
        anna = await world.phone("7101", answer_after=1.5, speak=GREETING, record=tmp_path / "anna.wav")
        caller = await world.phone("7201", speak=SPEECH, repeat=True, record=tmp_path / "caller.wav")

        first = await at_the_port(world, application, caller)
        await pause(world.reactor, 0.3)
        second = await transfer(application, first, "7001", "7101")
        assert second != first
        await port.when(PhoneState.ENDED)
        await anna.when(PhoneState.RINGING)
        assert (anna.display.number, anna.display.name) == ("7201", "Carol Caller")
        await application.sees("7001 Transferred singleStepTransfer", "7101 Delivered singleStepTransfer")
        await anna.when(PhoneState.ANSWERED)
        await application.sees("7101 Established normal")
        await pause(world.reactor, 4)
        anna.hang_up()
        await caller.when(PhoneState.ENDED)
        await application.sees("7101 ConnectionCleared normalClearing", "7101 ConnectionCleared normalClearing")
        assert world.pbx.switch.calls() == ()

    within(tmp_path, story)
    # Ringback while Anna's phone rang, then Anna; Anna heard the caller at once: media went directly between them.
    assert match(tmp_path / "caller.wav", RINGBACK, seconds=0.7).score > 0.9
    assert match(tmp_path / "caller.wav", GREETING, start=0.5, seconds=1.0).score > 0.9
    assert match(tmp_path / "anna.wav", SPEECH, start=0.5, seconds=1.0).score > 0.9


def test_parties_and_identifiers_of_the_events_are_those_agreed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application(*DEVICES)
        await world.phone("7001", answer_after=0)
        await world.phone("7101")
        caller = await world.phone("7201")
        first = await at_the_port(world, application, caller)
        second = await transfer(application, first, "7001", "7101")
        await until(world.reactor, lambda: len(application.events) == 2)

        transferred, delivered = application.events
        assert isinstance(transferred, messages.Transferred)
        assert transferred.primary_old_call == ConnectionID(first, "7001")
        assert transferred.transferring_device == DeviceID("7001")
        assert transferred.transferred_to_device == DeviceID("7101")
        assert [(item.old_connection, item.new_connection) for item in transferred.transferred_connections] == [
            (ConnectionID(first, "7201"), ConnectionID(second, "7201")),
            (None, ConnectionID(second, "7101")),
        ]
        assert isinstance(delivered, messages.Delivered)
        assert delivered.connection == ConnectionID(second, "7101")
        assert delivered.calling_device == DeviceID("7201")
        assert delivered.called_device == DeviceID("7000")
        assert delivered.last_redirection_device == DeviceID("7001")
        assert delivered.local_connection_info is ConnectionState.ALERTING

    within(tmp_path, story)


def test_the_next_agent_a_busy_one_and_back_to_the_queue_with_ringback(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application(*DEVICES)
        await world.phone("7001", answer_after=0)
        anna = await world.phone("7101")
        await world.phone("7102", refuse_with=486)
        caller = await world.phone("7201")
        call_id = await transfer(application, await at_the_port(world, application, caller), "7001", "7101")
        await anna.when(PhoneState.RINGING)
        await application.sees("7001 Transferred singleStepTransfer", "7101 Delivered singleStepTransfer")

        await deflect(application, call_id, "7101", "7102")
        await anna.when(PhoneState.ENDED)
        await application.sees("7101 Diverted redirected", "7102 Failed busy", "7000 Queued recallBusy")
        await deflect(application, call_id, "7000", "7001")
        await application.sees("7000 Diverted redirected", "7001 Delivered redirected", "7001 Established normal")
        assert caller.state is PhoneState.ANSWERED

        snapshot = await application.ask(messages.SnapshotDevice(snapshot_object=DeviceID("7001")))
        assert [item.connection for item in snapshot.snapshot_data] == [ConnectionID(call_id, "7001")]

    within(tmp_path, story)


def test_the_caller_gives_up_in_the_queue_and_while_the_agent_rings(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application(*DEVICES)
        await world.phone("7001", answer_after=0)
        anna = await world.phone("7101")
        caller = await world.phone("7201")

        await caller.dial("7000")
        await application.sees("7000 Queued enteringDistribution")
        caller.hang_up()
        await application.sees(*["7000 ConnectionCleared normalClearing"] * 2)

        await transfer(application, await at_the_port(world, application, caller), "7001", "7101")
        await anna.when(PhoneState.RINGING)
        await application.sees("7001 Transferred singleStepTransfer", "7101 Delivered singleStepTransfer")
        caller.hang_up()
        await anna.when(PhoneState.ENDED)
        await application.sees(*["7101 ConnectionCleared normalClearing"] * 2)

    within(tmp_path, story)


def test_two_applications_each_have_their_own_monitors_and_one_can_stop(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await world.application("7000")
        other = await world.application("7000", "7101")
        anna = await world.phone("7101")

        await anna.dial("*61")
        await anna.when(PhoneState.ENDED)
        await other.sees(
            "7101 ServiceInitiated newCall",
            "7101 Originated newCall",
            "7101 AgentLoggedOn",
            "7101 ConnectionCleared normalClearing",
        )
        await one.ask(messages.SetAgentState(device=DeviceID("7101"), requested_agent_state=RequestedAgentState.READY))
        await other.sees("7101 AgentReady")
        state = await one.ask(messages.GetAgentState(device=DeviceID("7101")))
        assert state.agent_state_list[0].agent_id == "anna"

        reference = next(iter(one.monitored))
        await one.ask(messages.MonitorStop(monitor_cross_ref_id=reference))
        caller = await world.phone("7201")
        await caller.dial("7000")
        await other.sees("7000 Queued enteringDistribution")
        assert one.events == []

    within(tmp_path, story)


def test_what_cannot_be_is_refused_with_its_reason(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7000")
        nowhere = ConnectionID("FF00", "7000")
        for request, value in (
            (messages.MonitorStart(monitor_object=DeviceID("9999")), "invalidDeviceID"),
            (messages.MonitorStop(monitor_cross_ref_id="77"), "invalidMonitorCrossRefID"),
            (
                messages.DeflectCall(call_to_be_diverted=nowhere, new_destination=DeviceID("7101")),
                "invalidConnectionID",
            ),
            (messages.AnswerCall(call_to_be_answered=nowhere), "invalidConnectionID"),
        ):
            with pytest.raises(ServiceRefused) as refused:
                await application.ask(request)
            assert (refused.value.category, refused.value.value) == ("operation", value)

    within(tmp_path, story)


def test_an_application_makes_a_call_between_two_phones(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7101")
        anna = await world.phone("7101", answer_after=0, speak=GREETING, repeat=True)
        called = await world.phone("7202", answer_after=0.2, record=tmp_path / "called.wav")

        await application.ask(
            messages.MakeCall(calling_device=DeviceID("7101"), called_directory_number=DeviceID("7202"))
        )
        await called.when(PhoneState.ANSWERED)
        await application.sees(
            "7101 ServiceInitiated makeCall",
            "7101 Originated makeCall",
            "7101 Delivered newCall",
            "7101 Established normal",
        )
        assert called.display.name == "Anna"
        await pause(world.reactor, 2.5)
        anna.hang_up()
        await called.when(PhoneState.ENDED)

    within(tmp_path, story)
    assert match(tmp_path / "called.wav", GREETING, start=0.5, seconds=1.0).score > 0.9
