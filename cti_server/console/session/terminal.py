"""One console session on a terminal: log-in, line editing, history, completion, pages, live events and live tables.

Twisted's terminal modules import the reactor as a side effect; import this module inside functions only.
"""

# Twisted leaves these modules without annotations.
# mypy: allow-untyped-calls

from typing import TYPE_CHECKING, Final

import structlog
from twisted.python.failure import Failure

from cti_server.console.command import EndOfSession, TailRequested, WatchRequested
from cti_server.console.parsing import LONGEST_LINE
from cti_server.console.rights import Actor
from cti_server.console.session.house import House, Timer
from cti_server.console.session.screen import MORE, Canvas, Pages, believed
from cti_server.console.session.tailing import Tail
from cti_server.console.shell import FAILED, Shell, common_start

if TYPE_CHECKING:
    from twisted.conch.recvline import HistoricRecvLine as LineEditor
else:
    # At run time `open_session` puts the line editor behind the session's own class.
    LineEditor = object

PROMPT: Final = "callwright> "
LONGEST_HISTORY: Final = 200
LONGEST_AHEAD: Final = 4096
_CTRL_C, _CTRL_D, _CTRL_L, _CTRL_U, _CTRL_H, _DEL = b"\x03", b"\x04", b"\x0c", b"\x15", b"\x08", b"\x7f"
_CHARACTERS = frozenset(bytes([code]) for code in range(32, 127))
_PASSWORD_KEYS = frozenset({b"\r", b"\n", _CTRL_C, _CTRL_D, _CTRL_H, _DEL})
_LIVE = frozenset({"tail", "watch", "more"})


