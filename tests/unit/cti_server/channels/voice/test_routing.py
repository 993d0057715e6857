"""The routing dialogue with its races: the whole server on paper and a virtual clock."""

from dataclasses import replace
from pathlib import Path

import pytest

from csta import messages as m
from csta.identifiers import DeviceID
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.flows.steps import DisconnectStep, QueueStep
from cti_server.settings import load_settings
from cti_server.vocabulary.ids import FlowName, QueueName, StepId
from cti_server.vocabulary.plan import FlowPlan, SitePlan
from cti_server.vocabulary.values import AgentStatus, ContactStage
from tests.fakes.asking_pbx import AskingLink
from tests.fakes.pbx_on_paper import PaperMedia
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_kernel import CONFIG, Server, rows_of

STRAIGHT = FlowPlan(
    name=FlowName("straight"), version="1", steps=(QueueStep(id=StepId("q"), queue=QueueName("sales")),)
)
AWAY = FlowPlan(name=FlowName("away"), version="1", steps=(DisconnectStep(id=StepId("d")),))


class RoutingServer(Server):
    """A server whose pilot is a route device; ``flow`` is what its callers meet first."""

    pbx: AskingLink

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, flow: FlowPlan | None = None) -> None:
        self.pbx = AskingLink()
        self.media = PaperMedia(self.pbx)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.media)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        self.plan = _with_routing(plan, flow)
        self.folder = folder
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.kernel = self.make()


def _with_routing(plan: SitePlan, flow: FlowPlan | None) -> SitePlan:
    pilots = tuple(replace(one, routing=True, flow=flow.name if flow else one.flow) for one in plan.pilots)
    flows = {**plan.flows, **({flow.name: flow} if flow else {})}
    return replace(plan, pilots=pilots, flows=flows)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RoutingServer:
    server = RoutingServer(tmp_path, monkeypatch)
    server.up()
    return server


@pytest.fixture
def straight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RoutingServer:
    server = RoutingServer(tmp_path, monkeypatch, STRAIGHT)
    server.up()
    return server


def test_a_call_that_must_be_spoken_to_is_routed_to_a_port(server: RoutingServer) -> None:
    call = server.pbx.ask("7201")
    assert server.contact().call.call == call
    assert server.contact().session is not None
    (routes,) = server.pbx.selected()
    assert len(routes) == 2, "a port, and another one in case that fails"
    assert server.contact().port == routes[0]
    assert not [one for one in server.pbx.asked if isinstance(one, m.DeflectCall)]


def test_the_alternate_route_serves_as_well(server: RoutingServer) -> None:
    server.pbx.unreachable.add("7001")
    server.pbx.ask("7201")
    assert server.contact().port == "7002"
    assert server.contact().session is not None


def test_a_port_that_cannot_be_reached_is_followed_by_another(server: RoutingServer) -> None:
    server.pbx.unreachable.update({"7001", "7002"})
    server.pbx.ask("7201")
    assert len(server.pbx.selected()) >= 1
    assert server.contact() is not None
    assert server.contact().session is None


def test_a_free_agent_gets_the_call_at_once(straight: RoutingServer) -> None:
    straight.log_on("anna", "7101")
    call = straight.pbx.ask("7201")
    assert straight.pbx.selected() == [["7101"]]
    assert len(rows_of(straight, "OfferAlerted")) == 1
    straight.pbx.answer(call, "7101")
    assert straight.contact().stage is ContactStage.TALKING
    assert straight.contact().agent == "anna"


def test_an_agent_who_cannot_be_reached_is_followed_by_music(straight: RoutingServer) -> None:
    straight.pbx.unreachable.add("7101")
    straight.log_on("anna", "7101")
    straight.pbx.ask("7201")
    assert straight.agent("anna").status is AgentStatus.NOT_READY
    assert [str(one.outcome) for one in rows_of(straight, "OfferEnded")] == ["unreachable"]
    assert straight.contact().session is not None


def test_no_answer_brings_the_call_to_a_port(straight: RoutingServer) -> None:
    straight.log_on("anna", "7101")
    straight.pbx.ask("7201")
    straight.clock.advance(13)
    assert straight.contact().stage is ContactStage.QUEUED
    assert straight.contact().session is not None


def test_a_dialogue_that_ends_with_an_error_ends_the_contact(server: RoutingServer) -> None:
    for port in server.media.ports:
        server.media.ports[port] = "taken"
    server.media.come_up()
    server.pbx.ask("7201")
    assert server.contact() is not None
    server.pbx.give_up("R1", "routeingTimerExpired")
    server.clock.advance(1)
    assert server.contact() is None
    assert len(rows_of(server, "ContactReleased")) == 1


def test_a_call_without_a_name_is_known_by_its_arrival(server: RoutingServer) -> None:
    server.pbx.names_calls = False
    call = server.pbx.ask("7201")
    assert server.contact().call.call == call
    assert server.contact().session is not None
    assert len(rows_of(server, "CallReplaced")) == 1


def test_a_survey_does_not_end_a_call_that_only_its_dialogue_knows(server: RoutingServer) -> None:
    for port in server.media.ports:
        server.media.ports[port] = "taken"
    server.media.come_up()
    server.pbx.ask("7201")
    server.kernel.channels[0].survey()
    assert server.contact() is not None


def test_a_lost_link_takes_its_dialogues_along(server: RoutingServer) -> None:
    for port in server.media.ports:
        server.media.ports[port] = "taken"
    server.media.come_up()
    server.pbx.ask("7201")
    server.pbx.go_down()
    server.pbx.come_up()
    assert server.contact() is None
    server.pbx.say(m.ReRoute(cross_ref_identifier="R1"))
    assert isinstance(server.pbx.told[-1], m.RouteEnd)


def test_a_registration_that_the_pbx_aborts_ends_its_dialogues(server: RoutingServer) -> None:
    for port in server.media.ports:
        server.media.ports[port] = "taken"
    server.media.come_up()
    call = server.pbx.ask("7201")
    del server.pbx.calls[call]
    server.pbx.say(m.RouteRegisterAbort(route_register_req_id="G1"))
    server.clock.advance(1)
    assert server.contact() is None


def test_a_request_for_a_strange_device_is_ended(server: RoutingServer) -> None:
    server.pbx.ask("7201", device="7999")
    assert server.contact() is None
    assert isinstance(server.pbx.told[-1], m.RouteEnd)


def test_a_repeated_request_opens_no_second_contact(server: RoutingServer) -> None:
    server.pbx.ask("7201")
    server.pbx.say(m.RouteRequest(cross_ref_identifier="R1", routeing_device=DeviceID("7000")))
    assert server.contact(2) is None


def test_a_flow_that_lets_the_call_go_rejects_the_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = RoutingServer(tmp_path, monkeypatch, AWAY)
    server.up()
    server.pbx.ask("7201")
    assert isinstance(server.pbx.told[-1], m.RouteReject)
    assert server.contact() is None
