"""What a call leaves behind in the service: nothing that waits for the collector of cycles."""

import gc
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from media_service.control.messages import (
    AskDigit,
    Hangup,
    HoldMusic,
    Play,
    Record,
    SendDigits,
    Utterance,
)
from tests.unit.media_service.driving import until
from tests.unit.media_service.test_calls import housed
from tests.unit.media_service.test_service import House

WELCOME = (Utterance(prompt="welcome"),)
Story = Callable[[House, str], Coroutine[Deferred[Any], Any, None]]


@pytest.fixture(autouse=True)
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def asked(house: House, session: str) -> None:
    verb = house.cti.do(session, Play(WELCOME, barge_in=True))
    await until(house.reactor, lambda: session in house.engine.playing)
    house.engine.digit(session, "1")
    await house.cti.result(verb)
    await house.cti.done(session, AskDigit(WELCOME, 5.0))


async def waiting(house: House, session: str) -> None:
    house.cti.do(session, HoldMusic("hold_music"))
    await until(house.reactor, lambda: session in house.engine.playing)


async def recorded(house: House, session: str) -> None:
    await house.cti.done(session, Record(name="kept"))


async def dialling(house: House, session: str) -> None:
    house.cti.do(session, SendDigits("12"))


@pytest.mark.parametrize("story", [asked, waiting, recorded, dialling])
@pytest.mark.parametrize("by", ["us", "the caller"])
def test_nothing_of_a_call_waits_for_the_collector(story: Story, by: str) -> None:
    async def run(house: House) -> None:
        leg, session = await house.answered()
        call = weakref.ref(house.service.calls.find(session))
        assert call() is not None
        await story(house, session)
        if by == "us":
            house.cti.do(session, Hangup())
        else:
            house.caller.hangup(leg)
        await until(house.reactor, lambda: house.cti.ended)
        await until(house.reactor, lambda: call() is None)

    housed(run)
