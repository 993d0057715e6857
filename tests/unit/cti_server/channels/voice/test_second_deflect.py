"""A PBX that takes one deflect of a hunt group's call: agents get their calls by way of a media port."""

from dataclasses import replace
from pathlib import Path

import pytest

from csta import messages as m
from csta.errors import ServiceRefused
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.flows.steps import QueueStep
from cti_server.settings import load_settings
from cti_server.vocabulary.ids import FlowName, QueueName, StepId
from cti_server.vocabulary.plan import FlowPlan
from cti_server.vocabulary.values import AgentStatus, ContactStage
from tests.fakes.pbx_on_paper import PaperLink, PaperMedia
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_kernel import CONFIG, Server, rows_of

STRAIGHT = FlowPlan(
    name=FlowName("straight"), version="1", steps=(QueueStep(id=StepId("q"), queue=QueueName("sales")),)
)


class OneDeflect(PaperLink):
    """Refuses a second deflect of a call that came by the pilot, as OpenScape Voice does."""

    def __init__(self) -> None:
        super().__init__()
        self.deflected: set[str] = set()

    def _deflect(self, request: m.DeflectCall) -> m.DeflectCallResponse:
        call = request.call_to_be_diverted.call_id
        if call in self.deflected:
            raise ServiceRefused("stateIncompatibility", "invalidDivertingDeviceState")
        self.deflected.add(call)
        return super()._deflect(request)


class StraightServer(Server):
    """Its callers are queued at once."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pbx = OneDeflect()
        self.media = PaperMedia(self.pbx)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.media)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        pilots = tuple(replace(one, flow=STRAIGHT.name) for one in plan.pilots)
        self.plan = replace(plan, pilots=pilots, flows={**plan.flows, STRAIGHT.name: STRAIGHT})
        self.folder = folder
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.kernel = self.make()

    def moves(self) -> list[str]:
        kinds = (m.DeflectCall, m.SingleStepTransferCall)
        return [type(one).__name__ for one in self.pbx.asked if isinstance(one, kinds)]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StraightServer:
    server = StraightServer(tmp_path, monkeypatch)
    server.up()
    return server


def test_a_free_agent_gets_the_call_by_way_of_a_port(server: StraightServer) -> None:
    server.log_on("anna", "7101")
    server.pbx.dial_pilot("7201")
    assert server.moves() == ["DeflectCall", "SingleStepTransferCall"]
    assert len(rows_of(server, "OfferAlerted")) == 1
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact().stage is ContactStage.TALKING


def test_no_answer_goes_on_to_the_next_agent_and_nothing_is_refused(server: StraightServer) -> None:
    server.log_on("ben", "7102")
    server.pbx.dial_pilot("7201")
    server.log_on("anna", "7101")
    server.clock.advance(13)
    assert server.agent("ben").status is AgentStatus.NOT_READY
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact().agent == "anna"
    assert server.moves() == ["DeflectCall", "SingleStepTransferCall", "DeflectCall"]


def test_a_port_that_does_not_answer_is_waited_for_and_blames_nobody(server: StraightServer) -> None:
    server.media.answers = False
    server.log_on("anna", "7101")
    server.pbx.dial_pilot("7201")
    server.clock.advance(11)
    assert server.agent("anna").status is AgentStatus.READY
    assert server.moves() == ["DeflectCall"]
    assert "call-not-moved" in [str(one.outcome) for one in rows_of(server, "OfferEnded")]


def test_without_a_free_port_the_agent_gets_the_call_straight_from_the_pilot(server: StraightServer) -> None:
    for port in server.media.ports:
        server.media.ports[port] = "taken"
    server.media.come_up()
    server.log_on("anna", "7101")
    server.pbx.dial_pilot("7201")
    assert server.moves() == ["DeflectCall"]
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact().stage is ContactStage.TALKING
