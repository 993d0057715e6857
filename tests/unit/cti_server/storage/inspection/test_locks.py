"""Who has a file lock, as the kernel tells it."""

import fcntl
import os
from pathlib import Path

from cti_server.storage.inspection.locks import lock_holder


def test_the_holder_is_found_and_the_lock_is_left_alone(tmp_path: Path) -> None:
    file, other = tmp_path / "one.writer", tmp_path / "two.writer"
    other.write_text("")
    with file.open("w") as lock:
        assert lock_holder(file) == 0
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert lock_holder(file) == os.getpid()
        assert lock_holder(other) == 0
    assert lock_holder(file) == 0


def test_what_cannot_be_known_is_nobody(tmp_path: Path) -> None:
    file, table = tmp_path / "one.writer", tmp_path / "locks"
    assert lock_holder(file) == 0
    file.write_text("")
    assert lock_holder(file, tmp_path / "none") == 0
    inode = file.stat().st_ino
    table.write_text(f"garbage\n1: FLOCK\n2: -> FLOCK ADVISORY WRITE 5 00:00:{inode} 0 EOF\n")
    assert lock_holder(file, table) == 0
