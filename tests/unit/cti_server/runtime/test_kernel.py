"""The whole server on a virtual clock: a PBX and a media service on paper, a real engine, a real journal."""

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock

from csta import messages as m
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID
from csta.states import ConnectionState, SystemStatusValue
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.runtime.keeping import Keeper
from cti_server.runtime.kernel import Kernel
from cti_server.settings import LinkSettings, MediaServiceSettings, ServerSettings, load_settings
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import LogAgentOn, SetAgentReady
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import AgentStatus, ContactStage, Origin, WorkState
from media_service.control import messages as c
from tests.fakes.pbx_on_paper import PaperLink, PaperMedia
from tests.fakes.virtual_time import InlineWorker, VirtualClock

CONFIG = Path(__file__).parents[4] / "config"


class Server:
    """A kernel with paper around it; `kill` and `make` start another on the same database."""

    keeping = InlineWorker()
    services: tuple[MediaServiceSettings, ...] = (MediaServiceSettings(name="media-1"),)
    link = LinkSettings(name="pbx", dialect="openscape_voice", host="h", port=1, extensions=("7101", "7102"))

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pbx = PaperLink()
        self.media = PaperMedia(self.pbx)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.media)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        self.plan: SitePlan = plan
        self.folder = folder
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.keeping = InlineWorker()
        self.kernel: Kernel = self.make()

    def make(self) -> Kernel:
        settings = ServerSettings(
            data=self.folder,
            database=f"sqlite:///{self.folder / 'db'}",
            links=(self.link,),
            media_services=self.services,
        )
        kernel = Kernel(
            reactor=MemoryReactorClock(),  # type: ignore[arg-type]
            clock=self.clock,
            storage=self.worker,
            hashing=self.worker,
            keeping=self.keeping,
            settings=settings,
            plan=self.plan,
            config=CONFIG,
        )
        failures: list[Any] = []
        kernel.start().addErrback(failures.append)
        assert failures == []
        return kernel

    def up(self) -> None:
        self.media.come_up()
        self.pbx.come_up()

    def kill(self) -> None:
        """Like SIGKILL, except that the lease on the database is free at once."""
        opened, pump = self.kernel._opened, self.kernel.pump
        assert opened is not None
        assert pump is not None
        pump.stop()  # its timer would go on in the same process
        opened.store.close()
        if self.pbx.up:
            self.pbx.up = False
            self.pbx.monitors.clear()
        self.media.connected = False

    @property
    def state(self) -> Any:
        assert self.kernel.pump is not None
        return self.kernel.pump.state

    def contact(self, number: int = 1) -> Any:
        return self.state.contacts.get(ContactId(number))

    def agent(self, name: str) -> Any:
        return self.state.agents[AgentId(name)]

    def log_on(self, agent: str, device: str) -> None:
        self.pbx.agent(m.AgentLoggedOn, device, agent)
        self.pbx.agent(m.AgentReady, device, agent)

    def last_verb(self, kind: type[c.Action]) -> c.Verb:
        return next(verb for verb in reversed(self.media.verbs) if isinstance(verb.action, kind))

    def press(self, digit: str) -> None:
        self.media.end_verb(self.last_verb(c.AskDigit), "digits", digit)

    def through_menu(self, caller: str, digit: str = "1") -> None:
        self.pbx.dial_pilot(caller)
        self.media.end_verb(self.last_verb(c.Play), "finished")
        self.press(digit)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(tmp_path, monkeypatch)
    server.up()
    return server


def kinds(server: Server, contact: int = 1) -> list[str]:
    server.kernel.stop()
    with Store.open(f"sqlite:///{server.folder / 'db'}") as store:
        return [type(row.event).__name__ for row in store.journal.of_contact(ContactId(contact))]


