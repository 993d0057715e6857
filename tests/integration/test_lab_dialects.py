"""The CTI server against the lab PBX in each dialect: a caller reaches an agent, and a link that was cut recovers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house import House, Log, Program
from tests.unit.csta.test_transport_tls import Authority

LAB_LINE = "  dialect: openscape_voice\n  heartbeat:"
SERVER_LINE = "    dialect: openscape_voice\n    host:"


@dataclass(frozen=True)
class Speech:
    """A dialect and profile for both ends, who logs in, and what else is set on both sides of the link."""

    dialect: str
    profile: str
    user: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    tls: bool = False

    @property
    def name(self) -> str:
        return f"{self.dialect}-{self.profile}{'-tls' * self.tls}"

    def changes(self, *, routes: str = "") -> dict[str, str]:
        """What stands in the config files instead."""
        settings = ", ".join(f"{name}: {value}" for name, value in self.settings.items())
        common = [f"dialect: {self.dialect}", f"profile: {self.profile}", f"dialect_settings: {{{settings}}}"]
        if self.user is not None:
            common += [f"user: {self.user}", "password_file: secrets/csta-password"]
        lab = [f"  {line}" for line in common] + ([routes] if routes else [])
        server = [f"    {line}" for line in common]
        if self.tls:
            lab.append("  tls: {certificate: secrets/pbx.crt, key: secrets/pbx.key}")
            server.append("    tls: {ca: secrets/authority.pem}")
        return {LAB_LINE: "\n".join([*lab, "  heartbeat:"]), SERVER_LINE: "\n".join([*server, "    host:"])}


SPEECHES = (
    Speech("openscape_voice", "xml"),
    Speech("openscape_4000", "ber", "callwright"),
    Speech("openscape_business", "ber", "callwright"),
    Speech("openscape_business", "xml", "callwright"),
    Speech("openscape_business", "ber", "callwright", tls=True),
)
ROUTING = {"routing_services": "true"}
BY_NAME = {one.name: one for one in SPEECHES}
pytestmark = pytest.mark.timeout(240)
# One way for each dialect and encoding; the stories in tests/scenarios/csta carry every call through all of them.
WHOLE = ("openscape_voice-xml", "openscape_4000-ber", "openscape_business-xml", "openscape_business-ber-tls")
each_dialect = pytest.mark.parametrize("speech", [BY_NAME[name] for name in WHOLE], ids=lambda one: one.name)


class Place(House):
    """A house whose link has a password, and whose PBX has a door for faults."""

    def __init__(self, folder: Path, door: Path, changes: Mapping[str, str]) -> None:
        super().__init__(folder, changes=changes)
        secret = self.config / "secrets" / "csta-password"
        secret.write_text("open sesame\n")
        secret.chmod(0o600)
        authority = Authority(secret.parent, "authority")
        authority.issue("pbx", "127.0.0.1")
        lab = self.config / "lab.yaml"
        lab.write_text(lab.read_text().replace("# door: ../run/lab-faults", f"door: {door}"))

    def fault(self, *words: str) -> str:
        """What ``callwright-lab fault`` says."""
        command = ["fault", *words, "--config", str(self.config / "lab.yaml")]
        program = self._run(f"fault-{words[0]}", Log(), "lab", *command)
        try:
            status = program.wait()
        finally:
            program.stop()
        assert status == 0, program.log.other
        return " ".join(program.log.other)


@contextmanager
def place(folder: Path, tmp: Any, changes: Mapping[str, str]) -> Iterator[Place]:
    running = Place(folder, tmp.mktemp("door") / "socket", changes)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def into_the_queue(house: Place) -> tuple[Program, int]:
    """A caller who has chosen sales."""
    since = house.mark()
    caller = house.caller("7201", "--press", "1@2.5", "--press", "1@4.5", "--press", "1@6.5")
    queued = house.expect("ContactQueued", within=25, since=since)
    return caller, int(queued["contact"])


def at_work(house: Place, extension: str, agent: str) -> Program:
    """An agent's phone, and the agent ready at it: the PBX is asked for both, and tells so."""
    phone = house.agent(extension)
    with house.console() as console:
        assert "logged on" in console.ask(f"agent logon {agent} {extension}")
        assert "ready" in console.ask(f"agent ready {agent}")
    return phone


def no_troubles(house: Place) -> None:
    troubles = [one for one in house.log.entries if one["level"] in {"error", "critical"}]
    faults = [one for one in house.log.entries if one["event"] == "CSTA link fault"]
    odd = [one for one in house.pbx_log.entries if one["event"] in {"csta fault", "event not sent", "notice not sent"}]
    assert (troubles, faults, odd) == ([], [], [])


