"""Events, told of a mirror and a state, become commands."""

from typing import Any

import pytest

from csta import messages as m
from csta.calls import CallMirror
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.states import ConnectionState
from cti_server.channels.voice.translate import outcome_of, progress, surveyed, translate
from cti_server.channels.voice.view import Devices, View
from cti_server.engine.engine import Engine
from cti_server.flows.steps import QueueStep
from cti_server.vocabulary import commands as v
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan
from cti_server.vocabulary.values import CallRef, OfferOutcome, Origin, ReleasedBy

LINK, SALES, ANNA = LinkName("pbx"), GroupName("sales"), AgentId("anna")
FLOW, WAIT = FlowName("straight"), FlowName("wait")
PLAN = SitePlan(
    version="1",
    groups=(SALES,),
    agents={ANNA: AgentPlan(id=ANNA, name="Anna", groups=(SALES,))},
    queues={QueueName("sales"): QueuePlan(name=QueueName("sales"), groups=(SALES,), flow=WAIT)},
    pilots=(PilotPlan(link=LINK, number=DeviceNumber("7000"), flow=FLOW),),
    flows={
        FLOW: FlowPlan(name=FLOW, version="1", steps=(QueueStep(id=StepId("q"), queue=QueueName("sales")),)),
        WAIT: FlowPlan(name=WAIT, version="1", steps=()),
    },
)
DEVICES = Devices(frozenset({"7000"}), frozenset({"7001"}), frozenset({"7101", "7102"}))
CALLER, PILOT, PHONE = DeviceID("7201"), DeviceID("7000"), DeviceID("7101")


def at(device: str, call: str = "C1") -> ConnectionID:
    return ConnectionID(call, device)


