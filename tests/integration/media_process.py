"""A media service in a process of its own that plays its music to whoever calls, for the tests of its media."""

import secrets
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

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
unattended: {{after: 0.1, limit: 60}}
"""


class MediaProcess:
    """Nobody attends its calls, so that each is answered at once and hears `MUSIC`. Use it in a ``with`` statement."""

    def __init__(self, folder: Path, engine: str, codecs: str = "PCMA, PCMU", srtp: str = "optional") -> None:
        ports = free_ports({"control": 0, "sip": 0, "registrar": 0})
        control, self.sip, registrar = ports["control"], ports["sip"], ports["registrar"]
        first = next(port for port in iter(lambda: 20_000 + 2 * secrets.randbelow(4_000), 0) if free_block(port, 16))
        self.log = folder / "media.log"
        text = _CONFIG.format(
            control=control,
            host=HOST,
            sip=self.sip,
            registrar=registrar,
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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise

    def expect(self, text: str, within: float = 15.0) -> None:
        """Wait until the log has ``text``."""
        deadline = time.monotonic() + within
        while text not in self.log.read_text(encoding="utf-8"):
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)
