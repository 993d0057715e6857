"""What the packet process needs to know of each payload encoding: silence, conversions, static payload types."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media_service.codecs import g711
from media_service.engine.interface import Encoding

FRAME_SAMPLES: Final = 160
"""Samples of one packet: 20 ms at 8 kHz; G.711 has one octet for each."""
FRAME_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One G.711 law: its silent frame and its conversions from and to PCM16."""

    encoding: Encoding
    payload_type: int
    silent_octet: bytes
    silent_frame: bytes
    from_linear: Callable[[bytes], bytes]
    to_linear: Callable[[bytes], bytes]


MU_LAW: Final = Law(
    Encoding.PCMU,
    0,
    g711.MU_LAW_SILENCE,
    g711.MU_LAW_SILENCE * FRAME_SAMPLES,
    g711.mu_law_from_linear,
    g711.linear_from_mu_law,
)
A_LAW: Final = Law(
    Encoding.PCMA,
    8,
    g711.A_LAW_SILENCE,
    g711.A_LAW_SILENCE * FRAME_SAMPLES,
    g711.a_law_from_linear,
    g711.linear_from_a_law,
)
LAWS: Final = {law.encoding: law for law in (MU_LAW, A_LAW)}
STATIC_PAYLOAD_TYPES: Final = {law.payload_type: law for law in (MU_LAW, A_LAW)}
"""RFC 3551 section 6: numbers that mean the same in every session."""


def transcode(payload: bytes, source: Law, target: Law) -> bytes:
    """The payload in the target's law."""
    if source is target:
        return payload
    if target is A_LAW:
        return g711.a_law_from_mu_law(payload)
    return g711.mu_law_from_a_law(payload)
