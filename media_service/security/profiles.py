"""Facts of the SRTP profiles: names on the wire and lengths of their keys (RFC 4568 6.2, RFC 5764 4.1.2, RFC 7714)."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from media_service.engine.interface import SrtpProfile


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """``key`` and ``salt`` are octets; ``dtls`` is OpenSSL's name for the profile in the use_srtp extension."""

    key: int
    salt: int
    dtls: bytes

    @property
    def length(self) -> int:
        """Octets of master key and salt in one piece."""
        return self.key + self.salt


FACTS: Final = MappingProxyType(
    {
        SrtpProfile.AEAD_AES_256_GCM: ProfileFacts(32, 12, b"SRTP_AEAD_AES_256_GCM"),
        SrtpProfile.AEAD_AES_128_GCM: ProfileFacts(16, 12, b"SRTP_AEAD_AES_128_GCM"),
        SrtpProfile.AES_CM_128_HMAC_SHA1_80: ProfileFacts(16, 14, b"SRTP_AES128_CM_SHA1_80"),
        SrtpProfile.AES_CM_128_HMAC_SHA1_32: ProfileFacts(16, 14, b"SRTP_AES128_CM_SHA1_32"),
    }
)
"""Every profile, the best first."""


def by_dtls_name(name: bytes) -> SrtpProfile | None:
    """The profile of OpenSSL's name; ``None`` for one that is not ours."""
    return next((profile for profile, facts in FACTS.items() if facts.dtls == name), None)