def test_the_whole_story_of_a_call(server: Server) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    assert server.contact().stage is ContactStage.OFFERED
    call = server.pbx.call_at("7101")
    assert server.contact().call.call == call
    server.pbx.answer(call, "7101")
    assert server.contact().stage is ContactStage.TALKING
    server.clock.advance(30)
    server.pbx.hang_up(call, "7101")
    assert server.agent("anna").work is WorkState.WRAP_UP
    server.clock.advance(9)
    assert server.agent("anna").work is WorkState.IDLE
    assert server.contact() is None
    assert kinds(server) == [
        "ContactOpened",
        "MediaRequested",
        "MediaJoined",
        "StepEntered",
        "VerbEnded",
        "StepEntered",
        "VerbEnded",
        "ContactQueued",
        "OfferMade",
        "CallReplaced",
        "MediaLeft",
        "OfferAlerted",
        "OfferEnded",
        "ContactAnswered",
        "ContactReleased",
        "WrapUpStarted",
        "WrapUpEnded",
        "ContactClosed",
    ]
    with Store.open(f"sqlite:///{server.folder / 'db'}") as store:
        row = store.queries.contact(ContactId(1))
    assert row is not None
    assert (row.disposition, row.released_by, row.talk_seconds) == ("answered", "agent", pytest.approx(30, abs=0.1))
    assert row.party == 1


@pytest.mark.parametrize("cut", [False, True], ids=["on arrival", "after an outage"])
def test_a_callers_trace_goes_into_the_journal(server: Server, cut: bool) -> None:
    server.media.traceparent = brought = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    server.media.answers = not cut
    server.pbx.dial_pilot("7201")
    if cut:
        assert rows_of(server, "MediaJoined") == []
        server.media.cut()
        server.media.answers = True
        server.media.come_up()
    assert [event.traceparent for event in rows_of(server, "MediaJoined")] == [brought]


def test_a_caller_who_hangs_up_in_the_queue_has_abandoned(server: Server) -> None:
    server.through_menu("7202")
    assert server.contact().stage is ContactStage.QUEUED
    server.pbx.hang_up(server.pbx.call_at("7001"), "7202")
    assert server.contact() is None
    server.clock.advance(1)
    assert "MediaLeft" not in kinds(server)[kinds(server).index("ContactReleased") :]


def test_an_agent_who_does_not_answer_becomes_not_ready_and_the_next_one_rings(server: Server) -> None:
    server.log_on("ben", "7102")
    server.through_menu("7201")
    server.log_on("anna", "7101")
    server.clock.advance(13)
    assert server.agent("ben").status is AgentStatus.NOT_READY
    shown = [one for one in server.pbx.asked if isinstance(one, m.SetAgentState)]
    assert shown[-1].device.number == "7102"
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact().agent == "anna"


def test_nobody_answers_and_the_caller_hears_the_queue_again(server: Server) -> None:
    server.log_on("ben", "7102")
    server.through_menu("7201")
    server.clock.advance(13)
    assert server.contact().stage is ContactStage.QUEUED
    assert server.contact().session is not None
    assert server.contact().port in {"7001", "7002"}


def test_a_busy_phone_ends_the_offer_and_the_call_is_taken_from_the_pilot(server: Server) -> None:
    server.pbx.busy.add("7102")
    server.log_on("ben", "7102")
    server.through_menu("7201")
    assert server.agent("ben").status is AgentStatus.NOT_READY
    assert server.contact().stage is ContactStage.QUEUED
    assert server.contact().session is not None


def test_no_free_port_is_survived_silently(server: Server) -> None:
    server.pbx.dial_pilot("7201")
    server.pbx.dial_pilot("7202")
    server.pbx.dial_pilot("7203")
    assert server.contact(3) is not None
    assert server.contact(3).session is None
    assert server.pbx.calls[server.contact(3).call.call]["7000"] == "queued"


def test_a_refused_deflect_looks_again_and_then_gives_up(server: Server) -> None:
    server.pbx.refuse[m.DeflectCall] = ServiceRefused("operation", "generic")
    server.pbx.dial_pilot("7201")
    assert server.contact().session is None
    asked = [one for one in server.pbx.asked if isinstance(one, m.DeflectCall)]
    assert 2 <= len(asked) <= 6


def test_a_killed_server_goes_on_with_its_calls(server: Server) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    server.through_menu("7202")
    session = server.contact(2).session
    before = len(server.media.verbs)
    server.kill()
    server.kernel = server.make()
    server.up()
    assert server.contact(1).stage is ContactStage.TALKING
    assert server.contact(2).session == session
    assert {verb.session for verb in server.media.verbs[before:]} <= {session.session}
    server.pbx.hang_up(server.pbx.call_at("7101"), "7201")
    server.clock.advance(9)
    assert server.contact(2).stage is ContactStage.OFFERED
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact(2).agent == "anna"


def test_calls_that_ended_while_the_server_was_away_are_over(server: Server) -> None:
    server.through_menu("7201")
    call = server.pbx.call_at("7001")
    server.kill()
    server.pbx.hang_up(call, "7201")
    server.kernel = server.make()
    server.up()
    assert server.contact() is None


