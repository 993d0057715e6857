"""Checks across files: every name that one file uses is defined in another, and none is defined twice."""

from collections.abc import Iterable, Iterator, Sequence

from cti_server.flows.steps import AgentLineStep, DatabaseStep, RecordStep, WebStep
from cti_server.settings import plugins
from cti_server.settings.calendars import CalendarsFile
from cti_server.settings.connectors import check_connectors
from cti_server.settings.files import Source, Sources
from cti_server.settings.flows.flow_file import PART, QUEUE_PROCESSING, ROUTING, FlowFile
from cti_server.settings.flows.naming import named
from cti_server.settings.flows.step_models import step_of
from cti_server.settings.links import check_link
from cti_server.settings.server import ServerSettings
from cti_server.settings.site import AgentsFile, PilotSettings, QueueSettings
from cti_server.vocabulary.ids import CalendarName, FlowName, GroupName, QueueName, SkillName
from cti_server.vocabulary.plan import Step
from settings_file import Lines, Problem, did_you_mean


def check_references(sources: Sources) -> Iterator[Problem]:
    """Give what is wrong between the files; a file that could not be read defines nothing and is not asked for."""
    yield from _check_server(sources.server)
    yield from _check_console(sources)
    yield from _check_agents(sources.agents)
    yield from _check_queues(sources)
    yield from _check_pilots(sources)
    yield from _check_calendars(sources.calendars)
    yield from _check_flows(sources)


def _unknown(lines: Lines, kind: str, name: str, known: Iterable[str], *path: str | int) -> Iterator[Problem]:
    names = set(known)
    if name not in names:
        yield lines.problem(f"no {kind} is called {name!r}{did_you_mean(name, names)}", *path)


def _twice(lines: Lines, kind: str, names: Sequence[object], *path: str | int, key: str = "name") -> Iterator[Problem]:
    first: dict[object, int] = {}
    for index, name in enumerate(names):
        at = (*path, index, key) if key else (*path, index)
        if name in first:
            yield lines.problem(f"{kind} {name} is given twice (first in line {first[name]})", *at)
        else:
            first[name] = lines.of(*at)


def _check_server(source: Source[ServerSettings]) -> Iterator[Problem]:
    settings, lines = source.content, source.lines
    if settings is None:
        return
    channels, dialects = plugins.installed(plugins.CHANNELS), plugins.installed(plugins.DIALECTS)
    for index, channel in enumerate(settings.channels):
        yield from _unknown(lines, "channel", channel, channels, "channels", index)
    yield from _twice(lines, "channel", settings.channels, "channels", key="")
    yield from _twice(lines, "link", [each.name for each in settings.links], "links")
    yield from check_connectors(settings.connectors, lines)
    yield from _twice(lines, "media service", [each.name for each in settings.media_services], "media_services")
    doors = [f"{each.host}:{each.port}" for each in settings.media_services]
    yield from _twice(lines, "media service at", doors, "media_services", key="port")
    for index, link in enumerate(settings.links):
        known = None
        if link.dialect in dialects:
            try:
                known = plugins.dialect(link.dialect)
                plugins.check_variations(known, link.dialect_settings)
            except plugins.VariationError as error:
                yield lines.problem(str(error), "links", index, "dialect_settings")
            except plugins.PluginError as error:
                yield lines.problem(str(error), "links", index, "dialect")
        yield from _unknown(lines, "dialect", link.dialect, dialects, "links", index, "dialect")
        yield from check_link(link, known, lines, index)
        yield from _twice(lines, "extension", link.extensions, "links", index, "extensions", key="")


def _check_console(sources: Sources) -> Iterator[Problem]:
    """Whoever is limited to a queue that is not there would see nothing, and nobody would be told why."""
    settings, queues = sources.server.content, sources.queues.content
    if settings is None or queues is None:
        return
    known = [queue.name for queue in queues.queues]
    for user, names in settings.console.queues.items():
        for index, name in enumerate(names):
            yield from _unknown(sources.server.lines, "queue", name, known, "console", "queues", user, index)


