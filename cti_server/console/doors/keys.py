"""Key files of the SSH door: the server's own key, made at its first start, and the users' authorized keys."""

import base64
import binascii
import hmac
import os
import re
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_USER: Final = re.compile(r"[a-z][a-z0-9._-]{0,31}")
LARGEST_FILE: Final = 64 * 1024
_TYPES: Final = re.compile(
    r"(?:^|\s)(?P<type>(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+)\s+(?P<blob>[A-Za-z0-9+/=]+)"
)


class KeyFileError(Exception):
    """A key file cannot be read or written, or is no secret; the text says which."""


def host_key(file: Path) -> bytes:
    """The server's own key as OpenSSH writes it; made (Ed25519, readable by the server's user alone) if missing.

    Raises:
        KeyFileError: it cannot be read or made, or others can read it.
    """
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            raise KeyFileError(f"{file} can be read by others: chmod 600 {file}")
        return file.read_bytes()
    except OSError as fault:
        raise KeyFileError(f"{file}: {fault.strerror}") from fault


def authorized(folder: Path, user: str, blob: bytes) -> bool:
    """Whether the key is in the user's file, which is as OpenSSH's authorized_keys.

    A line with options before its key is passed over: what they ask for cannot be promised here.
    """
    if not _USER.fullmatch(user):
        return False
    try:
        with (folder / user).open("rb") as stream:
            text = stream.read(LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return False
    return any(hmac.compare_digest(key, blob) for key in map(_key, text.splitlines()) if key is not None)


def _make(file: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(text)


def _key(line: str) -> bytes | None:
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    found = _TYPES.search(line)
    # Options stand before the key: a line that limits its key is not taken as one that does not.
    if found is None or line[: found.start()].strip():
        return None
    try:
        return base64.b64decode(found["blob"], validate=True)
    except (ValueError, binascii.Error):
        return None
