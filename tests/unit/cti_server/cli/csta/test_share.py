"""The options of ``callwright csta share``, and whom it lets in."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from csta.dialects import openscape_business, openscape_voice
from csta.session_settings import Credentials
from csta.sharing import SharingSettings
from csta.transport import TlsError, TlsSettings
from cti_server.cli.command import main
from cti_server.cli.csta.share import Side, say, share, verifier

USUAL = ("--listen", ":8801", "--to", "192.0.2.7", "--dialect")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*USUAL, "openscape_nowhere"), "no dialect is called"),
        ((*USUAL, "openscape_business", "--profile", "morse"), "no profile"),
        ((*USUAL, "openscape_business", "--listen-profile", "morse"), "no profile"),
        ((*USUAL, "openscape_4000"), "no usual port"),
        (("--listen", "here", "--to", "192.0.2.7", "--dialect", "openscape_business"), "not of the form HOST:PORT"),
        ((*USUAL, "openscape_voice", "--listen-user", "max"), "name no user"),
        ((*USUAL, "openscape_business", "--listen-password-file", "FILE"), "--listen-user"),
        ((*USUAL, "openscape_business", "--listen-tls-key", "FILE"), "--listen-tls-certificate"),
        ((*USUAL, "openscape_business", "--applications", "0"), "--applications"),
    ],
)
def test_wrong_options_are_told(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x\n")
    given = [str(file) if word == "FILE" else word for word in words]
    done = CliRunner().invoke(main, ["csta", "share", *given])
    assert done.exit_code == 2
    assert told in done.output


def test_who_may_come_in() -> None:
    right = Credentials("max", "geheim77")
    verify = verifier(right)
    assert verify is not None
    assert verify(Credentials("max", "geheim77"))
    for wrong in (None, Credentials("max", "geheim"), Credentials("moritz", "geheim77"), Credentials("", "")):
        assert not verify(wrong)
    assert verifier(None) is None


def test_certificates_of_no_use_are_refused_before_anything_is_opened() -> None:
    dialect = openscape_business.DIALECT
    side = Side(host="127.0.0.1", port=0, profile=dialect.profile(), tls=TlsSettings(ca=Path("/nowhere.pem")))
    other = Side(host="127.0.0.1", port=0, profile=openscape_voice.DIALECT.profile())
    work = share(dialect, side, other, SharingSettings())
    with pytest.raises(TlsError, match=r"nowhere\.pem"):
        work(object()).send(None)  # type: ignore[arg-type] # it gets no further than to the reactor's name


def test_lines_of_the_log_have_their_time_and_no_control_characters() -> None:
    lines: list[str] = []
    say("switch \x1b[2J: up", lines.append)
    (line,) = lines
    assert line[2] == line[5] == ":"
    assert line[8] == "."
    assert line[12] == " "
    assert "\x1b" not in line
    assert line.endswith(": up")
