"""PJSUA2, over any transport, with SRTP or without."""

import sys
from pathlib import Path

from tests.integration.outsiders import PEERS
from tests.integration.peers.phones.process import Telephone


class Pjsua(Telephone):
    """Calls ``uri`` when it begins, says what is in ``speech``; ``srtp`` is no, optional or mandatory.

    With a ``password`` it registers there first, as ``user``.
    """

    goodbye = ("quit",)
    hold = ("hold",)
    resume = ("resume",)

    def __init__(
        self,
        folder: Path,
        uri: str,
        authority: Path | None,
        speech: Path,
        *,
        codec: str = "PCMA",
        srtp: str = "no",
        user: str = "pjsua",
        password: str = "",
    ) -> None:
        folder.mkdir()
        self._heard = folder / "heard.wav"
        number, _, place = uri.removeprefix("sip:").partition("@")
        place, _, transport = place.partition(";transport=")
        self.command = [
            *(sys.executable, str(PEERS / "pjsua_phone.py"), "--registrar", place, "--transport", transport),
            *("--user", user, *(("--password", password) if password else ("--password", "none", "--unregistered"))),
            *(("--authority", str(authority)) if authority is not None else ()),
            *("--srtp", srtp, "--codec", codec, "--speak", str(speech), "--record", str(self._heard)),
            *("--dial", number),
        ]

    def press(self, digit: str) -> None:
        self.tell(f"press {digit}")

    def files(self) -> list[Path]:
        other = self._heard.with_name(f"{self._heard.name}.transferred.wav")
        return [self._heard, other] if other.exists() else [self._heard]
