"""From SDP to what the packet engine needs, and back: the one audio stream of a call (RFC 3264)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Self

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Capabilities, Encoding, SrtpProfile, Stream
from media_service.engine.streams import codecs_of, stream_of
from media_service.security.identity import Security
from media_service.security.keying import Handshake, Keying, Protection, SrtpPolicy
from sip.errors import SipSyntaxError
from sip.sdp import (
    Agreement,
    Codec,
    Direction,
    Media,
    NotAcceptable,
    SessionDescription,
    answered_codecs,
    audio_line,
    nothing_in_common,
    settle,
    with_line,
)

_NOWHERE: Final = Address("127.0.0.1", 9)
_HELD: Final = "0.0.0.0"  # noqa: S104 - an address that nothing is sent to, nothing is bound
_DYNAMIC: Final = range(96, 128)
"""Payload types without a meaning of their own (RFC 3551 6)."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An offer or answer that leads to no stream: ``status`` is the SIP response for it, ``warning`` the code why."""

    status: int
    reason: str
    warning: int = 399

    def headers(self, host: str) -> tuple[tuple[str, str], ...]:
        """The Warning header (RFC 3261 20.43) by which ``host`` says why; none beside a 400."""
        reason = self.reason.replace("\\", "").replace('"', "'")
        return (("Warning", f'{self.warning} {host} "{reason}"'),) if self.status == 488 else ()


@dataclass(frozen=True, slots=True)
class Offering:
    """What a call may use: encodings in the order of preference, protection and its profiles, the best first.

    ``own_order``: ours decides among the codecs of an offer instead of the offerer's. ``web``: our own offers are for
    browsers (DTLS, ICE), not for phones.
    """

    codecs: tuple[Encoding, ...] = (Encoding.PCMA, Encoding.PCMU)
    srtp: SrtpPolicy = SrtpPolicy.NEVER
    profiles: tuple[SrtpProfile, ...] = ()
    own_order: bool = False
    web: bool = False

    @classmethod
    def within(
        cls,
        capabilities: Capabilities,
        codecs: Sequence[Encoding] = (Encoding.PCMA, Encoding.PCMU),
        srtp: SrtpPolicy = SrtpPolicy.OPTIONAL,
        *,
        own_order: bool = False,
    ) -> Self:
        """What is wished for as far as the engine can do it; with no profiles, optional protection becomes none.

        Raises:
            EngineError: it can do none of the codecs, or no protection where that is required.
        """
        able = tuple(codec for codec in codecs if codec in capabilities.encodings)
        if not able:
            raise EngineError(f"the packet engine has none of {', '.join(codecs)}: {capabilities.detail}")
        if srtp is SrtpPolicy.REQUIRED and not capabilities.srtp:
            raise EngineError(f"protection is required, and the packet engine has no SRTP: {capabilities.detail}")
        if srtp is SrtpPolicy.OPTIONAL and not capabilities.srtp:
            srtp = SrtpPolicy.NEVER
        return cls(able, srtp, capabilities.srtp, own_order)


@dataclass(frozen=True, slots=True)
class _Read:
    """An offer as it came and as it was read, and its audio lines with what each has in common with ours."""

    written: bytes
    described: SessionDescription
    lines: tuple[tuple[Media, Agreement], ...]


@dataclass(frozen=True, slots=True)
class _Settled:
    """What offer and answer come to: ``lines`` are ours, ``chosen`` is the far end's line and ``place`` where it is."""

    theirs: SessionDescription
    lines: tuple[Media, ...]
    chosen: Media
    place: int
    agreement: Agreement
    protection: Protection


