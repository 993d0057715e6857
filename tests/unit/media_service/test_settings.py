import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from media_service.settings import expand_numbers, expand_udp_range, load_settings, parse_passwords

ROOT = Path(__file__).parent.parent.parent.parent
MINIMAL = """\
name: media-1
ports:
  - number: 7001-7003
    password_file: passwords
prompts:
  directory: {prompts}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    (tmp_path / "passwords").write_text("secret\n")

    def write(text: str) -> Path:
        file = tmp_path / "media.yaml"
        file.write_text(text.replace("{prompts}", str(ROOT / "prompts")))
        return file

    return write


def test_the_shipped_file_is_right_once_there_are_passwords(tmp_path: Path) -> None:
    (tmp_path / "config" / "secrets").mkdir(parents=True)
    shutil.copy(ROOT / "config" / "media.yaml", tmp_path / "config")
    (tmp_path / "prompts").symlink_to(ROOT / "prompts")
    (tmp_path / "config" / "secrets" / "media-ports").write_text("7001: a\n7002: b\n7003: c\n7004: d\n7101: e\n")
    loaded = load_settings(tmp_path / "config" / "media.yaml")
    assert loaded.problems == []
    assert [(account.number, account.user, account.password) for account in loaded.accounts] == [
        ("7001", "7001", "a"),
        ("7002", "7002", "b"),
        ("7003", "7003", "c"),
        ("7004", "7004", "d"),
    ]
    settings = loaded.settings
    assert settings is not None
    assert (settings.control.port, settings.sip.port, settings.registrar.port) == (7801, 15080, 15060)
    assert expand_udp_range(settings.rtp.ports) == range(21_000, 21_200)


def test_passwords_do_not_show_in_a_repr(write: Callable[[str], Path]) -> None:
    assert "secret" not in repr(load_settings(write(MINIMAL)).accounts[0])


def test_every_problem_is_told_at_its_line(write: Callable[[str], Path]) -> None:
    file = write(
        """\
name: media 1
controll: {port: 7801}
sip: {host: 0.0.0.0}
registrar: {transport: carrier-pigeon, expires: 1}
ports:
  - number: 7004-7001
    password_file: passwords
