"""The CSTA part of the lab's settings: listeners, route devices and faults, with every problem at its line."""

from pathlib import Path

import pytest

from csta.dialects import Encoding, Framing
from csta.session_settings import Credentials
from lab.csta_settings import route_plans
from lab.faults import Rate
from lab.settings import load_lab
from tests.unit.lab.test_settings import shipped

DIALECT = "  dialect: openscape_voice\n  heartbeat: 30\n"


def changed(folder: Path, csta: str = "", faults: str = "  # door: ../run/lab-faults") -> Path:
    """The shipped file with another dialect line and more faults; there is a password file."""
    file = shipped(folder)
    text = file.read_text()
    assert DIALECT in text
    text = text.replace(DIALECT, f"{csta or '  dialect: openscape_voice'}\n  heartbeat: 30\n")
    file.write_text(text.replace("  # door: ../run/lab-faults", faults))
    (folder / "config/secrets/csta-password").write_text("open sesame\n")
    return file


def test_the_shipped_listener_is_openscape_voice_without_a_password(tmp_path: Path) -> None:
    lab, problems = load_lab(shipped(tmp_path))
    assert problems == []
    assert lab is not None
    (only,) = lab.listeners
    assert (only.host, only.port, only.dialect.name, only.verify) == ("127.0.0.1", 11040, "openscape_voice", None)
    assert lab.door is None


def test_several_listeners_with_profiles_settings_and_passwords(tmp_path: Path) -> None:
    text = """\
  dialect: openscape_4000
  profile: xml
  segment: 10
  routes: [{pilot: 7500, default: 7301, reply_timeout: 2}]
  others:
    - {port: 0, dialect: openscape_business, user: callwright, password_file: secrets/csta-password}
    - {port: 0, dialect: openscape_4000, dialect_settings: {framing: tpkt, links: 2}}"""
    lab, problems = load_lab(changed(tmp_path, text, "  door: ../run/lab-faults\n"))
    assert problems == []
    assert lab is not None
    first, second, third = lab.listeners
    assert (first.profile.encoding, second.profile.encoding, third.profile.framing) == (
        Encoding.XML,
        Encoding.BER,
        Framing.TPKT,
    )
    assert third.dialect.limits.links == 2
    assert second.verify is not None
    tried = (Credentials("callwright", "open sesame"), Credentials("callwright", "open sesamé"), None)
    assert [second.verify(one) for one in tried] == [True, False, False]
    assert "open sesame" not in repr(second)
    plan = route_plans(lab.settings.csta)["7500"]
    assert (plan.default, plan.reply_timeout) == ("7301", 2.0)
    assert lab.door == (tmp_path / "run/lab-faults").resolve()


def test_rates_of_faults_are_read_by_their_names(tmp_path: Path) -> None:
    file = shipped(tmp_path)
    file.write_text(file.read_text().replace("  rates: {}", "  rates: {wrong-answer: 0.5, split: 1}"))
    lab, problems = load_lab(file)
    assert problems == []
    assert lab is not None
    assert lab.settings.faults.rates == {Rate.WRONG_ANSWER: 0.5, Rate.SPLIT: 1}


@pytest.mark.parametrize(
    ("csta", "message"),
    [
        ("  dialect: openscape_5000", "csta.dialect: "),
        ("  dialect: openscape_4000\n  profile: bar", "csta: openscape_4000 has no profile 'bar'"),
        ("  dialect: openscape_voice\n  dialect_settings: {linx: 3}", "csta: openscape_voice has no setting 'linx'"),
        ("  dialect: openscape_business\n  user: me", "csta: user and password_file belong together"),
        (
            "  dialect: openscape_voice\n  user: me\n  password_file: secrets/csta-password",
            "csta.user: nobody logs in with user and password in this profile",
        ),
        (
            "  dialect: openscape_business\n  user: me\n  password_file: secrets/none",
            "csta.password_file: the password file",
        ),
        (
            "  dialect: openscape_4000\n  tls: {certificate: nowhere.pem}",
            "csta.tls.certificate: there is no file nowhere.pem",
        ),
        ("  dialect: openscape_4000\n  routes: [{pilot: 7001}]", "csta.routes[0].pilot: 7001 is no pilot"),
        (
            "  dialect: openscape_4000\n  routes: [{pilot: 7000, default: 7000}]",
            "csta.routes[0].default: 7000 is no extension and no other pilot",
        ),
        (
            "  dialect: openscape_4000\n  routes: [{pilot: 7000}, {pilot: 7000}]",
            "csta.routes[1].pilot: 7000 is given",
        ),
        ("  dialect: openscape_voice\n  others: [{dialect: openscape_4000, profile: bar}]", "csta.others[0]: "),
    ],
)
def test_every_problem_stands_at_its_place(tmp_path: Path, csta: str, message: str) -> None:
    lab, problems = load_lab(changed(tmp_path, csta))
    assert lab is None
    assert message in "\n".join(map(str, problems))


def test_a_door_too_long_for_a_socket_and_a_rate_above_one_are_told(tmp_path: Path) -> None:
    lab, problems = load_lab(changed(tmp_path, faults=f"  door: {'x' * 200}"))
    assert lab is None
    assert "faults.door: " in str(problems[0])
    file = shipped(tmp_path / "other")
    file.write_text(file.read_text().replace("  rates: {}", "  rates: {lose: 2}"))
    assert "faults.rates.lose" in "\n".join(map(str, load_lab(file)[1]))
