"""Dialling a callback, with the very engine behind it: every way in which agent, customer, PBX and link can behave."""

import dataclasses
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from csta.calls import Call, CallMirror, Connection
from csta.causes import EventCause
from csta.errors import CstaError, LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ClearConnection, MakeCall, MakeCallResponse, call_events
from csta.messages.base import Request, Response
from csta.states import ConnectionState as S
from cti_server.channels.voice.dialling import Dialling
from cti_server.channels.voice.view import Devices, View
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.events import OfferEnded
from cti_server.vocabulary.ids import ContactId, LinkName, OfferId, PartyId
from cti_server.vocabulary.plan import CallbackRules
from cti_server.vocabulary.values import AgentStatus, ContactStage, WorkState
from tests.fakes.virtual_time import VirtualClock
from tests.scenarios.engine.story import ANNA, LINK, SALES, Story, site

PHONE, CUSTOMER = "7101", "+4989123"


class PaperLink:
    """A link whose requests are kept; ``answers`` are given in their order, a call of its own otherwise."""

    def __init__(self) -> None:
        self.name = LINK
        self.up = True
        self.monitored = {PHONE: "m1"}
        self.asked: list[Request] = []
        self.waiting: list[Deferred[Response]] = []
        self.hold_back = False
        self.refusal: CstaError | None = None
        self.made = 0

    def request(self, request: Request) -> Deferred[Any]:
        self.asked.append(request)
        if not isinstance(request, MakeCall):
            return succeed(None)
        if self.refusal is not None:
            return fail(self.refusal)
        self.made += 1
        if self.hold_back:
            self.waiting.append(Deferred())
            return self.waiting[-1]
        return succeed(self.response())

    def response(self) -> MakeCallResponse:
        return MakeCallResponse(calling_device=ConnectionID(f"B{self.made}", PHONE))

    def check_call(self, call_id: str, device: str = "") -> Deferred[None]:
        return succeed(None)