def test_a_link_that_was_cut_is_surveyed_again(server: Server) -> None:
    server.log_on("anna", "7101")
    server.pbx.go_down()
    server.pbx.dial_pilot("7201")
    assert server.state.contacts == {}
    server.pbx.come_up()
    assert server.contact() is not None
    assert server.contact().session is not None


def test_a_log_on_by_console_at_a_new_phone_is_monitored_and_shown(server: Server) -> None:
    assert server.kernel.pump is not None
    server.kernel.pump.tell(LogAgentOn(agent=AgentId("ben"), device=DeviceNumber("7199"), origin=Origin.CONSOLE))
    assert "7199" in server.pbx.monitors
    shown = [one for one in server.pbx.asked if isinstance(one, m.SetAgentState)]
    assert [(one.device.number, one.requested_agent_state) for one in shown] == [
        ("7199", "loggedOn"),
        ("7199", "notReady"),
    ]


def test_an_agents_own_call_keeps_contacts_away(server: Server) -> None:
    server.log_on("anna", "7101")
    own = server.pbx._new_call("7101")
    server.pbx.tell("7101", m.Originated, originated_connection=ConnectionID(own, "7101"))
    server.through_menu("7201")
    assert server.contact().stage is ContactStage.QUEUED
    server.pbx.hang_up(own, "7101")
    assert server.contact().stage is ContactStage.OFFERED


def test_a_call_that_is_cleared_as_a_whole_frees_its_phone(server: Server) -> None:
    own = server.pbx._new_call("7101")
    server.pbx.tell("7101", m.Originated, originated_connection=ConnectionID(own, "7101"))
    assert "7101" in server.state.busy_phones
    server.pbx.tell("7101", m.CallCleared, cleared_call=ConnectionID(own, ""))
    assert "7101" not in server.state.busy_phones


def rows_of(server: Server, kind: str) -> list[Any]:
    opened = server.kernel._opened
    assert opened is not None
    return [row.event for row in opened.store.journal.read() if type(row.event).__name__ == kind]


def test_a_ring_time_that_ran_out_while_nobody_looked_waits_for_the_survey(server: Server) -> None:
    server.log_on("anna", "7101")
    server.through_menu("7201")
    call = server.pbx.call_at("7101")
    server.kill()
    server.clock.advance(60)
    server.kernel = server.make()
    server.clock.advance(1)
    assert server.contact().stage is ContactStage.OFFERED
    server.pbx.calls[call]["7101"] = ConnectionState.CONNECTED
    server.up()
    server.clock.advance(1)
    assert server.contact().stage is ContactStage.TALKING
    assert [one.outcome for one in rows_of(server, "OfferEnded")] == ["answered"]


