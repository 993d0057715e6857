"""Digest authentication, both sides: MD5, SHA-256, SHA-512-256; qop auth, auth-int (RFC 2617, 7616, 8760)."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sip.errors import SipSyntaxError
from sip.grammar import Params, find_param, parse_params, quote

ALGORITHMS: Final = ("SHA-512-256", "SHA-256", "MD5")
"""Those we answer, strongest first."""
ASKED_FOR: Final = ("SHA-256", "MD5")
"""Those we ask for unless told otherwise: what phones know."""
QOPS: Final = ("auth", "auth-int")
MAX_NONCES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to those who ask; ``realm`` empty answers every realm."""

    user: str
    password: str = field(repr=False)
    realm: str = ""


def _digest(algorithm: str, text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    match algorithm.upper():
        case "SHA-512-256":
            return hashlib.new("sha512_256", data).hexdigest()
        case "SHA-256":
            return hashlib.sha256(data).hexdigest()
        case _:
            return hashlib.md5(data, usedforsecurity=False).hexdigest()  # what the far end asks for


def _response(
    algorithm: str,
    secret: tuple[str, str, str],
    request: tuple[str, ...],
    nonce: str,
    counted: tuple[str, str, str] | None,
) -> str:
    """Compute RFC 7616 3.4.1 from (user, realm, password), `_protected` and (nc, cnonce, qop)."""
    first = _digest(algorithm, ":".join(secret))
    second = _digest(algorithm, ":".join(request))
    middle = ":".join((nonce, *counted)) if counted else nonce
    return _digest(algorithm, f"{first}:{middle}:{second}")


def _protected(algorithm: str, request: tuple[str, str, bytes], qop: str) -> tuple[str, ...]:
    """Return what of (method, URI, body) the answer protects: the body with auth-int alone (RFC 7616 3.4.3)."""
    method, uri, body = request
    return (method, uri, _digest(algorithm, body)) if qop == "auth-int" else (method, uri)


def _parse_digest(value: str) -> Params:
    """Read ``Digest a=b, c="d"``.

    Raises:
        SipSyntaxError: another scheme, or parameters that cannot be read.
    """
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise SipSyntaxError(f"not Digest authentication: {scheme[:20]!r}")
    inside, pieces, start = False, [], 0
    for place, letter in enumerate(rest):
        if letter == '"' and (place == 0 or rest[place - 1] != "\\"):
            inside = not inside
        elif letter == "," and not inside:
            pieces.append(rest[start:place])
            start = place + 1
    pieces.append(rest[start:])
    return parse_params("".join(";" + piece.strip() for piece in pieces if piece.strip()))


@dataclass(frozen=True, slots=True)
class Challenge:
    """A WWW-Authenticate or Proxy-Authenticate value."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str | None = None
    qop: tuple[str, ...] = ()
    stale: bool = False

    @classmethod
    def parse(cls, value: str) -> "Challenge":
        """Read a challenge.

        Raises:
            SipSyntaxError: not Digest, or without realm and nonce.
        """
        params = _parse_digest(value)
        realm, nonce = find_param(params, "realm"), find_param(params, "nonce")
        if realm is None or nonce is None:
            raise SipSyntaxError("challenge without realm or nonce")
        return cls(
            realm=realm,
            nonce=nonce,
            algorithm=find_param(params, "algorithm") or "MD5",
            opaque=find_param(params, "opaque"),
            qop=tuple(part.strip().lower() for part in (find_param(params, "qop") or "").split(",") if part.strip()),
            stale=(find_param(params, "stale") or "").lower() == "true",
        )

    @property
    def answerable(self) -> bool:
        """Whether algorithm and qop are among those we speak."""
        return self.algorithm.upper() in ALGORITHMS and (not self.qop or bool(self.chosen_qop))

    @property
    def chosen_qop(self) -> str:
        """The qop we answer with: auth where it is offered, else auth-int; empty where neither is."""
        return next((qop for qop in QOPS if qop in self.qop), "")

    def __str__(self) -> str:
        text = f"Digest realm={quote(self.realm)}, nonce={quote(self.nonce)}, algorithm={self.algorithm}"
        if self.opaque is not None:
            text += f", opaque={quote(self.opaque)}"
        if self.qop:
            text += f", qop={quote(','.join(self.qop))}"
        return text + (", stale=true" if self.stale else "")


def choose_challenges(values: list[str], credentials: Sequence[Credentials]) -> list[tuple[Challenge, Credentials]]:
    """Return a challenge of each realm that we can answer, with what answers it; credentials of no realm come last.

    Of several challenges of a realm the first answerable one counts, as its sender ordered them (RFC 8760 2.4).
    """
    chosen: dict[str, tuple[Challenge, Credentials]] = {}
    for value in values:
        try:
            challenge = Challenge.parse(value)
        except SipSyntaxError:
            continue  # another scheme: the next one may do
        fitting = [one for one in credentials if one.realm in ("", challenge.realm)]
        if challenge.answerable and fitting and challenge.realm not in chosen:
            chosen[challenge.realm] = (challenge, max(fitting, key=lambda one: bool(one.realm)))
    return list(chosen.values())


def realm_of(value: str) -> str:
    """Return the realm of an Authorization value, empty where it cannot be read."""
    try:
        return find_param(_parse_digest(value), "realm") or ""
    except SipSyntaxError:
        return ""


def authorization(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    cnonce: str,
    count: int = 1,
    body: bytes = b"",
) -> str:
    """Return the value of (Proxy-)Authorization; ``count`` is how often this nonce has been used, from 1.

    ``body`` is the request's, which auth-int protects.
    """
    secret = (credentials.user, challenge.realm, credentials.password)
    counted = (f"{count:08x}", cnonce, challenge.chosen_qop) if challenge.qop else None
    protected = _protected(challenge.algorithm, (method, uri, body), challenge.chosen_qop)
    answer = _response(challenge.algorithm, secret, protected, challenge.nonce, counted)
    text = (
        f"Digest username={quote(credentials.user)}, realm={quote(challenge.realm)}, nonce={quote(challenge.nonce)}, "
        f'uri={quote(uri)}, response="{answer}", algorithm={challenge.algorithm}'
    )
    if counted:
        text += f', qop={counted[2]}, nc={counted[0]}, cnonce="{cnonce}"'
    if challenge.opaque is not None:
        text += f", opaque={quote(challenge.opaque)}"
    return text


class Verdict(Enum):
    """What `Challenger.verify` found."""

    ACCEPTED = "accepted"
    STALE = "stale"  # right password, old nonce: challenge again with stale=true
    REFUSED = "refused"
    ABSENT = "absent"  # no credentials for this realm: challenge


@dataclass(frozen=True, slots=True)
class Verified:
    """Verdict, and the user name that was claimed (proved only where ``ACCEPTED`` or ``STALE``)."""

    verdict: Verdict
    user: str = ""


class Challenger:
    """The side that asks. A nonce carries its time and a proof that we made it, so none needs to be stored.

    Only the use counts of nonces that were used are kept, ``MAX_NONCES`` at most.
    """

    def __init__(
        self,
        realm: str,
        secret: bytes,
        *,
        lifetime: float = 300.0,
        algorithms: tuple[str, ...] = ASKED_FOR,
        qops: tuple[str, ...] = ("auth",),
    ) -> None:
        self.realm = realm
        self._secret = secret
        self._lifetime = lifetime
        self._algorithms = algorithms
        self._qops = qops
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._issued = 0

    def challenge(self, now: float, *, stale: bool = False, proxy: bool = False) -> list[tuple[str, str]]:
        """Return the headers of a 401 (``proxy``: of a 407), one per algorithm, strongest first."""
        name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
        # Two clients challenged in the same millisecond must not share a nonce: the second would count as a replay.
        self._issued = (self._issued + 1) & 0xFFFFFFFF
        nonce = self._make_nonce(f"{int(now * 1000):012x}{self._issued:08x}")
        return [
            (name, str(Challenge(self.realm, nonce, algorithm, qop=self._qops, stale=stale)))
            for algorithm in self._algorithms
        ]

    def verify(
        self,
        values: list[str],
        *,
        method: str,
        password_of: Callable[[str], str | None],
        now: float,
        body: bytes = b"",
    ) -> Verified:
        """Judge the (Proxy-)Authorization values of a request; ``password_of(user)`` is ``None`` for strangers.

        ``body`` is the request's; it matters where auth-int was asked for.
        """
        for value in values:
            try:
                params = _parse_digest(value)
            except SipSyntaxError:
                continue  # another scheme or garbage: as if it were not there
            if find_param(params, "realm") == self.realm:
                return self._judge(params, (method, body), password_of, now)
        return Verified(Verdict.ABSENT)

    def _judge(
        self, params: Params, request: tuple[str, bytes], password_of: Callable[[str], str | None], now: float
    ) -> Verified:
        method, body = request
        given = {name: find_param(params, name) or "" for name in ("username", "nonce", "uri", "response", "cnonce")}
        algorithm = find_param(params, "algorithm") or "MD5"
        user, nonce = given["username"], given["nonce"]
        count, qop = find_param(params, "nc") or "", (find_param(params, "qop") or "").lower()
        password = password_of(user)
        known = tuple(name.upper() for name in self._algorithms)
        if password is None or algorithm.upper() not in known or qop not in self._qops:
            return Verified(Verdict.REFUSED, user)
        protected = _protected(algorithm, (method, given["uri"], body), qop)
        right = _response(algorithm, (user, self.realm, password), protected, nonce, (count, given["cnonce"], qop))
        if not hmac.compare_digest(right.encode(), given["response"].lower().encode()):
            return Verified(Verdict.REFUSED, user)
        return Verified(Verdict.ACCEPTED if self._fresh(nonce, count, now) else Verdict.STALE, user)

    def _fresh(self, nonce: str, count: str, now: float) -> bool:
        """Tell whether the nonce is ours, young, and used with a rising count (RFC 7616 3.3, 5.6)."""
        stamp = nonce[:20]
        if not hmac.compare_digest(nonce.encode(), self._make_nonce(stamp).encode()):
            return False
        try:
            age, uses = now - int(stamp[:12], 16) / 1000, int(count, 16)
        except ValueError:
            return False
        if not -1.0 <= age <= self._lifetime or uses <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = uses
        self._counts.move_to_end(nonce)
        if len(self._counts) > MAX_NONCES:
            self._counts.popitem(last=False)
        return True

    def _make_nonce(self, stamp: str) -> str:
        return stamp + hmac.new(self._secret, f"{stamp}:{self.realm}".encode(), hashlib.sha256).hexdigest()[:32]
