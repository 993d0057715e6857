"""The kept inputs: one file each, in a folder for each target; those that once broke something have telling names."""

import re
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
_CHOSEN: Final = re.compile(r"[0-9a-f]{12}")
"""The name of an input that was chosen because of where it goes."""


def files(target: str) -> list[Path]:
    """A target's inputs."""
    folder = CORPUS / target
    return sorted(folder.iterdir()) if folder.is_dir() else []


def kept(target: str) -> list[bytes]:
    """The same, read."""
    return [path.read_bytes() for path in files(target)]


def regressions(target: str) -> list[Path]:
    """Those that broke something once."""
    return [path for path in files(target) if not _CHOSEN.fullmatch(path.name)]
