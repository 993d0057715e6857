"""Ring-all with every race: the whole server on paper and a virtual clock."""

from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed

from csta import messages as m
from csta.causes import EventCause
from csta.errors import ServiceRefused
from csta.states import ConnectionState as S
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.channels.voice.ringing.fading import FADES_FOR
from cti_server.settings import load_settings
from cti_server.vocabulary.values import AgentStatus, ContactStage
from tests.fakes.pbx_on_paper import PaperMedia
from tests.fakes.ringing_pbx import RingingLink
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_kernel import CONFIG, Server, rows_of


class RingingServer(Server):
    """Every queue rings all; as many ports as ``ports`` names."""

    pbx: RingingLink
    ports: tuple[str, ...] = ("7001", "7002", "7003", "7004")

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pbx = RingingLink()
        self.media = PaperMedia(self.pbx, self.ports)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.media)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        queues = {name: replace(queue, ring_all=True) for name, queue in plan.queues.items()}
        self.plan = replace(plan, queues=queues)
        self.folder = folder
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.kernel = self.make()

    def ring(self) -> None:
        """A caller rings at Anna's and Ben's."""
        self.log_on("anna", "7101")
        self.log_on("ben", "7102")
        self.through_menu("7201")

    def asked(self, *kinds: type[m.Request]) -> list[m.Request]:
        return [one for one in self.pbx.asked if isinstance(one, kinds)]

    def outcomes(self) -> list[tuple[str, str]]:
        return sorted((one.agent, str(one.outcome)) for one in rows_of(self, "OfferEnded"))

    def of_ports(self) -> list[str]:
        """Calls that ports made and that are still there."""
        return [call for call in self.pbx.rung if call in self.pbx.calls]


class ShortServer(RingingServer):
    """So few ports that one agent at a time can be rung."""

    ports = ("7001", "7002", "7003")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RingingServer:
    made = RingingServer(tmp_path, monkeypatch)
    made.up()
    return made


def test_phones_ring_at_once_while_the_caller_stays_at_the_port(server: RingingServer) -> None:
    server.ring()
    assert server.pbx.ringing() == ["7101", "7102"]
    assert len(rows_of(server, "OfferAlerted")) == 2
    call, port = server.contact().call.call, server.contact().port
    assert server.pbx.calls[call][port] is S.CONNECTED
    assert server.contact().session is not None
    assert not server.state.busy_phones


def test_who_answers_first_has_the_caller_and_the_other_phone_is_still(server: RingingServer) -> None:
    server.ring()
    server.pbx.lift("7102")
    contact = server.contact()
    assert (contact.stage, contact.agent, contact.session) == (ContactStage.TALKING, "ben", None)
    assert server.pbx.call_at("7102") == contact.call.call
    assert server.outcomes() == [("anna", "others-answered"), ("ben", "answered")]
    assert server.of_ports() == []
    assert server.agent("anna").status is AgentStatus.READY
    assert not server.state.busy_phones


def test_two_answers_in_one_millisecond_have_one_winner(server: RingingServer) -> None:
    server.ring()
    server.pbx.lift("7101", "7102")
    assert server.contact().agent == "anna"
    assert server.outcomes() == [("anna", "answered"), ("ben", "others-answered")]
    assert server.of_ports() == []
    assert len(server.asked(m.TransferCall)) == 1
    assert not server.state.busy_phones


def test_a_busy_phone_costs_the_others_nothing(server: RingingServer) -> None:
    server.pbx.busy.add("7101")
    server.ring()
    assert server.pbx.ringing() == ["7102"]
    assert server.outcomes() == [("anna", "busy")]
    server.pbx.lift("7102")
    assert server.contact().agent == "ben"


def test_nobody_answers(server: RingingServer) -> None:
    server.ring()
    session = server.contact().session
    server.clock.advance(13)
    assert server.outcomes() == [("anna", "no-answer"), ("ben", "no-answer")]
    assert server.pbx.ringing() == []
    assert (server.contact().stage, server.contact().session) == (ContactStage.QUEUED, session)


def test_the_caller_hangs_up(server: RingingServer) -> None:
    server.ring()
    server.pbx.hang_up(server.contact().call.call, "7201")
    assert server.contact() is None
    assert server.of_ports() == []
    assert server.outcomes() == [("anna", "caller-gone"), ("ben", "caller-gone")]


def test_an_agent_who_logs_off_is_not_rung_any_more(server: RingingServer) -> None:
    server.ring()
    server.pbx.agent(m.AgentLoggedOff, "7101", "anna")
    assert server.pbx.ringing() == ["7102"]
    server.pbx.lift("7102")
    assert server.contact().agent == "ben"


def test_who_comes_later_rings_along(server: RingingServer) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    assert server.pbx.ringing() == ["7101"]
    server.log_on("ben", "7102")
    assert server.pbx.ringing() == ["7101", "7102"]


