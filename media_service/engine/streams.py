"""From what SDP settled to what the packet engine needs of it, and the engine's encodings as SDP names them."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from media_service.engine.interface import Address, Encoding, Srtp, Stream
from sip.sdp import DIGIT_EVENTS, G722, L16, OPUS, PCMA, PCMU, WIDE_DIGIT_EVENTS, Agreement, Codec

_CODECS: Final = MappingProxyType(
    {
        Encoding.PCMU: PCMU,
        Encoding.PCMA: PCMA,
        Encoding.G722: G722,
        Encoding.OPUS: OPUS,
        Encoding.L16: L16,
    }
)
_ENCODINGS: Final = MappingProxyType({codec.key: encoding for encoding, codec in _CODECS.items()})


def codecs_of(encodings: Sequence[Encoding]) -> tuple[Codec, ...]:
    """What SDP offers for these encodings, in their order, with the digit events of their clocks (RFC 4733 2.1)."""
    events = (DIGIT_EVENTS, WIDE_DIGIT_EVENTS) if Encoding.OPUS in encodings else (DIGIT_EVENTS,)
    return (*(_CODECS[encoding] for encoding in encodings), *events)


def stream_of(agreement: Agreement, srtp: Srtp | None = None, *, protected: bool = False) -> Stream:
    """An agreement (RFC 3264) in the engine's words; raises `ValueError` for a codec that no engine has."""
    encoding = _ENCODINGS.get(agreement.codec.key)
    if encoding is None:
        raise ValueError(f"no engine has {agreement.codec.name}/{agreement.codec.rate}")
    return Stream(
        remote=Address(agreement.host, agreement.port),
        encoding=encoding,
        payload_type=agreement.codec.payload_type,
        digit_payload_type=agreement.digit_payload_type,
        sending=agreement.direction.sends,
        rtcp=Address(*agreement.rtcp) if agreement.rtcp is not None else None,
        srtp=srtp,
        protected=protected,
    )
