"""The operators' console in the hands of a real telnet client on a terminal, while the whole house runs."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest

from tests.integration.house import HOST, PASSWORD, USER, House, house

pytestmark = pytest.mark.timeout(120)

PROMPT = "callwright> "
INSTALL = "telnet is needed for this test: apt-get install telnet"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Telnet:
    """The telnet program on a terminal of its own: keys go in, text comes out."""

    def __init__(self, port: int) -> None:
        program = shutil.which("telnet")
        assert program is not None, INSTALL
        self._terminal, child = pty.openpty()
        # So large that nothing is shown page by page: that is tried in test_console_doors.
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 300, 0, 0))
        environment = {**os.environ, "TERM": "xterm"}
        self.process = subprocess.Popen(
            [program, HOST, str(port)], stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True
        )
        os.close(child)
        self._text = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        os.close(self._terminal)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def read_until(self, text: str, within: float = 15.0) -> str:
        """Everything shown up to and with ``text``; control sequences are left out."""
        deadline = time.monotonic() + within
        while text not in self._text:
            rest = deadline - time.monotonic()
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, rest))
            assert ready, f"not shown within {within:g} s: {text!r}; shown was {self._text!r}"
            try:
                shown = os.read(self._terminal, 65536)
            except OSError:  # Linux's word for the other side having gone
                shown = b""
            assert shown, f"telnet ended before {text!r}: {self._text!r}"
            self._text = CONTROL.sub("", self._text + shown.decode("utf-8", "replace"))
        found, _, self._text = self._text.partition(text)
        return found + text

    def log_in(self, password: str = PASSWORD) -> None:
        self.read_until("user: ")
        self.type(f"{USER}\r")
        self.read_until("password: ")
        self.type(f"{password}\r")

    def ask(self, line: str) -> str:
        """What a command shows, up to the next prompt."""
        self.type(f"{line}\r")
        self.read_until("\n")
        return self.read_until(PROMPT)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("console")) as running:
        yield running


@contextmanager
def session(home: House) -> Iterator[Telnet]:
    with Telnet(home.ports["console"]) as telnet:
        telnet.log_in()
        telnet.read_until(PROMPT)
        yield telnet


def test_three_wrong_passwords_end_a_session_and_disturb_no_other(home: House) -> None:
    with session(home) as good, Telnet(home.ports["console"]) as stranger:
        for _ in range(3):
            stranger.log_in("not the password")
            assert "sales" in good.ask("show queues")
            shown = stranger.read_until("wrong user or password")
            assert "not the password" not in shown
        assert stranger.process.wait(10) is not None
        assert len(home.log.find("console log-in refused: wrong user or password")) == 3
        assert "anna" in good.ask("show agents")


def test_keys_complete_and_recall_lines(home: House) -> None:
    with session(home) as telnet:
        telnet.type("sh\tqu\t\r")
        assert "show queues" in telnet.read_until("\n")
        assert "sales" in telnet.read_until(PROMPT)
        telnet.type("\x1b[A\r")
        assert "show queues" in telnet.read_until("\n")
        assert "sales" in telnet.read_until(PROMPT)
        telnet.type("agent logon an\t")
        telnet.read_until("agent logon anna")
        telnet.type("\x15")
        telnet.type("show lonks\x7f\x7f\x7f\x7finks\r")
        telnet.read_until("\n")
        assert "media-1" in telnet.read_until(PROMPT)
        assert "show links" in telnet.ask("show lniks")


def test_everything_is_shown_and_a_call_is_followed(home: House) -> None:
    with session(home) as telnet, session(home) as watching:
        watching.type("tail\r")
        watching.read_until("\n")
        phone = home.agent("7101")
        assert "anna is logged on at 7101" in telnet.ask("agent logon anna 7101")
        assert "AgentLoggedOn" in watching.read_until("anna")
        caller = home.caller("7201", "--press", "1@0.3")
        watching.read_until("ContactQueued")
        assert re.search(r"1 +.*sales", telnet.ask("show calls"))
        assert "anna is ready" in telnet.ask("agent ready anna")
        watching.read_until("ContactAnswered")
        assert re.search(r"anna +Anna Adler +ready +.*7101", telnet.ask("show agents"))
        for command, word in {
            "show calls": "anna",
            "show queues": "service",
            "show links": "openscape_voice",
            "show ports": "7004",
            "show contacts": "sales",
            "help": "agent ready",
            "help reload": "reload",
        }.items():
            assert word in telnet.ask(command), command
        life = telnet.ask("contact 1")
        places = [life.index(word) for word in ("ContactOpened", "ContactQueued", "OfferMade", "ContactAnswered")]
        assert places == sorted(places)
        assert "refused" in telnet.ask("agent logoff anna")
        assert "no agent" in telnet.ask("agent ready nobody")
        assert "no contact" in telnet.ask("contact 4711").lower()
        caller.stop()
        phone.expect("ended")
        watching.read_until("ContactReleased")
        watching.type("\r")
        watching.read_until(PROMPT)
        assert "sales" in watching.ask("show queues")


def test_a_reload_changes_everything_or_nothing(home: House) -> None:
    file = home.config / "site" / "queues.yaml"
    good = file.read_text()
    line = next(number for number, text in enumerate(good.splitlines(), 1) if "ring_time: 12" in text)
    with session(home) as telnet:
        assert "nothing to change" in telnet.ask("reload")
        since = home.mark()
        try:
            file.write_text(good.replace("ring_time: 12", "ring_tme: 12", 1))
            told = telnet.ask("reload")
            assert f"queues.yaml:{line}: queues.0.ring_tme: " in told.replace("[0]", ".0")
            assert "ring_time" in told.partition("ring_tme")[2]
            assert "nothing was loaded" in told
            file.write_text("queues: [\n")
            assert re.search(r"queues\.yaml:\d+: ", telnet.ask("reload"))
            assert not home.log.find("PlanLoaded", since)
            file.write_text(good.replace("ring_time: 12", "ring_time: 7", 1))
            told = telnet.ask("reload")
            assert "queue sales: ring_time 12" in told
            assert "loaded" in told
            home.expect("PlanLoaded", since=since)
            assert "nothing to change" in telnet.ask("reload")
        finally:
            file.write_text(good)
            telnet.ask("reload")


def test_quit_ends_the_session(home: House) -> None:
    with session(home) as telnet:
        telnet.type("quit\r")
        assert telnet.process.wait(10) is not None
