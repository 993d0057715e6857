"""A busy quarter of an hour that every kill is tried on: callers, chats, callbacks, missed calls, and operators."""

from collections.abc import Callable
from random import Random
from typing import Final

from bench.soak_load.calls import Caller
from bench.soak_load.ground import DIRECT_PILOT, MENU_PILOT, site
from bench.soak_load.life import Life
from bench.soak_load.operators import BY, Operators
from bench.soak_load.serving import Moment
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.operator_commands import HangUpContact, MoveContact, PullContact, SetQueue
from cti_server.vocabulary.values import DoorState

START: Final = 1_806_303_600.0
"""A Monday, nine o'clock in the morning."""
CALLERS: Final = 8
AGENTS_AT_WORK: Final = 3

Kill = Callable[[Life, int], Moment | None]


def never(_life: Life, _batch: int) -> None:
    """Nobody is killed."""


def operate(life: Life) -> None:
    """What operators do in the story, by the clock; each says it until the server has heard it."""
    operators = Operators(life, Random(3))
    first, last = min(life.plan.queues), max(life.plan.queues)
    taker = sorted(life.devices)[AGENTS_AT_WORK + 1]

    def at(seconds: float, wish: Callable[[], object]) -> None:
        life.agenda.put(START + seconds, lambda _at: wish())

    def with_contact(seconds: float, party: int, wish: Callable[[ContactId], commands.Command]) -> None:
        at(seconds, lambda: operators.with_contact(party, wish))

    def requeue() -> commands.Command | None:
        """Who has no answer looks whether it has begun anew before they say it again."""
        contact = operators.contact_of(8)
        if contact is None or contact.queued_at is None or contact.queued_at > START + 90.0:
            return None
        return MoveContact(contact=contact.id, queue=None, origin=BY)

    at(48.0, lambda: operators.drain_for(9.0))
    at(95.0, lambda: operators.tell(requeue))
    with_contact(100.0, 5, lambda one: MoveContact(contact=one, queue=first, origin=BY))
    with_contact(105.0, 4, lambda one: commands.ChangePriority(contact=one, priority=1, origin=BY))
    with_contact(112.0, 5, lambda one: HangUpContact(contact=one, origin=BY))
    at(136.0, lambda: life.duty(taker, on=True))  # in none of the groups of whom they are given
    with_contact(138.0, 8, lambda one: PullContact(contact=one, agent=taker, origin=BY))
    at(170.0, lambda: life.duty(taker, on=False))
    closing = SetQueue(queue=last, state=DoorState.CLOSED, until=START + 300.0, origin=BY)
    at(120.0, lambda: operators.tell(lambda: closing))


def live(kill: Kill = never, *, away: float = 0.0, callers: int = CALLERS, seed: int = 5, step: float = 0.0) -> Life:
    """The story from begin to end, checked every twenty seconds, with kills as wished.

    Args:
        kill: told the life and the number of a batch, says when in it the server is killed.
        away: how long it is away then, seconds.
        callers: how many come.
        seed: of all chance.
        step: by how much the machine's clock is set at each kill, seconds.
    """
    life = Life(site(agents=6, queues=3, music=20.0, ring=12.0, wrap_up=8.0), start=START, seed=1, keep=True)
    life.away = away

    def struck(batch: int) -> Moment | None:
        moment = kill(life, batch)
        if moment is not None and step:
            life.clock_steps(step)
        return moment

    life.service.kill = struck
    operate(life)
    for agent in sorted(life.devices)[:AGENTS_AT_WORK]:
        life.duty(agent, on=True)
    at, chance = START, Random(seed)
    for number in range(1, callers + 1):
        at += chance.expovariate(1 / 12)
        caller = Caller(
            number=number,
            pilot=MENU_PILOT if number % 4 else DIRECT_PILOT,
            key=str(1 + number % 3),
            patience=50.0 + chance.random() * 200.0,
            talk=20.0 + chance.random() * 60.0,
            misses=int(number % 7 == 3),
        )
        life.agenda.put(at, lambda _at, caller=caller: life.caller_comes(caller))
        if number % 4 == 0:
            life.agenda.put(at + 3.0, lambda _at, number=number: life.chat_comes(10_000 + number))
    while life.at < at or (life.outside.calls and life.at < at + 1200.0):
        life.run_until(life.at + 20.0)
        life.check()
    life.everybody_goes()
    return life
