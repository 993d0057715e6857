"""The spool: a folder in which a mail and its recording stay until the mail server has them; no restart loses one.

Each mail is a JSON file, written whole or not at all, with its attachment beside it. Everything here blocks.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from cti_server.vocabulary.ids import RequestId
from cti_server.vocabulary.outside import SendMail

_SENT_SECONDS: Final = 7 * 86_400.0
"""How long it is remembered that a mail was sent, in case the wish for it comes again after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail in the spool; times are Unix seconds.

    ``to`` are those who have not got it yet; ``attachment`` is the file's name in the spool, ``shown_as`` the name that
    the reader sees; ``said`` is why it is still here.
    """

    id: str
    made: float
    to: tuple[str, ...]
    subject: str
    text: str
    attachment: str | None = None
    shown_as: str = ""
    tries: int = 0
    due: float = 0.0
    said: str = ""


class Spool:
    """Mails on disk below ``folder``: those to be sent, ``failed/`` for people to look at, ``sent/`` for a week."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._failed, self._sent = folder / "failed", folder / "sent"

    def open(self, now: float) -> list[Mail]:
        """Make the folders where they are missing, forget what was sent long ago, give what is to be sent.

        Raises:
            OSError: the folder cannot be made or read.
        """
        for folder in (self.folder, self._failed, self._sent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for draft in self.folder.glob("*.new"):
            draft.unlink(missing_ok=True)
        for mark in self._sent.iterdir():
            if mark.stat().st_mtime < now - _SENT_SECONDS:
                mark.unlink(missing_ok=True)
        found = [self._read(file) for file in sorted(self.folder.glob("*.json"))]
        return [mail for mail in found if mail is not None]

    def take(self, request: RequestId, wish: SendMail, now: float, recording: Path | None, most_bytes: int) -> Mail:
        """Put a mail into the spool, with the recording's copy; the same wish a second time is the same mail.

        A recording that is not there, or is too large, is told of in the text: the message about it must not be lost.

        Raises:
            OSError: it cannot be written.
        """
        name = _name(request, wish)
        known = self._read(self.folder / f"{name}.json")
        if known is not None:
            return known
        mail = Mail(id=name, made=now, to=wish.to, subject=wish.subject, text=wish.text, due=now)
        if self.was_sent(mail):
            return mail
        if wish.file:
            mail = self._attach(mail, wish.file, recording, most_bytes)
        self.write(mail)
        return mail

    def was_sent(self, mail: Mail) -> bool:
        """Whether it is done with already."""
        return (self._sent / mail.id).exists()

    def write(self, mail: Mail) -> None:
        """Keep the mail as it is now, durably."""
        draft = self.folder / f"{mail.id}.json.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(mail), indent=2))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self.folder / f"{mail.id}.json")
        _sync(self.folder)

    def sent(self, mail: Mail) -> None:
        """It is with the mail server."""
        (self._sent / mail.id).touch(mode=0o600)
        self._drop(mail)

    def fail(self, mail: Mail) -> None:
        """Put it aside for people to look at."""
        self.write(mail)
        for name in (f"{mail.id}.json", mail.attachment):
            if name is not None and (self.folder / name).exists():
                (self.folder / name).replace(self._failed / name)
        _sync(self._failed)

    def attachment(self, mail: Mail) -> bytes | None:
        """The attached file's content."""
        return None if mail.attachment is None else (self.folder / mail.attachment).read_bytes()

    def failed_count(self) -> int:
        """How many were put aside."""
        return sum(1 for _ in self._failed.glob("*.json"))

    def _attach(self, mail: Mail, shown_as: str, recording: Path | None, most_bytes: int) -> Mail:
        if recording is None or not recording.is_file():
            return replace(mail, text=f"{mail.text}\n\nThe recording {shown_as} was not found.")
        if recording.stat().st_size > most_bytes:
            return replace(mail, text=f"{mail.text}\n\nThe recording is too large for a mail. It is in {recording}.")
        name = f"{mail.id}{recording.suffix}"
        draft = self.folder / f"{name}.new"
        with recording.open("rb") as source, draft.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        draft.chmod(0o600)
        draft.replace(self.folder / name)
        return replace(mail, attachment=name, shown_as=Path(shown_as).name)

    def _drop(self, mail: Mail) -> None:
        (self.folder / f"{mail.id}.json").unlink(missing_ok=True)
        if mail.attachment is not None:
            (self.folder / mail.attachment).unlink(missing_ok=True)
        _sync(self.folder)

    def _read(self, file: Path) -> Mail | None:
        """A mail's file; one that cannot be read is put aside, so that it stops nothing else."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=Mail)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            file.replace(self._failed / file.name)
            return None


def _name(request: RequestId, wish: SendMail) -> str:
    """The same for the same wish, and another one where a new journal counts its requests from the start again."""
    content = msgspec.json.encode(wish)
    kept = "".join(character if character.isalnum() or character == "-" else "_" for character in request)[:40]
    return f"{kept}-{hashlib.sha256(content).hexdigest()[:16]}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
