"""What every engine refuses of its owner's commands, and in which words."""

import math
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    Capabilities,
    Playlist,
    Recording,
    Srtp,
    SrtpProfile,
    Stream,
    Tone,
)
from sip.dtmf import DIGITS

MAX_TONE_SECONDS: Final = 3600.0
MAX_DATAGRAM: Final = 2048
"""Octets of a datagram that is no media; DTLS and STUN stay below a network's 1500."""
KEY_OCTETS: Final = {
    SrtpProfile.AES_CM_128_HMAC_SHA1_80: 30,
    SrtpProfile.AES_CM_128_HMAC_SHA1_32: 30,
    SrtpProfile.AEAD_AES_128_GCM: 28,
    SrtpProfile.AEAD_AES_256_GCM: 44,
}
"""Master key and salt together (RFC 4568 6.2, RFC 7714 12)."""

_MAX_FILES: Final = 1000
_MAX_DIGITS: Final = 1000
_MAX_FREQUENCIES: Final = 8
_MAX_CADENCE: Final = 64
_BAND: Final = 4000.0
"""Hz; half the rate of samples."""
_SHORTEST_ON: Final = 0.01
"""Seconds that a cadence is on in each round, so that an hour of it is made in no time."""
_LOUDEST: Final = 3.0
"""dBm0 of the largest sine (ITU-T G.711)."""


@lru_cache(maxsize=4096)  # the same few far ends at every call
def numeric_host(host: str) -> str:
    """The address in its usual form; raises `EngineError` for a name."""
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise EngineError(f"{host!r} is no numeric address") from error


def even_ports(ports: range) -> list[int]:
    """The ports for RTP: the even ones, for the odd ones belong to RTCP (RFC 3550 section 11).

    Raises `EngineError` where there is none.
    """
    even = [port for port in ports if 0 < port < 65536 and port % 2 == 0]
    if ports.step != 1 or not even:
        raise EngineError(f"no even UDP port in {ports}")
    return even


def check_stream(stream: Stream, able: Capabilities) -> None:
    """Raise `EngineError` for what cannot be sent to or with.

    That is: ports and payload types out of range, a host that is a name, an encoding or a profile that the engine has
    not, and keys of the wrong length.
    """
    for address in (stream.remote, *([] if stream.rtcp is None else [stream.rtcp])):
        numeric_host(address.host)
        if not 0 < address.port < 65536:
            raise EngineError(f"no stream can be sent to {address}")
    if stream.encoding not in able.encodings:
        raise EngineError(f"this engine has no {stream.encoding}")
    if stream.srtp is not None:
        _check_keys(stream.srtp, able)
    types = [stream.payload_type, *([] if stream.digit_payload_type is None else [stream.digit_payload_type])]
    if not all(0 <= payload_type < 128 for payload_type in types):
        raise EngineError(f"no stream has payload types {types}")


def _check_keys(srtp: Srtp, able: Capabilities) -> None:
    if srtp.profile not in able.srtp:
        raise EngineError(f"this engine has no {srtp.profile}")
    wanted = KEY_OCTETS[srtp.profile]
    if len(srtp.sending) != wanted or len(srtp.receiving) != wanted:
        raise EngineError(f"keys of {srtp.profile} have {wanted} octets")


def file_path(file: Path) -> str:
    """The absolute path; raises `EngineError` for what no file system takes."""
    path = str(file.absolute())
    if "\0" in path or not path.isprintable():
        raise EngineError(f"{path!r} is no name of a file")
    return path


def playlist_sounds(playlist: Playlist) -> tuple[str | Tone, ...]:
    """What is to be played, files by their absolute path.

    Raises `EngineError` for none, too many, no names of files, tones that cannot be made, and a start before 0.
    """
    if not 0 < len(playlist.files) <= _MAX_FILES:
        raise EngineError(f"a playlist has 1 to {_MAX_FILES} files, not {len(playlist.files)}")
    if not 0.0 <= playlist.start < math.inf:
        raise EngineError(f"nothing begins at {playlist.start} seconds")
    return tuple(_checked_tone(sound) if isinstance(sound, Tone) else file_path(sound) for sound in playlist.files)


def _checked_tone(tone: Tone) -> Tone:
    sounding = len(tone.frequencies) <= _MAX_FREQUENCIES and all(0 < each < _BAND for each in tone.frequencies)
    paced = len(tone.cadence) <= _MAX_CADENCE and all(0 <= each <= MAX_TONE_SECONDS for each in tone.cadence)
    if not sounding or not paced or (tone.cadence and sum(tone.cadence[::2]) < _SHORTEST_ON):
        raise EngineError(f"{tone} cannot be made")
    if not 0 <= tone.seconds <= MAX_TONE_SECONDS or not -100 <= tone.level <= _LOUDEST:
        raise EngineError(f"{tone} is too long or too loud")
    return tone


def checked_digits(digits: str, port: str, stream: Stream | None) -> str:
    """The digits in upper case; raises `EngineError` for others, and where the port is not connected."""
    digits = digits.upper()
    if stream is None:
        raise EngineError(f"port {port} is not connected")
    if not 0 < len(digits) <= _MAX_DIGITS or any(digit not in DIGITS for digit in digits):
        raise EngineError(f"{digits!r} are no digits")
    return digits


def check_recording(recording: Recording) -> str:
    """The absolute path; raises `EngineError` for what no file system takes, and for stereo that is mixed too."""
    if recording.stereo and recording.both:
        raise EngineError("a recording is stereo, or both sides mixed")
    return file_path(recording.file)


def check_packet(data: bytes, target: Address) -> None:
    """Raise `EngineError` for what is no datagram for an address."""
    numeric_host(target.host)
    if not 0 < len(data) <= MAX_DATAGRAM or not 0 < target.port < 65536:
        raise EngineError(f"{len(data)} octets cannot be sent to {target}")