class PaperMirror(CallMirror):
    """A mirror that a test writes into."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Call] = {}

    @property
    def calls(self) -> dict[str, Call]:
        return self.found

    def calls_at(self, device: str) -> tuple[Call, ...]:
        return tuple(call for call in self.found.values() if device in call.connections)


class Desk:
    """An engine with a callback for Anna, and the dialling under test."""

    def __init__(self, attempts: int = 2) -> None:
        rules = CallbackRules(attempts=attempts, retry=600.0, ring_time=40.0)
        queues = {name: dataclasses.replace(queue, callbacks=rules) for name, queue in site().queues.items()}
        self.story = Story(site(queues=queues))
        self.clock = VirtualClock()
        self.link = PaperLink()
        self.mirror = PaperMirror()
        self.address: str | None = f"tel:{CUSTOMER}"
        self.dialling = self.make()

    def make(self) -> Dialling:
        return Dialling(
            clock=self.clock,
            submit=self.tell,
            links=lambda: [self.link],
            view=self.view,
            addresses=self.look_up,
        )

    def view(self, link: LinkName) -> View | None:
        if not self.link.up:
            return None
        phones = Devices(phones=frozenset({PHONE}))
        return View(
            link=link, devices=phones, mirror=self.mirror, state=self.story.state, identify=lambda _address: PartyId(1)
        )

    def look_up(self, _party: PartyId) -> Deferred[str | None]:
        return succeed(self.address)

    def tell(self, command: commands.Command) -> None:
        self.story.now += 0.001
        self.story.tell(command)
        for effect in self.story.effects:
            if isinstance(effect, effects.DialCustomer):
                self.dialling.perform(effect)
            elif isinstance(effect, effects.WithdrawOffer):
                self.dialling.withdraw(effect)

    def callback(self) -> ContactId:
        self.story.log_on(ANNA)
        self.tell(commands.CreateCallback(queue=SALES, party=PartyId(9)))
        return ContactId(self.story.state.last_contact)

    def stands(self, call: str = "B1", **devices: S) -> None:
        """What the PBX says of the call now; ``phone`` is the agent's, ``customer`` the customer's."""
        names = {"phone": PHONE, "customer": CUSTOMER, "trunk": "T1"}
        found = {names[name]: Connection(names[name], state, 0.0) for name, state in devices.items()}
        calling, called = DeviceID(PHONE), DeviceID(CUSTOMER)
        trunks = {"T1"} if "trunk" in devices else set()
        self.mirror.calls[call] = Call(call, found, calling, called, trunks=trunks)
        self.dialling.call_changed(LINK, call)

    def failed(self, device: str, cause: EventCause, call: str = "B1") -> None:
        event = call_events.Failed(
            monitor_cross_ref_id="m1",
            failed_connection=ConnectionID(call, device),
            failing_device=DeviceID(device),
            cause=cause,
        )
        self.dialling.event_seen(LINK, event)

    def stage(self, contact: ContactId) -> ContactStage | None:
        found = self.story.state.contacts.get(contact)
        return None if found is None else found.stage

    def cleared(self) -> list[Request]:
        return [one for one in self.link.asked if isinstance(one, ClearConnection)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def ringing(desk: Desk) -> ContactId:
    """The agent is off-hook, the customer rings."""
    contact = desk.callback()
    desk.stands(phone=S.INITIATED)
    desk.stands(phone=S.CONNECTED)
    desk.stands(phone=S.CONNECTED, customer=S.ALERTING)
    return contact


def test_agent_and_customer_come_to_talk(desk: Desk) -> None:
    contact = desk.callback()
    (made,) = desk.link.asked
    assert isinstance(made, MakeCall)
    assert (made.calling_device, made.called_directory_number) == (DeviceID(PHONE), DeviceID(CUSTOMER))
    assert desk.dialling.heading_for(LINK, PHONE)
    desk.stands(phone=S.INITIATED)
    assert str(desk.story.state.offers[OfferId(1)].state) == "alerting"
    desk.stands(phone=S.CONNECTED)
    assert desk.story.state.contacts[contact].call is not None
    assert desk.stage(contact) is ContactStage.OFFERED
    desk.stands(phone=S.CONNECTED, customer=S.ALERTING)
    assert desk.stage(contact) is ContactStage.OFFERED
    desk.stands(phone=S.CONNECTED, customer=S.CONNECTED)
    assert desk.stage(contact) is ContactStage.TALKING
    desk.clock.advance(100)
    assert desk.stage(contact) is ContactStage.TALKING
    assert desk.cleared() == []
    assert not desk.dialling.heading_for(LINK, PHONE)


def test_a_customer_who_does_not_answer(desk: Desk) -> None:
    contact = ringing(desk)
    desk.clock.advance(39)
    assert desk.stage(contact) is ContactStage.OFFERED
    desk.clock.advance(1)
    assert desk.stage(contact) is ContactStage.SCHEDULED
    assert len(desk.cleared()) == 1
    assert desk.story.state.agents[ANNA].status is AgentStatus.READY


@pytest.mark.parametrize(
    ("cause", "stage"),
    [(EventCause.BUSY, ContactStage.SCHEDULED), (EventCause.NUMBER_UNALLOCATED, None)],
)
def test_a_customer_who_cannot_be_called(desk: Desk, cause: EventCause, stage: ContactStage | None) -> None:
    contact = ringing(desk)
    desk.failed(CUSTOMER, cause)
    assert desk.stage(contact) is stage
    assert len(desk.cleared()) == 1
    assert desk.story.state.agents[ANNA].work is WorkState.IDLE


def test_an_agent_who_does_not_take_it_is_still(desk: Desk) -> None:
    contact = desk.callback()
    desk.stands(phone=S.INITIATED)
    desk.story.now += 12
    desk.tell(commands.WakeUp())
    assert desk.stage(contact) is ContactStage.QUEUED
    assert len(desk.cleared()) == 1
    assert desk.story.state.agents[ANNA].status is AgentStatus.NOT_READY


def test_an_offer_that_ends_while_the_pbx_still_makes_the_call(desk: Desk) -> None:
    desk.link.hold_back = True
    contact = desk.callback()
    desk.tell(commands.CancelCallback(contact=contact, reason="solved"))
    assert desk.cleared() == []
    desk.mirror.calls["B1"] = Call("B1", {PHONE: Connection(PHONE, S.INITIATED, 0.0)}, DeviceID(PHONE))
    desk.link.waiting[0].callback(desk.link.response())
    assert len(desk.cleared()) == 1


@pytest.mark.parametrize(
    ("value", "stage", "status"),
    [
        ("invalidCalledDeviceID", None, AgentStatus.READY),
        ("invalidCallingDeviceState", ContactStage.QUEUED, AgentStatus.NOT_READY),
        ("deviceOutOfService", ContactStage.QUEUED, AgentStatus.NOT_READY),
    ],
)
def test_what_the_pbx_refuses(value: str, stage: ContactStage | None, status: AgentStatus) -> None:
    desk = Desk()
    desk.link.refusal = ServiceRefused("operation", value)
    contact = desk.callback()
    assert desk.stage(contact) is stage
    assert desk.story.state.agents[ANNA].status is status


def test_a_number_that_was_erased_is_not_tried_again(desk: Desk) -> None:
    desk.address = None
    contact = desk.callback()
    assert desk.link.asked == []
    assert desk.stage(contact) is None


def test_a_link_that_is_down_blames_nobody_and_is_tried_again(desk: Desk) -> None:
    desk.link.up = False
    contact = desk.callback()
    assert desk.stage(contact) is ContactStage.OFFERED
    desk.clock.advance(3.5)
    assert desk.story.state.agents[ANNA].status is AgentStatus.READY
    assert desk.stage(contact) is ContactStage.OFFERED
    ended = [each.event for each in desk.story.journal if isinstance(each.event, OfferEnded)]
    assert [one.outcome for one in ended] == ["call-not-moved"]


def test_a_phone_that_no_link_has_is_unreachable(desk: Desk) -> None:
    desk.link.monitored.clear()
    contact = desk.callback()
    assert desk.stage(contact) is ContactStage.QUEUED
    assert desk.story.state.agents[ANNA].status is AgentStatus.NOT_READY


def test_a_call_that_was_made_although_its_answer_got_lost_is_taken_up(desk: Desk) -> None:
    desk.link.refusal = LinkLost("cut")
    contact = desk.callback()
    desk.dialling.link_lost(LINK)
    desk.link.refusal = None
    desk.mirror.calls["B7"] = Call(
        "B7", {PHONE: Connection(PHONE, S.CONNECTED, 0.0)}, DeviceID(PHONE), DeviceID(CUSTOMER)
    )
    view = desk.view(LINK)
    assert view is not None
    desk.dialling.surveyed(view)
    assert [type(one) for one in desk.link.asked] == [MakeCall]
    call = desk.story.state.contacts[contact].call
    assert call is not None
    assert call.call == "B7"


def test_after_a_restart_the_ringing_customer_is_followed(desk: Desk) -> None:
    contact = ringing(desk)
    desk.dialling = desk.make()
    view = desk.view(LINK)
    assert view is not None
    desk.dialling.surveyed(view)
    assert desk.link.made == 1
    desk.stands(phone=S.CONNECTED, customer=S.CONNECTED)
    assert desk.stage(contact) is ContactStage.TALKING


def test_behind_a_silent_trunk_the_agent_is_not_cut_off(desk: Desk) -> None:
    contact = desk.callback()
    desk.stands(phone=S.CONNECTED, trunk=S.CONNECTED)
    assert desk.stage(contact) is ContactStage.OFFERED
    desk.clock.advance(40)
    assert desk.stage(contact) is ContactStage.TALKING
    assert desk.cleared() == []


def test_behind_a_trunk_that_signals_the_answer_is_seen(desk: Desk) -> None:
    contact = desk.callback()
    desk.stands(phone=S.CONNECTED, trunk=S.CONNECTED)
    event = call_events.Established(
        monitor_cross_ref_id="m1",
        established_connection=ConnectionID("B1", "T1"),
        answering_device=DeviceID(CUSTOMER),
        calling_device=DeviceID(PHONE),
        called_device=DeviceID(CUSTOMER),
    )
    desk.dialling.event_seen(LINK, event)
    desk.dialling.call_changed(LINK, "B1")
    assert desk.stage(contact) is ContactStage.TALKING


def test_a_call_that_vanishes_is_tried_again(desk: Desk) -> None:
    contact = ringing(desk)
    del desk.mirror.calls["B1"]
    desk.dialling.call_changed(LINK, "B1")
    assert desk.stage(contact) is ContactStage.SCHEDULED


def test_the_last_attempt_ends_it() -> None:
    desk = Desk(attempts=1)
    contact = ringing(desk)
    desk.failed(CUSTOMER, EventCause.BUSY)
    assert desk.stage(contact) is None


def test_the_same_wish_twice_is_one_call(desk: Desk) -> None:
    desk.callback()
    (again,) = [one for one in desk.story.effects if isinstance(one, effects.DialCustomer)]
    desk.dialling.perform(again)
    assert desk.link.made == 1
