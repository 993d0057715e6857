"""What the engine's words are to the packet core: the numbers of core.h."""

from typing import Final

from media_service.engine.interface import Capabilities, Encoding, Recording, Role, SrtpProfile, Stream
from media_service.engine.native._core import encodings, profiles

ENDED, DIGIT, SENT, RECORDED, RECORDING_OVER, FAILED, SPEECH, BEEP, PACKET = range(1, 10)
"""Kinds of news."""

ENCODINGS: Final = {
    Encoding.PCMU: 0,
    Encoding.PCMA: 1,
    Encoding.G722: 2,
    Encoding.OPUS: 3,
    Encoding.L16: 4,
}
_PROFILES: Final = {
    SrtpProfile.AES_CM_128_HMAC_SHA1_80: 0,
    SrtpProfile.AES_CM_128_HMAC_SHA1_32: 1,
    SrtpProfile.AEAD_AES_128_GCM: 2,
    SrtpProfile.AEAD_AES_256_GCM: 3,
}
_PLAIN, _KEYS_TO_COME = -1, -2
ROLES: Final = {Role.SPEAKER: 0, Role.LISTENER: 1, Role.WHISPERER: 2}

Keys = tuple[int, bytes, bytes]


def capabilities() -> Capabilities:
    """What the core was built with."""
    spoken, protected = set(encodings()), set(profiles())
    able = tuple(encoding for encoding, number in ENCODINGS.items() if number in spoken)
    srtp = tuple(profile for profile, number in _PROFILES.items() if number in protected)
    lacking = [encoding.value for encoding in ENCODINGS if encoding not in able] + ([] if srtp else ["SRTP"])
    detail = "native (C core)" + (f" without {', '.join(lacking)}" if lacking else "")
    return Capabilities(able, srtp, detail)


def keys(stream: Stream) -> Keys:
    """Profile, key to send with, key to receive with."""
    if stream.srtp is not None:
        return _PROFILES[stream.srtp.profile], stream.srtp.sending, stream.srtp.receiving
    return (_KEYS_TO_COME if stream.protected else _PLAIN), b"", b""


def recorded(recording: Recording) -> int:
    """Heard alone, both mixed, or stereo."""
    return 2 if recording.stereo else int(recording.both)
