"""Decodes a frame in either encoding, told apart by its first byte."""

from collections.abc import Callable
from dataclasses import dataclass

from csta.codec import ber, xml
from csta.codec.ber.rules import BerRules
from csta.codec.framing import Frame
from csta.codec.framing.base import APDU_TAGS
from csta.dialects.dialect import Profile
from csta.messages.base import Message, Request


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A message with its invoke ID, which is the framing's in XML and the message's own in BER."""

    invoke_id: int | None
    message: Message
    findings: tuple[str, ...]


def unpack(
    frame: Frame,
    normalise: Callable[[str], str],
    profile: Profile | None,
    request_of: Callable[[int], type[Request] | None],
) -> Unpacked:
    """Decode one frame; ``request_of`` gives the class of the request with an invoke ID, for answers that lack it.

    Raises:
        MessageError: It holds no message that can be taken.
    """
    if frame.payload[:1] and frame.payload[0] in APDU_TAGS:
        rules = profile.ber if profile is not None else BerRules()
        decoded = ber.decode(frame.payload, normalise, rules=rules, request_of=request_of)
        return Unpacked(decoded.invoke_id, decoded.message, decoded.findings)
    document = xml.decode(frame.payload, normalise)
    return Unpacked(frame.invoke_id, document.message, document.findings)
