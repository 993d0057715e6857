"""How long the engine takes to decide which agent gets which contact, by the size of the site."""

import gc
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cti_server.engine.engine import Engine
from cti_server.flows.steps import MusicStep, QueueStep
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    OfferId,
    PromptName,
    QueueName,
    SkillName,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import CallRef, Origin, ReleasedBy

LINK: Final = LinkName("pbx")
START: Final = 1_000_000.0
DECISIONS: Final = 2_000
SIZES: Final = tuple(
    (agents, queues, waiting)
    for agents in (100, 1_000, 10_000)
    for queues in (10, 100, 1_000)
    for waiting in (0, 10_000)
)
SKILLS: Final = 50
Row = dict[str, int | float | str]


def _queue(number: int, mode: str, chance: random.Random) -> QueuePlan:
    name, flow = QueueName(f"queue-{number:04}"), FlowName("waiting")
    group = GroupName(f"group-{number:04}")
    if mode == "group":
        return QueuePlan(name=name, groups=(group,), flow=flow, wrap_up=0.0)
    first, second = chance.sample(range(SKILLS), 2)
    ideal = (SkillNeed(SkillName(f"skill-{first:02}"), 6), SkillNeed(SkillName(f"skill-{second:02}"), 3))
    steps = (RequirementStep(0.0, Need(skills=ideal)), RequirementStep(30.0, Need(skills=ideal[:1])))
    return QueuePlan(name=name, groups=(), steps=steps, flow=flow, wrap_up=0.0)


def _agent(number: int, queues: int, mode: str, chance: random.Random) -> AgentPlan:
    name = AgentId(f"agent-{number:05}")
    if mode == "group":
        # Everybody is in a group of their own turn and in two more, so that groups overlap.
        mine = {number % queues, *(chance.randrange(queues) for _ in range(2))}
        return AgentPlan(id=name, name=name, groups=tuple(GroupName(f"group-{each:04}") for each in sorted(mine)))
    skills = {SkillName(f"skill-{each:02}"): chance.randint(1, 10) for each in chance.sample(range(SKILLS), 8)}
    return AgentPlan(id=name, name=name, groups=(), skills=skills)


def site(agents: int, queues: int, mode: str, chance: random.Random) -> SitePlan:
    """A plan of that size; each queue has a pilot of its own."""
    flows = [
        FlowPlan(
            name=FlowName("waiting"),
            version="1",
            steps=(MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=3600.0),),
        )
    ]
    pilots: list[PilotPlan] = []
    plans = [_queue(number, mode, chance) for number in range(queues)]
    for plan in plans:
        flow = FlowName(f"to-{plan.name}")
        flows.append(FlowPlan(name=flow, version="1", steps=(QueueStep(id=StepId("in"), queue=plan.name),)))
        pilots.append(PilotPlan(link=LINK, number=DeviceNumber(f"7{len(pilots):04}"), flow=flow))
    people = [_agent(number, queues, mode, chance) for number in range(agents)]
    return SitePlan(
        version=f"{agents}-{queues}-{mode}",
        groups=tuple(GroupName(f"group-{number:04}") for number in range(queues)),
        skills=tuple(SkillName(f"skill-{number:02}") for number in range(SKILLS)),
        agents={each.id: each for each in people},
        queues={each.name: each for each in plans},
        flows={each.name: each for each in flows},
        pilots=tuple(pilots),
    )


@dataclass
class Centre:
    """An engine with its agents at work, to which calls come and from which they go; ``took``: seconds a decision."""

    engine: Engine
    chance: random.Random
    queues: int
    now: float = START
    calls: int = 0
    spent: float = 0.0
    took: list[float] = field(default_factory=list)
    ringing: list[OfferId] = field(default_factory=list)
    talking: list[CallRef] = field(default_factory=list)

    def tell(self, command: commands.Command) -> bool:
        """Put a command to the engine; True where an offer came of it, whose time is kept."""
        self.now += 0.01
        began = time.perf_counter()
        outcome = self.engine.handle(command, self.now)
        took = time.perf_counter() - began
        self.spent += took
        offered = any(isinstance(each.event, events.OfferMade) for each in outcome.events)
        if offered:
            self.took.append(took)
        for effect in outcome.effects:
            if isinstance(effect, effects.MoveToAgent):
                self.ringing.append(effect.offer)
                self.talking.append(effect.call)
        return offered

    def call(self) -> None:
        """One call more, at any pilot."""
        self.calls += 1
        pilot = DeviceNumber(f"7{self.chance.randrange(self.queues):04}")
        call = CallRef(LINK, CallId(f"C{self.calls}"))
        self.tell(commands.ReportCallArrived(call=call, pilot=pilot, party=None))

    def answer(self) -> None:
        """Everybody answers whose phone rings."""
        while self.ringing:
            self.tell(commands.ReportOfferAnswered(offer=self.ringing.pop()))

    def hang_up(self) -> None:
        """Any of the talks is over."""
        index = self.chance.randrange(len(self.talking))
        self.talking[index], self.talking[-1] = self.talking[-1], self.talking[index]
        self.tell(commands.ReportCallEnded(call=self.talking.pop(), released_by=ReleasedBy.CUSTOMER))


def open_centre(agents: int, queues: int, waiting: int, mode: str) -> Centre:
    """A centre in which that many contacts wait and everybody who fits one talks; with nobody waiting half are free."""
    chance = random.Random(7)
    centre = Centre(Engine(), chance, queues)
    centre.tell(commands.LoadPlan(plan=site(agents, queues, mode, chance)))
    centre.tell(commands.ReportLinkUp(link=LINK))
    centre.tell(commands.ReportCalls(link=LINK, calls=()))
    for number, agent in enumerate(centre.engine.state.plan.agents):
        centre.tell(commands.LogAgentOn(agent=agent, device=DeviceNumber(f"8{number:05}"), origin=Origin.PHONE))
        centre.tell(commands.SetAgentReady(agent=agent, origin=Origin.PHONE))
    wanted = agents + waiting if waiting else agents // 2
    for _ in range(wanted):
        centre.call()
        centre.answer()
    return centre


def measure(agents: int, queues: int, waiting: int, mode: str) -> Row:
    """One row: decisions a second over all commands that lead from one to the next, and their times."""
    centre = open_centre(agents, queues, waiting, mode)
    gc.collect()
    gc.freeze()
    centre.took.clear()
    centre.spent = 0.0
    rounds = 0
    while len(centre.took) < DECISIONS and rounds < 4 * DECISIONS:
        rounds += 1
        if centre.talking:
            centre.hang_up()
        centre.call()
        centre.answer()
    gc.unfreeze()
    took = sorted(centre.took)
    return {
        "agents": agents,
        "queues": queues,
        "waiting": waiting,
        "mode": mode,
        "decisions_per_s": round(len(took) / centre.spent),
        "p50_ms": round(took[len(took) // 2] * 1000, 3),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 3),
    }


def decision_rows() -> Iterator[Row]:
    """A row for each size, with groups and with skills."""
    for mode in ("group", "skills"):
        for agents, queues, waiting in SIZES:
            yield measure(agents, queues, waiting, mode)
