"""The config directory into settings and a site plan, or everything that is wrong with it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cti_server.settings import plugins
from cti_server.settings.calendar_checks import check_calendars
from cti_server.settings.files import Sources, read_sources
from cti_server.settings.flow_checks import check_flow, drawn
from cti_server.settings.flows.site_checks import check_names, check_service
from cti_server.settings.plan import build_plan
from cti_server.settings.prompt_checks import PromptChecker
from cti_server.settings.references import check_references
from cti_server.settings.server import ServerSettings
from cti_server.vocabulary.plan import SitePlan
from settings_file import Problem


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a config directory says.

    ``settings`` is ``None`` where ``server.yaml`` itself has problems; ``plan`` is ``None`` where anything has.
    """

    settings: ServerSettings | None
    plan: SitePlan | None
    problems: list[Problem]


def load_settings(config_dir: Path, today: dt.date | None = None) -> Loaded:
    """Load and check a config directory: all problems at once, sorted by file and line; never an exception.

    ``today`` is the day from which holidays and changes of the clocks are counted (without it, the machine's).
    """
    today = today or dt.datetime.now(dt.UTC).date()
    sources = read_sources(config_dir)
    problems = {*sources.problems, *check_references(sources)}
    if sources.calendars.content is not None:
        problems.update(check_calendars(sources.calendars.content, sources.calendars.lines, today))
    settings = sources.server.content
    if settings is not None:
        settings = settings.resolved(config_dir)
    checker = PromptChecker(settings.prompts) if settings is not None else None
    for source in sources.flows:
        if source.content is not None:
            problems.update(check_flow(source.content, source.lines))
            if checker is not None:
                problems.update(checker.check(drawn(source.content), source.lines))
    if not problems:
        problems.update(check_names(sources))
    plan = None if problems or settings is None else _plan(sources, settings, today)
    if plan is not None:
        problems.update(check_service(plan, sources))
        plan = None if problems else plan
    return Loaded(settings, plan, sorted(problems))


def _plan(sources: Sources, settings: ServerSettings, today: dt.date) -> SitePlan | None:
    queues, agents, pilots = sources.queues.content, sources.agents.content, sources.pilots.content
    flows = [each.content for each in sources.flows if each.content is not None]
    if queues is None or agents is None or pilots is None:
        return None
    dialects = {link.name: plugins.dialect(link.dialect) for link in settings.links}
    return build_plan(
        queues,
        agents,
        pilots,
        flows,
        sources.calendars.content,
        today=today,
        normalise=lambda link, number: dialects[link].normalise_device(number),
    )