class ConsoleTerminal(LineEditor):
    """The session's states: asking the user, asking the password, waiting, at the prompt, showing something live.

    Args:
        house: the console that it belongs to.
        door: telnet or ssh.
        peer: the address that the user comes from.
        actor: the user, where the door has let them in already.
        first: a line to carry out at once; the session ends with it.
    """

    ps = (PROMPT.encode(), b"... ")

    def __init__(
        self, house: House, *, door: str, peer: str, actor: Actor | None = None, first: str | None = None
    ) -> None:
        super().__init__()
        self._house = house
        self._door, self._peer = door, peer
        self._state = "user"
        self._user = "" if actor is None else actor.user
        self._tries_left = house.tries
        self._actor = actor
        self._first = first
        self._shell: Shell | None = None
        self._size: tuple[int, int] | None = None
        self._tail: Tail | None = None
        self._pages: Pages | None = None
        self._watched: WatchRequested | None = None
        self._canvas = Canvas(self._raw)
        self._refresh: Timer | None = None
        self._idle: Timer | None = None
        self._last_key = 0.0
        self._slow = self._gone = self._no_more_keys = self._replaying = False
        self._kept: list[str] = []
        self._ahead: list[bytes] = []
        self.log = structlog.get_logger(peer=peer)

    # --- the session ------------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Greet and ask for the user, unless the door has done that."""
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
        if self._actor is not None:
            self._welcome(self._actor)

    def initializeScreen(self) -> None:  # noqa: N802 - Twisted's name
        """Leave the user's screen as it is, and begin with the greeting."""
        self.setInsertMode()
        if self._actor is None:
            self._idle = self._house.call_later(self._house.log_in_limit, self._say_goodbye)
            self._write("Callwright console\n")
            self._ask("user")

    def terminalSize(self, width: int, height: int) -> None:  # noqa: N802 - Twisted's name
        """The terminal's size, as it says; what is live is drawn anew, and all else stays as it is."""
        self._size = believed(width, height)
        if self._state == "watch":
            self._canvas.begin(*self._size)
            self._draw()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """Let go of everything."""
        if self._gone:
            return
        self._gone = True
        self._end_live()
        self._cancel(self._idle)
        if self._actor is not None and self._kept:
            lines = [line.decode("utf-8", "replace") for line in self.historyLines]
            self._house.keep_lines(
                self._user, [line for line in lines if self._shell is None or self._shell.keeps(line)]
            )
        self._house.leave(self)
        super().connectionLost(reason)

    def pause(self) -> None:
        """The terminal takes no more for now: nothing live is written until it does."""
        self._slow = True
        if self._tail is not None:
            self._tail.pause()

    def resume(self) -> None:
        """The terminal takes more again."""
        self._slow = False
        if self._tail is not None:
            self._tail.resume()
        self._replay()

    def end_of_input(self) -> None:
        """No more keys come: what was typed is carried out, then the session ends."""
        self._no_more_keys = True
        if self._state != "busy":
            self.close()

    def close(self, text: str = "") -> None:
        """End the session, with a last line for the user."""
        if self._gone:
            return
        if self._state == "watch":
            self._canvas.end()
        if text:
            self._write(f"{text}\n")
        self.terminal.loseConnection()

    def _say_goodbye(self) -> None:
        self.close("\nnobody was there" if self._actor is not None else "nobody logged in")

    def _stay(self) -> None:
        """A key came: the time without one begins anew.

        The timer is left as it is: to set it anew at each key costs a flood of keys much more than the keys themselves.
        """
        self._last_key = self._house.now()

    def _wait_for_keys(self) -> None:
        """Let the session end where no key has come for so long; look again when the last one is as long ago."""
        left = self._last_key + self._house.idle_limit - self._house.now()
        if left <= 0.0:
            self._say_goodbye()
            return
        self._idle = self._house.call_later(left, self._wait_for_keys)

    # --- lines and keys ---------------------------------------------------------------------------------------------

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
        """Enter: ends the line. A password never enters the history."""
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
        self._stay()
        if self._state == "busy" or (self._slow and self._state not in _LIVE):
            # A terminal that reads nothing is asked nothing more either: what would be answered has nowhere to go.
            if len(self._ahead) < LONGEST_AHEAD:
                self._ahead.append(keyID)
            return
        if self._state in _LIVE:
            self._live_key(keyID)
            return
        if keyID not in self.keyHandlers and keyID not in _CHARACTERS:
            return
        if self._state == "password" and keyID not in _CHARACTERS | _PASSWORD_KEYS:
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
        if self._first is not None and self._actor is not None:
            self.close()
            return
        self._state = state
        self.ps = ((PROMPT if state == "prompt" else f"{state}: ").encode(), b"... ")
        self.pn = 0
        self.drawInputLine()
        self._replay()

    def _replay(self) -> None:
        """Take the keys that came while nothing could be done with them."""
        if self._replaying or self._state == "busy":
            return
        self._replaying = True
        ahead, self._ahead = self._ahead, []
        for key in ahead:
            self.keystrokeReceived(key, None)
        self._replaying = False
        if self._no_more_keys and self._state != "busy":
            self.close()

    def _verify(self, password: str) -> None:
        self._state = "busy"
        checked = self._house.log_in(self._user, password, door=self._door, peer=self._peer)
        checked.addCallbacks(self._verified, self._defect)

    def _verified(self, actor: Actor | None) -> None:
        if self._gone:
            return
        if actor is not None:
            self._welcome(actor)
            return
        self._tries_left -= 1
        self._house.call_later(self._house.wrong_password_delay, self._again)

    def _again(self) -> None:
        if self._gone:
            return
        self._write("wrong user or password\n")
        if self._tries_left <= 0:
            self.close()
            return
        self._ask("user")

    def _welcome(self, actor: Actor) -> None:
        self._state = "busy"
        self._actor, self._user = actor, actor.user
        self._shell = self._house.shell_of(actor, self._progress)
        self._stay()
        self._cancel(self._idle)
        self._wait_for_keys()
        self._house.lines_of(actor.user).addBoth(self._begin)

    def _begin(self, lines: list[str] | Failure) -> None:
        if self._gone:
            return
        if isinstance(lines, list):
            self.historyLines = [line.encode() for line in lines][-LONGEST_HISTORY:]
            self.historyPosition = len(self.historyLines)
        if self._first is not None:
            self._execute(self._first)
            return
        self._write("Welcome. help lists the commands.\n")
        self._ask("prompt")

    # --- commands ---------------------------------------------------------------------------------------------------

    def _execute(self, line: str) -> None:
        if self._shell is None:
            return
        self._state = "busy"
        self._kept.append(line)
        done = self._shell.execute(line, None if self._size is None else self._size[0])
        done.addCallbacks(self._show, self._no_text)
        done.addErrback(self._defect)

    def _show(self, text: str) -> None:
        if self._gone:
            return
        shown = text.rstrip("\n")
        if self._size is not None and shown.count("\n") >= self._size[1]:
            self._pages = Pages(shown, self._size[1])
            self._turn(self._pages.page())
            return
        if shown:
            self._write(shown + "\n")
        self._ask("prompt")

    def _turn(self, page: str) -> None:
        """Show a page, and ask whether to go on."""
        self._state = "more"
        self._write(page + "\n")
        if self._pages is not None and self._pages.left:
            self._write(MORE)
        else:
            self._pages = None
            self._ask("prompt")

    def _no_text(self, failure: Failure) -> None:
        match failure.value:
            case EndOfSession():
                self.close("bye")
            case TailRequested() as wish:
                self._begin_tail(wish)
            case WatchRequested() as wish:
                self._begin_watch(wish)
            case _:
                self._defect(failure)

    def _defect(self, failure: Failure) -> None:
        self.log.error("console command failed", exception=failure.getTraceback())
        self._show(FAILED)

    def _progress(self, line: str) -> None:
        if not self._slow:
            self._write(f"{line}\n")

    # --- what is live -----------------------------------------------------------------------------------------------

    def _begin_tail(self, wish: TailRequested) -> None:
        if self._actor is None:
            return
        self._state = "tail"
        self._write("live events; Enter, q or Ctrl-C ends them\n")
        operations = self._house.operations_of(self._actor)
        self._tail = Tail(operations, wish.filters, lambda line: self._write(f"{line}\n"))

    def _begin_watch(self, wish: WatchRequested) -> None:
        self._state = "watch"
        self._watched = wish
        self._size = self._size or believed(0, 0)
        self._canvas.begin(*self._size)
        self._draw()

    def _draw(self) -> None:
        """Ask again and draw what has changed; while the terminal is slow it is let be."""
        self._cancel(self._refresh)
        if self._gone or self._watched is None or self._shell is None:
            return
        self._refresh = self._house.call_later(self._watched.seconds, self._draw)
        if not self._slow:
            self._shell.execute(self._watched.shown, self._canvas.width).addCallbacks(self._drawn, self._defect)

    def _drawn(self, text: str) -> None:
        if self._state == "watch" and not self._gone and self._watched is not None:
            self._canvas.draw([self._watched.title, "", *text.split("\n")])

    def _live_key(self, key: bytes) -> None:
        if self._state == "more" and self._pages is not None and key in {b" ", b"\r", b"\n"}:
            self._raw(b"\r\x1b[K")
            self._turn(self._pages.page() if key == b" " else self._pages.line())
        elif self._state == "watch" and key == b"s" and self._watched is not None:
            self._watched.turn()
            self._draw()
        elif self._state == "watch" and key == b"f" and self._watched is not None:
            self._watched.narrow()
            self._draw()
        elif key in {b"q", b"Q", b"\r", b"\n", _CTRL_C, _CTRL_D}:
            self._end_live()
            self._ask("prompt")

    def _end_live(self) -> None:
        self._cancel(self._refresh)
        if self._tail is not None:
            self._tail.stop()
        if self._state == "watch" and not self._gone:
            self._canvas.end()
        if self._state == "more" and not self._gone:
            self._raw(b"\r\x1b[K")
        self._tail = self._watched = self._refresh = self._pages = None

    # --- keys -------------------------------------------------------------------------------------------------------

    def handle_TAB(self) -> None:  # noqa: N802 - Twisted's name
        """Complete the last word as far as it is clear; show what it may be where it is not."""
        if self._state != "prompt" or self._shell is None:
            return
        before = b"".join(self.lineBuffer[: self.lineBufferIndex]).decode("utf-8", "replace")
        choices = self._shell.complete(before)
        last = "" if before.endswith(" ") or not before else before.split()[-1]
        rest = common_start(choices)[len(last) :]
        if len(choices) == 1 and not choices[0].endswith("="):
            rest += " "
        for letter in rest.encode():
            super().characterReceived(bytes([letter]), False)
        if not rest and len(choices) > 1:
            self.handle_END()
            self._write("\n" + "  ".join(choices) + "\n")
            self.drawInputLine()

    def _interrupt(self) -> None:
        self.terminal.nextLine()
        self.lineBuffer = []
        self.lineBufferIndex = 0
        self._ask("user" if self._state == "password" else self._state)

    def _end(self) -> None:
        if not self.lineBuffer:
            self.close("bye")

    def _clear(self) -> None:
        self.terminal.eraseDisplay()
        self.terminal.cursorHome()
        self.drawInputLine()

    def _kill_line(self) -> None:
        while self.lineBufferIndex > 0:
            self.handle_BACKSPACE()

    @staticmethod
    def _cancel(timer: Timer | None) -> None:
        if timer is not None and timer.active():
            timer.cancel()

    def _write(self, text: str) -> None:
        self._raw(text.encode("utf-8", "replace"))

    def _raw(self, data: bytes) -> None:
        if not self._gone:
            self.terminal.write(data)


def open_session(
    house: House, *, door: str, peer: str, actor: Actor | None = None, first: str | None = None
) -> ConsoleTerminal:
    """A session on Twisted's line editor with history."""
    from twisted.conch.recvline import HistoricRecvLine  # noqa: PLC0415 - imports the reactor as a side effect

    made = type("ConsoleSession", (ConsoleTerminal, HistoricRecvLine), {})
    session = made(house, door=door, peer=peer, actor=actor, first=first)
    assert isinstance(session, ConsoleTerminal)  # noqa: S101 - for the type checker
    return session
