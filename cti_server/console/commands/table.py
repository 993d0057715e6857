"""The table of console commands: a new command is one more entry."""

import shlex
from collections.abc import Collection, Sequence
from typing import Final

from cti_server.console import overview
from cti_server.console.command import Argument, ConsoleCommand, EndOfSession, TailRequested, UsageError, WatchRequested
from cti_server.console.commands import (
    alarm,
    calendar,
    callback,
    config,
    keeping,
    offer,
    operator,
    plan,
    show,
    site,
    tracing,
    trial,
)
from cti_server.console.commands.agent import (
    change_groups,
    change_priority,
    change_skills,
    end_wrap_up,
    extend_wrap_up,
    log_off,
    log_on,
    set_not_ready,
    set_ready,
)
from cti_server.console.commands.contact import show_contact, tell_why
from cti_server.console.commands.media import drain, resume, show_media
from cti_server.console.commands.supervise import ROLES, show_supervisors, supervise
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.session.tailing import FILTERS
from cti_server.engine.views import agent_views
from cti_server.vocabulary.values import AgentStatus
from settings_file import did_you_mean

_PATTERN: Final = frozenset("*,?[")
"""What makes a filter more than one name."""


def _quit(_operations: Operations, _words: Sequence[str]) -> str:
    raise EndOfSession


def _tail(operations: Operations, words: Sequence[str]) -> str:
    wishes = dict(word.split("=", 1) for word in words)
    known: dict[str, Collection[str]] = {
        "queue": operations.state.plan.queues,
        "agent": operations.state.plan.agents,
        "link": [one.name for one in operations.links()],
    }
    for kind, names in known.items():
        wished = wishes.get(kind)
        if wished and not _PATTERN.intersection(wished) and operations.actor.queues is None:
            _expect(kind, wished, names)
    raise TailRequested(wishes)


def _expect(kind: str, name: str, known: Collection[str]) -> None:
    """Raise `UsageError` where nothing of that name is known: it would be waited for in vain."""
    if name not in known:
        raise UsageError(f"no {kind} is called {name!r}{did_you_mean(name, known)}")


def _watch(_operations: Operations, words: Sequence[str]) -> str:
    raise WatchRequested(shlex.join(words), seconds=2.0)


def _top(operations: Operations, words: Sequence[str]) -> str:
    if words:
        _expect("queue", words[0], _queues(operations))
    asked = f"queue={words[0]}" if words else ""
    others = [one for name in _queues(operations) if (one := f"queue={name}") != asked]
    lines = [f"overview sort={key}" for key in ("-waiting", "-longest", "queue", "-abandoned")]
    raise WatchRequested(*lines, only=[asked, *others, *([""] if asked else [])])


def _agents_on(operations: Operations) -> list[str]:
    return [one.id for one in agent_views(operations.state) if one.status is not AgentStatus.LOGGED_OFF]


def _agents_off(operations: Operations) -> list[str]:
    return [one.id for one in agent_views(operations.state) if one.status is AgentStatus.LOGGED_OFF]


def _agents(operations: Operations) -> list[str]:
    return sorted(operations.state.plan.agents)


def _queues(operations: Operations) -> list[str]:
    return [name for name in operations.state.plan.queues if operations.actor.sees(name)]


def _contacts(operations: Operations) -> list[str]:
    return [str(contact) for contact in operations.state.contacts]


def _services(operations: Operations) -> list[str]:
    return [one.name for one in operations.media()]


