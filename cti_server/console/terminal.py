"""One console session on a telnet terminal: log-in, line editing, history, completion, live events.

Twisted's terminal modules import the reactor as a side effect; import this module inside functions only.
"""

# Twisted leaves these modules without annotations.
# mypy: allow-untyped-calls

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

import structlog
from twisted.conch.insults.insults import ServerProtocol
from twisted.conch.telnet import OptionRefused, TelnetBootstrapProtocol, TelnetTransport
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionClosed
from twisted.python.failure import Failure

from cti_server.console.command import EndOfSession, TailRequested
from cti_server.console.parsing import LONGEST_LINE
from cti_server.console.shell import Shell, common_start
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.events import Recorded

if TYPE_CHECKING:
    from twisted.conch.recvline import HistoricRecvLine as LineEditor
else:
    # At run time `open_session` puts the line editor behind the session's own class.
    LineEditor = object

PROMPT = "callwright> "
LONGEST_HISTORY = 200
LONGEST_AHEAD = 4096
LONGEST_ESCAPE = 64
LONGEST_NEGOTIATION = 4096
_CTRL_C, _CTRL_D, _CTRL_L, _CTRL_U, _CTRL_H, _DEL = b"\x03", b"\x04", b"\x0c", b"\x15", b"\x08", b"\x7f"
_CHARACTERS = frozenset(bytes([code]) for code in range(32, 127))
_PASSWORD_KEYS = frozenset({b"\r", b"\n", _CTRL_C, _CTRL_D, _CTRL_H, _DEL})


class Timer(Interface):
    """A call that is to come."""

    def cancel(self) -> None:
        """Let it not come."""

    def active(self) -> bool:
        """Whether it is still to come."""


