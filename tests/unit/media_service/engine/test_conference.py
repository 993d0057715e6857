"""Conferences: who hears whom, by role; heard at far ends that each speak a tone of their own."""

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import Encoding, EngineEvent, MediaEngine, Role
from tests.unit.media_service.driving import pause
from tests.unit.media_service.engine.engines import WithEngine, stream_to
from tests.unit.media_service.engine.far_end import FarEnd, amplitude, last, said, tone

pytestmark = pytest.mark.integration

TONES = (500.0, 800.0, 1150.0, 1700.0)
PRESENT, ABSENT = 4000.0, 250.0


async def confer(
    reactor: AsyncioSelectorReactor,
    engine: MediaEngine,
    far_ends: list[FarEnd],
    roles: list[Role],
    whisper_to: str = "",
) -> None:
    """Let each far end speak its tone into one room for a second and a half; port names are numbers from 0."""
    talks = []
    for number, (far, role) in enumerate(zip(far_ends, roles, strict=True)):
        address = await engine.open(str(number), beside="0" if number else None)
        encoding = Encoding.PCMU if number % 2 else Encoding.PCMA
        engine.connect(str(number), stream_to(far, encoding))
        target = whisper_to if role is Role.WHISPERER else None
        engine.join(str(number), "room", role, whisper_to=target)
        talks.append(far.say(tone(TONES[number], 1.5), address, payload_type=0 if number % 2 else 8))
    await pause(reactor, 1.4)
    await said(reactor, *talks)


def voices(far: FarEnd) -> set[float]:
    """Whose tones were heard in the middle of it."""
    heard = last(far.linear(), 0.4, before=0.5)
    levels = {frequency: amplitude(heard, frequency) for frequency in TONES}
    assert all(level > PRESENT or level < ABSENT for level in levels.values()), levels
    return {frequency for frequency, level in levels.items() if level > PRESENT}


def test_everybody_hears_all_others_and_never_itself(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await confer(reactor, engine, far_ends, [Role.SPEAKER] * 3)

    with FarEnd() as one, FarEnd() as two, FarEnd() as three:
        far_ends = [one, two, three]
        with_engine(story)
    for number, far in enumerate(far_ends):
        assert voices(far) == set(TONES[:3]) - {TONES[number]}


def test_a_listener_is_heard_by_nobody_and_a_whisperer_by_one(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await confer(
            reactor, engine, far_ends, [Role.SPEAKER, Role.SPEAKER, Role.LISTENER, Role.WHISPERER], whisper_to="0"
        )

    with FarEnd() as one, FarEnd() as two, FarEnd() as three, FarEnd() as four:
        far_ends = [one, two, three, four]
        with_engine(story)
    agent, customer, monitor, coach = (voices(far) for far in far_ends)
    assert agent == {TONES[1], TONES[3]}
    assert customer == {TONES[0]}
    assert monitor == {TONES[0], TONES[1]}
    assert coach == {TONES[0], TONES[1]}


def test_roles_change_and_who_leaves_is_alone(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = []
        for number, far in enumerate(far_ends):
            addresses.append(await engine.open(str(number), beside="0" if number else None))
            engine.connect(str(number), stream_to(far))
            engine.join(str(number), "room", Role.SPEAKER if number == 0 else Role.LISTENER)
        talks = [far.say(tone(TONES[number], 2.9), addresses[number]) for number, far in enumerate(far_ends)]
        await pause(reactor, 1.0)
        heard_before.append(one.linear())
        engine.join("1", "room", Role.SPEAKER)
        await pause(reactor, 1.0)
        heard_after.append(one.linear())
        engine.leave("1")
        engine.leave("1")
        await pause(reactor, 0.8)
        await said(reactor, *talks)

    heard_before: list[bytes] = []
    heard_after: list[bytes] = []
    with FarEnd() as one, FarEnd() as two:
        far_ends = [one, two]
        with_engine(story)
    assert amplitude(last(heard_before[0], 0.3), TONES[1]) < ABSENT
    assert amplitude(last(heard_after[0], 0.3), TONES[1]) > PRESENT
    assert amplitude(last(one.linear(), 0.3), TONES[1]) < ABSENT
    assert amplitude(last(two.linear(), 0.3), TONES[0]) < ABSENT


def test_a_sum_that_is_too_loud_is_cut_off_and_does_not_turn_over(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        talks = []
        for number, far in enumerate(far_ends):
            address = await engine.open(str(number), beside="0" if number else None)
            engine.connect(str(number), stream_to(far))
            engine.join(str(number), "loud")
            talks.append(far.say(tone(500, 1.2, 30000.0) if number else bytes(19200), address))
        await pause(reactor, 1.1)
        await said(reactor, *talks)

    with FarEnd() as one, FarEnd() as two, FarEnd() as three:
        far_ends = [one, two, three]
        with_engine(story)
    assert amplitude(last(one.linear(), 0.3, before=0.4), 500) > 15000


def test_wrong_roles_are_refused(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        await engine.open("b", beside="a")
        with pytest.raises(EngineError):
            engine.join("c", "room")
        with pytest.raises(EngineError):
            engine.join("a", "room", Role.WHISPERER)
        with pytest.raises(EngineError):
            engine.join("a", "room", Role.WHISPERER, whisper_to="c")
        with pytest.raises(EngineError):
            engine.join("a", "room", Role.SPEAKER, whisper_to="b")
        engine.leave("a")

    with_engine(story)
