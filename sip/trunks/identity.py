"""Who calls, and which way the call came: P-Asserted-Identity, Privacy, Diversion, History-Info, User-to-User."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import unquote

from sip.errors import SipSyntaxError
from sip.grammar import format_params, parse_params, quote
from sip.headers import NameAddr
from sip.message import Request, Response
from sip.uri import SipUri

MAX_ENTRIES: Final = 20
"""Entries of one kind that are read; a call that was diverted more often is a loop."""
MAX_USER_DATA: Final = 256
"""Bytes of user-to-user data that are read and sent; the ISDN carries 128."""
_SIP_CAUSE: Final = re.compile(r"(?i)^\s*SIP\s*;(?:[^,]*;)?\s*cause\s*=\s*([1-6][0-9][0-9])(?![0-9])")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Diversion:
    """One diversion (RFC 5806): from whom, why (``no-answer``, ``user-busy``, ``unconditional``), how often.

    ``private``: who diverted is not to be shown (``privacy`` other than ``off``).
    """

    address: NameAddr
    reason: str = "unknown"
    count: int = 1
    private: bool = False

    def __str__(self) -> str:
        private = (("privacy", "full"),) if self.private else ()
        params = (("reason", self.reason), ("counter", str(self.count)), *private)
        return f"{NameAddr(self.address.address, self.address.display)}{format_params(params)}"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One target that the request had (RFC 7044), by its index such as ``1.1``; later targets come later.

    ``cause`` is the SIP status for which the call left this target (302, 408, 486 ...), 0 where none is told;
    ``private``: the target is not to be shown.
    """

    address: NameAddr
    index: str
    cause: int = 0
    private: bool = False

    def __str__(self) -> str:
        reason = [f"Reason=SIP%3Bcause%3D{self.cause}"] if self.cause else []
        asked = "&".join([*reason, *(["Privacy=history"] if self.private else [])])
        address = self.address.address.partition("?")[0] + (f"?{asked}" if asked else "")
        return f"{NameAddr(address, self.address.display)};index={self.index}"


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
    reason = (address.param("reason") or "unknown").lower()
    private = (address.param("privacy") or "off").lower() not in ("off", "no")
    return Diversion(NameAddr(address.address, address.display), reason, count, private)


def _history_entry(value: str) -> HistoryEntry:
    address = _identity(value)
    index = address.param("index") or ""
    if not index or not all(part.isascii() and part.isdigit() for part in index.split(".")):
        raise SipSyntaxError("History-Info without an index")
    plain, _, asked = address.address.partition("?")
    headers = {
        unquote(name).lower(): unquote(found)
        for name, _, found in (pair.partition("=") for pair in asked.split("&")[:MAX_ENTRIES])
    }
    cause = _SIP_CAUSE.search(headers.get("reason", ""))
    private = bool({"history", "session", "header"} & _privacy_values(headers.get("privacy", "")))
    return HistoryEntry(NameAddr(plain, address.display), index, int(cause[1]) if cause else 0, private)


def _privacy_values(value: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in value.split(";")[:MAX_ENTRIES] if part.strip())


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


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls whom, and which way the call came, as far as the INVITE says so and can be read.

    ``caller`` is From, which anybody may write as he likes; ``asserted`` is what the network vouches for, to be
    believed only where the network is trusted. ``private``: the caller wants not to be shown (RFC 3323, RFC 3325).
    ``called`` is the Request-URI, ``dialled`` the address in To. ``diversions`` are the last one first, ``history`` the
    targets in their order. ``referred_by`` is who had the call made (RFC 3892).
    """

    caller: NameAddr
    called: SipUri
    dialled: NameAddr
    asserted: tuple[NameAddr, ...] = ()
    private: bool = False
    diversions: tuple[Diversion, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    user_data: tuple[UserToUser, ...] = ()
    referred_by: NameAddr | None = None

    @classmethod
    def of(cls, request: Request) -> "Identity":
        """Read an INVITE.

        Raises:
            SipSyntaxError: From, To or the Request-URI cannot be read; all else is left out where it cannot.
        """
        referrers = _read(request, "Referred-By", _identity)
        return cls(
            caller=request.from_,
            called=request.target,
            dialled=request.to,
            asserted=tuple(asserted_identities(request)),
            private=bool({"id", "user", "header"} & privacy_of(request)),
            diversions=tuple(diversions(request)),
            history=tuple(history(request)),
            user_data=tuple(user_to_user(request)),
            referred_by=referrers[0] if referrers else None,
        )

    def number(self, *, trusted: bool) -> str:
        """Return the caller's number or name: the asserted one where the network is ``trusted``, else that of From.

        Empty for a caller without one (RFC 3323 4.1.1.3: ``anonymous``).
        """
        for address in (*(self.asserted if trusted else ()), self.caller):
            try:
                user = address.uri.user
            except SipSyntaxError:
                continue  # From of another scheme; any text may stand there
            if user and user.lower() != "anonymous":
                return user
        return ""

    @property
    def first_dialled(self) -> str:
        """The number that the caller dialled before any diversion: of history, diversions, To, whichever knows."""
        oldest = [*(entry.address for entry in self.history[:1]), *(entry.address for entry in self.diversions[-1:])]
        for address in (*oldest, self.dialled):
            try:
                if address.uri.user:
                    return address.uri.user
            except SipSyntaxError:
                continue
        return self.called.user


def privacy_of(message: Request | Response) -> frozenset[str]:
    """Return what Privacy asks for (RFC 3323 4.2, RFC 3325 9.3): ``id``, ``user``, ``header``, ``none`` ..."""
    return frozenset(part for value in message.headers.all("Privacy")[:MAX_ENTRIES] for part in _privacy_values(value))


def identity_headers(
    *,
    asserted: NameAddr | None = None,
    private: bool = False,
    diverted: tuple[Diversion, ...] = (),
    history_info: tuple[HistoryEntry, ...] = (),
    user_data: UserToUser | None = None,
) -> list[tuple[str, str]]:
    """Return headers for `UserAgent.invite`: who calls, who diverted (the last one first), the targets, user data.

    ``private`` asks the network to show nobody who calls (``Privacy: id``); the program chooses From accordingly.

    Raises:
        ValueError: more user data than `MAX_USER_DATA`.
    """
    if user_data is not None and len(user_data.data) > MAX_USER_DATA:
        raise ValueError(f"more than {MAX_USER_DATA} bytes of user-to-user data")
    return [
        *([("P-Asserted-Identity", str(asserted))] if asserted is not None else []),
        *([("Privacy", "id")] if private else []),
        *(("Diversion", str(diversion)) for diversion in diverted),
        *(("History-Info", str(entry)) for entry in history_info),
        *([("User-to-User", str(user_data))] if user_data is not None else []),
    ]


def redirected(
    entries: tuple[HistoryEntry, ...], to: NameAddr, cause: int, first: NameAddr | None = None
) -> tuple[HistoryEntry, ...]:
    """Return the history of a call that goes on to ``to``, because its last target said ``cause`` (RFC 7044 10.3).

    ``first`` is the target so far, where no history came with the call.
    """
    known = entries or ((HistoryEntry(first, "1"),) if first is not None else ())
    if not known:
        return (HistoryEntry(to, "1"),)
    *before, last = known
    left = HistoryEntry(last.address, last.index, cause or last.cause, last.private)
    return (*before, left, HistoryEntry(to, f"{last.index}.1"))
