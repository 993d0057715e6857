"""The site plan from the checked files, its version and its flows' versions being digests of what they say."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cti_server.settings.calendars import CalendarsFile, build_calendar
from cti_server.settings.flows.flow_file import FlowFile
from cti_server.settings.flows.step_models import step_of
from cti_server.settings.site import (
    AgentSettings,
    AgentsFile,
    HandlingSettings,
    PilotsFile,
    QueueSettings,
    QueuesFile,
    TrialSettings,
)
from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    QueueName,
    RuleName,
    SkillName,
)
from cti_server.vocabulary.plan import (
    AgentPlan,
    CallbackRules,
    FlowPlan,
    HandlingRule,
    PilotPlan,
    QueueLimits,
    QueuePlan,
    SitePlan,
    TrialGuard,
    TrialPlan,
)
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import Channel, Handover

_DIGEST_LENGTH = 12
_SAME_NAME = {
    "wrap_up",
    "ring_time",
    "strategy",
    "service_level",
    "ring_all",
    "short_calls",
    "last_agent",
    "last_agent_wait",
    "ageing",
}


def build_plan(
    queues: QueuesFile,
    agents: AgentsFile,
    pilots: PilotsFile,
    flows: Sequence[FlowFile],
    calendars: CalendarsFile | None = None,
    *,
    today: dt.date | None = None,
    normalise: Callable[[str, str], str] = lambda _link, number: number,
) -> SitePlan:
    """Join the files into a plan; ``normalise(link, number)`` spells a device number as the link's dialect does.

    ``today`` is the day from which holidays and changes of the clocks are counted (without it, the machine's).
    """
    day = today or dt.datetime.now(dt.UTC).date()
    plan = SitePlan(
        version="",
        groups=tuple(GroupName(each) for each in agents.groups),
        skills=tuple(SkillName(each) for each in agents.skills),
        reasons=dict(agents.reasons),
        rules={RuleName(each.name): _rule(each) for each in agents.handling},
        agents={AgentId(each.id): _agent(each) for each in agents.agents},
        queues={QueueName(each.name): _queue(each) for each in queues.queues},
        pilots=tuple(
            PilotPlan(
                link=LinkName(each.link),
                number=DeviceNumber(normalise(each.link, each.number)),
                flow=FlowName(each.flow),
                routing=each.routing,
                agent_line=each.agent_line,
                trial=_trial(each.trial),
            )
            for each in pilots.pilots
        ),
        destinations={address: FlowName(flow) for address, flow in pilots.destinations.items()},
        calendars={
            CalendarName(each.name): build_calendar(each, day)
            for each in (() if calendars is None else calendars.calendars)
        },
        flows={FlowName(each.name): build_flow(each) for each in flows},
    )
    return dataclasses.replace(plan, version=digest(plan))


def build_flow(flow: FlowFile) -> FlowPlan:
    """Build one flow's plan."""
    steps = tuple(step_of(each) for each in flow.steps)
    return FlowPlan(name=FlowName(flow.name), version=digest(steps), steps=steps)


def digest(value: object) -> str:
    """Digest of a plan value's content: equal for equal content, whatever file or order of keys it came from."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON values have no common type
    """A plan's value as JSON values, with the names of its classes under an empty name."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _groups(names: Sequence[str]) -> tuple[GroupName, ...]:
    return tuple(GroupName(each) for each in names)


def _agent(agent: AgentSettings) -> AgentPlan:
    return AgentPlan(
        id=AgentId(agent.id),
        name=agent.name,
        groups=_groups(agent.groups),
        skills={SkillName(skill): level for skill, level in agent.skills.items()},
        number=agent.number or "",
        handling=None if agent.handling is None else RuleName(agent.handling),
        supervisor=agent.supervisor,
    )


def _rule(rule: HandlingSettings) -> HandlingRule:
    return HandlingRule(
        name=RuleName(rule.name),
        most=rule.most,
        limits={Channel(channel): most for channel, most in rule.limits.items()},
        interrupts={Channel(one): tuple(map(Channel, others)) for one, others in rule.interrupts.items()},
        weights={Channel(channel): weight for channel, weight in rule.weights.items()},
        capacity=rule.capacity,
    )


def _queue(queue: QueueSettings) -> QueuePlan:
    return QueuePlan(
        name=QueueName(queue.name),
        groups=_groups(queue.groups),
        flow=FlowName(queue.flow),
        move=Handover(queue.move),
        steps=_requirement(queue),
        limits=QueueLimits(**queue.limits.model_dump()),
        callbacks=CallbackRules(**queue.callbacks.model_dump()),
        calendar=None if queue.calendar is None else CalendarName(queue.calendar),
        voicemail=tuple(queue.voicemail),
        seed=queue.seed,
        order=tuple(AgentId(each) for each in queue.order),
        trial=_trial(queue.trial),
        **{name: getattr(queue, name) for name in _SAME_NAME},
    )


def _trial(trial: TrialSettings | None) -> TrialPlan | None:
    if trial is None:
        return None
    guard = None if trial.guard is None else TrialGuard(**trial.guard.model_dump())
    return TrialPlan(flow=FlowName(trial.flow), share=trial.share, guard=guard)


def _requirement(queue: QueueSettings) -> tuple[RequirementStep, ...]:
    """The queue's steps with its groups as the first; none where groups are all that it has."""
    if not queue.steps:
        return ()
    first = (RequirementStep(0.0, Need(groups=_groups(queue.groups))),) if queue.groups else ()
    steps = (
        RequirementStep(
            each.after,
            Need(_groups(each.groups), tuple(SkillNeed(SkillName(name), level) for name, level in each.skills.items())),
        )
        for each in queue.steps
    )
    return tuple(sorted((*first, *steps), key=lambda each: each.after))
