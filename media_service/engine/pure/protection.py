"""SRTP and SRTCP of one port by libsrtp (RFC 3711, RFC 7714); absent where pylibsrtp is not installed."""

from typing import Final

from media_service.engine.interface import Srtp, SrtpProfile

try:
    import pylibsrtp
except ImportError:  # an optional library: `PROFILES` is empty then, and no port is ever given keys
    pylibsrtp = None  # type: ignore[assignment,unused-ignore]

_LIBRARY_PROFILES: Final = (
    {}
    if pylibsrtp is None
    else {
        SrtpProfile.AES_CM_128_HMAC_SHA1_80: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
        SrtpProfile.AES_CM_128_HMAC_SHA1_32: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
        SrtpProfile.AEAD_AES_128_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
        SrtpProfile.AEAD_AES_256_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    }
)
PROFILES: Final = tuple(_LIBRARY_PROFILES)
"""What can be protected on this machine."""
_WINDOW: Final = 128
"""Packets within which one may come late and is still known not to be a replay."""


class Protection:
    """The keys of one port in use. A packet that fails its check is counted in ``refused`` and is none."""

    def __init__(self, srtp: Srtp) -> None:
        self.keys = srtp
        self.refused = 0
        profile = _LIBRARY_PROFILES[srtp.profile]
        kind = pylibsrtp.Policy
        self._out = pylibsrtp.Session(kind(srtp.sending, kind.SSRC_ANY_OUTBOUND, srtp_profile=profile))
        inwards = kind(srtp.receiving, kind.SSRC_ANY_INBOUND, srtp_profile=profile)
        inwards.window_size = _WINDOW
        self._in = pylibsrtp.Session(inwards)

    def protected(self, packet: bytes) -> bytes:
        """An RTP packet as it goes out."""
        return self._out.protect(packet)

    def protected_report(self, packet: bytes) -> bytes:
        """An RTCP packet as it goes out."""
        return self._out.protect_rtcp(packet)

    def opened(self, packet: bytes) -> bytes | None:
        """The RTP packet that came; ``None`` for a forged, repeated or garbled one."""
        try:
            return self._in.unprotect(packet)
        except pylibsrtp.Error:
            self.refused += 1
            return None

    def opened_report(self, packet: bytes) -> bytes | None:
        """The RTCP packet that came; ``None`` as for `opened`."""
        try:
            return self._in.unprotect_rtcp(packet)
        except pylibsrtp.Error:
            self.refused += 1
            return None
