"""Who we are in DTLS: a certificate made at the start, and fingerprints of ours and of others (RFC 8122)."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_LIFE: Final = dt.timedelta(days=365)
_EARLIER: Final = dt.timedelta(days=1)
"""Clocks of others may be behind."""
_HASHES: Final = MappingProxyType(
    {"sha-512": hashlib.sha512, "sha-384": hashlib.sha384, "sha-256": hashlib.sha256, "sha-1": hashlib.sha1}
)
"""The best first; older ones are no proof any more (RFC 8122 5)."""
_TEXT: Final = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){19,63}")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hash of a certificate; ``text`` is upper-case hexadecimal with colons."""

    algorithm: str
    text: str

    @classmethod
    def of(cls, certificate: bytes, algorithm: str = "sha-256") -> Self:
        """The fingerprint of a certificate in DER."""
        return cls(algorithm, _HASHES[algorithm](certificate).digest().hex(":").upper())

    @property
    def value(self) -> str:
        """The value of ``a=fingerprint``."""
        return f"{self.algorithm} {self.text}"


def read_fingerprints(values: Sequence[str]) -> tuple[Fingerprint, ...]:
    """The fingerprints whose hash we know, those of the best hash alone; empty where there is none."""
    found: list[Fingerprint] = []
    for value in values:
        algorithm, _, text = value.partition(" ")
        text = text.strip().upper()
        if algorithm.lower() in _HASHES and _TEXT.fullmatch(text):
            found.append(Fingerprint(algorithm.lower(), text))
    best = next((name for name in _HASHES if any(each.algorithm == name for each in found)), "")
    return tuple(each for each in found if each.algorithm == best)


def is_one_of(certificate: bytes, fingerprints: Sequence[Fingerprint]) -> bool:
    """Whether a certificate in DER has one of these fingerprints."""
    return any(Fingerprint.of(certificate, each.algorithm) == each for each in fingerprints)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and the certificate that it signed for itself; both of this start of the service alone."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    fingerprint: Fingerprint

    @classmethod
    def make(cls, now: float) -> Self:
        """Make a P-256 key and its certificate; ``now`` is Unix seconds."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "callwright")])
        at = dt.datetime.fromtimestamp(int(now), dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - _EARLIER)
            .not_valid_after(at + _LIFE)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate, Fingerprint.of(certificate.public_bytes(Encoding.DER)))


@dataclass(frozen=True, slots=True)
class Security:
    """What all calls of a service need for protected media: chance that nobody can guess, and our certificate."""

    random: Callable[[int], bytes]
    identity: Identity
