"""A short story on a link, as records of a capture, for the tests of traces and replays."""

from collections.abc import Iterable

from csta import messages as m
from csta.captures import Record, Way
from csta.causes import EventCause
from csta.codec import xml
from csta.codec.framing import EVENT_INVOKE_ID, encode_frame
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Message
from csta.states import RequestedAgentState, SystemStatusValue
from csta.trace import Row, Tracer

CALLER = DeviceID("+4915112345678")
PILOT, AGENT = DeviceID("7000"), DeviceID("7101")


def frame(message: Message, invoke_id: int = EVENT_INVOKE_ID) -> bytes:
    return encode_frame(invoke_id, xml.encode(message))


class Story:
    """Records one after the other, a tenth of a second apart."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def add(self, way: Way, data: bytes = b"") -> "Story":
        self.records.append(Record(1000.0 + len(self.records) / 10, "pbx", "192.0.2.7:1040", way, data))
        return self

    def said(self, message: Message, invoke_id: int = EVENT_INVOKE_ID) -> "Story":
        """From the switch."""
        return self.add(Way.IN, frame(message, invoke_id))

    def asked(self, message: Message, invoke_id: int) -> "Story":
        """To the switch."""
        return self.add(Way.OUT, frame(message, invoke_id))


def log_in() -> Story:
    return (
        Story()
        .add(Way.OPEN)
        .said(m.SystemStatus(system_status=SystemStatusValue.ENABLED), 1)
        .asked(m.SystemStatusResponse(), 1)
        .asked(m.SystemRegister(request_types=frozenset({m.RequestType.SYSTEM_STATUS})), 0)
        .said(m.SystemRegisterResponse(sys_stat_register_id="01"), 0)
    )


def monitored(story: Story, device: DeviceID, invoke_id: int, reference: str) -> Story:
    return story.asked(m.MonitorStart(monitor_object=device), invoke_id).said(
        m.MonitorStartResponse(monitor_cross_ref_id=reference), invoke_id
    )


def delivered(reference: str, call: str, device: DeviceID = AGENT, called: DeviceID = PILOT) -> m.Delivered:
    return m.Delivered(
        monitor_cross_ref_id=reference,
        connection=ConnectionID(call, device.number),
        alerting_device=device,
        calling_device=CALLER,
        called_device=called,
        cause=EventCause.NEW_CALL,
    )


def transferred_call() -> Story:
    """A call C1 at the pilot's port becomes C2 at the agent; an agent logs on with a wrong password."""
    story = monitored(monitored(log_in(), PILOT, 1, "0A"), AGENT, 2, "0B")
    story.said(delivered("0A", "C1", PILOT))
    move = m.SingleStepTransferCall(active_call=ConnectionID("C1", "7000"), transferred_to=AGENT)
    story.asked(move, 3)
    story.said(m.SingleStepTransferCallResponse(transferred_call=ConnectionID("C2", "7101")), 3)
    story.said(delivered("0B", "C2"))
    log_on = m.SetAgentState(
        device=AGENT, requested_agent_state=RequestedAgentState.LOGGED_ON, agent_id="anna", password=b"geheim77"
    )
    story.asked(log_on, 4)
    story.said(m.ErrorResponse(category="operation", value="invalidAgentPassword"), 4)
    story.said(delivered("0B", "C9"))
    return story.asked(m.SnapshotDevice(snapshot_object=PILOT), 5)


def traced(records: Iterable[Record], tracer: Tracer | None = None) -> list[Row]:
    tracer = tracer or Tracer()
    return [row for record in records for row in tracer.record(record)]
