"""Checks of the flows within their site: none runs itself, and whoever is queued can be served by somebody."""

from collections.abc import Iterator, Mapping

from cti_server.flows.steps import ChangeStep, QueueStep, RequeueStep, RunStep
from cti_server.flows.steps.queueing.needs import steps_of
from cti_server.settings.files import Sources
from cti_server.settings.flow_checks import Drawn, drawn
from cti_server.settings.flows.data_checks import check_data, data_set_by
from cti_server.settings.flows.flow_file import FlowFile
from cti_server.vocabulary.ids import GroupName, QueueName, SkillName
from cti_server.vocabulary.plan import AgentPlan, QueuePlan, SitePlan
from cti_server.vocabulary.requirements import Need, RequirementStep, fits
from settings_file import Lines, Problem


def check_names(sources: Sources) -> Iterator[Problem]:
    """Names in expressions and texts of all flows; flows that run themselves."""
    flows = {each.content.name: (each.content, each.lines) for each in sources.flows if each.content is not None}
    ways = {name: drawn(flow) for name, (flow, _) in flows.items()}
    sets = {name: frozenset(datum for step in way.steps for datum in data_set_by(step)) for name, way in ways.items()}
    queues = None if sources.queues.content is None else frozenset(each.name for each in sources.queues.content.queues)
    for name, (flow, lines) in flows.items():
        others = frozenset[str]().union(*(found for other, found in sets.items() if other != name))
        yield from check_data(ways[name], lines, elsewhere=others, expected=flow.data, queues=queues)
    yield from _check_runs(flows, ways)


def _check_runs(flows: Mapping[str, tuple[FlowFile, Lines]], ways: Mapping[str, Drawn]) -> Iterator[Problem]:
    runs = {name: [str(step.flow) for step in way.steps if isinstance(step, RunStep)] for name, way in ways.items()}
    for name, (_, lines) in flows.items():
        for place, step in enumerate(ways[name].steps):
            if isinstance(step, RunStep) and (step.flow == name or name in _within(runs, step.flow)):
                yield lines.problem(f"flow {name} comes to run itself by this", "steps", place, "flow")


def _within(runs: Mapping[str, list[str]], name: str) -> set[str]:
    """All flows that a flow runs, and that those run."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for target in runs.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def check_service(plan: SitePlan, sources: Sources) -> Iterator[Problem]:
    """Queues that flows lead to, and needs that steps name, without any agent of the site who meets them."""
    if sources.queues.content is None or not plan.agents:
        return
    agents = tuple(plan.agents.values())
    wanted: set[QueueName] = set()
    for source in sources.flows:
        if source.content is None:
            continue
        for place, step in enumerate(drawn(source.content).steps):
            if isinstance(step, QueueStep | RequeueStep):
                wanted.add(step.queue)
            needs = steps_of(step.needs) if isinstance(step, QueueStep | RequeueStep | ChangeStep) else ()
            if needs and not _served(needs, agents):
                yield source.lines.problem(_nobody(needs), "steps", place, "needs")
    for index, queue in enumerate(sources.queues.content.queues):
        known: QueuePlan = plan.queues[QueueName(queue.name)]
        if known.name in wanted and not _served(known.requirement.steps, agents):
            message = f"callers come into this queue, but {_nobody(known.requirement.steps)}"
            yield sources.queues.lines.problem(message, "queues", index)


def _served(steps: tuple[RequirementStep, ...], agents: tuple[AgentPlan, ...]) -> bool:
    return any(fits(step.need, frozenset(agent.groups), agent.skills) for step in steps for agent in agents)


def _nobody(steps: tuple[RequirementStep, ...]) -> str:
    return f"no agent meets its needs: {'; or '.join(_words(step.need) for step in steps)}"


def _words(need: Need) -> str:
    groups: tuple[GroupName, ...] = need.groups
    skills: list[tuple[SkillName, int]] = [(each.skill, each.level) for each in need.skills]
    parts = [f"group {' or '.join(groups)}"] if groups else []
    parts += [f"{skill} at level {level}" for skill, level in skills]
    return " and ".join(parts)
