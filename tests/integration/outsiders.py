"""Phones and callers that were written elsewhere, as programs: PJSUA2 phones and sipp."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Self

from media_service.codecs.g711 import SAMPLE_RATE
from tests.fakes.listening import Linear, Match, loudness, match, samples_of
from tests.integration.house import HOST, PATIENCE, PROMPTS, START, Entry, House, Program

HEARD = 0.9
"""Above this score of `match` a prompt was heard."""
PIECE = 0.4
SPEECH = 500.0
PEERS = Path(__file__).parent / "peers"


def in_pieces(heard: Linear | Path, prompt: Path, *, start: float = 0.0, seconds: float | None = None) -> Match:
    """Find a prompt, or a part of it, by pieces of 0.4 s that are not silent.

    ``score`` is the share of pieces that were heard, 0 to 1, ``offset`` where the prompt begins by most of them. A
    phone that stutters on a busy machine shifts what comes after: no match of the whole, but of all pieces but one.
    """
    spoken, length = samples_of(prompt), round(PIECE * SAMPLE_RATE)
    first = round(start * SAMPLE_RATE)
    end = len(spoken) if seconds is None else first + round(seconds * SAMPLE_RATE)
    begins = range(first, end - length + 1, length)
    pieces = {begin: spoken[begin : begin + length].astype("<i2") for begin in begins}
    loud = {begin: match(heard, piece) for begin, piece in pieces.items() if loudness(piece) > SPEECH}
    found = [one.offset - (begin - first) / SAMPLE_RATE for begin, one in loud.items() if one.score > HEARD]
    return Match(median(found), len(found) / len(loud)) if found else Match(0.0, 0.0)


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
        self.program.expect("registered", within=START)

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
        self.gone()

    def gone(self) -> None:
        """It ended by itself, for its call is over; the recording is complete."""
        self.expect("ended")
        self.expect("done")
        assert self.program.wait() == 0
        self.program.stop()

    def share_heard(self, name: str) -> float:
        """How much of what the other side speaks was heard, 0 to 1."""
        return in_pieces(self.record, PROMPTS / f"{name}.wav").score

    @property
    def heard_from(self) -> float:
        """Unix seconds of the recording's first sample."""
        return float(self.expect("recording")["at"])


class Sipp:
    """Callers of sipp's: one for each line, a number and the UDP port where its media is received.

    Args:
        house: whose PBX they call.
        scenario: a file in ``peers/``.
        callers: the fields of each caller, as the scenario names them.
        seconds: how long each stays after the answer.
        transport: udp or tcp.
        rate: calls that begin in one second.
    """

    def __init__(
        self,
        house: House,
        scenario: str,
        callers: Sequence[Sequence[object]],
        *,
        seconds: float,
        transport: str = "udp",
        rate: int = 4,
    ) -> None:
        self.folder = house.folder / f"sipp-{len(list(house.folder.glob('sipp-*')))}"
        self.folder.mkdir()
        lines = ["SEQUENTIAL", *(";".join(str(field) for field in caller) for caller in callers)]
        (self.folder / "callers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                *(shutil.which("sipp") or "sipp", "-sf", str(PEERS / scenario), "-inf", "callers.csv"),
                *("-m", str(len(callers)), "-r", str(rate), "-d", str(round(seconds * 1000)), "-s", "7000"),
                *("-t", {"udp": "u1", "tcp": "t1"}[transport], "-i", HOST, "-nostdin", "-timeout", "50s"),
                *("-trace_err", "-error_file", "errors", f"{HOST}:{house.ports['pbx']}"),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def finish(self, within: float = 40.0) -> tuple[int, str]:
        """The exit status, 0 where every call went as the scenario says, and what sipp says of the others."""
        output, _ = self._process.communicate(timeout=within)
        errors = self.folder / "errors"
        said = errors.read_text(encoding="utf-8", errors="replace") if errors.exists() else ""
        return self._process.returncode, said + output[-1500:].decode("utf-8", "replace")
