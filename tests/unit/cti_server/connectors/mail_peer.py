"""A real SMTP server on loopback (aiosmtpd), which keeps what it gets and refuses what a test wants."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Peer:
    """``refuse`` answers a recipient by its address; ``trouble`` answers every message."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuse: dict[str, str] = {}
        self.trouble = ""
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        if self.trouble:
            return self.trouble
        self.got.append(envelope)
        return "250 OK"


@contextmanager
def peer(**arguments: Any) -> Iterator[Peer]:
    one = Peer()
    controller = Controller(one, hostname="127.0.0.1", port=_free_port(), **arguments)
    controller.start()
    one.port = controller.port
    try:
        yield one
    finally:
        controller.stop()


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