def test_a_call_that_is_not_made_blames_nobody(server: RingingServer) -> None:
    server.pbx.refuse[m.MakeCall] = ServiceRefused("systemResourceAvailability", "generic")
    server.ring()
    server.clock.advance(1)
    assert {outcome for _, outcome in server.outcomes()} == {"call-not-moved"}
    assert server.agent("anna").status is AgentStatus.READY


@pytest.mark.parametrize("refused", [m.HoldCall, m.SingleStepTransferCall])
def test_a_pbx_that_does_not_join_rings_in_turn_from_then_on(server: RingingServer, refused: type[m.Request]) -> None:
    server.ring()
    wrong = ServiceRefused("stateIncompatibility", "invalidConnectionState")
    server.pbx.refuse[refused] = wrong
    call, port = server.contact().call.call, server.contact().port
    server.pbx.lift("7102")
    assert server.of_ports() == []
    assert server.pbx.calls[call][port] is S.CONNECTED
    assert server.agent("anna").status is AgentStatus.READY
    del server.pbx.refuse[refused]
    server.clock.advance(2)
    assert server.of_ports() == []
    talking = server.pbx.call_at("7101" if server.contact().offers[0] == 3 else "7102")
    assert talking == server.contact().call.call
    assert ("ben", "call-not-moved") in server.outcomes()


def test_a_transfer_that_is_refused_gives_the_caller_the_queue_again(server: RingingServer) -> None:
    server.ring()
    session = server.contact().session
    server.pbx.refuse[m.TransferCall] = ServiceRefused("operation", "generic")
    server.pbx.lift("7101")
    assert server.contact().session == session
    assert S.HOLD not in server.pbx.calls[server.contact().call.call].values()
    assert set(server.outcomes()) >= {("ben", "call-not-moved")}


def test_the_agent_hangs_up_again_at_once(server: RingingServer) -> None:
    server.ring()
    server.pbx.fail(next(call for call, one in server.pbx.rung.items() if one == "7101"), "7101", EventCause.BLOCKED)
    assert server.outcomes() == [("anna", "rejected")]
    assert server.pbx.ringing() == ["7102"]


def test_a_link_that_is_lost_while_phones_ring_takes_them_up_again(server: RingingServer) -> None:
    server.ring()
    server.pbx.go_down()
    server.clock.advance(2)
    server.pbx.come_up()
    assert server.outcomes() == []
    assert server.pbx.ringing() == ["7101", "7102"]
    server.pbx.lift("7102")
    assert server.contact().agent == "ben"
    assert server.of_ports() == []


def test_a_server_that_is_killed_while_phones_ring_takes_them_up_again(server: RingingServer) -> None:
    server.ring()
    server.kill()
    server.kernel = server.make()
    server.up()
    assert server.contact().stage is ContactStage.OFFERED
    assert len(server.asked(m.MakeCall)) == 2
    server.pbx.lift("7101")
    assert server.contact().agent == "anna"
    assert server.outcomes() == [("anna", "answered"), ("ben", "others-answered")]
    assert server.of_ports() == []


def test_phones_that_ring_for_a_caller_who_left_while_the_server_was_away_fall_silent(server: RingingServer) -> None:
    server.ring()
    call = server.contact().call.call
    server.kill()
    server.pbx.hang_up(call, "7201")
    server.kernel = server.make()
    server.up()
    assert server.contact() is None
    assert server.of_ports() == []


def test_with_too_few_ports_the_others_ring_as_soon_as_one_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ShortServer(tmp_path, monkeypatch)
    server.up()
    server.ring()
    assert len(server.pbx.ringing()) == 1
    server.clock.advance(13)
    outcomes = server.outcomes()
    assert sorted(outcome for _, outcome in outcomes) == ["call-not-moved", "no-answer"]


def test_a_phone_of_which_the_pbx_never_tells_that_it_is_still_counts_as_busy_after_a_while(
    server: RingingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counted as falling silent for ever, and whatever else came to that phone went unseen."""
    server.ring()
    request = server.pbx.request

    def deaf(wish: m.Request) -> Deferred[object]:
        return succeed(m.ClearConnectionResponse()) if isinstance(wish, m.ClearConnection) else request(wish)

    monkeypatch.setattr(server.pbx, "request", deaf)
    server.pbx.lift("7101")
    assert server.contact().agent == "anna"
    assert server.pbx.ringing() == ["7102"]
    assert "7102" not in server.state.busy_phones
    server.clock.advance(FADES_FOR + 1.0)
    assert "7102" in server.state.busy_phones
    (left,) = server.of_ports()
    server.pbx.hang_up(left, "7102")
    assert "7102" not in server.state.busy_phones