def test_late_echoes_of_our_own_wishes_flip_no_agent(server: Server) -> None:
    tell = server.kernel.pump.tell  # type: ignore[union-attr]
    tell(LogAgentOn(agent=AgentId("anna"), device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    tell(SetAgentReady(agent=AgentId("anna"), origin=Origin.CONSOLE))
    server.pbx.echo()
    assert server.agent("anna").status is AgentStatus.READY
    assert rows_of(server, "AgentBecameNotReady") == []
    assert len(rows_of(server, "AgentBecameReady")) == 1
    server.pbx.agent(m.AgentNotReady, "7101", "anna")
    assert server.agent("anna").status is AgentStatus.NOT_READY


def test_a_call_that_cannot_be_moved_is_no_agents_fault(server: Server) -> None:
    server.pbx.refuse[m.SingleStepTransferCall] = ServiceRefused("stateIncompatibility", "invalidConnectionState")
    server.log_on("anna", "7101")
    server.log_on("ben", "7102")
    server.through_menu("7201")
    server.clock.advance(30)
    assert server.agent("anna").status is AgentStatus.READY
    assert server.agent("ben").status is AgentStatus.READY
    outcomes = [one.outcome for one in rows_of(server, "OfferEnded")]
    assert set(outcomes) == {"call-not-moved"}
    assert 4 <= len(outcomes) <= 12
    server.pbx.refuse.clear()
    server.clock.advance(6)
    server.pbx.answer(
        server.contact().call.call, server.state.agents[server.state.offers[server.contact().offer].agent].device
    )
    assert server.contact().stage is ContactStage.TALKING


@pytest.mark.parametrize("value", ["invalidDestination", "destinationDeviceOutOfService"])
def test_a_phone_that_is_out_of_service_makes_its_agent_not_ready(server: Server, value: str) -> None:
    server.pbx.refuse[m.SingleStepTransferCall] = ServiceRefused("operation", value)
    server.log_on("anna", "7101")
    server.through_menu("7201")
    assert server.agent("anna").status is AgentStatus.NOT_READY
    assert [one.outcome for one in rows_of(server, "OfferEnded")] == ["unreachable"]
    assert server.contact().stage is ContactStage.QUEUED


def test_a_call_that_is_gone_ends_its_contact_before_its_offer_fails(server: Server) -> None:
    server.through_menu("7201")
    call = server.pbx.call_at("7001")
    # Gone without a word: its events were lost.
    del server.pbx.calls[call]
    server.log_on("anna", "7101")
    assert server.contact() is None
    assert server.agent("anna").status is AgentStatus.READY
    assert [one.outcome for one in rows_of(server, "OfferEnded")] == ["caller-gone"]


def test_repeated_surveys_move_nothing_again(server: Server) -> None:
    server.through_menu("7201")
    server.pbx.dial_pilot("7202")
    moves = (m.DeflectCall, m.SingleStepTransferCall, m.ClearConnection)
    before = [one for one in server.pbx.asked if isinstance(one, moves)]
    verbs = {verb.id for verb in server.media.verbs}
    for _ in range(3):
        server.kernel.channels[0].survey()
        server.media.come_up()
    assert [one for one in server.pbx.asked if isinstance(one, moves)] == before
    # The paper service forgets its verbs, so they are sent again, under the identity that makes a repeat harmless.
    assert {verb.id for verb in server.media.verbs} == verbs
    assert len(server.media.sessions) == 2


def test_a_repeated_wish_for_media_keeps_the_call_at_its_port(server: Server) -> None:
    # The service is slow: the session rings at the port and is not answered yet.
    server.media.answers = False
    server.pbx.dial_pilot("7201")
    server.kernel.channels[0].survey()
    moves = [one for one in server.pbx.asked if isinstance(one, (m.DeflectCall, m.SingleStepTransferCall))]
    assert len(moves) == 1


def test_lost_messages_mean_a_new_survey(server: Server) -> None:
    server.through_menu("7201")
    call = server.pbx.call_at("7001")
    server.pbx.calls.pop(call)
    server.pbx.observer.status_changed(server.pbx, SystemStatusValue.OVERLOAD_REACHED)
    assert server.contact() is not None
    server.pbx.observer.status_changed(server.pbx, SystemStatusValue.MESSAGES_LOST)
    assert server.contact() is None


def test_a_pbx_that_is_disabled_takes_its_link_down(server: Server) -> None:
    server.pbx.observer.status_changed(server.pbx, SystemStatusValue.DISABLED)
    assert not server.state.links["pbx"].up
    server.pbx.come_up()
    assert server.state.links["pbx"].up


def test_calls_at_ports_of_a_media_service_that_comes_late_are_not_lost(server: Server) -> None:
    server.log_on("anna", "7101")
    server.pbx.agent(m.AgentNotReady, "7101", "anna")
    server.through_menu("7201")
    server.through_menu("7202")
    server.kill()
    server.kernel = server.make()
    server.pbx.come_up()
    assert server.contact(1).stage is ContactStage.QUEUED
    assert server.contact(2).stage is ContactStage.QUEUED
    server.pbx.hang_up(server.contact(1).call.call, "7201")
    assert server.contact(1) is None
    # The second is routed all the same, and its caller would hear music again once the service is there.
    server.pbx.agent(m.AgentReady, "7101", "anna")
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact(2).stage is ContactStage.TALKING


def test_what_takes_minutes_holds_up_no_log_in_and_no_story(server: Server) -> None:
    server.keeping.held = True
    (keeper,) = [one for one in server.kernel.attendants if isinstance(one, Keeper)]
    checked: list[Any] = []
    keeper.check().addCallback(checked.append)
    console, accounts, changes = server.kernel.console, list[Any](), server.kernel.changes
    assert console is not None
    assert changes is not None
    console.accounts().addBoth(accounts.append)
    changes.plan().addCallback(accounts.append)
    assert len(accounts) == 2
    assert checked == []
    server.keeping.release()
    assert len(checked) == 1
