"""Consultation and transfer from a media port, with every race: the whole server on paper and a virtual clock."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from csta import messages as m
from csta.causes import EventCause
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID
from csta.states import ConnectionState as S
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.flows.steps import TransferStep
from cti_server.flows.steps.pattern import Template
from cti_server.settings import load_settings
from cti_server.vocabulary.ids import FlowName, StepId
from cti_server.vocabulary.values import AgentStatus, ContactStage, Handover
from media_service.control import messages as c
from tests.fakes.consulting_pbx import ConsultingLink
from tests.fakes.pbx_on_paper import PaperMedia
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_kernel import CONFIG, Server, rows_of


class ConsultingServer(Server):
    """Every queue hands over by consultation."""

    pbx: ConsultingLink

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pbx = ConsultingLink()
        self.media = PaperMedia(self.pbx)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.media)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        queues = {name: replace(queue, move=Handover.CONSULTATION) for name, queue in plan.queues.items()}
        self.plan = replace(plan, queues=queues)
        self.folder = folder
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.kernel = self.make()

    def asked(self, *kinds: type[m.Request]) -> list[m.Request]:
        return [one for one in self.pbx.asked if isinstance(one, kinds)]

    def held(self) -> bool:
        call = self.contact().call.call
        return S.HOLD in self.pbx.calls[call].values()

    def outcomes(self) -> list[str]:
        return [str(one.outcome) for one in rows_of(self, "OfferEnded")]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConsultingServer:
    server = ConsultingServer(tmp_path, monkeypatch)
    server.up()
    return server


def test_the_port_keeps_the_caller_until_the_agent_answers(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    contact = server.contact()
    assert contact.stage is ContactStage.OFFERED
    assert contact.session is not None
    assert server.held()
    assert len(rows_of(server, "OfferAlerted")) == 1
    server.pbx.pick_up("7101")
    assert server.contact().stage is ContactStage.TALKING
    assert server.contact().session is None
    assert server.pbx.call_at("7101") == server.contact().call.call
    assert server.outcomes() == ["answered"]
    assert not server.asked(m.SingleStepTransferCall)
    assert "7101" not in server.state.busy_phones


def test_no_answer_costs_neither_place_nor_session(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    session, call = server.contact().session, server.contact().call
    before = len(server.media.verbs)
    server.clock.advance(13)
    assert server.agent("anna").status is AgentStatus.NOT_READY
    contact = server.contact()
    assert (contact.stage, contact.session, contact.call) == (ContactStage.QUEUED, session, call)
    assert not server.held()
    assert server.pbx.consults
    assert not [one for one in server.pbx.consults if one in server.pbx.calls]
    assert len(server.media.verbs) > before
    assert [type(one) for one in server.asked(m.DeflectCall)] == [m.DeflectCall]


def test_the_next_agent_is_consulted_by_the_same_port(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.log_on("ben", "7102")
    server.clock.advance(13)
    assert server.contact().stage is ContactStage.OFFERED
    server.pbx.pick_up("7102")
    assert server.contact().agent == "ben"
    assert [one.consulted_device.number for one in server.asked(m.ConsultationCall)] == ["7101", "7102"]  # type: ignore[attr-defined]
    assert len(server.asked(m.RetrieveCall)) == 1


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (EventCause.BUSY, "busy"),
        (EventCause.BLOCKED, "rejected"),
        (EventCause.CALL_NOT_ANSWERED, "no-answer"),
        (EventCause.DEST_OUT_OF_ORDER, "unreachable"),
    ],
)
def test_the_agents_phone_does_not_take_it(server: ConsultingServer, cause: EventCause, outcome: str) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.fail(server.pbx.consulting(), "7101", cause)
    assert server.outcomes() == [outcome]
    assert not server.held()
    assert server.contact().stage is ContactStage.QUEUED
    assert server.agent("anna").status is AgentStatus.NOT_READY


def test_busy_at_once(server: ConsultingServer) -> None:
    server.pbx.busy.add("7101")
    server.log_on("anna", "7101")
    server.through_menu("7201")
    assert server.outcomes() == ["busy"]
    assert not server.held()


def test_a_caller_who_hangs_up_stills_the_agents_phone(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.hang_up(server.contact().call.call, "7201")
    assert server.contact() is None
    assert not [one for one in server.pbx.consults if one in server.pbx.calls]
    assert server.agent("anna").status is AgentStatus.READY
    assert server.outcomes() == ["caller-gone"]
    assert "7101" not in server.state.busy_phones


def test_an_answer_that_is_told_twice_transfers_once(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.pick_up("7101", times=2)
    assert len(server.asked(m.TransferCall)) == 1
    assert server.contact().stage is ContactStage.TALKING


def test_a_transfer_that_is_refused_gives_the_caller_the_music_again(server: ConsultingServer) -> None:
    server.pbx.refuse[m.TransferCall] = ServiceRefused("operation", "generic")
    server.log_on("anna", "7101")
    server.through_menu("7201")
    session = server.contact().session
    server.pbx.pick_up("7101")
    server.pbx.refuse[m.ConsultationCall] = ServiceRefused("operation", "generic")
    server.clock.advance(2)
    assert len(server.asked(m.TransferCall)) == 2
    assert server.outcomes()[0] == "call-not-moved"
    assert server.agent("anna").status is AgentStatus.READY
    assert server.contact().session == session
    assert not server.held()


def test_a_consultation_that_is_refused_blames_nobody(server: ConsultingServer) -> None:
    server.pbx.refuse[m.ConsultationCall] = ServiceRefused("stateIncompatibility", "invalidConnectionState")
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.clock.advance(2)
    assert set(server.outcomes()) == {"call-not-moved"}
    assert server.agent("anna").status is AgentStatus.READY
    assert not server.held()


def test_a_link_that_is_lost_while_the_phone_rings(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.go_down()
    server.clock.advance(2)
    server.pbx.come_up()
    assert server.contact().stage is ContactStage.OFFERED
    assert server.outcomes() == []
    server.pbx.pick_up("7101")
    assert server.contact().stage is ContactStage.TALKING


def test_an_answer_while_the_link_was_down_is_transferred_when_it_is_back(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.go_down()
    server.pbx.pick_up("7101")
    server.pbx.come_up()
    assert server.contact().stage is ContactStage.TALKING
    assert server.outcomes() == ["answered"]


def test_a_transfer_whose_answer_is_lost_with_the_link(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.lose.add(m.TransferCall)
    server.pbx.pick_up("7101")
    assert not server.pbx.up
    server.pbx.come_up()
    assert server.contact().stage is ContactStage.TALKING
    assert server.contact().call.call == server.pbx.call_at("7101")


def test_a_server_that_is_killed_while_the_phone_rings_takes_the_consultation_up_again(
    server: ConsultingServer,
) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.kill()
    server.kernel = server.make()
    server.up()
    assert server.contact().stage is ContactStage.OFFERED
    assert server.held()
    server.pbx.pick_up("7101")
    assert server.contact().stage is ContactStage.TALKING
    assert server.outcomes() == ["answered"]


def test_a_caller_who_is_found_on_hold_with_nobody_consulted_is_taken_from_hold(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    consult = server.pbx.consulting()
    server.kill()
    del server.pbx.calls[consult], server.pbx.callers[consult]
    server.clock.advance(30)
    server.kernel = server.make()
    server.up()
    server.clock.advance(8)
    assert server.contact() is not None
    server.pbx.agent(m.AgentNotReady, "7101", "anna")
    server.clock.advance(20)
    assert not server.held()


def test_a_recall_of_the_held_caller_is_answered_by_the_port(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    call, port = server.contact().call.call, server.contact().port
    server.pbx.calls[call][port] = S.ALERTING
    server.pbx.tell(
        port,
        m.Delivered,
        connection=ConnectionID(call, port),
        cause=EventCause.RECALL,
    )
    server.clock.advance(13)
    assert len(server.asked(m.AnswerCall)) == 1
    assert server.pbx.calls[call][port] is S.CONNECTED


def test_a_second_call_at_the_port_is_answered_and_told_to_nobody(server: ConsultingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    session, port = server.contact().session, server.contact().port
    server.media.answers = False
    server.media.arrive(port, "7101")
    asked = server.last_verb(c.Answer)
    assert asked.session != session.session
    server.media.end_verb(asked, "finished")
    assert server.contact().session == session
    assert len(rows_of(server, "MediaJoined")) == 1
    server.media.observer.session_ended(server.media, c.SessionEnded(asked.session, port, "remote"))
    server.clock.advance(1)
    assert server.contact().session == session
    assert rows_of(server, "MediaLeft") == []
    # The port is not free: its first call is still there.
    assert port not in [one.number for one in server.kernel.channels[0].ports() if one.state == "free"]


# --- numbers outside ---------------------------------------------------------------------


class SendingServer(ConsultingServer):
    """Whose sales is at a number outside, and in the queue where nobody answers there."""

    def make(self) -> Any:
        welcome = self.plan.flows[FlowName("welcome")]
        out = TransferStep(
            id=StepId("to_sales"), number=Template("7301"), ring_time=10, on_failure=StepId("to_service")
        )
        steps = tuple(out if step.id == "to_sales" else step for step in welcome.steps)
        self.plan = replace(self.plan, flows={**self.plan.flows, welcome.name: replace(welcome, steps=steps)})
        return super().make()


@pytest.fixture
def sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SendingServer:
    server = SendingServer(tmp_path, monkeypatch)
    server.up()
    return server


def test_a_caller_stays_at_the_port_until_somebody_answers_outside(sending: SendingServer) -> None:
    sending.through_menu("7201")
    assert sending.contact().stage is ContactStage.FORWARDED
    assert sending.contact().session is not None
    assert sending.held()
    sending.pbx.pick_up("7301")
    assert sending.contact() is None
    assert len(sending.asked(m.TransferCall)) == 1
    (over,) = rows_of(sending, "ContactReleased")
    assert over.disposition == "transferred"


@pytest.mark.parametrize("told", [True, False])
def test_who_reaches_nobody_outside_goes_on_at_the_very_port(sending: SendingServer, told: bool) -> None:
    sending.through_menu("7201")
    session = sending.contact().session
    if told:
        sending.pbx.fail(sending.pbx.consulting(), "7301", EventCause.BUSY)
    else:
        sending.clock.advance(11)
    assert sending.contact().queue == "service"
    assert sending.contact().session == session
    assert not sending.held()
    assert not [one for one in sending.pbx.consults if one in sending.pbx.calls]
    (failed,) = rows_of(sending, "ForwardFailed")
    assert failed.reason == ("busy" if told else "not reached in time")


def test_a_caller_who_hangs_up_stills_the_phone_outside(sending: SendingServer) -> None:
    sending.through_menu("7201")
    sending.pbx.hang_up(sending.contact().call.call, "7201")
    assert sending.contact() is None
    assert not [one for one in sending.pbx.consults if one in sending.pbx.calls]


def test_the_time_of_a_number_outside_waits_while_the_link_is_down(sending: SendingServer) -> None:
    sending.through_menu("7201")
    sending.pbx.go_down()
    sending.clock.advance(30)
    assert sending.contact().stage is ContactStage.FORWARDED
    sending.pbx.pick_up("7301")
    sending.pbx.come_up()
    sending.clock.advance(1)
    assert [str(one.disposition) for one in rows_of(sending, "ContactReleased")] == ["transferred"]
    assert sending.contact() is None


def test_a_server_that_is_killed_while_it_rings_outside_takes_it_up_again(sending: SendingServer) -> None:
    sending.through_menu("7201")
    sending.kill()
    sending.kernel = sending.make()
    sending.up()
    assert sending.contact().stage is ContactStage.FORWARDED
    sending.pbx.pick_up("7301")
    assert sending.contact() is None
    (over,) = rows_of(sending, "ContactReleased")
    assert over.disposition == "transferred"
