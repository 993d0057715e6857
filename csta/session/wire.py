"""Bytes of a session: messages out as frames, frames in as messages, in the encoding and framing of its profile."""

from collections.abc import Callable
from dataclasses import replace

from csta.codec.encodings import BerEncoding, MessageEncoding, Unit, XmlEncoding
from csta.codec.framing import Frame, Framing, SniffingFramer, framer_for
from csta.dialects.dialect import Dialect, Encoding, Profile, unchanged
from csta.errors import FrameError
from csta.messages import Message, Request
from csta.session_settings import SessionSettings


def _encoding_for(profile: Profile, dialect: Dialect, settings: SessionSettings) -> MessageEncoding:
    if profile.encoding is Encoding.XML:
        return XmlEncoding(profile.namespace, dialect.normalise_device, settings.max_depth)
    return BerEncoding(profile.ber, dialect.normalise_device, settings.max_depth)


class Wire:
    """Both directions of one stream."""

    def __init__(self, dialect: Dialect, profile: Profile, settings: SessionSettings) -> None:
        self._dialect = dialect
        self._settings = settings
        self._framer = framer_for(profile.framing, settings.max_frame_bytes)
        self._sniffed = False
        self._out = bytearray()
        self.speak(profile)

    def speak(self, profile: Profile) -> None:
        """Use the encoding of a profile."""
        self.profile = profile
        self.encoding = _encoding_for(profile, self._dialect, self._settings)

    # --- out

    def framed(self, message: Message, invoke_id: int | None) -> bytes:
        """Return a message as a frame.

        Raises:
            EncodeError, FrameTooLargeError: It must not be sent.
        """
        payload = self.encoding.encode(self._dialect.outbound(message), invoke_id)
        return self._framer.frame(payload, invoke_id)

    def send(self, invoke_id: int | None, message: Message) -> None:
        """Send a message; raises as `framed` does."""
        self._out += self.framed(message, invoke_id)

    def write(self, frame: bytes) -> None:
        """Send a frame that was made before."""
        self._out += frame

    def take_out(self) -> bytes:
        """Return what is to be sent, once."""
        if not self._out:
            return b""
        data = bytes(self._out)
        self._out.clear()
        return data

    # --- in

    @property
    def pending(self) -> bytes:
        """The first bytes of what is no frame yet."""
        return self._framer.pending

    def feed(self, data: bytes) -> None:
        """Take bytes from the stream."""
        self._framer.feed(data)

    def next_frame(self) -> Frame | None:
        """Return the next frame; raises `FrameError`."""
        return self._framer.next_frame()

    def end(self) -> None:
        """The stream has ended; raises `FrameError` where that was in the middle of a frame."""
        self._framer.end()

    def decode(self, frame: Frame, request_of: Callable[[int], type[Request] | None]) -> Unit:
        """Return a frame's message; ``request_of`` tells what an invoke ID asked for; raises `MessageError`."""
        unit = self.encoding.decode(frame, request_of)
        if self._dialect.inbound is unchanged:
            return unit
        return replace(unit, message=self._dialect.inbound(unit.message))

    def profile_found(self, *, may_change: bool) -> Profile | None:
        """After the first frame of a sniffed stream: the profile that speaks as the peer does, once; else None.

        Where the peer uses another encoding than the profile, and we may change, it is the dialect's first that has it.

        Raises:
            FrameError: There is none.
        """
        if self._sniffed or not isinstance(self._framer, SniffingFramer):
            return None
        self._sniffed = True
        found = self._framer.found or Framing.SNIFFED
        wanted = Encoding.XML if found is Framing.XML_HEADER else Encoding.BER
        if self.profile.encoding is wanted:
            return self.profile
        others = (profile for profile in self._dialect.profiles.values() if profile.encoding is wanted)
        other = next(others, None) if may_change else None
        if other is None:
            raise FrameError(f"frames of {found.value}, but the profile speaks {self.profile.encoding.name}")
        return other