def _check_agents(source: Source[AgentsFile]) -> Iterator[Problem]:
    agents, lines = source.content, source.lines
    if agents is None:
        return
    yield from _twice(lines, "group", agents.groups, "groups", key="")
    yield from _twice(lines, "skill", agents.skills, "skills", key="")
    yield from _twice(lines, "rule", [each.name for each in agents.handling], "handling")
    yield from _twice(lines, "agent", [each.id for each in agents.agents], "agents", key="id")
    numbers = [each.number if each.number is not None else index for index, each in enumerate(agents.agents)]
    yield from _twice(lines, "number", numbers, "agents", key="number")
    rules = [each.name for each in agents.handling]
    for index, agent in enumerate(agents.agents):
        yield from _twice(lines, "group", agent.groups, "agents", index, "groups", key="")
        for place, group in enumerate(agent.groups):
            yield from _unknown(lines, "group", group, agents.groups, "agents", index, "groups", place)
        for skill in agent.skills:
            yield from _unknown(lines, "skill", skill, agents.skills, "agents", index, "skills", skill)
        if agent.handling is not None:
            yield from _unknown(lines, "rule", agent.handling, rules, "agents", index, "handling")


def _check_queues(sources: Sources) -> Iterator[Problem]:
    queues, lines = sources.queues.content, sources.queues.lines
    if queues is None:
        return
    strategies = plugins.installed(plugins.STRATEGIES)
    yield from _twice(lines, "queue", [each.name for each in queues.queues], "queues")
    for index, queue in enumerate(queues.queues):
        yield from _unknown(lines, "strategy", queue.strategy, strategies, "queues", index, "strategy")
        yield from _twice(lines, "group", queue.groups, "queues", index, "groups", key="")
        yield from _check_flow_name(sources, lines, queue.flow, QUEUE_PROCESSING, "queues", index, "flow")
        yield from _check_trial(sources, lines, queue, QUEUE_PROCESSING, "queues", index)
        if queue.calendar is not None and sources.calendars.content is not None:
            known = [each.name for each in sources.calendars.content.calendars]
            yield from _unknown(lines, "calendar", queue.calendar, known, "queues", index, "calendar")
        if sources.agents.content is not None:
            yield from _check_service(lines, queue, sources.agents.content, index)


def _check_service(lines: Lines, queue: QueueSettings, agents: AgentsFile, index: int) -> Iterator[Problem]:
    """Groups, skills and agents of a queue."""
    for place, group in enumerate(queue.groups):
        yield from _unknown(lines, "group", group, agents.groups, "queues", index, "groups", place)
    for at, step in enumerate(queue.steps):
        for place, group in enumerate(step.groups):
            yield from _unknown(lines, "group", group, agents.groups, "queues", index, "steps", at, "groups", place)
        for skill in step.skills:
            yield from _unknown(lines, "skill", skill, agents.skills, "queues", index, "steps", at, "skills", skill)
    for place, agent in enumerate(queue.order):
        yield from _unknown(lines, "agent", agent, [each.id for each in agents.agents], "queues", index, "order", place)


def _check_pilots(sources: Sources) -> Iterator[Problem]:
    pilots, lines = sources.pilots.content, sources.pilots.lines
    if pilots is None:
        return
    numbers = [f"{each.number} on link {each.link}" for each in pilots.pilots]
    yield from _twice(lines, "pilot", numbers, "pilots", key="number")
    server = sources.server.content
    for address, flow in pilots.destinations.items():
        yield from _check_flow_name(sources, lines, flow, ROUTING, "destinations", address)
    for index, pilot in enumerate(pilots.pilots):
        yield from _check_flow_name(sources, lines, pilot.flow, ROUTING, "pilots", index, "flow")
        yield from _check_trial(sources, lines, pilot, ROUTING, "pilots", index)
        if server is None:
            continue
        yield from _unknown(lines, "link", pilot.link, [each.name for each in server.links], "pilots", index, "link")
        if any(pilot.number in each.extensions for each in server.links if each.name == pilot.link):
            yield lines.problem("is an agent's extension on the same link", "pilots", index, "number")


def _check_calendars(source: Source[CalendarsFile]) -> Iterator[Problem]:
    if source.content is not None:
        yield from _twice(source.lines, "calendar", [each.name for each in source.content.calendars], "calendars")


