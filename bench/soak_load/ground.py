"""The contact centre of the proofs: queues by group and by skill, flows, opening hours with daylight saving, chats."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final

from cti_server.flows.steps import CallbackStep, DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.flows.steps.deciding.schedule import ScheduleStep
from cti_server.flows.steps.pattern import Digit
from cti_server.settings.calendars import transitions
from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    PromptName,
    QueueName,
    RuleName,
    SkillName,
    StepId,
)
from cti_server.vocabulary.plan import (
    AgentPlan,
    CalendarPlan,
    CallbackRules,
    FlowPlan,
    HandlingRule,
    OpenHours,
    PilotPlan,
    QueueLimits,
    QueuePlan,
    SitePlan,
    TrialGuard,
    TrialPlan,
)
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import Channel, Utterance

LINK: Final = LinkName("pbx")
ZONE: Final = "Europe/Berlin"
HOURS: Final = CalendarName("hours")
MAIL: Final = "chat:help"
MENU_PILOT, DIRECT_PILOT, TRIAL_PILOT = (DeviceNumber(each) for each in ("7000", "7001", "7002"))
QUEUES: Final = tuple(QueueName(f"q{number}") for number in range(8))
GROUPS: Final = tuple(GroupName(f"g{number}") for number in range(8))
ENGLISH: Final = SkillName("english")
DIGITS: Final = tuple(Digit(str(number)) for number in range(1, 9))
RING_ALL: Final = 5
"""The queue, by its number, that rings all of its agents at once."""
REASONS: Final = {"1": "break", "2": "training", "3": "paperwork"}
EVERY: Final = 20
"""One in so many agents is a supervisor."""
TIMED_OUT: Final = 600.0
"""Seconds after which those who wait are offered a callback."""


def _said(name: str) -> tuple[Utterance, ...]:
    return (Utterance(prompt=PromptName(name)),)


def _calendar(year: int) -> CalendarPlan:
    hours = OpenHours(days=(0, 1, 2, 3, 4, 5, 6), start=60, end=1380)
    return CalendarPlan(name=HOURS, zone=ZONE, hours=(hours,), transitions=transitions(ZONE, year - 1, year + 2))


def _flows(version: str, queues: int, music: float) -> Iterator[FlowPlan]:
    choices = {DIGITS[number]: StepId(f"to-{number}") for number in range(queues)}
    yield FlowPlan(
        name=FlowName("welcome"),
        version=f"welcome-{version}",
        steps=(
            ScheduleStep(id=StepId("hours"), calendar=HOURS, closed=StepId("sorry")),
            PlayStep(id=StepId("greet"), utterances=_said("welcome"), barge_in=True),
            MenuStep(
                id=StepId("menu"), utterances=_said("menu"), choices=choices, otherwise=StepId("to-0"), attempts=2
            ),
            *(
                QueueStep(
                    id=StepId(f"to-{number}"),
                    queue=QUEUES[number],
                    timed_out=StepId("later"),
                    full=StepId("later"),
                    blocked=StepId("sorry"),
                )
                for number in range(queues)
            ),
            CallbackStep(id=StepId("later"), queue=QUEUES[0], delay=900.0, next=StepId("sorry")),
            DisconnectStep(id=StepId("sorry"), utterances=_said("sorry")),
        ),
    )
    yield FlowPlan(
        name=FlowName("direct"),
        version=f"direct-{version}",
        steps=(
            QueueStep(id=StepId("q"), queue=QUEUES[queues - 1], priority=3, timed_out=StepId("sorry")),
            DisconnectStep(id=StepId("sorry"), utterances=_said("sorry")),
        ),
    )
    yield FlowPlan(
        name=FlowName("waiting"),
        version=f"waiting-{version}",
        steps=(
            PositionStep(id=StepId("place"), before=_said("position_before"), after=_said("position_after")),
            MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=music, next=StepId("place")),
        ),
    )


def _queue(number: int, queues: int, ring: float, wrap_up: float) -> QueuePlan:
    """One in four goes by skill and widens; one in four ages; one in four remembers the last agent."""
    kind, group = number % 4, GROUPS[number]
    skilled = (
        RequirementStep(0.0, Need(groups=(group,), skills=(SkillNeed(ENGLISH, 5),))),
        RequirementStep(30.0, Need(groups=(group, GROUPS[(number + 1) % queues]))),
    )
    return QueuePlan(
        name=QUEUES[number],
        groups=(group,),
        flow=FlowName("waiting"),
        ring_time=ring,
        wrap_up=wrap_up if kind != 3 else 0.0,
        steps=skilled if kind == 1 else (),
        ageing=120.0 if kind == 2 else None,
        last_agent=3600.0 if kind == 3 else 0.0,
        ring_all=number == RING_ALL,
        limits=QueueLimits(longest=TIMED_OUT, waiting=60 if kind == 0 else None),
        callbacks=CallbackRules(on_abandon=kind == 0, shortest_wait=20.0, attempts=2, retry=600.0),
        calendar=HOURS if kind == 1 else None,
    )


def devices(agents: int) -> dict[AgentId, DeviceNumber]:
    """The agents' phones."""
    return {AgentId(f"a{number:03}"): DeviceNumber(f"8{number:03}") for number in range(agents)}


