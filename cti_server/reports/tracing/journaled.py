"""Lines of the journal: what happened to the contact, and what those agents did meanwhile who were offered it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cti_server.reports.tracing.lines import Layer, Line
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import AgentId, CallId, DeviceNumber, LinkName
from cti_server.vocabulary.values import CallRef, SessionRef

_COLUMNS: Final = frozenset({"seq", "because", "contact", "passed_over"})

_LAYERS: Final[Mapping[type[Event], Layer]] = MappingProxyType(
    {
        **dict.fromkeys((events.CallReplaced, events.ForwardRequested, events.ForwardFailed), Layer.CALL),
        **dict.fromkeys((events.CallbackDialled,), Layer.CALL),
        **dict.fromkeys((events.MediaRequested, events.MediaRefused, events.MediaJoined), Layer.MEDIA),
        **dict.fromkeys((events.MediaLeft, events.VerbEnded, events.TreatmentFailed), Layer.MEDIA),
        **dict.fromkeys((events.StepEntered, events.StepPassed, events.DataSet, events.EstimateTold), Layer.FLOW),
        **dict.fromkeys((events.FlowCalled, events.FlowReturned), Layer.FLOW),
        events.RequestEnded: Layer.LOOK_UP,
        **dict.fromkeys((events.ContactQueued, events.QueueRefused, events.QueueLeft), Layer.QUEUE),
        **dict.fromkeys((events.RequirementRelaxed, events.RequirementChanged, events.PriorityChanged), Layer.QUEUE),
        **dict.fromkeys((events.OfferMade, events.OfferAlerted, events.OfferEnded), Layer.OFFER),
        **dict.fromkeys((events.ContactAnswered, events.ContactHeld, events.ContactRetrieved), Layer.TALK),
        **dict.fromkeys((events.ConsultationStarted, events.ConsultationEnded), Layer.TALK),
        **dict.fromkeys((events.ContactTransferred, events.ConferenceChanged, events.ContactPickedUp), Layer.TALK),
        **dict.fromkeys((events.SupervisionStarted, events.SupervisionEnded), Layer.TALK),
        **dict.fromkeys((events.WrapUpStarted, events.WrapUpExtended, events.WrapUpEnded), Layer.AGENT),
        **dict.fromkeys((events.AgentLoggedOn, events.AgentLoggedOff), Layer.AGENT),
        **dict.fromkeys((events.AgentBecameReady, events.AgentBecameNotReady), Layer.AGENT),
        **dict.fromkeys((events.AgentSkillsChanged, events.AgentGroupsChanged), Layer.AGENT),
        **dict.fromkeys((events.PhoneBecameBusy, events.PhoneBecameFree), Layer.AGENT),
        **dict.fromkeys((events.PhoneWentOutOfService, events.PhoneCameIntoService), Layer.AGENT),
        **dict.fromkeys((events.LinkCameUp, events.LinkWentDown), Layer.SITE),
        **dict.fromkeys((events.CallsSurveyed, events.SessionsSurveyed), Layer.SITE),
    }
)


def layer_of(event: Event) -> Layer:
    """Where an event belongs; the contact's own beginning and end where nothing else is said."""
    return _LAYERS.get(type(event), Layer.CONTACT)


@dataclass(slots=True)
class Known:
    """What the journal says of where else to look: calls by link, media sessions, agents with their phones."""

    calls: dict[LinkName, dict[CallId, None]] = field(default_factory=dict)
    sessions: dict[SessionRef, None] = field(default_factory=dict)
    agents: dict[AgentId, None] = field(default_factory=dict)
    devices: dict[DeviceNumber, None] = field(default_factory=dict)
    begun: float = 0.0
    ended: float | None = None

    def learn(self, row: Recorded) -> None:
        """Take up what a row of the contact names."""
        for name in ("call", "by"):
            call = getattr(row.event, name, None)
            if isinstance(call, CallRef):
                self.calls.setdefault(call.link, {})[call.call] = None
        session = getattr(row.event, "session", None)
        if isinstance(session, SessionRef):
            self.sessions[session] = None
        if isinstance(row.event, events.OfferMade):
            self.agents[row.event.agent] = None
            self.devices[row.event.device] = None
        if isinstance(row.event, events.ContactClosed):
            self.ended = row.at


def known_of(rows: Iterable[Recorded]) -> Known:
    """What the contact's rows name."""
    known = Known()
    for row in rows:
        known.begun = known.begun or row.at
        known.learn(row)
    return known


def lines_of(rows: Iterable[Recorded]) -> Iterator[Line]:
    """A line for each of the contact's rows; below an offer one for each agent who was passed over."""
    spelt = EventLines()
    for row in rows:
        yield _line(spelt, row)
        if isinstance(row.event, events.OfferMade):
            for one in row.event.passed_over:
                yield Line(row.at, Layer.OFFER, f"  passed over {one.agent}: {one.reason}", {"seq": row.seq})


def lines_beside(rows: Iterable[Recorded], known: Known) -> Iterator[Line]:
    """Lines of rows that are no contact's: what the agents did, their phones, and the links of its calls."""
    spelt = EventLines()
    for row in rows:
        event = row.event
        if getattr(event, "contact", None) is not None:
            continue
        agent, device, link = (getattr(event, name, None) for name in ("agent", "device", "link"))
        if agent in known.agents or device in known.devices or link in known.calls:
            yield _line(spelt, row)


def _line(spelt: EventLines, row: Recorded) -> Line:
    facts = spelt.facts(row)
    told = " ".join(f"{name}={value}" for name, value in facts.items() if name not in _COLUMNS)
    text = f"{type(row.event).__name__} {told}".rstrip()
    return Line(row.at, layer_of(row.event), text, {"seq": row.seq, "because": row.cause_seq})
