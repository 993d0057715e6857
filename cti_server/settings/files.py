"""Finding and reading the config files, each as its own model with its lines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cti_server.settings.calendars import CalendarsFile
from cti_server.settings.flows.flow_file import FlowFile, flow_file
from cti_server.settings.server import ServerSettings
from cti_server.settings.site import AgentsFile, PilotsFile, QueuesFile
from settings_file import Lines, Problem, SettingsModel, load

M = TypeVar("M", bound=SettingsModel)


@dataclass(frozen=True, slots=True)
class Source(Generic[M]):
    """One file: what it says, or ``None`` where it has problems of its own, and its lines."""

    content: M | None
    lines: Lines


@dataclass(frozen=True, slots=True)
class Sources:
    """All files of a config directory, and what is wrong with each by itself."""

    server: Source[ServerSettings]
    queues: Source[QueuesFile]
    agents: Source[AgentsFile]
    pilots: Source[PilotsFile]
    calendars: Source[CalendarsFile]
    flows: tuple[Source[FlowFile], ...]
    problems: tuple[Problem, ...]

    def all_flows_read(self) -> bool:
        """Whether every flow file could be read, so that a flow that none defines is missing indeed."""
        return all(each.content is not None for each in self.flows)


def read_sources(config: Path) -> Sources:
    """Read every file of the config directory ``config``."""
    problems: list[Problem] = []

    def read(model: type[M], file: Path) -> Source[M]:
        content, found, lines = load(model, file)
        problems.extend(found)
        return Source(content, lines)

    server = read(ServerSettings, config / "server.yaml")
    agents = read(AgentsFile, config / "site" / "agents.yaml")
    queues = read(QueuesFile, config / "site" / "queues.yaml")
    pilots = read(PilotsFile, config / "site" / "pilots.yaml")
    calendars_file = config / "site" / "calendars.yaml"
    calendars = Source(CalendarsFile(), Lines(calendars_file))
    if calendars_file.exists():  # a site that is always open needs none
        calendars = read(CalendarsFile, calendars_file)
    flows = tuple(read(flow_file(), file) for file in sorted((config / "flows").glob("*.yaml")))
    problems += [
        Problem(file, 1, "", "is not read: the name of a flow file ends in .yaml")
        for file in sorted((config / "flows").glob("*.yml"))
    ]
    return Sources(server, queues, agents, pilots, calendars, flows, tuple(problems))
