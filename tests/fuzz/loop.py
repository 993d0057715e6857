"""The loop of one target in its own process: atheris and libFuzzer run it, findings become files.

``python -m tests.fuzz.loop TARGET FINDINGS FOLDER... [libFuzzer's options]``: it learns into the first folder. The code
under test is instrumented, so nothing of it may be imported before.
"""

import hashlib
import re
import sys
import traceback
from pathlib import Path
from random import Random
from time import process_time
from typing import Final

import atheris

with atheris.instrument_imports(include=["csta", "sip", "media_service"]):
    from tests.fuzz.bounds import seconds_for
    from tests.fuzz.target import PropertyBrokenError, Target
    from tests.fuzz.targets import TARGETS

_SLOWED: Final = 4
"""How much slower instrumented code is; what is slow here is measured again without."""
_WORD: Final = re.compile(r"[A-Za-z]{2,40}")
_OURS: Final = re.compile(r"/(csta|sip|media_service)/")
_MAX_OF_A_KIND: Final = 3


class _Loop:
    def __init__(self, target: Target, findings: Path) -> None:
        self._target = target
        self._findings = findings
        self._others = list(target.seeds())
        self._seen: dict[str, int] = {}

    def one(self, data: bytes) -> None:
        """Run one input; what it breaks is kept, and the loop goes on."""
        started = process_time()
        try:
            self._target.run(data)
        except Exception as error:  # noqa: BLE001 - every one is a finding
            self._keep(self._kind(error), data, "".join(traceback.format_exception(error)))
            return
        took = process_time() - started
        if took > seconds_for(self._target, data) * _SLOWED:
            self._keep("slow", data, f"took {took:.3f} s")

    def _kind(self, error: Exception) -> str:
        places = traceback.extract_tb(error.__traceback__)
        if isinstance(error, PropertyBrokenError):
            # What was checked, and what sort of thing it was about.
            about = _WORD.findall(str(error))
            return f"{places[-2].name.strip('_')}-{places[-2].lineno}-{'-'.join(about[:2])}"
        place = ([place for place in places if _OURS.search(place.filename)] or places)[-1]
        return f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}"

    def _keep(self, kind: str, data: bytes, text: str) -> None:
        self._seen[kind] = self._seen.get(kind, 0) + 1
        if self._seen[kind] > _MAX_OF_A_KIND:
            return
        name = f"{kind}-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:8]}"
        (self._findings / name).write_bytes(data)
        (self._findings / f"{name}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        """Another input: of the format's own mutator, or of libFuzzer's."""
        random = Random(seed)
        if not random.randrange(5):
            return bytes(atheris.Mutate(data, max_size))
        return self._target.mutate(data, random, self._others)[:max_size]


def main() -> None:
    """Fuzz."""
    target = TARGETS[sys.argv[1]]
    loop = _Loop(target, Path(sys.argv[2]))
    options = [sys.argv[0], *sys.argv[3:], f"-max_len={target.max_bytes}"]
    atheris.Setup(options, loop.one, custom_mutator=loop.mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
