"""What is handed to those who run the system: units, dashboards, rules and lists of ports agree with the programs."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector

from cti_server.engine.state import LinkState, State
from cti_server.settings.server import MediaServiceSettings, ServerSettings
from cti_server.settings.supervision.alarms import AlarmRuleSettings, AlarmSettings
from cti_server.settings.supervision.console import ConsoleSettings, SshSettings
from cti_server.settings.supervision.endpoints import WebSettings
from cti_server.telemetry.alarms.catalogue import CATALOGUE
from cti_server.telemetry.metrics.figures import Figures
from cti_server.telemetry.metrics.gauges import Gauges, Snapshot
from cti_server.telemetry.standing import Standing
from cti_server.vocabulary.ids import LinkName
from settings_file.document import read_document
from tests.house.test_docs import settings_of
from tests.house.test_layout import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    copy = tmp_path / unit.name
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=30, check=False
    )
    about = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, about) == (0, []), done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_what_a_service_for_years_needs(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    for line in ("Type=notify", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict", "LimitNOFILE=65536"):
        assert f"\n{line}\n" in text
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    assert (ROOT / "docs" / "supervision.md").exists()


def known_figures() -> set[str]:
    figures = Figures()
    ProcessCollector(registry=figures.registry)
    PlatformCollector(registry=figures.registry)
    GCCollector(registry=figures.registry)
    state = State(links={LinkName("pbx"): LinkState(up=True, since=0.0)})
    standing = Standing(role="active")
    figures.registry.register(
        Gauges(lambda: Snapshot(now=0.0, state=state, standing=standing, disk_free=1.0), agents=True)
    )
    names = set()
    for family in figures.registry.collect():
        names |= {family.name} if family.type not in {"counter", "histogram"} else set()
        names |= {f"{family.name}_total"} if family.type == "counter" else set()
        names |= {f"{family.name}_{end}" for end in ("bucket", "sum", "count")} if family.type == "histogram" else set()
    return names


def figures_in(expression: str) -> set[str]:
    return set(re.findall(r"\b((?:callwright|process|python)_[a-z_]+)\b", expression))


def test_every_panel_of_the_dashboard_names_figures_that_exist() -> None:
    board = json.loads((DEPLOY / "grafana" / "callwright.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    named = set().union(*map(figures_in, expressions))
    assert len(expressions) > 30
    assert all(figures_in(one) for one in expressions)
    assert named - known_figures() == set()
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(places) == len(set(places))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_rule_of_prometheus_names_figures_that_exist() -> None:
    text = (DEPLOY / "prometheus" / "callwright.rules.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"^\s+expr: (.*)$", text, re.MULTILINE)
    assert len(expressions) > 5
    assert set().union(*map(figures_in, expressions)) - known_figures() == set()
    for file in ("callwright.rules.yml", "scrape.yml"):
        assert not read_document(DEPLOY / "prometheus" / file).problems


def test_the_page_of_figures_names_every_one_and_no_other() -> None:
    page = (ROOT / "docs" / "supervision.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(callwright_[a-z_]+)`", page, re.MULTILINE))
    own = {name for name in known_figures() if name.startswith("callwright_")}
    own = {re.sub(r"_(bucket|count|sum)$", "", name) if not name.endswith("_total") else name for name in own}
    assert own - named == set()
    assert named - own == set()


def test_the_page_of_alarms_names_every_one_with_its_limits() -> None:
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip(" `"): [c.strip() for c in cells[2:-1]] for cells in tables(page) if cells[1].startswith(" `")
    }
    expected = {
        name: [
            rule.severity.value,
            f"{rule.raise_at:g}",
            f"{rule.clear_at:g}",
            rule.unit,
            f"{rule.hold:g}",
            f"{rule.rest:g}",
        ]
        for name, rule in CATALOGUE.items()
    }
    assert {name: cells[:6] for name, cells in rows.items() if name in CATALOGUE} == expected


def tables(page: str) -> list[list[str]]:
    return [line.split("|") for line in page.splitlines() if line.startswith("|")]


def test_what_the_page_of_alarms_shows_can_be_read() -> None:
    settings = AlarmSettings(rules={"queue-long": AlarmRuleSettings(raise_at=30)})
    rule = settings.rule("queue-long", "sales")
    assert rule is not None
    assert (rule.raise_at, rule.clear_at) == (30, 30)


PORTS = {
    "console.ssh.port": SshSettings().port,
    "console.port": ConsoleSettings().port,
    "web.port": WebSettings().port,
    "control.port": MediaServiceSettings(name="m").port,
}


def listed() -> dict[str, tuple[str, str]]:
    """Setting to port and protocols, as the page has them."""
    page = (ROOT / "docs" / "ports.md").read_text(encoding="utf-8")
    found = {}
    for cells in tables(page.partition("## Where they connect")[0]):
        if re.fullmatch(r"[\d-]+", cells[1].strip()) and "`" in cells[4]:
            found[cells[4].strip(" `")] = (cells[1].strip(), cells[2].strip())
    return found


def test_the_list_of_ports_is_that_of_the_settings() -> None:
    found = listed()
    for setting, port in PORTS.items():
        assert found[setting][0] == str(port), setting
    media = (ROOT / "config" / "media.yaml").read_text(encoding="utf-8")
    for setting in ("tls_port", "websocket_port", "secure_websocket_port"):
        assert re.search(rf"# {setting}: {found[f'sip.{setting}'][0]}\b", media), setting
    assert re.search(rf"^  port: {found['control.port'][0]}$", media, re.MULTILINE)
    assert re.search(rf"^  port: {found['sip.port'][0]}$", media, re.MULTILINE)
    assert re.search(rf"^  ports: {found['rtp.ports'][0]}$", media, re.MULTILINE)


def test_every_port_setting_of_the_server_is_listed() -> None:
    own = {
        name for name in settings_of(ServerSettings) if name.endswith("port") and name.startswith(("console", "web."))
    }
    assert own - set(listed()) == set()


def test_the_firewall_lets_in_what_the_list_says_and_nothing_else() -> None:
    rules = (DEPLOY / "nftables" / "callwright.nft").read_text(encoding="utf-8")
    opened = {
        number for line in re.findall(r"dport (\{[^}]*\}|[\d-]+)", rules) for number in re.findall(r"[\d-]+", line)
    }
    known = {port for port, _ in listed().values()} | {"22"}
    assert opened - known == set()
    inside = {listed()[name][0] for name in ("console.port", "sip.websocket_port", "sip.secure_websocket_port")}
    assert known - opened == inside
    assert "policy drop" in rules