COMMANDS: tuple[ConsoleCommand, ...] = (
    *show.COMMANDS,
    *plan.COMMANDS,
    *operator.COMMANDS,
    *overview.COMMANDS,
    ConsoleCommand(
        words=("contact",),
        help="the whole life of a contact",
        run=show_contact,
        arguments=(Argument(name="number", choices=_contacts),),
        detail="Every event with its time and cause, who was passed over for an offer and why, and the segments."
        "\nExample: contact 17",
        right=Right.REPORT,
    ),
    ConsoleCommand(
        words=("supervise",),
        help="let a supervisor listen to a talk, whisper to its agent or join it",
        run=supervise,
        arguments=(
            Argument(name="contact", choices=_contacts),
            Argument(name="agent", choices=_agents_on),
            Argument(name="role", choices=lambda _operations: ROLES),
        ),
        detail="role is listen, whisper, join or off. The supervisor's phone rings where they are logged on."
        "\nExample: supervise 17 cleo listen",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("show", "supervisors"),
        help="who takes part in whose talk",
        run=show_supervisors,
        detail="Example: show supervisors",
    ),
    ConsoleCommand(
        words=("tail",),
        help="show events as they happen, until Enter, q or Ctrl-C",
        run=_tail,
        live=True,
        options=FILTERS,
        detail="Filters may be given together, with * and commas; a terminal that is too slow is told how many events\n"
        "it has missed.\nExamples: tail, tail queue=sales, tail contact=17, tail kind=Offer* agent=anna,ben",
    ),
    ConsoleCommand(
        words=("top",),
        help="queues and agents, refreshed in place every second",
        run=_top,
        live=True,
        arguments=(Argument(name="queue", choices=_queues, optional=True),),
        detail="s sorts otherwise (who waits, the longest wait, name, abandoned), f shows one queue\n"
        "after the other, q ends. Examples: top, top sales",
    ),
    ConsoleCommand(
        words=("watch",),
        help="show what a command answers again and again, in place",
        run=_watch,
        live=True,
        arguments=(Argument(name="command", choices=lambda _operations: ("show", "media", "journal", "site")),),
        rest=True,
        detail="Every 2 s, q ends. Only what changes nothing can be watched. Example: watch show links",
    ),
    ConsoleCommand(
        words=("agent", "logon"),
        help="log an agent on at a device, not ready",
        run=log_on,
        arguments=(Argument(name="agent", choices=_agents_off), Argument(name="device")),
        right=Right.WORK,
        detail="Example: agent logon anna 7101",
    ),
    ConsoleCommand(
        words=("agent", "logoff"),
        help="log an agent off",
        run=log_off,
        arguments=(Argument(name="agent", choices=_agents_on),),
        detail="Refused while the agent talks with a customer.\nExample: agent logoff anna",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("agent", "ready"),
        help="let an agent have contacts",
        run=set_ready,
        arguments=(Argument(name="agent", choices=_agents_on),),
        detail="Ends a wrap-up.\nExample: agent ready anna",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("agent", "not-ready"),
        help="let an agent have no contacts",
        run=set_not_ready,
        arguments=(Argument(name="agent", choices=_agents_on), Argument(name="reason", optional=True)),
        detail="Takes effect after the contact at hand. A reason of several words stands in quotes."
        "\nExample: agent not-ready anna 'lunch break'",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("agent", "extend"),
        help="give an agent more time to wrap up",
        run=extend_wrap_up,
        arguments=(Argument(name="agent", choices=_agents_on), Argument(name="seconds")),
        detail="Counted from now.\nExample: agent extend anna 60",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("agent", "done"),
        help="end an agent's wrap-up",
        run=end_wrap_up,
        arguments=(Argument(name="agent", choices=_agents_on),),
        right=Right.WORK,
        detail="Example: agent done anna",
    ),
    ConsoleCommand(
        words=("agent", "skills"),
        help="change what an agent can, at once",
        run=change_skills,
        arguments=(Argument(name="agent", choices=_agents), Argument(name="skills", optional=True)),
        detail="As NAME=LEVEL,NAME=LEVEL with levels 1 to 10; without skills: as planned again. Holds until it is\n"
        "changed again, whatever plan is loaded."
        "\nExample: agent skills anna english=8,billing=5",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("agent", "groups"),
        help="put an agent into other groups, at once",
        run=change_groups,
        arguments=(Argument(name="agent", choices=_agents), Argument(name="groups", optional=True)),
        detail="As NAME,NAME; without groups: as planned again. Holds until it is changed again."
        "\nExample: agent groups anna sales,service",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("priority",),
        help="give a waiting contact another priority",
        run=change_priority,
        arguments=(Argument(name="contact", choices=_contacts), Argument(name="priority")),
        detail="1 is the highest, 10 the lowest.\nExample: priority 17 1",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("why",),
        help="why a contact waited, and why an agent did not get it",
        run=tell_why,
        arguments=(Argument(name="contact", choices=_contacts), Argument(name="agent", choices=_agents, optional=True)),
        detail="Told from the journal alone: who fitted, what stood in the way of each, who was served first."
        "\nExample: why 17 anna",
        right=Right.REPORT,
    ),
    ConsoleCommand(
        words=("media",),
        help="media services: their ports, calls and whether they drain",
        run=show_media,
        detail="free are ports that take a call now, lines the free lines of a trunk. A service that drains and has\n"
        "no sessions left is empty: it can be stopped without cutting a call."
        "\nExample: media",
    ),
    ConsoleCommand(
        words=("media", "drain"),
        help="let a media service take no new calls",
        run=drain,
        arguments=(Argument(name="service", choices=_services),),
        detail="Calls that are there go on. The service keeps this until it is told otherwise or is started anew."
        "\nExample: media drain media-2",
        right=Right.SYSTEM,
    ),
    ConsoleCommand(
        words=("media", "resume"),
        help="let a media service take calls again",
        run=resume,
        arguments=(Argument(name="service", choices=_services),),
        right=Right.SYSTEM,
        detail="Example: media resume media-2",
    ),
    *calendar.COMMANDS,
    *callback.COMMANDS,
    *config.COMMANDS,
    *trial.COMMANDS,
    *offer.COMMANDS,
    *site.COMMANDS,
    *tracing.COMMANDS,
    *alarm.COMMANDS,
    *keeping.COMMANDS,
    ConsoleCommand(words=("quit",), help="leave the console", run=_quit, live=True, detail="Example: quit"),
)
