"""Who calls, and which way the call came: P-Asserted-Identity, Diversion, History-Info and User-to-User headers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from sip.errors import SipSyntaxError
from sip.grammar import format_params, parse_params, quote
from sip.headers import NameAddr
from sip.message import Request, Response

MAX_ENTRIES: Final = 20
"""Entries of one kind that are read; a call that was diverted more often is a loop."""
MAX_USER_DATA: Final = 256
"""Bytes of user-to-user data that are read and sent; the ISDN carries 128."""
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Diversion:
    """One diversion (RFC 5806): from whom, why (``no-answer``, ``user-busy``, ``unconditional``), how often."""

    address: NameAddr
    reason: str = "unknown"
    count: int = 1

    def __str__(self) -> str:
        params = (("reason", self.reason), ("counter", str(self.count)))
        return f"{NameAddr(self.address.address, self.address.display)}{format_params(params)}"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One target that the request had (RFC 7044), by its index such as ``1.1``; later targets come later."""

    address: NameAddr
    index: str


@dataclass(frozen=True, slots=True)
class UserToUser:
    """User data of the caller's side (RFC 7433), as bytes."""

    data: bytes
    purpose: str = ""

    def __str__(self) -> str:
        purpose = f";purpose={self.purpose}" if self.purpose else ""
        return f"{self.data.hex()};encoding=hex{purpose}"


def asserted_identities(message: Request | Response) -> list[NameAddr]:
    """Return whom the network says that the caller is (RFC 3325): a SIP and a tel address at the most.

    Only a message from a network that is trusted may be believed; that is the caller's business.
    """
    return _read(message, "P-Asserted-Identity", _identity)


def diversions(message: Request | Response) -> list[Diversion]:
    """Return who diverted the call, the last one first (RFC 5806 4)."""
    return _read(message, "Diversion", _diversion)


def history(message: Request | Response) -> list[HistoryEntry]:
    """Return the targets that the call had, in the order of the header (RFC 7044 5)."""
    return _read(message, "History-Info", _history_entry)


def user_to_user(message: Request | Response) -> list[UserToUser]:
    """Return the user data that came with the call; entries of unknown encoding are left out (RFC 7433 4.1)."""
    return _read(message, "User-to-User", _user_data)


def _read(message: Request | Response, name: str, read: Callable[[str], _Entry]) -> list[_Entry]:
    """Read the entries that can be read: a broken one says nothing, and costs the call nothing."""
    try:
        values = message.headers.values(name)[:MAX_ENTRIES]
    except SipSyntaxError:
        return []
    entries = []
    for value in values:
        try:
            entries.append(read(value))
        except SipSyntaxError:
            continue
    return entries


def _identity(value: str) -> NameAddr:
    address = NameAddr.parse(value)
    _ = address.uri
    return address


def _diversion(value: str) -> Diversion:
    address = _identity(value)
    digits = address.param("counter") or ""
    count = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 1
    return Diversion(NameAddr(address.address, address.display), (address.param("reason") or "unknown").lower(), count)


def _history_entry(value: str) -> HistoryEntry:
    address = _identity(value)
    index = address.param("index") or ""
    if not index or not all(part.isascii() and part.isdigit() for part in index.split(".")):
        raise SipSyntaxError("History-Info without an index")
    return HistoryEntry(NameAddr(address.address, address.display), index)


def _user_data(value: str) -> UserToUser:
    text, mark, tail = value.partition(";")
    params = {name.lower(): found for name, found in (parse_params(mark + tail) if mark else ())}
    text = text.strip().strip('"')
    encoding = (params.get("encoding") or "hex").lower()
    if encoding != "hex" or len(text) > 2 * MAX_USER_DATA:
        raise SipSyntaxError(f"user-to-user data of encoding {quote(encoding[:20])}, or too long")
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise SipSyntaxError("user-to-user data that is not hexadecimal") from error
    return UserToUser(data, params.get("purpose") or "")


def identity_headers(
    *,
    asserted: NameAddr | None = None,
    diverted: tuple[Diversion, ...] = (),
    user_data: UserToUser | None = None,
) -> list[tuple[str, str]]:
    """Return headers for `UserAgent.invite`: who calls, who diverted (the last one first), and user data.

    Raises:
        ValueError: more user data than `MAX_USER_DATA`.
    """
    if user_data is not None and len(user_data.data) > MAX_USER_DATA:
        raise ValueError(f"more than {MAX_USER_DATA} bytes of user-to-user data")
    return [
        *([("P-Asserted-Identity", str(asserted))] if asserted is not None else []),
        *(("Diversion", str(diversion)) for diversion in diverted),
        *([("User-to-User", str(user_data))] if user_data is not None else []),
    ]
