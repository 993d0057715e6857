"""Writes what this release writes for every kind of event, once for a release: ``python -m tests.recordings``.

A file that is there is never written over: it is what that release wrote, and what every later one must read.
"""

import json
import sys
from pathlib import Path

from cti_server.storage.codec import KINDS
from cti_server.storage.journal import row_of
from cti_server.storage.schema import program_version
from tests.recordings.kinds import every_kind

FOLDER = Path(__file__).parent / "kinds"


def written(target: Path, *, anew: bool) -> bool:
    """Write the file, or add the kinds that it lacks; whether something was written.

    With ``anew`` kinds that were not yet released are written again.
    """
    lines = [] if anew or not target.exists() else target.read_text(encoding="utf-8").splitlines()
    there = {row["kind"]: row for row in map(json.loads, lines)}
    rows = {row.event.__class__.__name__: row_of(row) for row in every_kind()}
    if set(there) >= set(rows):
        return False
    target.parent.mkdir(exist_ok=True)
    lines = [json.dumps({**rows.get(kind, {}), **there.get(kind, {})}) for kind in sorted({*rows, *there})]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return True


def main() -> None:
    """Write the file of this release; ``--anew`` before it is released."""
    target = FOLDER / f"kinds_{program_version().replace('.', '_')}.jsonl"
    changed = written(target, anew="--anew" in sys.argv[1:])
    sys.stdout.write(f"{target}: {len(KINDS)} kinds, {'written' if changed else 'nothing new'}\n")


if __name__ == "__main__":
    main()