def _check_flow_name(sources: Sources, lines: Lines, name: str, kind: str, *path: str | int) -> Iterator[Problem]:
    flows = {each.content.name: each.content for each in sources.flows if each.content is not None}
    if name not in flows:
        if sources.all_flows_read():
            yield from _unknown(lines, "flow", name, flows, *path)
    elif flows[name].kind != kind:
        yield lines.problem(f"flow {name} is a {flows[name].kind} flow; a {kind} flow is needed here", *path)


def _check_trial(
    sources: Sources, lines: Lines, place: QueueSettings | PilotSettings, kind: str, *path: str | int
) -> Iterator[Problem]:
    """A flow on trial must be there, of the right kind, and another one."""
    if place.trial is None:
        return
    at = (*path, "trial", "flow")
    if place.trial.flow == place.flow:
        yield lines.problem(f"flow {place.flow} cannot be tried against itself: give the trial a flow of its own", *at)
    else:
        yield from _check_flow_name(sources, lines, place.trial.flow, kind, *at)


def _check_flows(sources: Sources) -> Iterator[Problem]:
    first: dict[str, Source[FlowFile]] = {}
    for source in sources.flows:
        flow, lines = source.content, source.lines
        if flow is None:
            continue
        if flow.name in first:
            before = first[flow.name].lines
            yield lines.problem(
                f"flow {flow.name} is given twice (first in {before.file.name}:{before.of('name')})", "name"
            )
        first.setdefault(flow.name, source)
        yield from _check_steps(sources, flow, lines)


def _check_steps(sources: Sources, flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    """Whatever of the site the steps name, by the types of their settings."""
    known = _known_names(sources)
    for index, settings in enumerate(flow.steps):
        step = step_of(settings)
        for each in named(step):
            if each.kind is FlowName:
                yield from _check_flow_name(sources, lines, each.value, PART, "steps", index, *each.path)
            elif each.kind in known:
                kind, names = known[each.kind]
                yield from _unknown(lines, kind, each.value, names, "steps", index, *each.path)
        if sources.server.content is not None:
            yield from _check_request(sources.server.content, step, lines, index)
        if isinstance(step, AgentLineStep):
            yield from _check_agent_line(sources, lines, index)


def _check_agent_line(sources: Sources, lines: Lines, index: int) -> Iterator[Problem]:
    """Agents must have something to key in, and somebody must know whether it is right."""
    server, agents = sources.server.content, sources.agents.content
    if server is not None and server.connectors.pins is None:
        text = "no PIN can be checked, so no agent gets in: add 'pins: {}' under connectors in server.yaml"
        yield lines.problem(f"{text} and set PINs with callwright agent-pin", "steps", index)
    if agents is not None and agents.agents and all(each.number is None for each in agents.agents):
        text = "no agent has a number to key in, so none gets in: give agents a number in site/agents.yaml"
        yield lines.problem(text, "steps", index)


def _known_names(sources: Sources) -> dict[object, tuple[str, list[str]]]:
    """By the kind of name: what it is called, and the names that there are, where their file could be read."""
    known: dict[object, tuple[str, list[str]]] = {}
    if sources.queues.content is not None:
        known[QueueName] = "queue", [each.name for each in sources.queues.content.queues]
    if sources.calendars.content is not None:
        known[CalendarName] = "calendar", [each.name for each in sources.calendars.content.calendars]
    if sources.agents.content is not None:
        known[GroupName] = "group", list(sources.agents.content.groups)
        known[SkillName] = "skill", list(sources.agents.content.skills)
    return known


def _check_request(server: ServerSettings, step: Step, lines: Lines, index: int) -> Iterator[Problem]:
    """What a step asks of the outside must be configured."""
    match step:
        case DatabaseStep():
            yield from _unknown(lines, "query", step.query, server.connectors.query_names(), "steps", index, "query")
        case WebStep():
            names = server.connectors.service_names()
            yield from _unknown(lines, "web service", step.service, names, "steps", index, "service")
        case RecordStep() if (step.mail_to or step.queue) and server.connectors.mail is None:
            key = "mail_to" if step.mail_to else "queue"
            yield lines.problem("no mail can be sent: server.yaml has no connectors.mail", "steps", index, key)
        case _:
            return