class Negotiation:
    """Offers and answers of one call.

    ``address`` is where the engine receives. ``handshake`` is what `SecureLeg` needs beside the stream that was given
    last: ``None`` where it needs none. The origin's version rises by one with every change (RFC 3264 8); media lines
    keep their places and payload types their meanings through the whole call (RFC 3264 8.3.2).

    Raises:
        ValueError: protection is required without ``security`` or profiles.
    """

    def __init__(self, session_id: int, offering: Offering | None = None, security: Security | None = None) -> None:
        self.address = _NOWHERE
        self.handshake: Handshake | None = None
        self._offering = offering or Offering()
        self._codecs = codecs_of(self._offering.codecs)
        protects = security is not None and self._offering.profiles and self._offering.srtp is not SrtpPolicy.NEVER
        if self._offering.srtp is SrtpPolicy.REQUIRED and not protects:
            raise ValueError("protection is required without the means for it")
        self._keying = Keying(security, self._offering.profiles) if security is not None and protects else None
        self._session_id = session_id
        self._version = 0
        self._sent = b""
        self._read: _Read | None = None
        self._pending: tuple[SessionDescription, int, Protection] | None = None
        self._settled: _Settled | None = None
        self._numbers: dict[tuple[str, int], int] = {}

    # --- their offers -----------------------------------------------------------------------------------------------

    def objection(self, offer: bytes) -> Unusable | None:
        """Say what is wrong with a first offer, before anything is opened for it; no offer is no fault."""
        if not offer:
            return None
        considered = self._consider(offer)
        return considered if isinstance(considered, Unusable) else None

    def answer(self, offer: bytes) -> tuple[bytes, Stream] | Unusable:
        """Answer an offer: one audio line is taken, all others are refused in their places."""
        considered = self._consider(offer)
        if isinstance(considered, Unusable):
            return considered
        settled = self._settle(*considered)
        attributes = (*_bundle(settled.theirs, settled.chosen), *settled.protection.session_attributes)
        return self._written(settled.lines, attributes)[1], self._take(settled)

    def _read_offer(self, offer: bytes) -> _Read:
        """Read an offer once: it is looked at before it is answered. Raises `SipSyntaxError`."""
        if self._read is None or self._read.written != offer:
            described = SessionDescription.parse(offer)
            own_order = self._offering.own_order
            settled = ((line, settle(line, self._codecs, own_order=own_order)) for line in described.audio_lines)
            self._read = _Read(
                offer, described, tuple((line, agreed) for line, agreed in settled if agreed is not None)
            )
        return self._read

    def _consider(self, offer: bytes) -> tuple[SessionDescription, Media, Agreement, Protection] | Unusable:
        """The line of an offer that is taken, and on what terms."""
        try:
            read = self._read_offer(offer)
        except SipSyntaxError as error:
            return Unusable(400, str(error))
        found = self._choose(read)
        if isinstance(found, NotAcceptable):
            return Unusable(488, found.reason, found.warning)
        line, agreement, protection = found
        reachable = self._reachable(agreement, line, protection)
        if isinstance(reachable, Unusable):
            return reachable
        return read.described, line, reachable, protection

    def _settle(self, offer: SessionDescription, line: Media, agreement: Agreement, protection: Protection) -> _Settled:
        """Our lines for the answer."""
        names = tuple(text for text in line.attributes if text.startswith("mid:") or text == "rtcp-mux")
        taken = audio_line(
            self.address.host,
            self.address.port,
            answered_codecs(agreement, line, self._codecs),
            agreement.direction,
            protocol=line.protocol,
            attributes=(*names, *protection.attributes),
        )
        place = next(index for index, each in enumerate(offer.media) if each is line)
        return _Settled(offer, with_line(offer, line, taken), line, place, agreement, protection)

    def _choose(self, offer: _Read) -> tuple[Media, Agreement, Protection] | NotAcceptable:
        """The first line that can be protected, else the first that need not be."""
        plain: tuple[Media, Agreement, Protection] | None = None
        for line, agreement in offer.lines:
            protection = self._keying.answer(offer.described, line, self.address) if self._keying is not None else None
            if protection is not None:
                return line, agreement, protection
            if plain is None and not line.secured and self._offering.srtp is not SrtpPolicy.REQUIRED:
                plain = line, agreement, Protection()
        if plain is None and offer.lines:
            return NotAcceptable("no protection of media in common", 302)
        return plain or nothing_in_common(offer.described)

    def _reachable(self, agreement: Agreement, line: Media, protection: Protection) -> Agreement | Unusable:
        """The agreement with addresses that packets can go to, or why there are none."""
        by_checks = protection.handshake is not None and protection.handshake.ice is not None
        if by_checks and line.nowhere and line.direction.receives:
            # A browser that has not gathered yet: its checks will say where it is.
            agreement = replace(agreement, direction=line.direction.mirrored)
        numbered = _numeric(agreement.host)
        if numbered is None:
            if line.nowhere or by_checks:
                return replace(agreement, host=_HELD, rtcp=(_HELD, agreement.port) if line.shares_rtcp_port else None)
            return Unusable(488, "the address of the media is a name", 301)
        if numbered.is_multicast or agreement.host == "255.255.255.255":
            return Unusable(488, "media for many at once", 330)
        ours = _numeric(self.address.host)
        other = ours is not None and numbered.version != ours.version
        if self.address != _NOWHERE and other and not (line.nowhere or by_checks):
            return Unusable(488, f"no media over IPv{numbered.version}", 301)
        reports = _numeric(agreement.rtcp[0]) if agreement.rtcp is not None else None
        usable = reports is not None and reports.version == numbered.version and not reports.is_multicast
        if usable and reports is not None and (not reports.is_unspecified or line.shares_rtcp_port):
            return agreement
        return replace(agreement, rtcp=None)

    # --- our offers -------------------------------------------------------------------------------------------------

    def offer(self, direction: Direction = Direction.SENDRECV) -> bytes:
        """Make an offer, for a new call, or for this one again; `take_answer` takes what comes back.

        What the call uses already is offered again as it is; all codecs are.
        """
        host, port = self.address.host, self.address.port
        protocol, protection = self._offered_protection()
        names = self._names()
        attributes = (*names, *protection.attributes)
        line = audio_line(host, port, self._numbered(), direction, protocol=protocol, attributes=attributes)
        lines: tuple[Media, ...] = (line,)
        place = 0
        if self._settled is not None:
            place = self._settled.place
            lines = tuple(line if index == place else each.refused() for index, each in enumerate(self._settled.lines))
        mid = next((name[4:] for name in names if name.startswith("mid:")), "")
        bundle = (f"group:BUNDLE {mid}",) if mid else ()
        description, written = self._written(lines, (*bundle, *protection.session_attributes))
        self._pending = description, place, protection
        return written

    def take_answer(self, answer: bytes) -> Stream | Unusable:
        """Read the answer to our `offer`."""
        pending, self._pending = self._pending, None
        if pending is None:
            return Unusable(400, "an answer to no offer")
        offer, place, offered = pending
        try:
            described = SessionDescription.parse(answer)
        except SipSyntaxError as error:
            return Unusable(400, str(error))
        if len(described.media) <= place or not described.media[place].is_audio:
            return Unusable(488, "audio was refused", 304)
        return self._take_line(described, described.media[place], offer, place, offered)

    def _take_line(
        self, answer: SessionDescription, line: Media, offer: SessionDescription, place: int, offered: Protection
    ) -> Stream | Unusable:
        ours = offer.media[place]
        agreement = settle(line, ours.codecs, ours.direction)
        protection = self._accepted(offered, answer, line)
        if agreement is None or line.protocol != ours.protocol:
            return Unusable(488, "no codec in common", 305)
        if protection is None:
            return Unusable(488, "no protection of media in common", 302)
        reachable = self._reachable(agreement, line, protection)
        if isinstance(reachable, Unusable):
            return reachable
        return self._take(_Settled(answer, offer.media, line, place, reachable, protection))

    def _offered_protection(self) -> tuple[str, Protection]:
        if self._settled is not None:
            protocol = self._settled.lines[self._settled.place].protocol
            current = self._settled.protection
            if self._keying is None or (current.handshake is None and current.srtp is None):
                return protocol, Protection()
            if current.handshake is not None:
                ice = current.handshake.ice is not None
                return protocol, self._keying.offer_dtls(self.address, ice=ice)
            return protocol, self._keying.offer_sdes()
        if self._keying is None:
            return "RTP/AVP", Protection()
        if self._offering.web:
            return "UDP/TLS/RTP/SAVPF", self._keying.offer_dtls(self.address, ice=True)
        protocol = "RTP/SAVP" if self._offering.srtp is SrtpPolicy.REQUIRED else "RTP/AVP"
        return protocol, self._keying.offer_sdes()

    def _accepted(self, offered: Protection, answer: SessionDescription, line: Media) -> Protection | None:
        if self._keying is None or (offered.handshake is None and not offered.attributes):
            return Protection()
        accepted = self._keying.accept(offered, answer, line)
        # Keys beside RTP/AVP are a kindness that may be passed over (RFC 8643); in RTP/SAVP they are not.
        return accepted or (None if line.secured else Protection())

    def _names(self) -> tuple[str, ...]:
        """``mid`` and ``rtcp-mux`` of our line."""
        if self._settled is not None:
            own = self._settled.lines[self._settled.place].attributes
            return tuple(text for text in own if text.startswith("mid:") or text == "rtcp-mux")
        return ("mid:0", "rtcp-mux") if self._offering.web and self._keying is not None else ()

    # --- both -------------------------------------------------------------------------------------------------------

    def _take(self, settled: _Settled) -> Stream:
        for codec in settled.chosen.codecs:
            self._numbers.setdefault(codec.key, codec.payload_type)
        self._settled = settled
        self.handshake = settled.protection.handshake
        return stream_of(settled.agreement, settled.protection.srtp, protected=self.handshake is not None)

    def _written(self, lines: tuple[Media, ...], attributes: tuple[str, ...]) -> tuple[SessionDescription, bytes]:
        """The description under our origin, whose version rises where something has changed since the last."""
        described = SessionDescription(
            self.address.host, self._session_id, max(self._version, 1), lines, attributes=attributes
        )
        written = described.serialise()
        if written != self._sent:
            self._version += 1
            if described.origin_version != self._version:
                described = replace(described, origin_version=self._version)
                written = described.serialise()
            self._sent = written
        return described, written

    def _numbered(self) -> tuple[Codec, ...]:
        """Our codecs, each with the payload type that it has had in this call, or with one that none has had."""
        taken = set(self._numbers.values())
        numbered: list[Codec] = []
        for codec in self._codecs:
            number = self._numbers.get(codec.key, codec.payload_type)
            if codec.key not in self._numbers and number in taken:
                number = next(free for free in _DYNAMIC if free not in taken)
            taken.add(number)
            numbered.append(replace(codec, payload_type=number))
        return tuple(numbered)


@lru_cache(maxsize=4096)  # the same few far ends at every call
def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _bundle(offer: SessionDescription, chosen: Media) -> tuple[str, ...]:
    """Our bundle of one line, where the offer has that line in a bundle (RFC 9143 7.3)."""
    mid = next(iter(chosen.values("mid")), "")
    groups = (text.split() for text in offer.attributes if text.startswith("group:BUNDLE"))
    return (f"group:BUNDLE {mid}",) if mid and any(mid in words[1:] for words in groups) else ()
