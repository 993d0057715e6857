"""The table of console commands: a new command is one more entry."""

from collections.abc import Sequence

from cti_server.console.command import Argument, ConsoleCommand, EndOfSession, TailRequested
from cti_server.console.commands import alarm, calendar, callback, config, keeping, offer, site, tracing, trial
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
from cti_server.console.commands.show import (
    show_agents,
    show_calls,
    show_connectors,
    show_contacts,
    show_links,
    show_ports,
    show_queues,
)
from cti_server.console.commands.supervise import ROLES, show_supervisors, supervise
from cti_server.console.operations import Operations
from cti_server.engine.views import agent_views
from cti_server.vocabulary.values import AgentStatus


def _quit(_operations: Operations, _words: Sequence[str]) -> str:
    raise EndOfSession


def _tail(_operations: Operations, _words: Sequence[str]) -> str:
    raise TailRequested


def _agents_on(operations: Operations) -> list[str]:
    return [one.id for one in agent_views(operations.state) if one.status is not AgentStatus.LOGGED_OFF]


def _agents_off(operations: Operations) -> list[str]:
    return [one.id for one in agent_views(operations.state) if one.status is AgentStatus.LOGGED_OFF]


def _agents(operations: Operations) -> list[str]:
    return sorted(operations.state.plan.agents)


def _contacts(operations: Operations) -> list[str]:
    return [str(contact) for contact in operations.state.contacts]


def _services(operations: Operations) -> list[str]:
    return [one.name for one in operations.media()]


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(words=("show", "calls"), help="contacts whose call stands, and where each is", run=show_calls),
    ConsoleCommand(words=("show", "queues"), help="who waits, and who could serve them", run=show_queues),
    ConsoleCommand(words=("show", "agents"), help="agents, their status and what they do", run=show_agents),
    ConsoleCommand(words=("show", "links"), help="connections to PBXs and media services", run=show_links),
    ConsoleCommand(words=("show", "ports"), help="media ports and their sessions", run=show_ports),
    ConsoleCommand(
        words=("show", "contacts"),
        help="the newest contacts from the reports",
        run=show_contacts,
        arguments=(Argument(name="count", optional=True),),
        detail="count is how many are shown, 20 where it is left out.",
    ),
    ConsoleCommand(
        words=("contact",),
        help="the whole life of a contact",
        run=show_contact,
        arguments=(Argument(name="number", choices=_contacts),),
        detail="Every event with its time and cause, who was passed over for an offer and why, and the segments.",
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
        detail="role is listen, whisper, join or off. The supervisor's phone rings where they are logged on.",
    ),
    ConsoleCommand(words=("show", "supervisors"), help="who takes part in whose talk", run=show_supervisors),
    ConsoleCommand(words=("tail",), help="show events as they happen, until Enter or Ctrl-C", run=_tail),
    ConsoleCommand(
        words=("agent", "logon"),
        help="log an agent on at a device, not ready",
        run=log_on,
        arguments=(Argument(name="agent", choices=_agents_off), Argument(name="device")),
    ),
    ConsoleCommand(
        words=("agent", "logoff"),
        help="log an agent off",
        run=log_off,
        arguments=(Argument(name="agent", choices=_agents_on),),
        detail="Refused while the agent talks with a customer.",
    ),
    ConsoleCommand(
        words=("agent", "ready"),
        help="let an agent have contacts",
        run=set_ready,
        arguments=(Argument(name="agent", choices=_agents_on),),
        detail="Ends a wrap-up.",
    ),
    ConsoleCommand(
        words=("agent", "not-ready"),
        help="let an agent have no contacts",
        run=set_not_ready,
        arguments=(Argument(name="agent", choices=_agents_on), Argument(name="reason", optional=True)),
        detail="Takes effect after the contact at hand. A reason of several words stands in quotes.",
    ),
    ConsoleCommand(
        words=("agent", "extend"),
        help="give an agent more time to wrap up",
        run=extend_wrap_up,
        arguments=(Argument(name="agent", choices=_agents_on), Argument(name="seconds")),
        detail="Counted from now.",
    ),
    ConsoleCommand(
        words=("agent", "done"),
        help="end an agent's wrap-up",
        run=end_wrap_up,
        arguments=(Argument(name="agent", choices=_agents_on),),
    ),
    ConsoleCommand(
        words=("agent", "skills"),
        help="change what an agent can, at once",
        run=change_skills,
        arguments=(Argument(name="agent", choices=_agents), Argument(name="skills", optional=True)),
        detail="As NAME=LEVEL,NAME=LEVEL with levels 1 to 10; without skills: as planned again. Holds until it is\n"
        "changed again, whatever plan is loaded.",
    ),
    ConsoleCommand(
        words=("agent", "groups"),
        help="put an agent into other groups, at once",
        run=change_groups,
        arguments=(Argument(name="agent", choices=_agents), Argument(name="groups", optional=True)),
        detail="As NAME,NAME; without groups: as planned again. Holds until it is changed again.",
    ),
    ConsoleCommand(
        words=("priority",),
        help="give a waiting contact another priority",
        run=change_priority,
        arguments=(Argument(name="contact", choices=_contacts), Argument(name="priority")),
        detail="1 is the highest, 10 the lowest.",
    ),
    ConsoleCommand(
        words=("why",),
        help="why a contact waited, and why an agent did not get it",
        run=tell_why,
        arguments=(Argument(name="contact", choices=_contacts), Argument(name="agent", choices=_agents, optional=True)),
        detail="Told from the journal alone: who fitted, what stood in the way of each, who was served first.",
    ),
    ConsoleCommand(
        words=("media",),
        help="media services: their ports, calls and whether they drain",
        run=show_media,
        detail="free are ports that take a call now, lines the free lines of a trunk. A service that drains and has\n"
        "no sessions left is empty: it can be stopped without cutting a call.",
    ),
    ConsoleCommand(
        words=("media", "drain"),
        help="let a media service take no new calls",
        run=drain,
        arguments=(Argument(name="service", choices=_services),),
        detail="Calls that are there go on. The service keeps this until it is told otherwise or is started anew.",
    ),
    ConsoleCommand(
        words=("media", "resume"),
        help="let a media service take calls again",
        run=resume,
        arguments=(Argument(name="service", choices=_services),),
    ),
    ConsoleCommand(words=("show", "connectors"), help="databases, web services, mail and PINs", run=show_connectors),
    *calendar.COMMANDS,
    *callback.COMMANDS,
    *config.COMMANDS,
    *trial.COMMANDS,
    *offer.COMMANDS,
    *site.COMMANDS,
    *tracing.COMMANDS,
    *alarm.COMMANDS,
    *keeping.COMMANDS,
    ConsoleCommand(words=("quit",), help="leave the console", run=_quit),
)
