"""`callwright flow`: pictures, ports, and tables of calls that are played by the very engine."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cti_server.cli.flow import flow
from cti_server.cli.flow.drawing import DrawingError, dot_of, draw
from cti_server.cli.flow.judging import judge
from cti_server.cli.flow.playing import Call, Played, PlayingError
from cti_server.settings.flow_checks import drawn
from cti_server.settings.flows.cases import CaseSettings, CasesFile, ExpectSettings
from cti_server.settings.flows.flow_file import flow_file
from cti_server.settings.loading import load_settings
from settings_file import load
from tests.unit.cti_server.settings.configs import REPOSITORY, Config

CONFIG = REPOSITORY / "config"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(flow, words)


@pytest.mark.parametrize("folder", [CONFIG, CONFIG / "examples" / "centre"], ids=["demo", "example"])
def test_the_repositorys_own_cases_are_as_expected(folder: Path) -> None:
    result = run("test", "--config", str(folder))
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].endswith(", 0 not as expected")


RICH = """\
name: welcome
kind: routing-strategy
data: [vip]
steps:
  - {id: door, step: schedule, calendar: office, closed: shut}
  - {id: who, step: collect, say: enter_number, into: customer, maximum: 4, attempts: 2, otherwise: lost}
  - {id: balance, step: say, value: number(customer) + 1, form: number, before: one_moment}
  - {id: kind, step: decide, cases: [{when: vip == True, next: sales}], otherwise: part}
  - {id: part, step: run, flow: part}
  - {id: sales, step: queue, queue: sales, full: mobile}
  - {id: mobile, step: transfer, number: "{forward}", on_failure: lost}
  - {id: shut, step: disconnect, say: closed, served: true}
  - {id: lost, step: disconnect}
