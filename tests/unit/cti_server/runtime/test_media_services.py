"""Several media services beside the whole server on a virtual clock: choice, draining, outages and death."""

from dataclasses import replace
from pathlib import Path

import pytest

from csta import messages as m
from cti_server.channels.voice import link as link_module
from cti_server.channels.voice import media as media_module
from cti_server.settings import MediaServiceSettings, load_settings
from cti_server.vocabulary import operator_commands
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.values import ContactStage, Origin
from media_service.control import messages as c
from tests.fakes.pbx_on_paper import PaperLink, PaperMedia, PaperMedias
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_kernel import CONFIG, Server, rows_of

ONE, TWO = ("7001", "7002"), ("7003", "7004")
LOST_AFTER = 3.0


class TwoServices(Server):
    """A server with the media services ``one`` and ``two``."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        weights: tuple[float, float] = (1.0, 1.0),
        two: tuple[str, ...] = TWO,
    ) -> None:
        self.pbx = PaperLink()
        self.medias = PaperMedias(self.pbx, one=ONE, two=two)
        monkeypatch.setattr(link_module, "LinkClient", self.pbx)
        monkeypatch.setattr(media_module, "ControlClient", self.medias)
        plan = load_settings(CONFIG).plan
        assert plan is not None
        self.plan, self.folder = plan, folder
        self.clock, self.worker = VirtualClock(), InlineWorker()
        self.services = tuple(
            MediaServiceSettings(name=name, port=7801 + index, weight=weights[index], lost_after=LOST_AFTER)
            for index, name in enumerate(("one", "two"))
        )
        self.kernel = self.make()

    @property
    def one(self) -> PaperMedia:
        return self.medias.services["one"]

    @property
    def two(self) -> PaperMedia:
        return self.medias.services["two"]

    def up(self) -> None:
        for each in self.medias.services.values():
            each.come_up()
        self.pbx.come_up()

    def call(self, caller: str) -> str:
        """The port at which a new caller is."""
        self.pbx.dial_pilot(caller)
        return self.contact(self.state.last_contact).port or ""

    def queue_up(self, caller: str) -> int:
        """A caller in the queue of sales: their contact."""
        self.call(caller)
        contact = self.contact(self.state.last_contact)
        media = self.medias.services[contact.session.service]
        for result, digits in (("finished", ""), ("digits", "1")):
            media.end_verb(next(one for one in reversed(media.verbs) if one.id == contact.cursor.verb), result, digits)
        assert contact.stage is ContactStage.QUEUED
        return int(contact.id)

    def console(self, *words: str) -> str:
        return self.kernel.channels[0].drain(words[1], on=words[0] == "drain") or ""

    def kill(self) -> None:
        self.media = self.one
        super().kill()
        self.two.connected = False


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoServices:
    server = TwoServices(tmp_path, monkeypatch)
    server.up()
    return server


def moves(server: Server) -> list[str]:
    return [type(one).__name__ for one in server.pbx.asked if isinstance(one, m.DeflectCall | m.SingleStepTransferCall)]


def test_calls_go_in_turns_to_services_with_as_many_free_ports(server: TwoServices) -> None:
    assert [server.call(f"720{number}") for number in range(4)] == ["7001", "7003", "7002", "7004"]


@pytest.mark.parametrize(
    ("weights", "ports"),
    [((1.0, 2.5), ["7003", "7004", "7001", "7002"]), ((1.0, 0.0), ["7001", "7002", "7003", "7004"])],
)
def test_free_ports_count_by_the_weight(
    weights: tuple[float, float], ports: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TwoServices(tmp_path, monkeypatch, weights)
    server.up()
    assert [server.call(f"720{number}") for number in range(4)] == ports


def test_a_service_without_ports_has_no_calls_but_its_lines_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TwoServices(tmp_path, monkeypatch, (1.0, 100.0), two=())
    server.up()
    server.two.observer.service_changed(server.two, c.ServiceChanged(free=30, draining=False))
    assert server.call("7201") == "7001"
    status = server.kernel.channels[0].media()[1]
    assert (status.name, status.state, status.ports, status.free, status.lines) == ("two", "up", 0, 0, 30)


def test_a_drained_service_keeps_its_calls_and_gets_no_others_until_it_resumes(server: TwoServices) -> None:
    first = server.queue_up("7201")
    assert server.contact(first).session.service == "one"
    assert "sessions that go on: 1" in server.console("drain", "one")
    server.clock.advance(11)  # longer than a call may be on its way to it
    assert server.one.draining
    assert [server.call(f"720{number}") for number in range(2, 5)] == ["7003", "7004", ""]
    assert server.contact(first).session.service == "one"
    assert rows_of(server, "TreatmentFailed") == []
    assert server.console("drain", "one") == "one drains already"
    assert server.console("resume", "one") == "one takes calls again"
    assert server.call("7205") == "7002"
    assert server.console("drain", "three") == ""


def test_a_drain_is_told_once_the_calls_on_their_way_have_arrived(server: TwoServices) -> None:
    server.one.dead = True  # it is slow: nothing arrives
    server.pbx.dial_pilot("7201")
    server.console("drain", "one")
    assert not server.one.draining
    assert server.call("7202") == "7003"
    server.clock.advance(11)
    assert server.one.draining


def test_a_service_that_comes_back_drained_stays_so(server: TwoServices) -> None:
    server.console("drain", "one")
    server.one.cut()
    assert server.console("resume", "one") == "one is away: nothing can be told to it now"
    server.one.come_up()
    assert server.kernel.channels[0].media()[0].draining
    assert server.call("7201") == "7003"


def test_a_short_outage_is_no_callers_affair(server: TwoServices) -> None:
    contact = server.queue_up("7201")
    before = moves(server)
    server.one.cut()
    server.clock.advance(LOST_AFTER - 0.1)
    server.one.come_up()
    server.clock.advance(60)
    assert server.contact(contact).session.service == "one"
    assert rows_of(server, "TreatmentFailed") == []
    assert moves(server) == before


def test_a_dead_service_loses_only_its_own_callers_and_they_are_treated_by_the_other(server: TwoServices) -> None:
    first, second = server.queue_up("7201"), server.queue_up("7202")
    session = server.contact(second).session
    assert session.service == "two"
    verbs = len(server.two.verbs)
    server.one.die()
    server.clock.advance(LOST_AFTER + 0.1)
    (failed,) = rows_of(server, "TreatmentFailed")
    assert (failed.contact, failed.step, failed.reason) == (first, "tell_position", "media service one is away")
    assert server.contact(first).session.service == "two"
    assert server.contact(first).cursor.step == "listen"
    assert server.contact(second).session == session
    assert {verb.session for verb in server.two.verbs[verbs:]} == {server.contact(first).session.session}
    assert moves(server) == ["DeflectCall", "DeflectCall", "SingleStepTransferCall"]


def test_without_another_service_the_callers_of_a_dead_one_reach_an_agent_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TwoServices(tmp_path, monkeypatch, two=())
    server.up()
    contact = server.queue_up("7201")
    server.one.die()
    server.clock.advance(LOST_AFTER + 0.1)
    assert server.contact(contact).session is None
    assert server.contact(contact).stage is ContactStage.QUEUED
    server.log_on("anna", "7101")
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    assert server.contact(contact).agent == "anna"


def test_a_service_that_was_started_anew_has_lost_its_callers_at_once(server: TwoServices) -> None:
    contact = server.queue_up("7201")
    server.one.die()
    server.one.come_up()
    server.clock.advance(0.5)
    assert [one.contact for one in rows_of(server, "TreatmentFailed")] == [contact]
    assert server.contact(contact).session is not None


def test_a_contact_that_is_closed_by_hand_is_hung_up_at_its_port_and_no_other_one_is(server: TwoServices) -> None:
    first, second = server.queue_up("7201"), server.queue_up("7202")
    session = server.contact(first).session
    close = operator_commands.CloseContact(contact=ContactId(first), why="stuck", origin=Origin.CONSOLE)
    server.kernel.pump.submit(close)
    ended = [(one.session, type(one.action)) for one in server.one.verbs if isinstance(one.action, c.Hangup)]
    assert ended == [(session.session, c.Hangup)]
    assert first not in server.state.contacts
    other = server.contact(second).session
    assert not any(isinstance(one.action, c.Hangup) for one in server.two.verbs)
    server.two.cut()
    server.kernel.pump.submit(replace(close, contact=ContactId(second)))
    assert second not in server.state.contacts
    assert not any(isinstance(one.action, c.Hangup) for one in server.two.verbs), "its media service is away"
    for _ in range(2):
        server.two.come_up()
    ended = [one.session for one in server.two.verbs if isinstance(one.action, c.Hangup)]
    assert ended == [other.session], "once it is back"


def test_a_service_that_was_only_out_of_sight_goes_on_with_the_callers_that_nobody_else_had_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TwoServices(tmp_path, monkeypatch, two=())
    server.up()
    contact = server.queue_up("7201")
    session = server.contact(contact).session
    before = moves(server)
    server.one.cut()
    server.clock.advance(LOST_AFTER + 0.1)
    assert server.contact(contact).session is None
    server.one.come_up()
    assert server.contact(contact).session == session
    assert isinstance(server.one.verbs[-1].action, c.HoldMusic)
    assert moves(server) == before


def test_a_call_on_its_way_to_a_service_that_dies_is_brought_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the PBX deflects a call a second time."""
    monkeypatch.setattr(
        TwoServices, "link", Server.link.model_copy(update={"dialect_settings": {"second_deflect": True}})
    )
    server = TwoServices(tmp_path, monkeypatch)
    server.up()
    server.one.dead = True  # it takes nothing any more, and nobody knows yet
    server.pbx.dial_pilot("7201")
    assert server.contact().session is None
    server.one.die()
    server.clock.advance(LOST_AFTER + 0.1)
    assert server.contact().session.service == "two"
    assert server.contact().cursor.step == "greeting"
    assert rows_of(server, "MediaRefused") == []


def test_a_service_that_does_not_come_after_a_restart_of_the_server_has_lost_its_callers(server: TwoServices) -> None:
    contact = server.queue_up("7201")
    server.kill()
    server.one.forget()
    server.kernel = server.make()
    server.two.come_up()
    server.pbx.come_up()
    assert server.contact(contact).session.service == "one"
    server.clock.advance(10.5)
    assert server.contact(contact).session.service == "two"
    assert [one.contact for one in rows_of(server, "TreatmentFailed")] == [contact]


def test_a_talk_is_nothing_to_a_dead_service(server: TwoServices) -> None:
    server.log_on("anna", "7101")
    contact = _talk(server)
    server.one.die()
    server.clock.advance(LOST_AFTER + 0.1)
    assert server.contact(contact).stage is ContactStage.TALKING


def _talk(server: TwoServices) -> int:
    server.call("7201")
    media = server.one
    for result, digits in (("finished", ""), ("digits", "1")):
        verb = server.contact().cursor.verb
        media.end_verb(next(one for one in reversed(media.verbs) if one.id == verb), result, digits)
    server.pbx.answer(server.pbx.call_at("7101"), "7101")
    return int(server.contact().id)
