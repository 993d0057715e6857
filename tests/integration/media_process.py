"""A media service in a process of its own that plays its music to whoever calls, and records what they say."""

import secrets
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from media_service.control.actions import Action, Answer, HoldMusic, Record
from media_service.control.codec import Decoder, Kind, encode
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Hello,
    Ping,
    Place,
    Pong,
    SessionArrived,
    Verb,
    VerbEnded,
    Welcome,
)
from tests.integration.house import free_block, free_ports

HOST = "127.0.0.1"
PROMPTS = Path(__file__).parent.parent.parent / "prompts"
MUSIC = PROMPTS / "en" / "hold_music.wav"
"""What callers hear."""
_CONFIG = """\
name: media-1
control: {{port: {control}}}
sip: {{host: {host}, port: {sip}, session_timer: null}}
registrar: {{port: {registrar}, domain: lab.example}}
ports:
  - number: 7001-7004
    password_env: PORT_PASSWORD
rtp: {{ports: {first}-{last}}}
media: {{codecs: [{codecs}], srtp: {srtp}}}
engine: {engine}
prompts: {{directory: {prompts}}}
recordings: {{directory: {recordings}}}
"""


class _Attendant(threading.Thread):
    """A client of the control door: answers every call, records it, and plays it music."""

    def __init__(self, port: int) -> None:
        super().__init__(name="attendant", daemon=True)
        self.welcome = threading.Event()
        self._socket = socket.create_connection((HOST, port), 10)
        self._socket.settimeout(None)
        self._decoder = Decoder(Kind.SERVICE)

    def run(self) -> None:
        self._socket.sendall(encode(Hello(PROTOCOL_VERSION, "attendant")))
        while data := self._socket.recv(65_536):
            for message in self._decoder.feed(data):
                self._attend(message)

    def _attend(self, message: object) -> None:
        if isinstance(message, Welcome):
            self.welcome.set()
        elif isinstance(message, Ping):
            self._socket.sendall(encode(Pong()))
        elif isinstance(message, SessionArrived) and message.session.state == "ringing":
            self._do("answer", message.session.id, Answer())
        elif isinstance(message, VerbEnded) and message.id.startswith(("answer", "place")):
            self._do("record", message.session, Record(message.session, format="pcm"))
            self._do("music", message.session, HoldMusic("hold_music"))

    def _do(self, name: str, session: str, action: Action) -> None:
        self._socket.sendall(encode(Verb(f"{name}-{session}", session, action)))

    def place(self, target: str) -> None:
        self._socket.sendall(encode(Place("place-1", "placed", target, port="7001")))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._socket.close()


class MediaProcess:
    """Every call is answered at once, hears `MUSIC` and is recorded. Use it in a ``with`` statement.

    ``registrar`` is the port through which it calls others.
    """

    def __init__(
        self, folder: Path, engine: str, codecs: str = "PCMA, PCMU", srtp: str = "optional", registrar: int = 0
    ) -> None:
        ports = free_ports({"control": 0, "sip": 0, "registrar": 0})
        ports["registrar"] = registrar or ports["registrar"]
        self.sip = ports["sip"]
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self._control = ports["control"]
        self._attendant: _Attendant | None = None
        first = next(port for port in iter(lambda: 20_000 + 2 * secrets.randbelow(4_000), 0) if free_block(port, 16))
        self.log = folder / "media.log"
        text = _CONFIG.format(
            host=HOST,
            recordings=self.recordings,
            **ports,
            first=first,
            last=first + 15,
            codecs=codecs,
            srtp=srtp,
            engine=engine,
            prompts=PROMPTS,
        )
        config = folder / "media.yaml"
        config.write_text(text, encoding="utf-8")
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "media_service", "--config", str(config)]
            self._process = subprocess.Popen(command, stderr=log, env={"PORT_PASSWORD": "x", "PATH": "/usr/bin:/bin"})

    def __enter__(self) -> Self:
        self.expect("media service ready")
        self._attendant = _Attendant(self._control)
        self._attendant.start()
        assert self._attendant.welcome.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._attendant is not None:
            self._attendant.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise

    def place(self, target: str) -> None:
        """Call a SIP URI; who answers is treated as who calls."""
        assert self._attendant is not None
        self._attendant.place(target)

    def expect(self, text: str, within: float = 15.0) -> None:
        """Wait until the log has ``text``."""
        deadline = time.monotonic() + within
        while text not in self.log.read_text(encoding="utf-8"):
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def said(self) -> Path:
        """The recording of the one call there was, once it is over: what came from the caller on the left."""
        self.expect("call quality")
        (file,) = self.recordings.glob("**/*.wav")
        return file