class Desk:
    """An engine and a mirror that hear the same."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.mirror = CallMirror()
        self.now = 1000.0
        self.tell(v.LoadPlan(plan=PLAN))
        self.tell(v.ReportLinkUp(link=LINK))
        self.tell(v.ReportCalls(link=LINK, calls=()))
        for device in ("7000", "7001", "7101", "7102"):
            self.mirror.monitor_started(device, device)

    def tell(self, command: v.Command) -> None:
        self.now += 1
        outcome = self.engine.handle(command, self.now)
        assert outcome.refusal is None, outcome.refusal

    @property
    def view(self) -> View:
        return View(
            link=LINK,
            devices=DEVICES,
            mirror=self.mirror,
            state=self.engine.state,
            identify=lambda _address: PartyId(9),
        )

    def hear(self, kind: type[m.Event], monitor: str, **facts: Any) -> list[v.Command]:
        """The commands of an event, not submitted."""
        event = kind(monitor_cross_ref_id=monitor, **facts)
        caller = self.view.caller("C1")
        self.mirror.fold(event, self.now)
        return list(translate(event, self.view, caller))

    def arrive(self) -> list[v.Command]:
        return self.hear(
            m.Queued,
            "7000",
            queued_connection=at("7000"),
            queue=PILOT,
            calling_device=CALLER,
            called_device=PILOT,
            cause=EventCause.ENTERING_DISTRIBUTION,
        )

    def offered(self) -> OfferId:
        self.tell(v.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.PHONE))
        self.tell(v.SetAgentReady(agent=ANNA, origin=Origin.PHONE))
        for command in self.arrive():
            self.tell(command)
        (offer,) = self.engine.state.offers
        return offer

    def ring(self) -> None:
        self.hear(m.Diverted, "7000", connection=at("7000"), new_destination=PHONE, cause=EventCause.REDIRECTED)
        self.hear(m.Delivered, "7101", connection=at("7101"), alerting_device=PHONE, calling_device=CALLER)

    def answer(self) -> None:
        self.hear(m.Established, "7101", established_connection=at("7101"), answering_device=PHONE)
        for command in progress("C1", self.view):
            self.tell(command)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_call_at_a_pilot_arrives_with_its_party(desk: Desk) -> None:
    call = CallRef(LINK, CallId("C1"))
    assert desk.arrive() == [v.ReportCallArrived(call=call, pilot=DeviceNumber("7000"), party=PartyId(9))]


def test_what_the_pbx_tells_with_a_call_comes_along(desk: Desk) -> None:
    (command,) = desk.hear(
        m.Queued,
        "7000",
        queued_connection=at("7000"),
        queue=PILOT,
        correlator_data=b"order 4711",
        user_data=bytes([0, 255]),
    )
    assert isinstance(command, v.ReportCallArrived)
    assert command.data == {"correlator": "order 4711", "user_data": "00ff"}


def test_a_survey_tells_of_an_unknown_call_what_the_pbx_told_with_it(desk: Desk) -> None:
    desk.hear(m.Queued, "7000", queued_connection=at("7000"), queue=PILOT, correlator_data=b"order 4711")
    (call,) = desk.mirror.calls.values()
    assert surveyed(call, desk.view, ()).data == {"correlator": "order 4711"}
    desk.hear(m.Delivered, "7000", connection=at("7000"), alerting_device=PILOT, correlator_data=b"order 4712")
    assert surveyed(call, desk.view, ()).data == {"correlator": "order 4712"}
    desk.hear(m.Delivered, "7000", connection=at("7000"), alerting_device=PILOT)
    assert surveyed(call, desk.view, ()).data == {"correlator": "order 4712"}


def test_a_survey_tells_nothing_more_of_a_call_that_is_a_contacts(desk: Desk) -> None:
    for command in desk.arrive():
        desk.tell(command)
    (call,) = desk.mirror.calls.values()
    found = surveyed(call, desk.view, ())
    assert (found.party, found.data) == (None, {})


def test_a_caller_who_keeps_their_number_back_has_no_party(desk: Desk) -> None:
    (command,) = desk.hear(
        m.Queued, "7000", queued_connection=at("7000"), queue=PILOT, calling_device=Presentation.RESTRICTED
    )
    assert isinstance(command, v.ReportCallArrived)
    assert command.party is None


def test_a_call_that_only_rings_at_a_pilot_arrives_too(desk: Desk) -> None:
    (command,) = desk.hear(m.Delivered, "7000", connection=at("7000"), alerting_device=PILOT, calling_device=CALLER)
    assert isinstance(command, v.ReportCallArrived)


def test_a_call_at_a_plain_phone_is_nobodys_contact(desk: Desk) -> None:
    assert desk.hear(m.Delivered, "7102", connection=at("7102"), alerting_device=DeviceID("7102")) == []
    assert desk.view.foreign_call_at("7102")


def test_a_phone_in_a_colleague_s_conference_is_busy_until_the_colleague_is_out_of_it(desk: Desk) -> None:
    desk.offered()
    desk.ring()
    desk.hear(m.Established, "7101", established_connection=at("7101"), answering_device=PHONE)
    for command in progress("C1", desk.view):
        desk.tell(command)
    desk.hear(m.Established, "7102", established_connection=at("7102"), answering_device=DeviceID("7102"))
    assert desk.view.foreign_call_at("7102")
    assert not desk.view.foreign_call_at("7101")
    desk.hear(m.ConnectionCleared, "7101", dropped_connection=at("7101"), releasing_device=PHONE)
    assert not desk.view.foreign_call_at("7102")


def test_a_known_call_arrives_once(desk: Desk) -> None:
    desk.offered()
    assert desk.arrive() == []


def test_an_offer_rings_and_is_answered(desk: Desk) -> None:
    offer = desk.offered()
    assert progress("C1", desk.view) == ()
    desk.ring()
    (alerting,) = progress("C1", desk.view)
    assert isinstance(alerting, v.ReportOfferAlerting)
    desk.tell(alerting)
    assert progress("C1", desk.view) == ()
    assert not desk.view.foreign_call_at("7101")
    desk.hear(m.Established, "7101", established_connection=at("7101"), answering_device=PHONE)
    (answered,) = progress("C1", desk.view)
    assert isinstance(answered, v.ReportOfferAnswered)
    assert answered.offer == offer
    desk.tell(answered)
    assert progress("C1", desk.view) == ()


def test_an_answer_after_the_offers_end_is_told_for_that_offer(desk: Desk) -> None:
    offer = desk.offered()
    desk.ring()
    desk.now += 60
    desk.tell(v.WakeUp())
    assert desk.engine.state.offers == {}
    desk.hear(m.Established, "7101", established_connection=at("7101"), answering_device=PHONE)
    (answered,) = progress("C1", desk.view)
    assert isinstance(answered, v.ReportOfferAnswered)
    assert answered.offer == offer


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (EventCause.BUSY, OfferOutcome.BUSY),
        (EventCause.CALL_NOT_ANSWERED, OfferOutcome.NO_ANSWER),
        (EventCause.CALL_CANCELLED, OfferOutcome.REJECTED),
        (EventCause.DEST_OUT_OF_ORDER, OfferOutcome.UNREACHABLE),
        (EventCause.received("somethingNew"), OfferOutcome.UNREACHABLE),
        (None, OfferOutcome.UNREACHABLE),
    ],
)
def test_a_failure_at_the_offered_phone_ends_the_offer(desk: Desk, cause: EventCause, outcome: OfferOutcome) -> None:
    offer = desk.offered()
    assert outcome_of(cause) is outcome
    (failed,) = desk.hear(m.Failed, "7101", failed_connection=at("7101"), failing_device=PHONE, cause=cause)
    assert isinstance(failed, v.ReportOfferFailed)
    assert (failed.offer, failed.outcome) == (offer, outcome)


def test_a_failure_elsewhere_leaves_the_offer_alone(desk: Desk) -> None:
    desk.offered()
    other = DeviceID("7102")
    assert desk.hear(m.Failed, "7102", failed_connection=at("7102"), failing_device=other, cause=EventCause.BUSY) == []


@pytest.mark.parametrize(("last", "ends"), [("7101", True), ("7102", False)])
def test_a_recall_ends_only_the_offer_that_it_comes_from(desk: Desk, last: str, ends: bool) -> None:
    desk.offered()
    found = desk.hear(
        m.Queued,
        "7000",
        queued_connection=at("7000"),
        queue=PILOT,
        last_redirection_device=DeviceID(last),
        cause=EventCause.RECALL_NO_ANSWER,
    )
    assert [type(one) for one in found] == ([v.ReportOfferFailed] if ends else [])


@pytest.mark.parametrize(
    ("dropped", "releasing", "side"),
    [
        ("7201", CALLER, ReleasedBy.CUSTOMER),
        ("7101", PHONE, ReleasedBy.AGENT),
        ("7201", PHONE, ReleasedBy.AGENT),
        ("7201", DeviceID("7001"), ReleasedBy.SYSTEM),
        ("7201", Presentation.NOT_KNOWN, ReleasedBy.CUSTOMER),
    ],
)
def test_who_let_go(desk: Desk, dropped: str, releasing: Any, side: ReleasedBy) -> None:
    desk.offered()
    desk.ring()
    desk.answer()
    (ended,) = desk.hear(
        m.ConnectionCleared,
        "7101",
        dropped_connection=at(dropped),
        releasing_device=releasing,
        cause=EventCause.NORMAL_CLEARING,
    )
    assert ended == v.ReportCallEnded(call=CallRef(LINK, CallId("C1")), released_by=side, cause_text="normalClearing")


def test_the_end_of_one_of_our_parts_before_an_answer_is_not_the_end(desk: Desk) -> None:
    desk.offered()
    desk.ring()
    desk.mirror.fold(m.Queued(monitor_cross_ref_id="7000", queued_connection=at("7000"), queue=PILOT), desk.now)
    assert desk.hear(m.ConnectionCleared, "7101", dropped_connection=at("7101"), releasing_device=PHONE) == []


def test_a_transfer_gives_the_call_its_new_name(desk: Desk) -> None:
    desk.offered()
    (replaced,) = desk.hear(
        m.Transferred,
        "7001",
        primary_old_call=at("7001"),
        transferred_connections=(
            m.ConnectionListItem(old_connection=at("7201"), new_connection=at("7201", "C2")),
            m.ConnectionListItem(new_connection=at("7101", "C2")),
        ),
    )
    assert replaced == v.ReportCallReplaced(call=CallRef(LINK, CallId("C1")), by=CallRef(LINK, CallId("C2")))
    assert desk.view.connection_state("C2", "7201") is ConnectionState.CONNECTED


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (m.AgentLoggedOff, v.LogAgentOff),
        (m.AgentReady, v.SetAgentReady),
        (m.AgentNotReady, v.SetAgentNotReady),
        (m.AgentBusy, None),
    ],
)
def test_agents_are_known_by_their_phone_where_the_pbx_names_none(desk: Desk, kind: Any, expected: Any) -> None:
    assert desk.hear(kind, "7101", agent_device=PHONE) == []
    desk.tell(v.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    found = desk.hear(kind, "7101", agent_device=PHONE)
    assert [type(one) for one in found] == ([expected] if expected else [])
    assert all(getattr(one, "agent", None) == ANNA for one in found)


def test_a_log_on_at_a_phone(desk: Desk) -> None:
    found = desk.hear(m.AgentLoggedOn, "7101", agent_device=PHONE, agent_id="anna")
    assert found == [v.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.PHONE)]


def test_the_work_key_takes_a_ready_agent_out_and_changes_no_wrap_up(desk: Desk) -> None:
    desk.offered()
    desk.ring()
    desk.answer()
    pressed = {"agent_device": PHONE, "agent_id": "anna"}
    assert desk.hear(m.AgentWorkingAfterCall, "7101", **pressed) == [], "she talks"
    desk.tell(v.ReportCallEnded(call=CallRef(LINK, CallId("C1")), released_by=ReleasedBy.CUSTOMER))
    assert desk.hear(m.AgentWorkingAfterCall, "7101", **pressed) == [], "she wraps up"
    (ready,) = desk.hear(m.AgentReady, "7101", **pressed)
    desk.tell(ready)
    (work,) = desk.hear(m.AgentWorkingAfterCall, "7101", **pressed)
    assert work == v.SetAgentNotReady(agent=ANNA, origin=Origin.PHONE, reason="work-after-call")


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(None, ""), (EventCause.NORMAL, ""), (EventCause.FORCED_PAUSE, "forcedPause")],
)
def test_the_pbx_says_where_not_ready_was_not_the_agents_wish(
    desk: Desk, cause: EventCause | None, reason: str
) -> None:
    desk.tell(v.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    found = desk.hear(m.AgentNotReady, "7101", agent_device=PHONE, cause=cause)
    assert found == [v.SetAgentNotReady(agent=ANNA, origin=Origin.PHONE, reason=reason)]
