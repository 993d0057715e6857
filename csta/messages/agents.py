"""Agent states: the services and events of logical devices that this needs (ECMA-269 chapters 22.1, 22.2)."""

from dataclasses import dataclass, field
from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import DeviceID, Party, Presentation
from csta.messages.base import Event, ForeignElement, Request, Response
from csta.states import AgentState, PendingAgentState, RequestedAgentState, StateAfterWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentStateResponse(Response):
    """Positive answer to SetAgentState; ``pending_agent_state`` where the change waits for the end of a call."""

    pending_agent_state: PendingAgentState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentState(Request):
    """Log an agent on or off, or set them ready or not (ECMA-269 22.1.13, operation 312)."""

    response: ClassVar[type[Response]] = SetAgentStateResponse
    device: DeviceID
    requested_agent_state: RequestedAgentState
    agent_id: str | None = None
    password: bytes | None = field(default=None, repr=False)
    group: DeviceID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInfo:
    """An agent's state in one of their groups, or in all where no group is given."""

    acd_group: DeviceID | None = None
    agent_state: AgentState
    pending_agent_state: PendingAgentState | None = None
    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateEntry:
    """One agent at the device."""

    agent_id: str | None = None
    logged_on_state: bool = False
    agent_info: tuple[AgentInfo, ...] = ()
    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAgentStateResponse(Response):
    """Positive answer to GetAgentState: the agents at the device."""

    agent_state_list: tuple[AgentStateEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAgentState(Request):
    """Ask for the agents at a device and their states (ECMA-269 22.1.5, operation 304)."""

    response: ClassVar[type[Response]] = GetAgentStateResponse
    device: DeviceID
    acd_group: DeviceID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(Event):
    """Root of the agent events; ``agent_device`` is where the agent works."""

    agent_device: Party = Presentation.NOT_KNOWN
    agent_id: str | None = None
    acd_group: DeviceID | None = None
    cause: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOn(AgentEvent):
    """An agent logged on (ECMA-269 22.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOff(AgentEvent):
    """An agent logged off (ECMA-269 22.2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady(AgentEvent):
    """An agent can take calls (ECMA-269 22.2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotReady(AgentEvent):
    """An agent takes no calls (ECMA-269 22.2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBusy(AgentEvent):
    """An agent has a call (ECMA-269 22.2.1)."""

    pending_agent_state: PendingAgentState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWorkingAfterCall(AgentEvent):
    """An agent finishes the work that a call left (ECMA-269 22.2.6)."""

    pending_agent_state: StateAfterWork | None = None
