"""The ways of speaking that are measured: a dialect with one of its profiles, and what its switch adds to events."""

from dataclasses import dataclass
from typing import Final

from bench.csta_load import calls
from csta.codec.encodings import BerEncoding, MessageEncoding, XmlEncoding
from csta.codec.framing import Framer, framer_for
from csta.dialects import Dialect, Encoding, Profile
from csta.dialects.openscape_4000 import DIALECT as OPENSCAPE_4000
from csta.dialects.openscape_business import DIALECT as OPENSCAPE_BUSINESS
from csta.dialects.openscape_voice import DIALECT as OPENSCAPE_VOICE
from csta.messages import Event
from csta.session_settings import SessionSettings

_TRUE_VOICE: Final = b"<voice>true</voice>"
_CAPTURED_VOICE: Final = b"<voice>true</voice><image>false</image><im>false</im>"
"""What is false is not sent by us, but by the switch."""


@dataclass(frozen=True)
class Way:
    """One of them."""

    name: str
    dialect: Dialect
    profile_name: str
    full: calls.Decorate
    call_octets: int
    angled: bool = False

    @property
    def profile(self) -> Profile:
        """How the switch speaks."""
        return self.dialect.profile(self.profile_name)

    def site(self, references: dict[str, str]) -> calls.Site:
        """The monitored devices as this switch spells them."""
        return calls.Site(references, calls.angled if self.angled else str, self.call_octets)

    def encoding(self) -> MessageEncoding:
        """A codec."""
        normalise, depth = self.dialect.normalise_device, SessionSettings().max_depth
        if self.profile.encoding is Encoding.XML:
            return XmlEncoding(self.profile.namespace, normalise, depth)
        return BerEncoding(self.profile.ber, normalise, depth)

    def framer(self) -> Framer:
        """A framer."""
        return framer_for(self.profile.framing, SessionSettings().max_frame_bytes)


class EventWriter:
    """Makes the bytes of events as the switch sends them."""

    def __init__(self, way: Way) -> None:
        self._dialect = way.dialect
        self._encoding = way.encoding()
        self._framer = way.framer()
        self._sent = 0

    def payload(self, event: Event) -> tuple[bytes, int]:
        """An event's message, and its invoke ID."""
        self._sent += 1
        invoke_id = self._encoding.event_id or self._sent % 0x7FFF
        data = self._encoding.encode(self._dialect.outbound(event), invoke_id)
        return data.replace(_TRUE_VOICE, _CAPTURED_VOICE), invoke_id

    def frame(self, event: Event) -> bytes:
        """An event as a frame."""
        return self._framer.frame(*self.payload(event))


WAYS: Final = (
    Way("osv-xml", OPENSCAPE_VOICE, "xml", calls.voice_like, 16, angled=True),
    Way("os4000-ber", OPENSCAPE_4000, "ber", calls.four_thousand_like, 4),
    Way("osbiz-ber", OPENSCAPE_BUSINESS, "ber", calls.business_like, 2),
    Way("osbiz-xml", OPENSCAPE_BUSINESS, "xml", calls.business_like, 2),
)
