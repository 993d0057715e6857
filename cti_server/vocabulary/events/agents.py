"""What agents declare, and what they can."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import AgentId, DeviceNumber, GroupName, SkillName
from cti_server.vocabulary.values import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOn(Event):
    """The agent works at a device, not ready yet."""

    agent: AgentId
    device: DeviceNumber
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOff(Event):
    """The agent is gone."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameReady(Event):
    """The agent wants contacts."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameNotReady(Event):
    """The agent wants no contacts."""

    agent: AgentId
    origin: Origin
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSkillsChanged(Event):
    """The agent has these skills (levels 1 to 10) from here on, whatever the plan says; None: what the plan says."""

    agent: AgentId
    skills: Mapping[SkillName, int] | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentGroupsChanged(Event):
    """The agent belongs to these groups from here on, whatever the plan says; None: what the plan says."""

    agent: AgentId
    groups: tuple[GroupName, ...] | None
    origin: Origin
