"""The integrators' tools beside real programs: the black box traced, a link proxied and played back, a PBX probed."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cti_server.telemetry.blackbox import files_of
from tests.integration.house import HOST, ROOT, House, free_ports, house, until

pytestmark = pytest.mark.timeout(150)

Row = dict[str, Any]


def callwright(*words: object, within: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its exit status is for the test to look at."""
    command = [sys.executable, "-m", "cti_server", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=within, check=False, cwd=ROOT)


def traced(*words: object) -> list[Row]:
    done = callwright("csta", "trace", "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows_of(program: Any) -> list[Row]:
    return [entry for entry in program.log.entries if "kind" in entry]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as running:
        yield running


def test_a_call_in_the_black_box_live_and_afterwards(home: House) -> None:
    box = home.config.parent / "run" / "black-box"
    assert files_of(box, "pbx"), list(home.config.parent.iterdir())
    command = [sys.executable, "-m", "cti_server", "csta", "trace", "--live", "pbx", "--json", "--config"]
    live = home.peer("trace", [*command, str(home.config)])
    until(lambda: any("following pbx" in line for line in live.log.other), 20, "it follows")
    caller = home.caller("7201")
    home.expect("MediaJoined")
    caller.stop()
    home.expect("ContactClosed")

    def cleared() -> bool:
        return any(row["name"] == "ConnectionCleared" for row in rows_of(live))

    until(cleared, 10, "the end of the call is shown live")
    live.signal(signal.SIGINT)
    assert live.wait() == 0

    queued = next(row for row in rows_of(live) if row["name"] == "Queued")
    assert (queued["device"], queued["cause"]) == ("7000", "enteringDistribution")
    assert queued["message"]["callingDevice"] == "720xxxx"
    of_call = traced(box, "--call", queued["calls"][0])
    names = [row["name"] for row in of_call]
    assert names.index("Queued") < names.index("DeflectCall") < names.index("DeflectCallResponse")
    assert "ConnectionCleared" in names
    assert {row["kind"] for row in of_call} == {"event", "request", "response"}
    everything = traced(box)
    assert not [row for row in everything if row["kind"] in {"damaged", "unknown"} or row.get("findings")]
    assert {row["kind"] for row in everything if row["name"] == "connection made"} == {"link"}


def test_a_pbx_is_probed(home: House) -> None:
    place = f"{HOST}:{home.ports['csta']}"
    done = callwright("csta", "probe", place, "--dialect", "openscape_voice", "--device", "7101")
    assert done.returncode in {0, 1}, done.stderr
    lines = {
        line.split()[0]: line.split() for line in done.stdout.splitlines() if line.startswith("  ") and line.split()
    }
    for service in ("MonitorStart", "MonitorStop", "SnapshotDevice", "GetAgentState", "SystemRegister"):
        assert lines[service][1:3] == ["yes", "yes"]
    assert lines["DeflectCall"][1:3] == ["yes", "yes"]
    assert ("DIFFERENT" in done.stdout) == (done.returncode == 1)


def test_a_pbx_that_is_not_there_is_told(home: House) -> None:
    port = free_ports({"nobody": 1})["nobody"]
    done = callwright("csta", "probe", f"{HOST}:{port}", "--dialect", "openscape_voice")
    assert done.returncode == 2
    assert "refused" in done.stderr


def test_drift_beside_the_running_server(home: House, tmp_path: Path) -> None:
    done = callwright("drift", "--config", home.config, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    found = {(one["kind"], one["name"]): one["state"] for one in json.loads(done.stdout)}
    expected = [("pilot", "7000"), ("phone", "7101"), ("media port", "7001"), ("media port", "7004"), ("agent", "anna")]
    assert [found[one] for one in expected] == ["ok"] * 5

    file = home.config / "server.yaml"
    before = file.read_text()
    try:
        file.write_text(before.replace("extensions: [7101,", "extensions: [7999, 7101,"))
        drifted = callwright("drift", "--config", home.config, "--only-drift")
        assert drifted.returncode == 1
        assert [line.split()[:3] for line in drifted.stdout.splitlines() if "DRIFT" in line] == [
            ["pbx", "phone", "7999"]
        ]
        file.write_text(before.replace(str(home.ports["csta"]), str(free_ports({"nobody": 1})["nobody"])))
        assert callwright("drift", "--config", home.config).returncode == 3
    finally:
        file.write_text(before)
    assert home.log.find("link down") == []


def test_a_link_is_proxied_and_played_back(tmp_path: Path) -> None:
    home = House(tmp_path)
    kept = tmp_path / "kept.capture"
    port = free_ports({"proxy": 1})["proxy"]
    to = f"{HOST}:{home.ports['csta']}"
    command = [sys.executable, "-m", "cti_server"]
    try:
        home.start_pbx()
        options = [
            "--proxy",
            f"{HOST}:{port}",
            "--to",
            to,
            "--save",
            str(kept),
            "--dialect",
            "openscape_voice",
            "--json",
        ]
        proxy = home.peer("proxy", [*command, "csta", "trace", *options])
        until(lambda: any("applications connect" in line for line in proxy.log.other), 20, "the proxy listens")
        run = [*command, "run", "--config", str(home.config), "--set", "log.format=json"]
        server = home.peer("server", [*run, "--set", f"links.pbx.port={port}", "--set", f"data={tmp_path / 'one'}"])
        server.expect("link surveyed", within=30)
        assert server.stop() == 0
        proxy.signal(signal.SIGINT)
        assert proxy.wait() == 0

        assert [row["name"] for row in rows_of(proxy)] == [row["name"] for row in traced(kept)]
        assert "MonitorStartResponse" in {row["name"] for row in rows_of(proxy)}
        assert kept.stat().st_mode & 0o077 == 0

        play = ["csta", "replay", str(kept), "--listen", f"{HOST}:{port}", "--speed", "5", "--wait", "40"]
        player = home.peer("replay", [*command, *play])
        until(lambda: any("connect to" in line for line in player.log.other), 20, "it listens")
        second = home.peer("server-2", [*run, "--set", f"links.pbx.port={port}", "--set", f"data={tmp_path / 'two'}"])
        second.expect("link surveyed", within=30)
        assert player.wait(30) == 0, player.log.other
        assert "0 difference(s)" in player.log.other[-1]
        second.stop()
    finally:
        home.stop()


def test_a_replay_that_nobody_wants_ends(tmp_path: Path) -> None:
    kept = tmp_path / "kept.capture"
    kept.write_text('{"callwright-capture": 1}\n')
    assert callwright("csta", "replay", kept).returncode == 1
    kept.write_text(
        '{"callwright-capture": 1}\n'
        '{"t": 1, "link": "p", "peer": "h:1", "way": "open"}\n'
        '{"t": 1, "link": "p", "peer": "h:1", "way": "in", "data": "0000000e3030303120202020203c612f3e"}\n'
    )
    port = free_ports({"replay": 1})["replay"]
    done = callwright("csta", "replay", kept, "--listen", f"{HOST}:{port}", "--wait", "1")
    assert done.returncode == 2
    assert "nobody connected" in done.stderr
