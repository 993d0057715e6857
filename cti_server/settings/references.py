"""Checks across files: every name that one file uses is defined in another, and none is defined twice."""

from collections.abc import Iterable, Iterator, Sequence

from cti_server.settings import plugins
from cti_server.settings.connectors import check_connectors
from cti_server.settings.files import Source, Sources
from cti_server.settings.links import check_link
from cti_server.settings.server import ServerSettings
from cti_server.settings.site import QUEUE_PROCESSING, ROUTING, AgentsFile, FlowFile, QueueStepSettings
from settings_file import Lines, Problem, did_you_mean


def check_references(sources: Sources) -> Iterator[Problem]:
    """Give what is wrong between the files; a file that could not be read defines nothing and is not asked for."""
    yield from _check_server(sources.server)
    yield from _check_agents(sources.agents)
    yield from _check_queues(sources)
    yield from _check_pilots(sources)
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


def _check_agents(source: Source[AgentsFile]) -> Iterator[Problem]:
    agents, lines = source.content, source.lines
    if agents is None:
        return
    yield from _twice(lines, "group", agents.groups, "groups", key="")
    yield from _twice(lines, "agent", [each.id for each in agents.agents], "agents", key="id")
    for index, agent in enumerate(agents.agents):
        yield from _twice(lines, "group", agent.groups, "agents", index, "groups", key="")
        for place, group in enumerate(agent.groups):
            yield from _unknown(lines, "group", group, agents.groups, "agents", index, "groups", place)


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
        if sources.agents.content is None:
            continue
        for place, group in enumerate(queue.groups):
            known = sources.agents.content.groups
            yield from _unknown(lines, "group", group, known, "queues", index, "groups", place)


def _check_pilots(sources: Sources) -> Iterator[Problem]:
    pilots, lines = sources.pilots.content, sources.pilots.lines
    if pilots is None:
        return
    numbers = [f"{each.number} on link {each.link}" for each in pilots.pilots]
    yield from _twice(lines, "pilot", numbers, "pilots", key="number")
    server = sources.server.content
    for index, pilot in enumerate(pilots.pilots):
        yield from _check_flow_name(sources, lines, pilot.flow, ROUTING, "pilots", index, "flow")
        if server is None:
            continue
        yield from _unknown(lines, "link", pilot.link, [each.name for each in server.links], "pilots", index, "link")
        if any(pilot.number in each.extensions for each in server.links if each.name == pilot.link):
            yield lines.problem("is an agent's extension on the same link", "pilots", index, "number")


def _check_flow_name(sources: Sources, lines: Lines, name: str, kind: str, *path: str | int) -> Iterator[Problem]:
    flows = {each.content.name: each.content for each in sources.flows if each.content is not None}
    if name not in flows:
        if sources.all_flows_read():
            yield from _unknown(lines, "flow", name, flows, *path)
    elif flows[name].kind != kind:
        yield lines.problem(f"flow {name} is a {flows[name].kind} flow; a {kind} flow is needed here", *path)


def _check_flows(sources: Sources) -> Iterator[Problem]:
    first: dict[str, Source[FlowFile]] = {}
    queues = sources.queues.content
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
        if queues is None:
            continue
        for index, step in enumerate(flow.steps):
            if isinstance(step, QueueStepSettings):
                known = [each.name for each in queues.queues]
                yield from _unknown(lines, "queue", step.queue, known, "steps", index, "queue")
