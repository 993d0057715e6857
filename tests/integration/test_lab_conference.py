"""Hold, transfer and conference over real sockets: what each phone heard is matched with what the others said."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from csta import messages
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from lab.phone import Phone, PhoneState
from tests.fakes.listening import match
from tests.integration.lab_world import GREETING, ROOT, SPEECH, Application, World
from tests.integration.test_lab_calls import within
from tests.unit.media_service.driving import pause, until

WELCOME = ROOT / "prompts/en/welcome.wav"
MUSIC = ROOT / "prompts/en/hold_music.wav"

Story = Callable[[World], Coroutine[Any, Any, None]]


def heard(recording: Path, prompt: Path) -> float:
    """How surely a second from the middle of a prompt was heard."""
    return match(recording, prompt, start=0.8, seconds=1.0).score


async def talk(world: World, folder: Path) -> tuple[Phone, Phone, Phone]:
    """Carol talks with Anna; Ben is there, and answers when he is called."""
    anna = await world.phone("7101", answer_after=0, record=folder / "anna.wav")
    ben = await world.phone("7102", answer_after=0, record=folder / "ben.wav")
    carol = await world.phone("7201", record=folder / "carol.wav")
    await carol.dial("7101")
    await carol.when(PhoneState.ANSWERED)
    await anna.when(PhoneState.ANSWERED)
    return carol, anna, ben


async def consult(world: World, application: Application, ben: Phone) -> tuple[ConnectionID, ConnectionID]:
    """Anna asks Ben over her one line; gives her held connection and the new one."""
    held = (
        (await application.ask(messages.SnapshotDevice(snapshot_object=DeviceID("7101")))).snapshot_data[0].connection
    )
    answer = await application.ask(messages.ConsultationCall(existing_call=held, consulted_device=DeviceID("7102")))
    await ben.when(PhoneState.ANSWERED)
    await until(world.reactor, lambda: application.seen()[-1] == "7101 Established normal")
    return held, answer.initiated_call


async def each_says(world: World, *lines: tuple[Phone, Path]) -> None:
    """One speaks after the other, so that each can be found in what the others heard."""
    await pause(world.reactor, 0.4)
    for phone, prompt in lines:
        phone.say(prompt)
        await pause(world.reactor, 3.9)


def test_three_in_a_conference_hear_each_other_until_one_leaves(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7101")
        carol, anna, ben = await talk(world, tmp_path)
        held, active = await consult(world, application, ben)
        await application.ask(messages.ConferenceCall(held_call=held, active_call=active))
        await until(world.reactor, lambda: application.seen()[-1] == "7101 Conferenced conference")
        await until(world.reactor, lambda: list(world.pbx._tones.rooms.values()) == [3])
        await each_says(world, (carol, SPEECH), (anna, GREETING), (ben, WELCOME))
        anna.hang_up()
        await until(world.reactor, lambda: not world.pbx._tones.rooms)
        await each_says(world, (ben, GREETING))
        ben.hang_up()
        await carol.when(PhoneState.ENDED)
        assert world.pbx.switch.calls() == ()

    within(tmp_path, story)
    scores = {
        (name, prompt.stem): heard(tmp_path / f"{name}.wav", prompt) > 0.9
        for name in ("carol", "anna", "ben")
        for prompt in (SPEECH, GREETING, WELCOME)
    }
    assert scores == {
        ("carol", "caller_speech"): False,
        ("carol", "agent_greeting"): True,
        ("carol", "welcome"): True,
        ("anna", "caller_speech"): True,
        ("anna", "agent_greeting"): False,
        ("anna", "welcome"): True,
        ("ben", "caller_speech"): True,
        ("ben", "agent_greeting"): True,
        ("ben", "welcome"): False,
    }


def test_a_consulting_agent_is_not_heard_by_the_caller_and_the_transfer_joins_the_two(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7101")
        carol, anna, ben = await talk(world, tmp_path)
        held, active = await consult(world, application, ben)
        await each_says(world, (anna, GREETING))
        with_ben = await application.ask(messages.TransferCall(held_call=held, active_call=active))
        await anna.when(PhoneState.ENDED)
        assert with_ben.transferred_call.device_id == "7102"
        await each_says(world, (carol, SPEECH), (ben, WELCOME))
        carol.hang_up()
        await ben.when(PhoneState.ENDED)

    within(tmp_path, story)
    assert heard(tmp_path / "ben.wav", GREETING) > 0.9
    assert heard(tmp_path / "carol.wav", GREETING) < 0.5
    assert match(tmp_path / "carol.wav", MUSIC, start=2.0, seconds=1.0).score > 0.9
    assert heard(tmp_path / "ben.wav", SPEECH) > 0.9
    assert heard(tmp_path / "carol.wav", WELCOME) > 0.9


def test_alternate_and_retrieve_move_the_one_line_of_a_phone_between_its_calls(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7101")
        carol, anna, ben = await talk(world, tmp_path)
        first, second = await consult(world, application, ben)
        await application.ask(messages.AlternateCall(held_call=first, active_call=second))
        await each_says(world, (anna, GREETING))
        ben.hang_up()
        await until(world.reactor, lambda: len(world.pbx.switch.calls()) == 1)
        assert anna.state is PhoneState.ANSWERED
        await each_says(world, (carol, SPEECH))
        anna.hang_up()
        await carol.when(PhoneState.ENDED)

    within(tmp_path, story)
    assert heard(tmp_path / "carol.wav", GREETING) > 0.9
    assert heard(tmp_path / "ben.wav", GREETING) < 0.5
    assert heard(tmp_path / "anna.wav", SPEECH) > 0.9


def test_a_phone_with_two_lines_transfers_by_feature_code(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        carol, anna, ben = await talk(world, tmp_path)
        second, code = world.line("7101"), world.line("7101")
        for line in (second, code):
            await line.open()
        anna.hold("sendonly")
        await until(world.reactor, lambda: _states(world, "7101") == ["hold"])
        await second.dial("7102")
        await second.when(PhoneState.ANSWERED)
        await ben.when(PhoneState.ANSWERED)
        second.hold("inactive")
        await until(world.reactor, lambda: _states(world, "7101") == ["hold", "hold"])
        await code.dial("*70")
        await anna.when(PhoneState.ENDED)
        await code.when(PhoneState.ENDED)
        await each_says(world, (carol, SPEECH), (ben, WELCOME))
        carol.hang_up()
        await ben.when(PhoneState.ENDED)
        for line in (second, code):
            await line.stop()

    within(tmp_path, story)
    assert heard(tmp_path / "ben.wav", SPEECH) > 0.9
    assert heard(tmp_path / "carol.wav", WELCOME) > 0.9


def test_a_phone_that_takes_its_held_call_back_is_heard_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        carol, anna, _ben = await talk(world, tmp_path)
        anna.hold("sendonly")
        await until(world.reactor, lambda: _states(world, "7101") == ["hold"])
        await pause(world.reactor, 3.5)
        anna.hold("sendrecv")
        await until(world.reactor, lambda: _states(world, "7101") == ["connected"])
        await each_says(world, (anna, GREETING), (carol, SPEECH))
        carol.hang_up()
        await anna.when(PhoneState.ENDED)

    within(tmp_path, story)
    assert match(tmp_path / "carol.wav", MUSIC, start=1.0, seconds=1.0).score > 0.9
    assert heard(tmp_path / "carol.wav", GREETING) > 0.9
    assert heard(tmp_path / "anna.wav", SPEECH) > 0.9


def test_what_two_calls_need_is_refused_with_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        application = await world.application("7101")
        await talk(world, tmp_path)
        snapshot = await application.ask(messages.SnapshotDevice(snapshot_object=DeviceID("7101")))
        mine = snapshot.snapshot_data[0].connection
        with pytest.raises(ServiceRefused) as refused:
            await application.ask(messages.TransferCall(held_call=mine, active_call=mine))
        assert (refused.value.category, refused.value.value) == ("stateIncompatibility", "invalidConnectionState")

    within(tmp_path, story)


def _states(world: World, device: str) -> list[str]:
    return [state for call in world.pbx.switch.calls() for at, state in call.parties if at == device]
