"""What transfers are made of: Replaces (RFC 3891), Refer-To, and the news that NOTIFY brings (RFC 3515, RFC 3420)."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from sip.errors import SipSyntaxError
from sip.grammar import find_param, parse_params
from sip.headers import NameAddr
from sip.message import Request

SIPFRAG: Final = "message/sipfrag"
_HEADER_VALUE: Final = "[]/?:+$-_.!~*'()"  # RFC 3261 25.1, hnv-unreserved and unreserved


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which call a new one takes the place of; the tags are as its receiver sees them: its own is ``to_tag``."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read the header.

        Raises:
            SipSyntaxError: no Call-ID, or not one tag of each side (RFC 3891 6.1).
        """
        call_id, mark, tail = value.partition(";")
        params = parse_params(mark + tail) if mark else ()
        to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
        if not call_id.strip() or not to_tag or not from_tag:
            raise SipSyntaxError("Replaces without Call-ID, to-tag and from-tag")
        return cls(call_id.strip(), to_tag, from_tag, find_param(params, "early-only") is not None)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def replaces_of(request: Request) -> Replaces | None:
    """Return what an INVITE wants to replace, ``None`` where nothing.

    Raises:
        SipSyntaxError: more than one Replaces, or a broken one: answer 400 (RFC 3891 3).
    """
    values = request.headers.all("Replaces")
    if len(values) > 1:
        raise SipSyntaxError("more than one Replaces")
    return Replaces.parse(values[0]) if values else None


def refer_to(target: str, replaces: Replaces | None = None) -> str:
    """Return a Refer-To value; with ``replaces`` the far end's INVITE will carry it (RFC 3891 7.1).

    Raises:
        SipSyntaxError: the target is no address, or asks for headers of its own.
    """
    if "?" in target:
        raise SipSyntaxError("a transfer target with headers in it")
    address = NameAddr.parse(f"<{target}>").address
    return (
        f"<{address}?Replaces={quote(str(replaces), safe=_HEADER_VALUE)}>" if replaces is not None else f"<{address}>"
    )


@dataclass(frozen=True, slots=True)
class ReferNews:
    """How far a transfer is: the status of the far end's new call; 0 where the NOTIFY does not say."""

    status: int
    reason: str
    over: bool

    @classmethod
    def of(cls, notify: Request) -> Self:
        """Read a NOTIFY; ``over`` where no more will come."""
        state = (notify.headers.get("Subscription-State") or "").partition(";")[0].strip().lower()
        status, reason = 0, ""
        line = notify.body[:200].partition(b"\n")[0].decode("utf-8", "replace").strip()
        parts = line.split(" ", 2)
        if notify.content_type == SIPFRAG and len(parts) >= 2 and parts[0].upper() == "SIP/2.0":
            digits = parts[1]
            if digits.isascii() and digits.isdigit() and len(digits) == 3:
                status, reason = int(digits), parts[2] if len(parts) > 2 else ""
        return cls(status, reason, state == "terminated" or status >= 200)
