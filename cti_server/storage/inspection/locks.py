"""Who has a file lock, asked of the kernel without taking the lock oneself: a server that starts must not meet us."""

import os
from pathlib import Path
from typing import Final

TABLE: Final = Path("/proc/locks")
"""Linux: proc(5). ``1: FLOCK  ADVISORY  WRITE 1234 fe:01:7340 0 EOF``: process, device and inode."""


def lock_holder(file: Path, table: Path = TABLE) -> int:
    """The process that has the file locked by ``flock``; 0 where nobody has, or the system does not say."""
    try:
        found = file.stat()
        lines = table.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return 0
    wanted = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for line in lines:
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == wanted and words[4].isdecimal():
            return int(words[4])
    return 0
