"""Phones call each other through the lab PBX, over real sockets, and what they heard is matched with what was said."""

import os
import signal
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from lab.phone import PhoneError, PhoneState
from tests.fakes.listening import match
from tests.integration.lab_world import GREETING, SPEECH, World
from tests.unit.media_service.driving import drive, pause, until


def within(folder: Path, story: Callable[[World], Coroutine[Any, Any, None]], **settings: Any) -> None:
    async def whole(reactor: AsyncioSelectorReactor) -> None:
        world = await World(reactor, folder, **settings).start()
        try:
            await story(world)
        finally:
            await world.stop()

    drive(whole)


def test_two_phones_hear_each_other_and_each_press_of_a_key(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        called = await world.phone("7202", answer_after=0.1, speak=GREETING, record=tmp_path / "called.wav")
        caller = await world.phone("7201", speak=SPEECH, record=tmp_path / "caller.wav")

        await caller.dial("7202")
        await caller.when(PhoneState.RINGING)
        await caller.when(PhoneState.ANSWERED)
        await caller.press("42#")
        await until(world.reactor, lambda: called.heard == "42#")
        await pause(world.reactor, 5)
        caller.hang_up()
        await called.when(PhoneState.ENDED)

        assert (called.display.number, called.display.name) == ("7201", "Carol Caller")
        assert world.pbx.switch.calls() == ()

    within(tmp_path, story)
    # What was said before the far end was connected is not heard, so a part from the middle is sought.
    assert match(tmp_path / "caller.wav", GREETING, start=0.5, seconds=1.0).score > 0.9
    assert match(tmp_path / "called.wav", SPEECH, start=1.5, seconds=1.0).score > 0.9


def test_phones_on_tcp_are_called_through_their_own_connection(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        called = await world.phone("7202", transport="tcp", answer_after=0)
        caller = await world.phone("7201", transport="tcp")
        await caller.dial("7202")
        await called.when(PhoneState.ANSWERED)
        await caller.when(PhoneState.ANSWERED)
        called.hang_up()
        await caller.when(PhoneState.ENDED)

    within(tmp_path, story, trusted="")


def test_the_packet_engine_s_end_costs_tones_for_a_moment_and_no_call(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        called = await world.phone("7202", answer_after=0)
        caller = await world.phone("7201")
        anna = await world.phone("7101")
        await caller.dial("7202")
        await called.when(PhoneState.ANSWERED)
        engine = world.pbx._engine
        first = engine.process_id
        os.kill(first, signal.SIGKILL)
        await until(world.reactor, lambda: engine.process_id not in {None, first})
        await engine.open("probe")  # answered once the new process moves packets

        await anna.dial("*61")
        await anna.when(PhoneState.ENDED)
        assert anna.last_status == 0
        assert caller.state is PhoneState.ANSWERED

    within(tmp_path, story)


def test_busy_rejected_unknown_and_absent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        caller = await world.phone("7201")
        await world.phone("7101", refuse_with=603)
        busy = await world.phone("7102", answer_after=0)
        other = await world.phone("7202")
        await other.dial("7102")
        await busy.when(PhoneState.ANSWERED)

        statuses = []
        for number in ("7101", "7102", "9999", "7001"):
            caller.state = PhoneState.REGISTERED
            await caller.dial(number)
            await caller.when(PhoneState.ENDED)
            statuses.append(caller.last_status)

        assert statuses == [603, 486, 404, 480]
        assert other.state is PhoneState.ANSWERED

    within(tmp_path, story)


def test_a_wrong_password_registers_nobody_and_a_stranger_may_not_call(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        with pytest.raises(PhoneError, match="401"):
            await world.phone("7201", password="guessed")
        stranger = world.phones["7201"]
        await stranger.dial("7202")
        await stranger.when(PhoneState.ENDED)
        assert stranger.last_status == 403

    within(tmp_path, story, trusted="")


def test_a_caller_on_hold_is_not_heard_and_is_heard_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        called = await world.phone("7202", answer_after=0, speak=GREETING, repeat=True)
        caller = await world.phone("7201")
        await caller.dial("7202")
        await caller.when(PhoneState.ANSWERED)
        await pause(world.reactor, 0.3)
        port = called._talk.port if called._talk is not None else ""

        async def packets_while(seconds: float) -> int:
            before = await world.engine.figures(port)
            await pause(world.reactor, seconds)
            after = await world.engine.figures(port)
            return after.received - before.received

        assert await packets_while(0.4) > 10
        called.hold("sendonly")
        await pause(world.reactor, 0.3)
        assert await packets_while(0.4) <= 1
        called.hold("sendrecv")
        await pause(world.reactor, 0.3)
        assert await packets_while(0.4) > 10
        assert caller.state is PhoneState.ANSWERED

    within(tmp_path, story)


def test_unattended_the_pilot_hunts_to_a_member(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        anna = await world.phone("7101", answer_after=0)
        caller = await world.phone("7201")
        await caller.dial("7000")
        await anna.when(PhoneState.ANSWERED)
        assert anna.display.name == "Carol Caller"

    within(tmp_path, story, unattended=0.2)


def test_garbage_on_the_sip_and_csta_ports_disturbs_nobody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        called = await world.phone("7202", answer_after=0)
        caller = await world.phone("7201")
        await caller.dial("7202")
        await called.when(PhoneState.ANSWERED)

        for garbage in (
            b"\x00" * 400,
            b"INVITE sip:7202 SIP/2.0\r\n\r\n",
            bytes(range(256)) * 5,
            b"GET / HTTP/1.0\r\n\r\n",
        ):
            await send(world, "tcp", world.pbx.csta_port, garbage)
            await send(world, "tcp", world.pbx.sip_port, garbage)
            await send(world, "udp", world.pbx.sip_port, garbage)
        await pause(world.reactor, 0.3)

        application = await world.application("7201")
        assert application.link is not None
        assert len(world.pbx.switch.calls()) == 1
        caller.hang_up()
        await called.when(PhoneState.ENDED)
        await application.sees(
            "7201 ConnectionCleared normalClearing",
            "7201 ConnectionCleared normalClearing",
        )

    within(tmp_path, story)


async def send(world: World, transport: str, port: int, data: bytes) -> None:
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as one:
        one.connect(("127.0.0.1", port))
        one.sendall(data)
        await pause(world.reactor, 0.05)