def site(
    version: str = "1",
    *,
    agents: int = 250,
    queues: int = 8,
    year: int = 2027,
    music: float = 60.0,
    ring: float = 15.0,
    wrap_up: float = 20.0,
) -> SitePlan:
    """The plan; ``version`` names it and all of its flows, so that another version changes every one of them."""
    people = {
        agent: AgentPlan(
            id=agent,
            name=agent,
            groups=(GROUPS[number % queues], GROUPS[(number + 3) % queues]),
            skills={ENGLISH: 1 + number % 10},
            handling=RuleName("mixed"),
            supervisor=number % EVERY == 0,
        )
        for number, agent in enumerate(devices(agents))
    }
    rule = HandlingRule(
        name=RuleName("mixed"),
        most=2,
        limits={Channel.VOICE: 1, Channel.CALLBACK: 1, Channel.CHAT: 1},
        interrupts={Channel.VOICE: (Channel.CHAT,)},
    )
    return SitePlan(
        version=version,
        groups=GROUPS[:queues],
        agents=people,
        queues={QUEUES[number]: _queue(number, queues, ring, wrap_up) for number in range(queues)},
        pilots=(
            PilotPlan(link=LINK, number=MENU_PILOT, flow=FlowName("welcome")),
            PilotPlan(link=LINK, number=DIRECT_PILOT, flow=FlowName("direct")),
        ),
        flows={flow.name: flow for flow in _flows(version, queues, music)},
        skills=(ENGLISH,),
        rules={rule.name: rule},
        calendars={HOURS: _calendar(year)},
        reasons=REASONS,
        destinations={MAIL: FlowName("direct")},
    )


def changed(plan: SitePlan, version: str, *, without: int = 0) -> SitePlan:
    """The same site with other flow versions, and without its last ``without`` agents."""
    flows = {name: replace(flow, version=f"{name}-{version}") for name, flow in plan.flows.items()}
    kept = sorted(plan.agents)[: len(plan.agents) - without]
    return replace(plan, version=version, flows=flows, agents={agent: plan.agents[agent] for agent in kept})


def tuned(plan: SitePlan, chance: Random) -> SitePlan:
    """The same site with other times, limits, strategies and ring-all queues, and some agents in other groups."""
    queues = {}
    for name, queue in plan.queues.items():
        asked: dict[str, Any] = {
            "ring_time": chance.choice((10.0, 15.0, 25.0)),
            "wrap_up": chance.choice((0.0, 20.0, 60.0)),
            "ring_all": chance.random() < 0.2,
            "ageing": chance.choice((None, 60.0)),
            "strategy": chance.choice(("longest-idle", "fewest-contacts", "random")),
        }
        change = chance.choice(sorted(asked))
        queues[name] = replace(queue, **{change: asked[change]})
    agents = dict(plan.agents)
    for agent in chance.sample(sorted(agents), len(agents) // 10):
        agents[agent] = replace(agents[agent], groups=tuple(chance.sample(plan.groups, 2)))
    return replace(plan, queues=queues, agents=agents)


def with_trial(plan: SitePlan, version: str, share: float) -> SitePlan:
    """The same site with another flow for ``share`` per cent of the menu's callers, watched by a guard.

    It is of its own for the callers of a new pilot, too.
    """
    trial = replace(plan.flows[FlowName("direct")], name=FlowName("trial"), version=f"trial-{version}")
    tried = TrialPlan(flow=trial.name, share=share, guard=TrialGuard(errors=5.0, abandoned=30.0, least=20, window=50))
    pilots = [replace(one, trial=tried) if one.number == MENU_PILOT else one for one in plan.pilots]
    pilots.append(PilotPlan(link=LINK, number=TRIAL_PILOT, flow=trial.name))
    return replace(plan, version=version, flows={**plan.flows, trial.name: trial}, pilots=tuple(pilots))
