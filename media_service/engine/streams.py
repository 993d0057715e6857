"""From what SDP settled to what the packet engine needs of it."""

from media_service.engine.interface import Address, Encoding, Stream
from sip.sdp import Agreement


def stream_of(agreement: Agreement) -> Stream:
    """An agreement (RFC 3264) in the engine's words; raises `ValueError` for a codec that no engine has."""
    return Stream(
        remote=Address(agreement.host, agreement.port),
        encoding=Encoding(agreement.codec.name.upper()),
        payload_type=agreement.codec.payload_type,
        digit_payload_type=agreement.digit_payload_type,
        sending=agreement.direction.sends,
    )