class House(Interface):
    """What a session needs of the console that it belongs to."""

    def verify(self, user: str, password: str) -> Deferred[bool]:
        """Whether the password is the user's."""

    def shell(self) -> Shell:
        """The commands."""

    def listen(self, listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        """Live events."""

    def event_lines(self) -> EventLines:
        """Turns rows into facts, knowing the open contacts' calls."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds."""

    def leave(self, session: "ConsoleTerminal") -> None:
        """The session is over."""

    @property
    def wrong_password_delay(self) -> float:
        """Seconds before a wrong password is answered."""

    @property
    def tries(self) -> int:
        """Log-in attempts per session."""

    @property
    def idle_limit(self) -> float:
        """Seconds without a key after which a session that is not logged on is closed."""


class ConsoleTerminal(LineEditor):
    """The session's states: asking the user, asking the password, waiting, at the prompt, showing live events."""

    ps = (PROMPT.encode(), b"... ")

    def __init__(self, house: House, peer: str) -> None:
        super().__init__()
        self._house = house
        self._peer = peer
        self._state = "user"
        self._user = ""
        self._tries_left = house.tries
        self._shell = house.shell()
        self._stop_tail: Callable[[], None] | None = None
        self._idle: Timer | None = None
        self._gone = False
        self._ahead: list[bytes] = []
        self.log = structlog.get_logger(peer=peer)

    # --- the session ------------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Greet and ask for the user."""
        super().connectionMade()
        self.keyHandlers.update(
            {
                _CTRL_C: self._interrupt,
                _CTRL_D: self._end,
                _CTRL_H: self.handle_BACKSPACE,
                _CTRL_L: self._clear,
                _CTRL_U: self._kill_line,
            }
        )
        self._idle = self._house.call_later(self._house.idle_limit, self._say_goodbye)

    def initializeScreen(self) -> None:  # noqa: N802 - Twisted's name
        """Leave the user's screen as it is, and begin with the greeting."""
        self.setInsertMode()
        self._write("Callwright console\n")
        self._ask("user")

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """Let go of everything."""
        self._gone = True
        self._end_tail()
        self._cancel_idle()
        self._house.leave(self)
        super().connectionLost(reason)

    def close(self, text: str = "") -> None:
        """End the session, with a last line for the user."""
        if self._gone:
            return
        if text:
            self._write(f"{text}\n")
        self.terminal.loseConnection()

    def _say_goodbye(self) -> None:
        self.close("nobody logged in")

    # --- lines ------------------------------------------------------------------------------------------------------

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """One line, for whatever the session is waiting for."""
        text = line.decode("utf-8", "replace")
        match self._state:
            case "user":
                self._user = text.strip()[:64]
                self._ask("password")
            case "password":
                self._verify(text)
            case "prompt":
                self._execute(text)
            case _:
                pass

    def handle_RETURN(self) -> None:  # noqa: N802 - Twisted's name
        """Enter: ends the line, or the live events. A password never enters the history."""
        if self._state == "tail":
            self._interrupt()
            return
        if self._state != "prompt":
            line = b"".join(self.lineBuffer)
            self.lineBuffer = []
            self.lineBufferIndex = 0
            self.terminal.nextLine()
            self.lineReceived(line)
            return
        super().handle_RETURN()
        del self.historyLines[:-LONGEST_HISTORY]
        self.historyPosition = len(self.historyLines)

    def characterReceived(self, ch: bytes, moreCharactersComing: bool) -> None:  # noqa: N802, N803 - Twisted's
        """A character of the line; a password is not shown, and a line has an end."""
        if len(self.lineBuffer) >= LONGEST_LINE:
            return
        if self._state == "password":
            self.lineBuffer.insert(self.lineBufferIndex, ch)
            self.lineBufferIndex += 1
            return
        super().characterReceived(ch, moreCharactersComing)

    def keystrokeReceived(self, keyID: bytes, modifier: object) -> None:  # noqa: N802, N803 - Twisted's names
        """A key; one that means nothing here is passed over without a word."""
        if self._state == "busy":
            if len(self._ahead) < LONGEST_AHEAD:
                self._ahead.append(keyID)
            return
        if keyID not in self.keyHandlers and keyID not in _CHARACTERS:
            return
        if self._state == "password" and keyID not in _CHARACTERS | _PASSWORD_KEYS:
            return
        if self._state == "tail" and keyID not in {b"\r", b"\n", _CTRL_C, _CTRL_D}:
            return
        super().keystrokeReceived(keyID, modifier)

    def handle_BACKSPACE(self) -> None:  # noqa: N802 - Twisted's name
        """Take the last character back; unseen in a password."""
        if self._state == "password":
            if self.lineBufferIndex > 0:
                self.lineBufferIndex -= 1
                del self.lineBuffer[self.lineBufferIndex]
            return
        super().handle_BACKSPACE()

    # --- log-in -----------------------------------------------------------------------------------------------------

    def _ask(self, state: str) -> None:
        self._state = state
        self.ps = ((PROMPT if state == "prompt" else f"{state}: ").encode(), b"... ")
        self.pn = 0
        self.drawInputLine()
        ahead, self._ahead = self._ahead, []
        for key in ahead:
            self.keystrokeReceived(key, None)

    def _verify(self, password: str) -> None:
        self._state = "busy"
        checked = self._house.verify(self._user, password)
        checked.addCallbacks(self._verified, self._defect)

    def _verified(self, right: bool) -> None:
        if self._gone:
            return
        if right:
            self._cancel_idle()
            self.log.info("console log-in", user=self._user)
            self._write("Welcome. help lists the commands.\n")
            self._ask("prompt")
            return
        self._tries_left -= 1
        self.log.warning("console log-in refused: wrong user or password", user=self._user)
        self._house.call_later(self._house.wrong_password_delay, self._again)

    def _again(self) -> None:
        if self._gone:
            return
        self._write("wrong user or password\n")
        if self._tries_left <= 0:
            self.close()
            return
        self._ask("user")

    # --- commands ---------------------------------------------------------------------------------------------------

    def _execute(self, line: str) -> None:
        self._state = "busy"
        try:
            done = self._shell.execute(line)
        except Exception:
            self.log.exception("console command failed", line=line)
            self._show("the command failed; the log says why")
            return
        done.addCallbacks(self._show, self._no_text)
        done.addErrback(self._defect)

    def _show(self, text: str) -> None:
        if self._gone:
            return
        if text:
            self._write(text.rstrip("\n") + "\n")
        self._ask("prompt")

    def _no_text(self, failure: Failure) -> None:
        if isinstance(failure.value, EndOfSession):
            self.close("bye")
        elif isinstance(failure.value, TailRequested):
            self._tail()
        else:
            self._defect(failure)

    def _defect(self, failure: Failure) -> None:
        self.log.error("console command failed", exception=failure.getTraceback())
        self._show("the command failed; the log says why")

    def _tail(self) -> None:
        self._state = "tail"
        lines = self._house.event_lines()
        self._write("live events; Enter or Ctrl-C ends them\n")

        def show(rows: Sequence[Recorded]) -> None:
            for row in rows:
                facts = " ".join(f"{name}={value}" for name, value in lines.facts(row).items())
                self._write(f"{type(row.event).__name__:<20} {facts}\n")

        self._stop_tail = self._house.listen(show)

    def _end_tail(self) -> None:
        if self._stop_tail is not None:
            self._stop_tail()
            self._stop_tail = None

    # --- keys -------------------------------------------------------------------------------------------------------

    def handle_TAB(self) -> None:  # noqa: N802 - Twisted's name
        """Complete the last word as far as it is clear; show what it may be where it is not."""
        if self._state != "prompt":
            return
        before = b"".join(self.lineBuffer[: self.lineBufferIndex]).decode("utf-8", "replace")
        choices = self._shell.complete(before)
        last = "" if before.endswith(" ") or not before else before.split()[-1]
        rest = common_start(choices)[len(last) :]
        if len(choices) == 1:
            rest += " "
        for letter in rest.encode():
            super().characterReceived(bytes([letter]), False)
        if not rest and len(choices) > 1:
            self.handle_END()
            self._write("\n" + "  ".join(choices) + "\n")
            self.drawInputLine()

    def _interrupt(self) -> None:
        if self._state == "tail":
            self._end_tail()
            self._ask("prompt")
        else:
            self.terminal.nextLine()
            self.lineBuffer = []
            self.lineBufferIndex = 0
            self._ask("user" if self._state == "password" else self._state)

    def _end(self) -> None:
        if self._state == "tail" or not self.lineBuffer:
            self.close("bye")

    def _clear(self) -> None:
        self.terminal.eraseDisplay()
        self.terminal.cursorHome()
        self.drawInputLine()

    def _kill_line(self) -> None:
        while self.lineBufferIndex > 0:
            self.handle_BACKSPACE()

    def _cancel_idle(self) -> None:
        if self._idle is not None and self._idle.active():
            self._idle.cancel()
        self._idle = None

    def _write(self, text: str) -> None:
        if not self._gone:
            self.terminal.write(text.encode("utf-8", "replace"))


def open_session(house: House, peer: str) -> ConsoleTerminal:
    """A session on Twisted's line editor with history."""
    from twisted.conch.recvline import HistoricRecvLine  # noqa: PLC0415 - imports the reactor as a side effect

    session = type("ConsoleSession", (ConsoleTerminal, HistoricRecvLine), {})(house, peer)
    assert isinstance(session, ConsoleTerminal)  # noqa: S101 - for the type checker
    return session


def build_telnet(session: ConsoleTerminal) -> TelnetTransport:
    """The telnet protocol around a session."""
    return _BoundedTelnet(TelnetBootstrapProtocol, _QuietTerminal, lambda: session)


class _BoundedTelnet(TelnetTransport):
    """Twisted's collects a subnegotiation without end, and logs what it does not understand at length."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand the data on; a peer whose telnet is garbage is let go, with one line in the log."""
        try:
            super().dataReceived(data)
        except (ValueError, IndexError, KeyError, AttributeError, AssertionError, struct.error) as fault:
            log = structlog.get_logger()
            log.warning("console: telnet cannot be understood", reason=repr(fault))
            log.debug("console: telnet cannot be understood", exc_info=True)
            self.transport.loseConnection()
            return
        if len(getattr(self, "commands", ())) > LONGEST_NEGOTIATION:
            structlog.get_logger().warning("console: telnet negotiation is too long")
            self.transport.loseConnection()

    def do(self, option: bytes) -> Deferred[Any]:
        """Ask for an option; a client may refuse it or leave before it answers, which is no error of ours."""
        asked: Deferred[Any] = super().do(option)
        return asked.addErrback(_without_the_option)

    def will(self, option: bytes) -> Deferred[Any]:
        """Offer an option; as in `do`."""
        offered: Deferred[Any] = super().will(option)
        return offered.addErrback(_without_the_option)


def _without_the_option(failure: Failure) -> bool:
    """Go on without it (RFC 854: any option may be refused)."""
    failure.trap(OptionRefused, ConnectionClosed)
    return False


class _QuietTerminal(ServerProtocol):
    """Twisted's wipes the screen at the end, which would take the last lines from the user."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keys; an escape sequence that has no end is forgotten."""
        super().dataReceived(data)
        if self.state == b"bracket-escaped" and len(self.escBuf) > LONGEST_ESCAPE:
            self.state = b"data"

    def reset(self) -> None:
        """Leave the screen as it is."""

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close without touching the screen."""
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Write lines that end with a line feed; the telnet layer below makes network lines of them."""
        if data:
            self.lastWrite = data
            self.transport.write(data)
