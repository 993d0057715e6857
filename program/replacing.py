"""A file of secrets replaced as a whole: readable by its owner alone, who stays the same whoever replaces it."""

import os
import secrets
from pathlib import Path


def replace_secret(file: Path, text: str) -> None:
    """Put ``text`` in the place of what the file has, durably; its folder is made where it is missing.

    A program reads such a file as a user of its own. Where root replaces it, it goes on to belong to whom it belonged
    to; a new one belongs to whom its folder belongs to.

    Raises:
        OSError: it cannot be written; what was there is there as before.
    """
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            if os.geteuid() == 0:
                owner = (file if file.exists() else file.parent).stat()
                os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
