"""SIP and tel URIs (RFC 3261 19.1, RFC 3966)."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self, cast
from urllib.parse import quote, unquote_to_bytes

from sip.errors import SipSyntaxError
from sip.grammar import Params, find_param, replace_param

DEFAULT_PORT: Final = 5060
DEFAULT_TLS_PORT: Final = 5061
MAX_URI_LENGTH: Final = 4096
_MAX_KEPT: Final = 80
"""Characters of the longest URI that is kept: so what strangers send cannot fill the memory."""

_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9_.])?")
_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"
_PARAM_SAFE: Final = "-_.!~*'()[]/:&+$"
_BAD: Final = re.compile(r'[\x00-\x20\x7f<>"]')


def _unescape(text: str) -> str:
    if "%" not in text:
        return text
    octets = unquote_to_bytes(text)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _parse_uri_params(text: str) -> Params:
    pairs: list[tuple[str, str | None]] = []
    for part in text.split(";"):
        if part:
            name, mark, value = part.partition("=")
            pairs.append((_unescape(name).lower(), _unescape(value) if mark else None))
    return tuple(pairs)


@lru_cache(maxsize=4096)  # the same peers stand in every Via, Contact and Request-URI
def split_host_port(text: str) -> tuple[str, int | None]:
    """Split ``host[:port]``; an IPv6 address keeps its brackets.

    Raises:
        SipSyntaxError: no host, or a port outside 1 to 65535.
    """
    match = _HOST.match(text)
    if match is None:
        raise SipSyntaxError(f"no host in {text[:60]!r}")
    host, rest = match.group(), text[match.end() :].strip()
    if not rest:
        return host, None
    digits = rest[1:].strip()
    if rest[0] != ":" or not (digits.isascii() and digits.isdigit()) or len(digits) > 5 or not 0 < int(digits) < 65536:
        raise SipSyntaxError(f"host and port cannot be read: {text[:60]!r}")
    return host, int(digits)


@dataclass(frozen=True, slots=True)
class SipUri:
    """A sip, sips or tel URI, unescaped; ``host`` is empty for tel, where ``user`` is the number.

    ``headers`` is the part after the question mark, as written.
    """

    user: str = ""
    host: str = ""
    port: int | None = None
    params: Params = ()
    scheme: str = "sip"
    password: str = ""
    headers: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI.

        Raises:
            SipSyntaxError: another scheme, no host, a bad port, or over ``MAX_URI_LENGTH`` characters.
        """
        if cls is SipUri and len(text) <= _MAX_KEPT:
            return cast("Self", _parse(text))
        return cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> Self:
        if len(text) > MAX_URI_LENGTH:
            raise SipSyntaxError("URI too long")
        if _BAD.search(text):
            raise SipSyntaxError("URI holds white space, quotes or brackets")
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or scheme not in ("sip", "sips", "tel"):
            raise SipSyntaxError(f"not a sip, sips or tel URI: {text[:60]!r}")
        if scheme == "tel":
            number, _, tail = rest.partition(";")
            if not number:
                raise SipSyntaxError("tel URI without a number")
            return cls(user=_unescape(number), params=_parse_uri_params(tail), scheme="tel")
        userinfo, at, remainder = rest.rpartition("@")
        if at and not userinfo:
            raise SipSyntaxError("URI with an empty user")
        remainder, _, headers = remainder.partition("?")
        place, _, tail = remainder.partition(";")
        host, port = split_host_port(place)
        user, _, password = userinfo.partition(":")
        return cls(
            user=_unescape(user),
            host=host,
            port=port,
            params=_parse_uri_params(tail) if tail else (),
            scheme=scheme,
            password=_unescape(password),
            headers=headers,
        )

    def __str__(self) -> str:
        tail = "".join(
            ";" + quote(name, safe=_PARAM_SAFE) + ("" if value is None else "=" + quote(value, safe=_PARAM_SAFE))
            for name, value in self.params
        )
        if self.scheme == "tel":
            return f"tel:{quote(self.user, safe=_USER_SAFE.replace(';', ''))}{tail}"
        who = quote(self.user, safe=_USER_SAFE)
        if self.password:
            who += ":" + quote(self.password, safe="-_.!~*'()&=+$,")
        place = self.host if self.port is None else f"{self.host}:{self.port}"
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{who}@{place}{tail}{headers}" if who else f"{self.scheme}:{place}{tail}{headers}"

    def param(self, name: str) -> str | None:
        """Return a parameter's value, the empty text for a flag, ``None`` where it is absent."""
        return find_param(self.params, name)

    def with_param(self, name: str, value: str | None) -> Self:
        """Return the URI with a parameter set."""
        return replace(self, params=replace_param(self.params, name, value))

    @property
    def transport(self) -> str:
        """The transport that the URI asks for, ``udp`` where it does not say."""
        return (self.param("transport") or "udp").lower()

    @property
    def address_of_record(self) -> str:
        """``sip:user@host`` in one spelling, without port and parameters: the key of a registrar (RFC 3261 10.3)."""
        return f"{self.scheme}:{quote(self.user, safe=_USER_SAFE)}@{self.host.lower()}"


@lru_cache(maxsize=4096)
def _parse(text: str) -> SipUri:
    """Read a URI, or give what was read before: the same few stand in all messages of a call, and in all calls."""
    return SipUri._parse(text)
