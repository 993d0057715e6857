"""What ``callwright doctor`` says of the server's own doors, secrets and certificates, and of the machine."""

import datetime as dt
import socket
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cti_server.cli.doctor import doors as doors_module
from cti_server.cli.doctor import here as here_module
from cti_server.cli.doctor.doors import doors
from cti_server.cli.doctor.here import machine
from cti_server.settings import ServerSettings
from cti_server.settings.server import ConsoleSettings
from cti_server.settings.supervision.alarms import AlarmSettings
from cti_server.settings.supervision.endpoints import WebSettings
from program.findings import Finding


def certificate(file: Path, days: float, key: Path | None = None) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "callwright.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=40))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(own, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    if key is not None:
        plain = serialization.NoEncryption()
        key.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        key.chmod(0o600)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings(folder: Path, **more: object) -> ServerSettings:
    console = ConsoleSettings(port=free_port(), users=folder / "users")
    return ServerSettings(data=folder, console=console, **more)


def found(things: object, what: str) -> list[Finding]:
    return [one for one in things if one.what == what]


def test_a_port_that_is_taken_is_told_with_how_to_find_who_has_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        (one,) = found(doors(settings(tmp_path, web=WebSettings(port=port))), "endpoints")
    assert not one.good
    assert f"ss -ltnp 'sport = :{port}'" in one.text
    (one,) = found(doors(settings(tmp_path, web=WebSettings(port=port))), "endpoints")
    assert one.good


def test_a_port_in_use_is_right_while_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors_module, "_runs", lambda _settings: True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        used = settings(tmp_path, web=WebSettings(port=other.getsockname()[1]))
        assert found(doors(used), "endpoints")[0].good
        assert not found(doors(used), "console")[0].good  # it should be in use as well


def test_secrets_are_for_the_servers_user_alone(tmp_path: Path) -> None:
    users, token = tmp_path / "users", tmp_path / "token"
    users.write_text("")
    users.chmod(0o600)
    token.write_text("long-enough-a-token\n")
    token.chmod(0o640)
    one = settings(tmp_path, web=WebSettings(port=free_port(), token_file=token))
    (bad,) = found(doors(one), "secrets")
    assert not bad.good
    assert f"chmod 600 {token}" in bad.text
    token.chmod(0o600)
    (good,) = found(doors(one), "secrets")
    assert good.good
    assert good.text.startswith("2 files")
    token.write_text("short")
    (bad,) = found(doors(one), "secrets")
    assert "16 characters" in bad.text


@pytest.mark.parametrize(("days", "good"), [(90, True), (10, False), (-1, False)])
def test_certificates_are_told_of_before_they_end(tmp_path: Path, days: float, good: bool) -> None:
    certificate(tmp_path / "cert.pem", days)
    alarms = AlarmSettings(certificates=(tmp_path / "cert.pem",))
    (one,) = found(doors(settings(tmp_path, alarms=alarms)), "certificate")
    assert one.good is good
    assert ("renew it" in one.text) is not good


def test_a_file_that_is_no_certificate_is_bad(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("nothing")
    alarms = AlarmSettings(certificates=(tmp_path / "cert.pem", tmp_path / "none.pem"))
    texts = [one.text for one in found(doors(settings(tmp_path, alarms=alarms)), "certificate")]
    assert "PEM" in texts[0]
    assert "cannot be read" in texts[1]


def test_the_machine_is_looked_at(tmp_path: Path) -> None:
    names = [one.what for one in machine(tmp_path)]
    assert names == ["limits", "clock", "libraries", "compiler", "time zones", "disk"]
    assert found(machine(tmp_path), "libraries")[0].good


@pytest.mark.parametrize(("said", "good"), [("yes", True), ("no", False), ("", True)])
def test_a_clock_that_nobody_sets_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, good: bool
) -> None:
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (one,) = found(machine(tmp_path), "clock")
    assert one.good is good
    assert ("apt install chrony" in one.text) is not good


@pytest.mark.parametrize(("state", "said"), [(0, "synchronised, says"), (5, "nobody has told"), (None, "does not say")])
def test_without_systemd_the_kernel_is_asked_for_its_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: int | None, said: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(here_module, "_adjtimex", lambda: state)
    (one,) = found(machine(tmp_path), "clock")
    assert one.good
    assert said in one.text
    assert ("chronyc" in one.text) is (state != 0)


def test_the_kernel_answers_here() -> None:
    state = here_module._adjtimex()
    assert state is not None
    assert 0 <= state <= here_module.TIME_ERROR


def test_a_library_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here_module, "_version", lambda name: "0.0.1" if name == "msgspec" else None)
    (one,) = found(machine(tmp_path), "libraries")
    assert not one.good
    assert "msgspec>=0.19 (there is 0.0.1)" in one.text


def test_too_few_descriptors_and_no_time_zones_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here_module.resource, "getrlimit", lambda _which: (256, 1024))
    monkeypatch.setattr(here_module, "ZONES", ("Nowhere/Never",))
    assert "LimitNOFILE" in found(machine(tmp_path), "limits")[0].text
    assert "tzdata" in found(machine(tmp_path), "time zones")[0].text
