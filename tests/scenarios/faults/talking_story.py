"""A quarter of an hour in which agents do at the phone all that can be done there: every kill is tried on it."""

import dataclasses
from collections.abc import Callable
from random import Random
from typing import Final

from bench.soak_load.calls import Call, Caller
from bench.soak_load.ground import DIRECT_PILOT, MENU_PILOT, QUEUES, devices, site
from bench.soak_load.life import Life
from bench.soak_load.operators import CALLED_BACK, Operators
from bench.soak_load.serving import Moment
from bench.soak_load.talks import Talks
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import AgentId, DeviceNumber, PartyId
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import ContactStage, SupervisionRole

START: Final = 1_806_303_600.0
"""A Monday, nine o'clock in the morning."""
AGENTS: Final = 16
SUPERVISOR: Final = AgentId("a000")
SERVING: Final = tuple(AgentId(f"a{number:03}") for number in (1, 2, 3, 4, 5, 6, 12, 15))
CALLED_FOR: Final = AgentId("a011")
"""By whom a customer wishes to be called back."""
CALLED: Final = PartyId(CALLED_BACK + 2)
PHONES: Final = devices(AGENTS)

DONE: Final = {
    1: "hold",
    2: "attended to agent",
    3: "conference",
    4: "blind to queue",
    5: "blind to agent",
    6: "ask and return",
    7: "attended to queue",
    9: "ask a queue and return",
    10: "conference with queue",
}
"""What is done in whose first talk; the others just talk, and one of them is listened to."""
LISTENED: Final = 8
COLLEAGUES: Final = {2: AgentId("a007"), 3: AgentId("a008"), 5: AgentId("a009"), 6: AgentId("a010")}
"""Whom they ask or give on to; these are logged on and take no calls of their own."""
CALLERS: Final = 11
TALK: Final = 110.0


class Middle(Random):
    """Chance that always falls a little above the middle, so that no kill changes it."""

    def random(self) -> float:
        """The same every time."""
        return 0.55


class ByTheClock(Talks):
    """Every caller's agent does what is written down for them."""

    def chosen(self, call: Call) -> tuple[str, float] | None:
        """What is done ten seconds into the first talk."""
        what = DONE.get(call.caller.number) if call.turn == 1 else None
        return None if what is None else (what, 10.0)

    def dice(self, _call: Call) -> Random:
        """The same for everybody."""
        return Middle()

    def colleague(self, call: Call) -> DeviceNumber | None:
        """Each has their own."""
        return PHONES[COLLEAGUES[call.caller.number]]


def plan() -> SitePlan:
    """Three queues: one that rings all of its agents at once, one by skill, one of which others ask."""
    made = site(agents=AGENTS, queues=3, music=20.0, ring=12.0, wrap_up=8.0)
    ring_all = dataclasses.replace(made.queues[QUEUES[0]], ring_all=True)
    return dataclasses.replace(made, queues={**made.queues, QUEUES[0]: ring_all})


def happens(life: Life) -> None:
    """What the people beside the callers do, by the clock; each says it until the server has heard it."""
    operators = Operators(life, Random(3))

    def at(seconds: float, wish: Callable[[], object]) -> None:
        life.agenda.put(START + seconds, lambda _at: wish())

    def listen(role: SupervisionRole | None) -> Callable[[], commands.Command | None]:
        def wish() -> commands.Command | None:
            contact = operators.contact_of(LISTENED)
            if contact is None or contact.stage is not ContactStage.TALKING:
                return None
            if contact.talk.supervisors.get(SUPERVISOR) is role:
                return None
            return commands.Supervise(contact=contact.id, supervisor=SUPERVISOR, role=role)

        return wish

    def call_back() -> commands.Command | None:
        if CALLED in life.service.recount.parties:
            return None
        return commands.CreateCallback(queue=QUEUES[2], party=CALLED, agent=CALLED_FOR)

    at(20.0, lambda: operators.tell(call_back))
    listened = 14.0 * LISTENED + 35.0
    at(listened, lambda: operators.tell(listen(SupervisionRole.LISTEN)))
    at(listened + 15.0, lambda: operators.tell(listen(SupervisionRole.WHISPER)))
    at(listened + 30.0, lambda: operators.tell(listen(None)))
    at(260.0, lambda: life.goes_on_break(SERVING[0], "training", 40.0))


Kill = Callable[[Life, int], Moment | None]


def talk(kill: Kill = lambda _life, _batch: None, *, away: float = 0.0) -> Life:
    """The story from begin to end, checked every ten seconds, with kills as wished.

    Args:
        kill: told the life and the number of a batch, says when in it the server is killed.
        away: how long it is away then, seconds.
    """
    life = Life(plan(), start=START, seed=1, keep=True, lively=Random(1), acting=ByTheClock)
    life.away = away
    life.service.kill = lambda batch: kill(life, batch)
    happens(life)
    for agent in (SUPERVISOR, *COLLEAGUES.values()):
        life.goes_on_break(agent, "paperwork", 3600.0)
        life.duty(agent, on=True)
    for agent in (*SERVING, CALLED_FOR):
        life.duty(agent, on=True)
    for number in range(1, CALLERS + 1):
        caller = Caller(
            number=number,
            pilot=MENU_PILOT if number % 4 else DIRECT_PILOT,
            key=str(1 + number % 3),
            patience=400.0,
            talk=TALK,
        )
        life.agenda.put(START + 14.0 * number, lambda _at, caller=caller: life.caller_comes(caller))
    while life.at < START + 200.0 or (life.outside.calls and life.at < START + 1200.0):
        life.run_until(life.at + 10.0)
        life.check()
    life.everybody_goes()
    return life
