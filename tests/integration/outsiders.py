"""Phones and callers that were written elsewhere, as programs: PJSUA2 phones and sipp."""

import sys
from pathlib import Path
from typing import Any

from tests.integration.house import HOST, PATIENCE, PROMPTS, Entry, House, Program

PEERS = Path(__file__).parent / "peers"


class PjsuaPhone:
    """A PJSUA2 phone registered at the house's PBX; ``record`` is complete once `quit` or `ended` has returned."""

    def __init__(self, house: House, extension: str, *options: str, speak: str, record: Path) -> None:
        self.record = record
        self.extension = extension
        self.program: Program = house.peer(
            f"pjsua-{extension}-{len(house.phones)}",
            [
                *(sys.executable, str(PEERS / "pjsua_phone.py")),
                *("--registrar", f"{HOST}:{house.ports['pbx']}"),
                *("--user", extension, "--password", house.passwords[extension]),
                *("--speak", str(PROMPTS / f"{speak}.wav"), "--record", str(record)),
                *options,
            ],
        )
        self.program.expect("registered")

    def expect(self, event: str, *, within: float = PATIENCE, **facts: Any) -> Entry:
        return self.program.expect(event, within=within, **facts)

    def tell(self, wish: str) -> None:
        """One of the phone's own words: dial, answer, press, hangup, quit."""
        assert self.program.process.stdin is not None
        self.program.process.stdin.write(wish.encode() + b"\n")
        self.program.process.stdin.flush()

    def finish(self, wish: str = "quit") -> None:
        """Hang up or quit; the recording is complete."""
        self.tell(wish)
        self.expect("done")
        assert self.program.wait() == 0

    @property
    def heard_from(self) -> float:
        """Unix seconds of the recording's first sample."""
        return float(self.expect("recording")["at"])
