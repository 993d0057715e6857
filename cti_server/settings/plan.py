"""The site plan from the checked files, its version and its flows' versions being digests of what they say."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.settings.site import (
    AgentsFile,
    DisconnectSettings,
    FlowFile,
    MenuSettings,
    MusicSettings,
    PilotsFile,
    PlaySettings,
    PositionSettings,
    QueuesFile,
    QueueStepSettings,
    StepSettings,
    UtteranceSettings,
)
from cti_server.vocabulary.ids import (
    AgentId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    PromptName,
    QueueName,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan, Step
from cti_server.vocabulary.values import Handover, Utterance

_DIGEST_LENGTH = 12


def build_plan(
    queues: QueuesFile,
    agents: AgentsFile,
    pilots: PilotsFile,
    flows: Sequence[FlowFile],
    normalise: Callable[[str, str], str] = lambda _link, number: number,
) -> SitePlan:
    """Join the files into a plan; ``normalise(link, number)`` spells a device number as the link's dialect does."""
    plan = SitePlan(
        version="",
        groups=tuple(GroupName(each) for each in agents.groups),
        agents={
            AgentId(each.id): AgentPlan(id=AgentId(each.id), name=each.name, groups=_groups(each.groups))
            for each in agents.agents
        },
        queues={
            QueueName(each.name): QueuePlan(
                name=QueueName(each.name),
                groups=_groups(each.groups),
                flow=FlowName(each.flow),
                strategy=each.strategy,
                ring_time=each.ring_time,
                wrap_up=each.wrap_up,
                service_level=each.service_level,
                move=Handover(each.move),
            )
            for each in queues.queues
        },
        pilots=tuple(
            PilotPlan(
                link=LinkName(each.link),
                number=DeviceNumber(normalise(each.link, each.number)),
                flow=FlowName(each.flow),
                routing=each.routing,
            )
            for each in pilots.pilots
        ),
        flows={FlowName(each.name): build_flow(each) for each in flows},
    )
    return dataclasses.replace(plan, version=digest(plan))


def build_flow(flow: FlowFile) -> FlowPlan:
    """Build one flow's plan."""
    steps = tuple(_step(each) for each in flow.steps)
    return FlowPlan(name=FlowName(flow.name), version=digest(steps), steps=steps)


def digest(value: object) -> str:
    """Digest of a plan value's content: equal for equal content, whatever file or order of keys it came from."""
    text = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def _canonical(value: Any) -> Any:  # noqa: ANN401 - JSON values have no common type
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: _canonical(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): _canonical(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_canonical(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _groups(names: Sequence[str]) -> tuple[GroupName, ...]:
    return tuple(GroupName(each) for each in names)


def _step_id(name: str | None) -> StepId | None:
    return None if name is None else StepId(name)


def _utterances(say: Sequence[UtteranceSettings]) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(prompt=None if each.prompt is None else PromptName(each.prompt), number=each.number) for each in say
    )


def _step(step: StepSettings) -> Step:
    name = StepId(step.id)
    match step:
        case PlaySettings():
            said = _utterances(step.say)
            return PlayStep(
                id=name,
                utterances=said,
                barge_in=step.barge_in,
                next=_step_id(step.next),
                on_failure=_step_id(step.on_failure),
            )
        case MenuSettings():
            return MenuStep(
                id=name,
                utterances=_utterances(step.say),
                choices={digit: StepId(target) for digit, target in step.choices.items()},
                otherwise=StepId(step.otherwise),
                timeout=step.timeout,
                attempts=step.attempts,
                on_failure=_step_id(step.on_failure),
            )
        case _:
            return _queue_or_waiting_step(name, step)


def _queue_or_waiting_step(
    name: StepId, step: QueueStepSettings | PositionSettings | MusicSettings | DisconnectSettings
) -> Step:
    match step:
        case QueueStepSettings():
            return QueueStep(id=name, queue=QueueName(step.queue), priority=step.priority)
        case PositionSettings():
            before, after = _utterances(step.before), _utterances(step.after)
            return PositionStep(
                id=name, before=before, after=after, next=_step_id(step.next), on_failure=_step_id(step.on_failure)
            )
        case MusicSettings():
            return MusicStep(
                id=name,
                music=PromptName(step.music),
                seconds=step.seconds,
                next=_step_id(step.next),
                on_failure=_step_id(step.on_failure),
            )
        case DisconnectSettings():
            return DisconnectStep(id=name, utterances=_utterances(step.say))
