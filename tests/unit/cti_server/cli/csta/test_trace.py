"""``callwright csta trace`` on files: what is shown, what is hidden, what is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from csta.captures import CaptureHeader, Record, Way, header_line, record_line
from cti_server.cli import main
from cti_server.cli.csta.options import place
from cti_server.cli.csta.trace import follow
from tests.unit.csta.captures.packets import APPLICATION, SWITCH, ethernet, pcap, pcapng, tcp
from tests.unit.csta.trace.story import Story, delivered, transferred_call


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write(tmp_path / "pbx-000001.capture", transferred_call().records)


def write(file: Path, records: list[Record]) -> Path:
    file.write_text(header_line(CaptureHeader("openscape_voice", "", "pbx")) + "".join(map(record_line, records)))
    return file


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["csta", "trace", *map(str, words)])


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("command", [["csta"], ["csta", "trace"], ["csta", "replay"], ["csta", "probe"], ["drift"]])
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert f"Example: callwright {' '.join(command)}" in " ".join(result.output.split())


def test_every_message_is_a_line(capture: Path) -> None:
    result = call(capture)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 2 + 17
    assert "SingleStepTransferCall" in lines[12]
    assert "SetAgentState refused: operation/invalidAgentPassword" in result.stdout
    assert result.stderr == "17 of 17 row(s); 1 request(s) without an answer: no. 17\n"


@pytest.mark.parametrize(
    "options", [[], ["-v"], ["--json"], ["--no-mask", "-vv"], ["--user-data", "--no-mask", "--json"]]
)
def test_passwords_are_never_shown(capture: Path, options: list[str]) -> None:
    output = call(capture, *options).output
    assert "SetAgentState" in output
    for form in ("geheim77", b"geheim77".hex(), b"geheim77".hex(" ")):
        assert form not in output


def test_numbers_are_masked_unless_asked(capture: Path) -> None:
    masked, shown = call(capture, "-v").stdout, call(capture, "-v", "--no-mask").stdout
    assert "+49xxxx" in masked
    assert "15112345678" not in masked
    assert "+4915112345678" in shown


def test_json_has_one_object_a_row(capture: Path) -> None:
    found = rows(call(capture, "--json"))
    assert len(found) == 17
    assert found[9]["message"] == {
        "monitorCrossRefID": "0A",
        "cause": "newCall",
        "connection": {"callID": "C1", "deviceID": "7000"},
        "alertingDevice": "7000",
        "callingDevice": "+49xxxx",
        "calledDevice": "7000",
        "lastRedirectionDevice": "notRequired",
    }
    assert found[11]["answers"] == 11


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--call", "C2"], ["Delivered", "SingleStepTransferCall", "SingleStepTransferCallResponse", "Delivered"]),
        (["--errors"], ["SetAgentState", "ErrorResponse"]),
        (["--kind", "event"], ["Delivered"] * 3),
        (["--name", "snapshot"], ["SnapshotDevice"]),
        (["--device", "7000", "--name", "Start"], ["MonitorStart", "MonitorStartResponse"]),
        (["--call", "unknown"], []),
    ],
)
def test_rows_are_chosen(capture: Path, options: list[str], expected: list[str]) -> None:
    assert [row["name"] for row in rows(call(capture, "--json", *options))] == expected


def test_colours_are_for_those_who_want_them(capture: Path) -> None:
    assert "\x1b[" in call(capture, "--colour").stdout
    assert "\x1b[" not in call(capture, "--no-colour").stdout
    assert "\x1b[" not in call(capture).stdout


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    bad = Story().add(Way.CLOSED, b"\x1b[2Jgone\x07\n\nfake line")
    output = call(write(tmp_path / "x.capture", bad.records)).stdout
    assert "\x1b" not in output
    assert "\x07" not in output
    assert len(output.splitlines()) == 3


def test_a_directory_is_all_its_files_in_order(tmp_path: Path) -> None:
    records = transferred_call().records
    write(tmp_path / "pbx-000001.capture", records[:8])
    write(tmp_path / "pbx-000002.capture", records[8:])
    found = rows(call(tmp_path, "--json"))
    assert len(found) == 17
    assert found[12]["device"] == "7101"


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_packets_are_read_too(tmp_path: Path, make: type) -> None:
    file = tmp_path / "link.pcap"
    data = Story().said(delivered("1", "C1")).records[0].data
    file.write_bytes(make([(1000.0, ethernet(tcp(SWITCH, APPLICATION, 1, data + data)))]))
    found = rows(call(file, "--json", "--port", "1040"))
    assert [(row["name"], row["link"], row["peer"]) for row in found] == [
        ("Delivered", "192.0.2.7:1040", "192.0.2.9:50123")
    ] * 2


def test_what_is_no_capture_is_refused_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("hello")
    result = call(file)
    assert result.exit_code == 1
    assert "x.txt: no capture" in result.output
    assert call(tmp_path / "missing").exit_code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no *.capture file" in call(empty).output


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--live", "pbx", "--proxy", ":1", "--to", "h:2"],
        ["--proxy", ":1"],
        ["--to", "h:1"],
        ["--proxy", "x", "--to", "h:1"],
        ["--proxy", ":70000", "--to", "h:1"],
        ["--proxy", ":1", "--to", "h:1", "--dialect", "nonesuch"],
        ["--kind", "nonesense", "x"],
    ],
)
def test_wrong_options_are_refused(options: list[str]) -> None:
    assert call(*options).exit_code == 2


def test_an_unknown_dialect_or_profile_is_refused_with_those_that_there_are(capture: Path) -> None:
    assert "openscape_voice" in call(capture, "--dialect", "nonesuch").output
    assert "has no profile 'x'" in call(capture, "--dialect", "openscape_voice", "--profile", "x").output


def test_the_black_box_is_followed_over_its_files(tmp_path: Path) -> None:
    records = transferred_call().records
    write(tmp_path / "pbx-000004.capture", records[:3])
    following = follow(tmp_path, "pbx")
    assert [next(following) for _ in range(4)] == [*records[:3], None]
    with (tmp_path / "pbx-000004.capture").open("a") as file:
        line = record_line(records[3])
        file.write(line[:20])
        file.flush()
        assert next(following) is None
        file.write(line[20:])
    assert next(following) == records[3]
    write(tmp_path / "pbx-000005.capture", records[4:6])
    assert [next(following) for _ in range(3)] == [*records[4:6], None]


def test_following_what_is_not_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text("name: test\n")
    result = call("--live", "pbx", "--config", tmp_path)
    assert result.exit_code == 1
    assert "does the server run, and is its black_box on?" in result.output


@pytest.mark.parametrize(
    ("text", "usual", "expected"),
    [
        ("pbx", 1040, ("pbx", 1040)),
        ("pbx:7", 1040, ("pbx", 7)),
        ("[::1]:7", None, ("::1", 7)),
        ("[::1]", 1040, ("::1", 1040)),
        ("::1", 1040, ("::1", 1040)),
    ],
)
def test_places(text: str, usual: int | None, expected: tuple[str, int]) -> None:
    assert place(text, usual) == expected
