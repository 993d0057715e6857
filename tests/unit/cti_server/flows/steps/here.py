"""A contact's surroundings for tests of components: whatever a test says they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cti_server.flows.component import AgentGlance
from cti_server.vocabulary.ids import AgentId, CalendarName, ContactId, DeviceNumber, QueueName
from cti_server.vocabulary.plan import AgentPlan, QueuePlan
from cti_server.vocabulary.values import AgentStatus, Channel, Value, WorkState

CONTACT = ContactId(7)


@dataclass
class FakeHere:
    contact: ContactId = CONTACT
    channel: Channel = Channel.VOICE
    now: float = 1_790_000_000.0
    attempt: int = 1
    queued: bool = False
    media_service: str = "media-1"
    memory: Mapping[str, Value] = field(default_factory=dict)
    data: Mapping[str, Value] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    open: tuple[bool, str] = (True, "hours")
    queues: Mapping[str, QueuePlan] = field(default_factory=dict)
    agents: Mapping[str, AgentGlance] = field(default_factory=dict)

    def with_memory(self, memory: Mapping[str, Value]) -> "FakeHere":
        return replace(self, memory=memory)

    def value(self, name: str) -> Value:
        return self.facts.get(name, self.data.get(name))

    def is_open(self, calendar: CalendarName) -> tuple[bool, str]:
        return self.open

    def queue(self, name: QueueName) -> QueuePlan | None:
        return self.queues.get(name)

    def agent(self, agent: AgentId) -> AgentGlance | None:
        return self.agents.get(agent)

    def agent_by_number(self, number: str) -> AgentGlance | None:
        return None

    def caller_device(self) -> DeviceNumber | None:
        return None

    def reasons(self) -> Mapping[str, str]:
        return {}

    def queues_of(self, agent: AgentId) -> Sequence[QueueName]:
        return ()


def glance(name: str, device: str | None = "7101", status: AgentStatus = AgentStatus.READY) -> AgentGlance:
    plan = AgentPlan(id=AgentId(name), name=name.title(), groups=())
    number = None if device is None else DeviceNumber(device)
    return AgentGlance(plan, status, WorkState.IDLE, "", number, 0.0, None)
