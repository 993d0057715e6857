"""A client of the control door for tests that wait: it takes calls one by one and has verbs carried out."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from media_service.control.actions import Action, Answer, AskDigit, Play, Utterance
from media_service.control.codec import Decoder, Kind, encode
from media_service.control.messages import (
    PROTOCOL_VERSION,
    DigitHeard,
    Hello,
    Ping,
    Place,
    Pong,
    Port,
    PortChanged,
    Quality,
    Session,
    SessionArrived,
    SessionChanged,
    SessionEnded,
    Verb,
    VerbEnded,
    VerbResult,
    Welcome,
)

HOST = "127.0.0.1"


class Desk(threading.Thread):
    """Everything that the service tells is kept; each wait is bounded. Use it in a ``with`` statement."""

    def __init__(self, port: int) -> None:
        super().__init__(name="desk", daemon=True)
        self.ended: dict[str, SessionEnded] = {}
        self.changed: dict[str, Session] = {}
        self.digits: list[DigitHeard] = []
        self.qualities: dict[str, Quality] = {}
        self.ports: dict[str, Port] = {}
        self._arrived: queue.Queue[Session] = queue.Queue()
        self._verbs: dict[str, VerbResult] = {}
        self._news = threading.Condition()
        self._welcome = False
        self._count = 0
        self._socket = socket.create_connection((HOST, port), 10)
        self._socket.settimeout(None)
        self._decoder = Decoder(Kind.SERVICE)

    def __enter__(self) -> Self:
        self.start()
        self._socket.sendall(encode(Hello(PROTOCOL_VERSION, "desk")))
        self.until(lambda: self._welcome)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # the service has gone first
            self._socket.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._socket.close()

    def run(self) -> None:
        """Read until the connection ends."""
        with contextlib.suppress(ConnectionResetError):
            while data := self._socket.recv(65_536):
                with self._news:
                    for message in self._decoder.feed(data):
                        self._note(message)
                    self._news.notify_all()

    def _note(self, message: object) -> None:
        match message:
            case Welcome():
                self._welcome = True
                self.ports = {port.number: port for port in message.ports}
            case SessionArrived():
                self._arrived.put(message.session)
            case SessionChanged():
                self.changed[message.session.id] = message.session
            case SessionEnded():
                self.ended[message.session] = message
            case VerbEnded():
                self._verbs[message.id] = message.outcome
            case DigitHeard():
                self.digits.append(message)
            case Quality():
                self.qualities[message.session] = message
            case Ping():
                self._socket.sendall(encode(Pong()))  # who is silent for 15 s counts as gone
            case PortChanged():
                self.ports[message.port.number] = message.port

    def until(self, condition: Callable[[], object], within: float = 12.0) -> None:
        """Wait until news make it true."""
        with self._news:
            assert self._news.wait_for(condition, within), "it never came true"

    def session(self, within: float = 15.0) -> Session:
        """The next call that comes in."""
        return self._arrived.get(timeout=within)

    def answered(self, within: float = 15.0) -> str:
        """The next call that comes in, answered; its name."""
        session = self.session(within).id
        self.done(session, Answer())
        return session

    def do(self, session: str, action: Action) -> str:
        """Send a verb; its name."""
        self._count += 1
        name = f"desk-{self._count}"
        self._socket.sendall(encode(Verb(name, session, action)))
        return name

    def place(self, target: str, session: str) -> str:
        """Call a SIP URI; the name of the wish, whose `outcome` is that of the call."""
        self._count += 1
        name = f"desk-{self._count}"
        self._socket.sendall(encode(Place(name, session, target)))
        return name

    def outcome(self, verb: str, within: float = 12.0) -> VerbResult:
        """How the verb ended."""
        self.until(lambda: verb in self._verbs, within)
        return self._verbs[verb]

    def done(self, session: str, action: Action, within: float = 12.0) -> VerbResult:
        """Have it carried out; anything but a good end is an error."""
        outcome = self.outcome(self.do(session, action), within)
        assert outcome.result in {"finished", "recorded"}, outcome
        return outcome

    def over(self, session: str, within: float = 12.0) -> SessionEnded:
        """Wait until the call has ended, and its figures are in."""
        self.until(lambda: session in self.ended, within)
        return self.ended[session]

    def serve(self, first: str, second: str, press: Callable[[], None], after: float) -> str:
        """Answer the next call, play a prompt, take the digit that ``press`` makes ``after`` seconds, play the other.

        Returns the name of the session; the digit is the last of `digits`.
        """
        session = self.answered()
        verb = self.do(session, AskDigit((Utterance(prompt=first),), 6.0))
        time.sleep(after)
        press()
        outcome = self.outcome(verb)
        assert outcome.result == "digits", outcome
        self.done(session, Play((Utterance(prompt=second),)))
        return session

    def pressed(self, session: str) -> str:
        """All digits of the call so far."""
        return "".join(each.digit for each in self.digits if each.session == session)