def tell(house: Place, *, before_talk: Callable[[int], None] | None = None) -> dict[str, Any]:
    """A caller from the menu to agent Anna, who hangs up; the contact as the report has it."""
    anna = at_work(house, "7101", "anna")
    _, contact = into_the_queue(house)
    if before_talk is not None:
        before_talk(contact)
    house.expect("ContactAnswered", within=25, contact=contact, agent="anna")
    anna.stop()
    house.expect("ContactReleased", contact=contact, disposition="answered")
    return house.contact(contact)


@each_dialect
def test_a_caller_goes_from_the_menu_to_an_agent_though_the_link_is_severed_on_the_way(
    speech: Speech, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with place(tmp_path, tmp_path_factory, speech.changes()) as house:
        _, contact = into_the_queue(house)
        no_troubles(house)
        since = house.mark()
        assert "cut" in house.fault("flap", "--for", "0.5")
        house.expect("link down", since=since)
        house.expect("link surveyed", within=30, since=since)

        anna = at_work(house, "7101", "anna")
        house.expect("ContactAnswered", within=25, contact=contact, agent="anna")
        anna.stop()
        house.expect("ContactReleased", contact=contact, disposition="answered")
        row = house.contact(contact)
        outcome = tuple(row[name] for name in ("queue", "agent", "disposition", "released_by"))
        assert outcome == ("sales", "anna", "answered", "agent")
        no_troubles(house)


@pytest.mark.parametrize("name", ["openscape_business-ber"])
def test_the_caller_keeps_the_port_until_the_agent_answers(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changes = BY_NAME[name].changes() | {
        "    strategy: longest-idle": "    strategy: longest-idle\n    move: consultation"
    }
    with place(tmp_path, tmp_path_factory, changes) as house:
        row = tell(house)
        no_troubles(house)
        assert (row["agent"], row["disposition"]) == ("anna", "answered")
        kinds = [one["kind"] for one in house.pbx_log.find("event", device="7101")]
        assert "Transferred" in kinds
        assert [one["cause"] for one in house.pbx_log.find("event", device="7101", kind="Transferred")] == ["transfer"]


@pytest.mark.parametrize("speech", [BY_NAME["openscape_4000-ber"]], ids=lambda one: one.name)
def test_calls_of_a_route_device_go_where_the_server_says(
    speech: Speech, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    routing = Speech(speech.dialect, speech.profile, speech.user, ROUTING)
    changes = routing.changes(routes="  routes: [{pilot: 7000, default: 7301, reply_timeout: 3}]")
    changes |= {"    flow: welcome": "    flow: welcome\n    routing: true"}
    with place(tmp_path, tmp_path_factory, changes) as house:
        row = tell(house)
        no_troubles(house)
        assert (row["queue"], row["agent"], row["disposition"]) == ("sales", "anna", "answered")
        assert len(house.pbx_log.find("route asked for")) == 1
        (taken,) = house.pbx_log.find("route taken")
        assert taken["to"] in {"7001", "7002", "7003", "7004"}  # a media port, by RouteSelect
        assert not house.pbx_log.find("no route in time")


@pytest.mark.parametrize("name", ["openscape_business-ber"])
def test_a_switch_that_drops_monitors_and_loses_frames_is_surveyed_and_goes_on(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with place(tmp_path, tmp_path_factory, BY_NAME[name].changes()) as house:

        def mishaps(_: int) -> None:
            house.fault("drop-monitors")
            house.fault("messages-lost")

        assert house.fault("split", "--rate", "0.5").startswith("split 0.5")
        assert house.fault("merge", "--rate", "0.3").startswith("merge 0.3")
        assert house.fault("duplicate", "--rate", "0.2").startswith("duplicate 0.2")
        assert "merge 0.3" in house.fault("list")
        row = tell(house, before_talk=mishaps)
        assert (row["agent"], row["disposition"]) == ("anna", "answered")


@pytest.mark.parametrize(
    ("name", "mishap"),
    [
        ("openscape_4000-ber", "reboot"),
        ("openscape_voice-xml", "restart"),
    ],
)
def test_after_a_restart_of_the_switch_its_calls_are_over_and_new_ones_are_served(
    name: str, mishap: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with place(tmp_path, tmp_path_factory, BY_NAME[name].changes()) as house:
        _, contact = into_the_queue(house)
        since = house.mark()
        house.fault(mishap, "--for", "1")
        house.expect("link surveyed", within=30, since=since)
        assert bool(house.log.find("link down", since)) == (mishap == "reboot")
        house.expect("ContactReleased", since=since, contact=contact, disposition="abandoned")
        row = tell(house)
        assert (row["agent"], row["disposition"]) == ("anna", "answered")
