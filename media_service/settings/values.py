"""Values of the settings file: what an address, a number, a range of ports and a list may be."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field

T = TypeVar("T")

MAX_PORTS: Final = 1000
_RANGE = re.compile(r"\s*([0-9]{1,15})\s*-\s*([0-9]{1,15})\s*")
_NUMBER = re.compile(r"[0-9*#+]{1,32}")


def is_numeric(host: str) -> bool:
    """Tell whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def numeric_address(value: str) -> str:
    """Refuse what is no numeric address of one machine."""
    try:
        address = ip_address(value)
    except ValueError:
        raise ValueError("must be a numeric IP address of this machine, such as 127.0.0.1") from None
    if address.is_unspecified:
        raise ValueError("is written into SIP and SDP, so it must be one address of this machine, not all of them")
    return value


def as_text(value: object) -> object:
    """Take a number for its text, as YAML reads an extension."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def checked_numbers(value: str) -> str:
    """Refuse what is no number or range."""
    expand_numbers(value)
    return value


def at_least_one(value: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an empty list."""
    if not value:
        raise ValueError("must have one entry at least")
    return value


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no address or network."""
    for peer in value:
        try:
            ip_network(peer)
        except ValueError:
            raise ValueError(f"{peer!r} is no address or network, such as 192.0.2.10 or 192.0.2.0/24") from None
    return value


def udp_range(value: str) -> str:
    """Refuse what is no range of UDP ports."""
    expand_udp_range(value)
    return value


def expand_numbers(text: str) -> tuple[str, ...]:
    """Give the numbers of ``7001`` or of a range such as ``7001-7004``.

    Raises:
        ValueError: neither a number nor a rising range of at most `MAX_PORTS` numbers of one length.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        if not _NUMBER.fullmatch(text):
            raise ValueError("must be an extension's number such as 7001, or a range such as 7001-7004")
        return (text,)
    first, last = match.groups()
    if len(first) != len(last) or int(first) > int(last) or int(last) - int(first) >= MAX_PORTS:
        raise ValueError(f"must be a rising range of at most {MAX_PORTS} numbers of one length, such as 7001-7004")
    return tuple(str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))


def expand_udp_range(text: str) -> range:
    """Give the UDP ports of ``21000-21199``.

    Raises:
        ValueError: no rising range within 1024-65535.
    """
    match = _RANGE.fullmatch(text)
    if match is None or not 1024 <= int(match[1]) < int(match[2]) <= 65535:
        raise ValueError("must be a rising range of UDP ports within 1024-65535, such as 21000-21199")
    return range(int(match[1]), int(match[2]) + 1)


NumericAddress = Annotated[str, AfterValidator(numeric_address)]
TcpPort = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
HostPort = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