rtp: {ports: 21199-21000}
prompts: {directory: ../prompts}
log: {level: loud}
"""
    )
    problems = load_settings(file).problems
    assert [(problem.line, problem.path) for problem in problems] == [
        (1, "name"),
        (2, "controll"),
        (3, "sip.host"),
        (4, "registrar.expires"),
        (4, "registrar.transport"),
        (6, "ports[0].number"),
        (8, "rtp.ports"),
        (10, "log.level"),
    ]
    assert "did you mean 'control'?" in str(problems[1])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("password_file: passwords", "password_file: none"), "4: ports[0].password_file: "),
        (
            ("password_file: passwords", "password_env: UNSET_VARIABLE"),
            "4: ports[0].password_env: environment variable",
        ),
        (("    password_file: passwords\n", ""), "3: ports[0]: needs either password_file or password_env"),
        (
            ("prompts:\n", "  - {number: 7002, password_file: passwords}\nprompts:\n"),
            "5: ports[1].number: 7002 is given twice",
        ),
        (
            ("password_file: passwords", "password_file: passwords\n    user: x"),
            "5: ports[0].user: cannot be given for a",
        ),
        (
            ("prompts:\n", "rtp: {ports: 21000-21003}\nprompts:\n"),
            "5: rtp.ports: has 2 even UDP ports for 3 calls",
        ),
        (("{prompts}", "/nowhere"), "6: prompts.directory: /nowhere is no directory"),
        (("{prompts}\n", "{prompts}\n  language: xx\n"), "7: prompts.language: "),
        (
            ("{prompts}\n", "{prompts}\nunattended: {music: humming}\n"),
            "7: unattended.music: prompt humming has no file",
        ),
        (
            ("{prompts}\n", "{prompts}\nunattended: {announcement: missing}\n"),
            "7: unattended.announcement: prompt missing",
        ),
    ],
)
def test_what_the_file_names_must_be_there(
    write: Callable[[str], Path], change: tuple[str, str], expected: str
) -> None:
    text = MINIMAL.replace(*change)
    assert text != MINIMAL
    loaded = load_settings(write(text), {})
    assert loaded.settings is None
    assert len(loaded.problems) == 1
    assert f"media.yaml:{expected}" in str(loaded.problems[0])


def test_a_prompt_of_the_wrong_format_is_refused(write: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "prompts" / "en", tmp_path / "prompts" / "en")
    (tmp_path / "prompts" / "en" / "sorry.wav").write_bytes(b"RIFF no sound")
    (tmp_path / "prompts" / "en" / "num_7.wav").unlink()
    problems = load_settings(write(MINIMAL.replace("{prompts}", "prompts"))).problems
    assert {problem.path for problem in problems} == {"prompts.language", "unattended.announcement"}
    assert any("num_7" in problem.message for problem in problems)


def test_password_from_the_environment(write: Callable[[str], Path]) -> None:
    file = write(MINIMAL.replace("password_file: passwords", "password_env: MEDIA_PASSWORD"))
    loaded = load_settings(file, {"MEDIA_PASSWORD": "from outside"})
    assert {account.password for account in loaded.accounts} == {"from outside"}


def test_password_file_that_cannot_be_read_as_text(write: Callable[[str], Path], tmp_path: Path) -> None:
    file = write(MINIMAL)
    (tmp_path / "passwords").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in str(load_settings(file, os.environ).problems[0])
    (tmp_path / "passwords").write_text("7001: a\n")
    assert "has no password for 7002, 7003" in str(load_settings(file).problems[0])


@pytest.mark.parametrize(
    ("text", "passwords"),
    [
        ("secret\n", {"": "secret"}),
        ("# one\n\n7001: a b\n7002: 'c'\n", {"7001": "a b", "7002": "c"}),
        ("a\nb\n", None),
        ("", None),
        ("# nothing\n", None),
    ],
)
def test_password_files(text: str, passwords: dict[str, str] | None) -> None:
    assert parse_passwords(text) == passwords


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("7001", ("7001",)), ("7001-7003", ("7001", "7002", "7003")), ("098 - 101", ("098", "099", "100", "101"))],
)
def test_number_ranges(text: str, numbers: tuple[str, ...]) -> None:
    assert expand_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "x", "7004-7001", "1-70000", "99-100", "7001-", "7001,7002"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        expand_numbers(text)


@pytest.mark.parametrize("text", ["", "21000", "21100-21000", "80-90", "60000-70000"])
def test_what_is_no_udp_range(text: str) -> None:
    with pytest.raises(ValueError, match="must be a rising range"):
        expand_udp_range(text)


@pytest.mark.parametrize(
    ("sip", "problems"),
    [
        ("{session_timer: null}", []),
        ("{session_timer: 600, session_timer_minimum: 600}", []),
        ("{session_timer: 60}", ["sip.session_timer"]),
        ("{session_timer: 600, session_timer_minimum: 601}", ["sip"]),
    ],
)
def test_the_session_timer_stays_within_the_rfc(write: Callable[[str], Path], sip: str, problems: list[str]) -> None:
    loaded = load_settings(write(f"sip: {sip}\n{MINIMAL}"))
    assert [problem.path for problem in loaded.problems] == problems


def test_an_engine_that_is_not_there_is_a_problem_of_its_line(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_service.engine_choice.native_fault", lambda: "no compiler")
    (problem,) = load_settings(write(MINIMAL + "engine: native\n")).problems
    assert (problem.line, problem.path) == (7, "engine")
    assert "the native packet core is not installed: no compiler" in problem.message
    for engine in ("auto", "pure"):
        assert load_settings(write(MINIMAL + f"engine: {engine}\n")).problems == []


TRUNK = """\
name: media-1
trunk: {peers: [192.0.2.0/24], numbers: [ivr, "4930*"], lines: 10}
prompts: {directory: {prompts}}
"""


def test_a_trunk_needs_no_ports(write: Callable[[str], Path]) -> None:
    loaded = load_settings(write(TRUNK), {})
    assert loaded.settings is not None, loaded.problems
    assert loaded.settings.trunk is not None
    assert loaded.settings.trunk.lines == 10
    assert loaded.accounts == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[192.0.2.0/24]", "[pbx.example]"), "2: trunk.peers: 'pbx.example' is no address or network"),
        (("[192.0.2.0/24]", "[]"), "2: trunk.peers: must have one entry at least"),
        (("lines: 10", "lines: 500"), "rtp.ports: has 100 even UDP ports for 500 calls"),
        (('trunk: {peers: [192.0.2.0/24], numbers: [ivr, "4930*"], lines: 10}\n', ""), "needs ports (extensions"),
        (("prompts:", "speech: {recogniser: pocketsphinx}\nprompts:"), "3: speech.recogniser: needs recordings"),
        (("prompts:", "speech: {piper_voice: none.onnx}\nprompts:"), "3: speech.piper_voice: "),
        (("prompts:", "sip: {tls: {certificate: none.pem}}\nprompts:"), "3: sip.tls.certificate: "),
        (("prompts:", "sip: {tls_port: 5061}\nprompts:"), "tls_port and secure_websocket_port need tls"),
        (("prompts:", "registrar: {port: null}\nprompts:"), "port is needed where host is numeric"),
        (("prompts:", "media: {codecs: [GSM]}\nprompts:"), "3: media.codecs[0]: "),
        (("prompts:", "media: {srtp: maybe}\nprompts:"), "3: media.srtp: "),
        (("prompts:", "recordings: {directory: /proc/1/status}\nprompts:"), "3: recordings.directory: "),
    ],
)
def test_what_is_wrong_with_the_doors(write: Callable[[str], Path], change: tuple[str, str], expected: str) -> None:
    text = TRUNK.replace(*change)
    assert text != TRUNK
    loaded = load_settings(write(text), {})
    assert loaded.settings is None
    assert any(expected in str(problem) for problem in loaded.problems), loaded.problems
