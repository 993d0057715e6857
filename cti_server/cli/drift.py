"""``callwright drift``: what the config names against what the PBX knows: pilots, phones, ports, agents, groups."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError

from csta.dialects.dialect import Dialect
from csta.identifiers import DeviceID
from csta.messages import (
    GetAgentState,
    GetAgentStateResponse,
    MonitorStart,
    MonitorStartResponse,
    MonitorStop,
    SnapshotDevice,
)
from cti_server.cli.asking import Asker, Refusal, UnreachableError, Way
from cti_server.settings import LinkSettings, MediaServiceSettings
from cti_server.vocabulary.plan import SitePlan
from media_service.control.client import ControlClient
from media_service.control.messages import (
    DigitHeard,
    Port,
    Quality,
    ServiceChanged,
    Session,
    SessionEnded,
    VerbEnded,
    Welcome,
)

CONTROL_SECONDS: Final = 3.0
_UNKNOWN_DEVICE: Final = frozenset(
    {"operation/invalidDeviceID", "operation/invalidMonitorObject", "operation/invalidObjectID"}
)


class State(StrEnum):
    """How one thing of the config stands."""

    SAME = "ok"
    DRIFTED = "DRIFT"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: what the config says of it, and the PBX."""

    link: str
    kind: str
    name: str
    config: str
    pbx: str
    state: State

    def plain(self) -> dict[str, str]:
        """For JSON."""
        return {key: str(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the config names on one link."""

    link: LinkSettings
    dialect: Dialect
    pilots: Sequence[str]
    phones: Sequence[str]
    ports: Sequence[str]
    agents: frozenset[str]
    links: int = 1
    """Links of the config to the same PBX."""


async def check_link(reactor: ReactorBase, expected: Expected, way: Way) -> list[Finding]:
    """Compare one link's part of the config with its PBX.

    Raises:
        UnreachableError: the PBX cannot be asked.
    """
    asker = Asker(reactor, way)
    try:
        await asker.open_()
        return await compare(asker, expected)
    finally:
        await asker.close()


async def compare(asker: Asker, expected: Expected) -> list[Finding]:
    """Ask about everything that the config names, one after the other, and leave the PBX as it was.

    Raises:
        UnreachableError: the link was lost meanwhile.
    """
    found = [_link_limit(expected)]
    kinds = (("pilot", expected.pilots), ("phone", expected.phones), ("media port", expected.ports))
    for kind, numbers in kinds:
        found += [await _device(asker, expected.link.name, kind, number) for number in numbers]
    if expected.link.agent_state == "pbx":
        found += await _agents(asker, expected)
    return found


def _link_limit(expected: Expected) -> Finding:
    limit = expected.dialect.limits.links
    text = "no known limit" if limit is None else f"at most {limit}"
    state = State.SAME if limit is None or expected.links <= limit else State.DRIFTED
    return Finding(expected.link.name, "link", expected.link.host, f"{expected.links} link(s)", text, state)


async def _device(asker: Asker, link: str, kind: str, number: str) -> Finding:
    answer = await asker.ask(MonitorStart(monitor_object=DeviceID(number)))
    if isinstance(answer, Refusal) and answer.unsupported:
        answer = await asker.ask(SnapshotDevice(snapshot_object=DeviceID(number)))
    if isinstance(answer, Refusal):
        if answer.lost:
            raise UnreachableError(answer.text)
        known = answer.text not in _UNKNOWN_DEVICE
        text = answer.text if known else f"not known ({answer.text})"
        return Finding(link, kind, number, "there", text, State.UNKNOWN if known else State.DRIFTED)
    if isinstance(answer, MonitorStartResponse):
        await asker.ask(MonitorStop(monitor_cross_ref_id=answer.monitor_cross_ref_id))
    return Finding(link, kind, number, "there", "there", State.SAME)


async def _agents(asker: Asker, expected: Expected) -> list[Finding]:
    """Who is logged on at the phones, and in which of the PBX's groups."""
    link = expected.link.name
    seen: dict[str, str] = {}
    groups: dict[str, None] = {}
    unasked = 0
    for number in expected.phones:
        answer = await asker.ask(GetAgentState(device=DeviceID(number)))
        if not isinstance(answer, GetAgentStateResponse):
            unasked += 1
            continue
        for entry in answer.agent_state_list:
            if entry.agent_id:
                states = ", ".join(str(info.agent_state) for info in entry.agent_info)
                seen[entry.agent_id] = f"{'logged on' if entry.logged_on_state else 'logged off'} at {number}, {states}"
            for info in entry.agent_info:
                if info.acd_group is not None:
                    groups[info.acd_group.number] = None
    found = []
    for agent in sorted(expected.agents | seen.keys()):
        configured = agent in expected.agents
        away = "not seen" if unasked == 0 else f"not seen; {unasked} phone(s) tell no agent"
        state = State.SAME if configured else State.DRIFTED
        found.append(Finding(link, "agent", agent, "there" if configured else "-", seen.get(agent, away), state))
    for group in groups:
        configured = group in expected.pilots
        state = State.SAME if configured else State.DRIFTED
        found.append(Finding(link, "group", group, "a pilot" if configured else "-", "has agents", state))
    return found


class _Welcomed:
    """A `ControlObserver` that waits for the first word of a media service alone."""

    def __init__(self) -> None:
        self.ports: Deferred[tuple[str, ...]] = Deferred()

    def welcomed(self, client: ControlClient, welcome: Welcome) -> None:  # noqa: ARG002 - the door's signature
        if not self.ports.called:
            self.ports.callback(tuple(port.number for port in welcome.ports))

    def port_changed(self, client: ControlClient, port: Port) -> None: ...
    def service_changed(self, client: ControlClient, change: ServiceChanged) -> None: ...
    def session_arrived(self, client: ControlClient, session: Session) -> None: ...
    def session_changed(self, client: ControlClient, session: Session) -> None: ...
    def session_ended(self, client: ControlClient, message: SessionEnded) -> None: ...
    def verb_ended(self, client: ControlClient, message: VerbEnded) -> None: ...
    def digit_heard(self, client: ControlClient, message: DigitHeard) -> None: ...
    def quality(self, client: ControlClient, message: Quality) -> None: ...
    def lost(self, client: ControlClient, reason: str) -> None: ...
    def fault(self, client: ControlClient, text: str) -> None: ...


async def media_ports(
    reactor: ReactorBase, services: Iterable[MediaServiceSettings]
) -> tuple[list[str], list[MediaServiceSettings]]:
    """The ports of the media services that answer, and the services that do not."""
    ports: dict[str, None] = {}
    silent = []
    for service in services:
        heard = _Welcomed()
        client = ControlClient(reactor, "callwright drift", service.host, service.port, heard)
        client.start()
        clock: Any = reactor
        try:
            ports |= dict.fromkeys(await heard.ports.addTimeout(CONTROL_SECONDS, clock))
        except DeferredTimeoutError:
            silent.append(service)
        finally:
            await client.stop()
    return list(ports), silent


def expected_of(
    link: LinkSettings, dialect: Dialect, plan: SitePlan, ports: Sequence[str], all_links: Sequence[LinkSettings]
) -> Expected:
    """What the config names on a link; numbers in the dialect's normal form."""
    return Expected(
        link=link,
        dialect=dialect,
        pilots=[one.number for one in plan.pilots if one.link == link.name],
        phones=[dialect.normalise_device(number) for number in link.extensions],
        ports=ports,
        agents=frozenset(plan.agents),
        links=sum(one.host == link.host for one in all_links),
    )
