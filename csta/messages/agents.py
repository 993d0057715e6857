"""Agent states: the services and events of logical devices that this needs (ECMA-269 chapters 22.1, 22.2)."""

from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import DeviceID, Party, Presentation
from csta.messages.base import Event, Part, Request, Response
from csta.messages.parameters import CAUSE
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import SUBJECT, Boolean, Device, Enumerated, Need, Octets, Sequence, Text
from csta.states import AgentState, PendingAgentState, RequestedAgentState, StateAfterWork
from csta.words import Word


class AgentStateCondition(Word):
    """Why an agent is in a state."""

    FORCED_PAUSE = "forcedPause", 0
    OTHER = "other", 1


@structure
class AgentInfo(Part):
    """An agent's state in one of their groups, or in all where no group is given."""

    acd_group: DeviceID | None = element(Device(), default=None)
    agent_state: AgentState = element(Enumerated(AgentState))
    pending_agent_state: PendingAgentState | None = element(Enumerated(PendingAgentState), tag=0, default=None)
    agent_state_condition: AgentStateCondition | None = element(Enumerated(AgentStateCondition), tag=1, default=None)


@structure
class AgentStateEntry(Part):
    """One agent at the device."""

    agent_id: str | None = element(Text(64, octets=True), default=None)
    logged_on_state: bool = element(Boolean(), need=Need.TO_SEND, default=False)
    agent_info: tuple[AgentInfo, ...] = element(Sequence("agentInfoItem", structured(AgentInfo)), default=())


@structure
class AgentEvent(Event):
    """Root of the agent events; ``agent_device`` is where the agent works."""

    agent_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    agent_id: str | None = element(Text(64, octets=True), default=None)
    acd_group: DeviceID | None = element(Device(), default=None)
    cause: EventCause | None = element(CAUSE, default=None)


@message(operation=304)
class GetAgentStateResponse(Response):
    """Positive answer to GetAgentState: the agents at the device."""

    agent_state_list: tuple[AgentStateEntry, ...] = element(
        Sequence("agentStateEntry", structured(AgentStateEntry)), need=Need.TO_SEND, default=()
    )


@message(operation=304)
class GetAgentState(Request):
    """Ask for the agents at a device and their states (ECMA-269 22.1.5, operation 304)."""

    response: ClassVar[type[Response]] = GetAgentStateResponse
    device: DeviceID = element(Device())
    acd_group: DeviceID | None = element(Device(), default=None)


@message(operation=312)
class SetAgentStateResponse(Response):
    """Positive answer to SetAgentState; ``pending_agent_state`` where the change waits for the end of a call."""

    pending_agent_state: PendingAgentState | None = element(Enumerated(PendingAgentState), default=None)


@message(operation=312)
class SetAgentState(Request):
    """Log an agent on or off, or set them ready or not (ECMA-269 22.1.13, operation 312)."""

    response: ClassVar[type[Response]] = SetAgentStateResponse
    device: DeviceID = element(Device())
    requested_agent_state: RequestedAgentState = element(Enumerated(RequestedAgentState))
    agent_id: str | None = element(Text(64, octets=True), tag=2, default=None)
    password: bytes | None = element(Octets(32), tag=3, secret=True, default=None)
    group: DeviceID | None = element(Device(), default=None)


@message(event=(4, 0))
class AgentBusy(AgentEvent):
    """An agent has a call (ECMA-269 22.2.1)."""

    pending_agent_state: PendingAgentState | None = element(Enumerated(PendingAgentState), tag=2, default=None)
    cause: EventCause | None = element(CAUSE, tag=3, default=None)


@message(event=(4, 1))
class AgentLoggedOn(AgentEvent):
    """An agent logged on (ECMA-269 22.2.2)."""

    agent_id: str | None = element(Text(64, octets=True), tag=2, default=None)
    acd_group: DeviceID | None = element(Device(), default=None)
    agent_password: bytes | None = element(Octets(32), tag=3, secret=True, default=None)
    cause: EventCause | None = element(CAUSE, default=None)


@message(event=(4, 2))
class AgentLoggedOff(AgentEvent):
    """An agent logged off (ECMA-269 22.2.3)."""

    agent_id: str | None = element(Text(64, octets=True), tag=2, default=None)
    acd_group: DeviceID | None = element(Device(), default=None)
    agent_password: bytes | None = element(Octets(32), tag=3, secret=True, default=None)
    cause: EventCause | None = element(CAUSE, default=None)


@message(event=(4, 3))
class AgentNotReady(AgentEvent):
    """An agent takes no calls (ECMA-269 22.2.4)."""


@message(event=(4, 4))
class AgentReady(AgentEvent):
    """An agent can take calls (ECMA-269 22.2.5)."""


@message(event=(4, 5))
class AgentWorkingAfterCall(AgentEvent):
    """An agent finishes the work that a call left (ECMA-269 22.2.6)."""

    pending_agent_state: StateAfterWork | None = element(Enumerated(StateAfterWork), tag=2, default=None)
    cause: EventCause | None = element(CAUSE, tag=3, default=None)
