"""Agents' states between engine and PBX: what the one decides is shown to the other, what agents key in comes back."""

from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol

import structlog
from twisted.internet.defer import Deferred

from csta.identifiers import DeviceID
from csta.messages import AgentEvent, AgentLoggedOff, GetAgentStateResponse, Request, Response, SetAgentState
from csta.states import AgentState, RequestedAgentState
from cti_server.channels.base import Submit
from cti_server.channels.voice.agents.echoes import Echoes
from cti_server.channels.voice.view import number_of
from cti_server.engine.state import State
from cti_server.vocabulary.commands import LogAgentOn, SetAgentReady
from cti_server.vocabulary.effects import ShowAgentStatus
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.values import AgentStatus, Origin
from program.clock import Clock

_SHOWN: Final = {
    AgentStatus.LOGGED_OFF: RequestedAgentState.LOGGED_OFF,
    AgentStatus.NOT_READY: RequestedAgentState.NOT_READY,
    AgentStatus.READY: RequestedAgentState.READY,
}


class AgentLink(Protocol):
    """A link as agents' states use it."""

    @property
    def name(self) -> LinkName:
        """Its configured name."""

    @property
    def up(self) -> bool:
        """Whether it carries requests."""

    @property
    def monitored(self) -> Collection[str]:
        """The devices of which it tells."""

    @property
    def refused(self) -> Collection[str]:
        """The devices of which it will not tell."""

    def survey(self) -> None:
        """Monitor what is wanted and not monitored yet."""

    def request(self, request: Request) -> Deferred[Response]:
        """Ask the PBX."""


class AgentDesk:
    """One authority per link: on those of ``shown_by`` the PBX keeps the agents' states, on the others it has none."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        links: Callable[[], Iterable[AgentLink]],
        state: Callable[[], State],
        shown_by: frozenset[LinkName],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._links = links
        self._state = state
        self._shown_by = shown_by
        self._echoes = Echoes()
        self._phones_on: set[str] = set()
        self._to_show: dict[DeviceNumber, ShowAgentStatus] = {}
        self.log = structlog.get_logger(channel="voice")

    def show(self, effect: ShowAgentStatus) -> None:
        """Tell the PBX the agent's status, at once or when their phone is known to be one of its own."""
        for link in self._links():
            if link.up and effect.device not in link.monitored and effect.device not in link.refused:
                # A phone that nobody named before: it is shown once it is known to be one of this link's.
                self._to_show[effect.device] = effect
                link.survey()
            elif link.up and effect.device in link.monitored and link.name in self._shown_by:
                states = [_SHOWN[effect.status]]
                if effect.status is not AgentStatus.LOGGED_OFF and effect.device not in self._phones_on:
                    states.insert(0, RequestedAgentState.LOGGED_ON)
                for state in states:
                    self._set(link, effect, state)

    def phones_known(self, link: AgentLink) -> None:
        """The link was surveyed: what could not be shown before can be now."""
        for device in [one for one in self._to_show if one in link.monitored]:
            self.show(self._to_show.pop(device))

    def concerns(self, link: LinkName, event: AgentEvent) -> bool:
        """Whether the event tells what an agent did at the phone, rather than what we asked for."""
        if link not in self._shown_by:
            return False
        device = number_of(event.agent_device)
        if device is not None and isinstance(event, AgentLoggedOff):
            self._phones_on.discard(device)
        elif device is not None:
            self._phones_on.add(device)
        return not self._echoes.overtaken(device or "", event, self._clock.now())

    def found(self, link: LinkName, device: str, response: GetAgentStateResponse) -> None:
        """Agents who logged on by phone while we were away; who is known to be logged on keeps our state."""
        if link not in self._shown_by:
            return
        for entry in response.agent_state_list:
            if not entry.logged_on_state:
                continue
            self._phones_on.add(device)
            if entry.agent_id is None or self._state().agent_at(DeviceNumber(device)) is not None:
                continue
            agent = AgentId(entry.agent_id)
            self._submit(LogAgentOn(agent=agent, device=DeviceNumber(device), origin=Origin.PHONE))
            if any(info.agent_state == AgentState.READY for info in entry.agent_info):
                self._submit(SetAgentReady(agent=agent, origin=Origin.PHONE))

    def _set(self, link: AgentLink, effect: ShowAgentStatus, state: RequestedAgentState) -> None:
        request = SetAgentState(device=DeviceID(effect.device), requested_agent_state=state, agent_id=effect.agent)
        clock, echoes = self._clock, self._echoes
        wish = echoes.asked(effect.device, state, clock.now())

        def answered(_response: object) -> None:
            if wish is not None:
                echoes.answered(wish, clock.now())

        def refused(failure: object) -> None:
            if wish is not None:
                echoes.refused(effect.device, wish)
            reason = str(getattr(failure, "value", failure))
            self.log.warning("agent state not shown", agent=effect.agent, state=str(state), reason=reason)

        link.request(request).addCallbacks(answered, refused)