"""
PART = "name: part\nkind: part\nsteps:\n  - {id: set, step: set, values: {forward: '\"+49\" + customer'}}\n"
CALENDAR = (
    "calendars:\n  - {name: office, zone: Europe/Berlin, hours: [{days: mon-fri, times: 08:00-17:00}],"
    " holidays: [{country: DE}]}\n"
)
TABLE = "cases:\n  - name: it\n    flow: welcome\n"


def played(config: Config, case: str) -> Played:
    config.write("flows/welcome.yaml", RICH)
    config.write("flows/part.yaml", PART)
    config.write("site/calendars.yaml", CALENDAR)
    config.edit("site/queues.yaml", "groups: [sales]", "groups: [sales]\n    limits: {waiting: 1}")
    loaded = load_settings(config.home)
    assert [str(each) for each in loaded.problems] == []
    assert loaded.plan is not None
    (config.home / "case.yaml").write_text(TABLE + case + "    expect: {}\n")
    content, problems, _ = load(CasesFile, config.home / "case.yaml")
    assert content is not None, problems
    return Call(loaded.plan, content.cases[0]).play()


def test_a_call_with_digits_through_decisions_parts_and_a_queue(config: Config) -> None:
    came = played(config, "    inputs: [12#]\n")
    first = ["door", "who", "balance", "kind", "part", "part/set", "sales", "waiting/tell_position", "waiting/listen"]
    assert came.path[: len(first)] == first
    assert came.heard[:3] == ["enter_number", "one_moment", "number 13"]
    assert (came.end, came.queue, came.data["customer"], came.data["forward"]) == ("waiting", "sales", "12", "+4912")


@pytest.mark.parametrize(
    ("case", "end", "last"),
    [
        ("    at: 2026-11-22 10:00\n", "released", "shut"),
        ("    at: 2026-12-25 10:00\n", "released", "shut"),
        ("    at: 2026-11-22 10:00\n    calendars: {office: open}\n", "released", "lost"),
        ("    inputs: [silence, silence]\n", "released", "lost"),
        ("    inputs: [1]\n    waiting: {sales: 1}\n", "forwarded", "mobile"),
        ("    inputs: [1]\n    waiting: {sales: 1}\n    forward_reached: false\n", "released", "lost"),
        ("    inputs: [hang-up]\n", "hung-up", "who"),
        ("    inputs: [1]\n    agents: {ben: ready}\n", "talking", "sales"),
    ],
)
def test_how_calls_end(config: Config, case: str, end: str, last: str) -> None:
    came = played(config, case)
    assert (came.end, came.path[-1]) == (end, last)


def test_data_that_come_with_the_call_decide(config: Config) -> None:
    assert "part" not in played(config, "    inputs: [1]\n    data: {vip: true}\n").path


def test_the_caller_hangs_up_in_time(config: Config) -> None:
    came = played(config, "    inputs: [1]\n    hang_up_after: 65\n")
    assert came.end == "hung-up"
    assert came.heard.count("hold_music") == 3


@pytest.mark.parametrize(
    "case", ["    agents: {nobody: ready}\n", "    waiting: {nowhere: 1}\n", "    calendars: {nowhen: open}\n"]
)
def test_a_case_that_cannot_be_played_says_why(config: Config, case: str) -> None:
    with pytest.raises(PlayingError):
        played(config, case)


def test_differences_are_told_one_by_one() -> None:
    came = Played(path=["a", "b"], heard=["x"], end="waiting", queue="sales", data={"n": 1})
    right = {"path": ["a", "..."], "heard": ["x"], "end": "waiting", "queue": "sales", "data": {"n": 1}}
    assert judge(ExpectSettings.model_validate(right), came) == ()
    wrong = {"path": ["a"], "heard": ["y", "..."], "end": "released", "mails": 1, "data": {"n": 2}}
    assert judge(ExpectSettings.model_validate(wrong), came) == (
        "path: expected a; it was a > b",
        "heard: expected y > ...; it was x",
        "end: expected released; it was waiting",
        "mails: expected 1; it was 0",
        "data n: expected 2; it was 1",
    )


def test_a_failure_ends_with_status_1_and_stands_in_the_report(tmp_path: Path) -> None:
    table = tmp_path / "cases.yaml"
    table.write_text(
        "cases:\n  - {name: 'good & <plain>', flow: welcome, inputs: [1], expect: {queue: sales}}\n"
        "  - {name: bad, flow: welcome, inputs: [1], expect: {queue: service}}\n"
    )
    report = tmp_path / "report.xml"
    result = run("test", str(table), "--config", str(CONFIG), "--junit", str(report))
    assert result.exit_code == 1
    assert "FAILED cases.yaml: bad\n         queue: expected service; it was sales\n" in result.output
    suite = ET.fromstring(report.read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good & <plain>", "bad"]
    only = run("test", str(table), "--config", str(CONFIG), "--only", "good")
    assert only.exit_code == 0


def test_a_table_with_a_slip_ends_with_status_2(tmp_path: Path) -> None:
    table = tmp_path / "cases.yaml"
    table.write_text("cases:\n  - {name: a, flow: welcome, input: [1], expect: {}}\n")
    result = run("test", str(table), "--config", str(CONFIG))
    assert result.exit_code == 2
    assert f"{table}:2: cases[0].input: unknown key; did you mean 'inputs'?" in result.output


def test_a_flow_is_drawn_in_every_format(tmp_path: Path) -> None:
    for ending, head in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("dot", b"digraph")):
        file = tmp_path / f"w.{ending}"
        result = run("draw", "welcome", "--config", str(CONFIG), "-o", str(file))
        assert result.exit_code == 0, result.output
        assert file.read_bytes().startswith(head)
    shown = run("draw", "welcome", "--config", str(CONFIG))
    assert '"choose" -> "to_sales" [label="1"];' in shown.output
    assert "did you mean 'welcome'?" in run("draw", "welcom", "--config", str(CONFIG)).output


def test_drawing_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DrawingError, match="must end in one of"):
        draw("digraph {}", tmp_path / "x.gif")
    with pytest.raises(DrawingError, match="dot failed"):
        draw("no graph", tmp_path / "x.svg")
    monkeypatch.setattr("shutil.which", lambda program: None)
    with pytest.raises(DrawingError, match="apt install graphviz"):
        draw("digraph {}", tmp_path / "x.svg")


def test_names_are_quoted_in_a_drawing(config: Config) -> None:
    text = RICH.replace("served: true", 'say: [closed, {text: "\\"quoted\\" \\\\ text"}]').replace("say: closed, ", "")
    config.write("flows/welcome.yaml", text)
    content, problems, _ = load(flow_file(), config.home / "flows" / "welcome.yaml")
    assert content is not None, problems
    dot = dot_of('a "b"', drawn(content))
    assert dot.startswith('digraph "a \\"b\\"" {')
    assert '"mobile" -> "lost" [label="on_failure", style=dashed];' in dot


def test_ports_in_the_worst_case(config: Config) -> None:
    config.edit("site/queues.yaml", "groups: [sales]", "groups: [sales]\n    limits: {waiting: 30}")
    lines = run("ports", "--config", str(config.home)).output.splitlines()
    assert lines == [
        "welcome (pilot 7000): 1 port for each call, whose number nothing bounds",
        "waiting (queue sales): 30 ports at the most",
        "waiting (queue service): 1 port for each call, whose number nothing bounds",
        (
            f"warning: {config.home}/media.yaml: 4 ports, but 30 callers may wait at once by the queues' "
            "limits.waiting: who finds no port hears nothing"
        ),
    ]


def test_a_case_needs_a_moment_that_is_one() -> None:
    with pytest.raises(ValueError, match="no moment"):
        CaseSettings.model_validate({"name": "a", "flow": "b", "at": "soon", "expect": {}})
