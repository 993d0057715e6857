"""A media service in a process of its own, called as a trunk: UDP, TCP, TLS and WebSocket, every codec, SRTP."""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.integration.house import HOST, free_block, free_ports
from tests.integration.peers.desk import Desk
from tests.unit.sip.transport.authority import Authority

PROMPTS = Path(__file__).parents[3] / "prompts"
_CONFIG = """\
name: media-1
control: {{port: {control}}}
sip:
  host: {host}
  port: {udp}
  tls_port: {tls}
  websocket_port: {ws}
  secure_websocket_port: {wss}
  tls: {{certificate: {certificate}, key: {key}, authorities: {authorities}}}
trunk: {{peers: [{host}], numbers: [ivr], lines: 8}}
rtp: {{ports: {first}-{last}}}
media: {{codecs: [PCMA, PCMU, G722, opus], srtp: optional}}
engine: {engine}
prompts: {{directory: {prompts}}}
recordings: {{directory: {recordings}}}
"""


class TrunkService:
    """The process and its `desk`. Use it in a ``with`` statement; its log must hold no errors at the end."""

    def __init__(self, folder: Path, engine: str = "native") -> None:
        self.folder = folder
        self.ports = free_ports({"control": 0, "udp": 0, "tls": 0, "ws": 0, "wss": 0})
        self.ports["tcp"] = self.ports["udp"]
        self.authority = Authority(folder)
        ours = self.authority.settings("localhost", HOST)
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self._log = folder / "media.log"
        self.config = folder / "media.yaml"
        first = next(port for port in iter(lambda: 28_000 + 2 * secrets.randbelow(1_500), 0) if free_block(port, 20))
        self.config.write_text(
            _CONFIG.format(
                host=HOST,
                engine=engine,
                certificate=ours.certificate,
                key=ours.key,
                authorities=ours.authorities,
                first=first,
                last=first + 19,
                prompts=PROMPTS,
                recordings=self.recordings,
                **self.ports,
            ),
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "media_service", "--config", str(self.config)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, env=dict(os.environ))
        deadline = time.monotonic() + 20
        while "media service ready" not in self.log():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        self.desk = Desk(self.ports["control"]).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process is not None
        self.desk.__exit__(None, None, None)
        self._process.terminate()
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise
        if kind is None:
            assert status == 0, self.log()
            assert '"level": "error"' not in self.log(), self.log()
            assert "Traceback" not in self.log(), self.log()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def uri(self, transport: str, host: str = HOST) -> str:
        """Whom a telephone dials; our certificate is for ``localhost`` and for the address."""
        return f"sip:ivr@{host}:{self.ports[transport]};transport={transport}"
