"""The audio of a telephone by offer and answer (RFC 3264): what two descriptions have in common, and how it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType

from sip.description.media import DEFAULT_PTIME, TELEPHONY, Codec, Direction, Media
from sip.description.session import SessionDescription


@dataclass(frozen=True, slots=True)
class Agreement:
    """What offer and answer settled, seen from us.

    We send to ``host``:``port`` with ``codec.payload_type``, digits with ``digit_payload_type`` (``None``: the far end
    takes none); the far end would like packets of ``ptime`` milliseconds; ``direction`` is ours. ``rtcp`` is where
    reports go: ``None`` the port above (RFC 3550 11), else what RFC 3605 or 5761 says.
    """

    host: str
    port: int
    codec: Codec
    digit_payload_type: int | None
    direction: Direction
    ptime: int = DEFAULT_PTIME
    rtcp: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Our answer to an offer, and what it settles."""

    description: SessionDescription
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class NotAcceptable:
    """Offer and answer have no audio in common: refuse with 488 and this Warning code (RFC 3261 20.43)."""

    reason: str
    warning: int = 305


def audio_line(
    host: str,
    port: int,
    codecs: Sequence[Codec],
    direction: Direction,
    *,
    protocol: str = "RTP/AVP",
    attributes: tuple[str, ...] = (),
) -> Media:
    """Our audio line; we send packets of `DEFAULT_PTIME`, and say so."""
    return Media(
        kind="audio",
        port=port,
        protocol=protocol,
        formats=tuple(str(codec.payload_type) for codec in codecs),
        codecs=tuple(codecs),
        host=host,
        direction=direction,
        ptime=DEFAULT_PTIME,
        attributes=attributes,
    )


def audio_offer(
    host: str,
    port: int,
    session_id: int,
    codecs: Sequence[Codec] = TELEPHONY,
    *,
    version: int = 1,
    direction: Direction = Direction.SENDRECV,
) -> SessionDescription:
    """Return an offer of one audio stream received at ``host``:``port``; the codecs in the order of preference."""
    media = audio_line(host, port, codecs, direction)
    return SessionDescription(host=host, session_id=session_id, origin_version=version, media=(media,))


def settle(
    theirs: Media, ours: Sequence[Codec], direction: Direction = Direction.SENDRECV, *, own_order: bool = False
) -> Agreement | None:
    """What the far end's line and our codecs have in common; ``None`` where nothing.

    The far end's order decides among the codecs, or ours where ``own_order``; its payload numbers are taken.
    """
    known = _by_key(tuple(ours))
    shared = [
        _numbered(mine, codec)
        for codec in theirs.codecs
        if (mine := known.get(codec.key)) is not None and (codec.channels == mine.channels or mine.key[0] != "L16")
    ]
    speech = [codec for codec in shared if not codec.counts_digits]
    if not speech:
        return None
    if own_order:
        order = [codec.key for codec in ours]
        speech.sort(key=lambda codec: order.index(codec.key))
    codec = speech[0]
    return Agreement(
        theirs.host,
        theirs.port,
        codec,
        _digits([each for each in shared if each.counts_digits], codec),
        _direction(theirs, direction),
        theirs.ptime or DEFAULT_PTIME,
        _reports(theirs),
    )


@lru_cache(maxsize=64)  # the few lists of codecs that the settings of a program make
def _by_key(codecs: tuple[Codec, ...]) -> Mapping[tuple[str, int], Codec]:
    return MappingProxyType({codec.key: codec for codec in codecs})


def _numbered(ours: Codec, theirs: Codec) -> Codec:
    """Our codec under the far end's number."""
    return ours if ours.payload_type == theirs.payload_type else replace(ours, payload_type=theirs.payload_type)


def _digits(events: Sequence[Codec], speech: Codec) -> int | None:
    # Digits share the clock of the speech beside them (RFC 4733 2.1); phones that offer Opus with events of 8000 alone
    # are many, and their digits can be heard all the same.
    return next((each.payload_type for each in sorted(events, key=lambda each: each.rate != speech.rate)), None)


def _direction(theirs: Media, ours: Direction) -> Direction:
    if theirs.on_hold:
        return Direction.RECVONLY if ours.receives and theirs.direction.sends else Direction.INACTIVE
    if not theirs.direction.sends:
        return Direction.SENDONLY if ours.sends else Direction.INACTIVE
    return ours


def _reports(theirs: Media) -> tuple[str, int] | None:
    if theirs.shares_rtcp_port:
        return theirs.host, theirs.port
    words = next(iter(theirs.values("rtcp")), "").split()
    if len(words) not in {1, 4} or not (words[0].isascii() and words[0].isdigit() and 0 < int(words[0][:6]) <= 65535):
        return None
    host = words[3] if len(words) == 4 else theirs.host
    return (host, int(words[0])) if _numeric(host) else None


def _numeric(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def with_line(offer: SessionDescription, chosen: Media, taken: Media) -> tuple[Media, ...]:
    """The lines of an answer: ``taken`` in the place of ``chosen``, every other refused in its own (RFC 3264 6)."""
    return tuple(taken if line is chosen else line.refused() for line in offer.media)


def answered_codecs(agreement: Agreement, theirs: Media, ours: Sequence[Codec]) -> tuple[Codec, ...]:
    """The codecs that an answer names: the one that is taken, and the events beside it."""
    events = [codec for codec in theirs.codecs if codec.payload_type == agreement.digit_payload_type]
    known = _by_key(tuple(ours))
    return agreement.codec, *(_numbered(known[each.key], each) for each in events)


def negotiate(
    offer: SessionDescription,
    supported: Sequence[Codec],
    *,
    host: str,
    port: int,
    session_id: int,
    version: int = 1,
    direction: Direction = Direction.SENDRECV,
) -> Answer | NotAcceptable:
    """Answer an offer of plain RTP: the first usable audio line is taken, all other lines are refused with port 0.

    The offerer's order decides among the codecs and its payload numbers are kept. We receive at ``host``:``port``.
    """
    chosen = offer.audio
    settled = settle(chosen, supported, direction) if chosen is not None else None
    if chosen is None or settled is None:
        return nothing_in_common(offer)
    taken = audio_line(host, port, answered_codecs(settled, chosen, supported), settled.direction)
    lines = with_line(offer, chosen, taken)
    return Answer(SessionDescription(host, session_id, version, lines), settled)


def nothing_in_common(offer: SessionDescription) -> NotAcceptable:
    """Say why an offer has no audio line for us: there is none, of another transport, or of other codecs."""
    audio = [line for line in offer.media if line.kind == "audio" and line.port]
    if not audio:
        return NotAcceptable("no audio stream", 304)
    if not any(line.is_audio for line in audio):
        return NotAcceptable("no audio over RTP", 302)
    return NotAcceptable("no codec in common")


def accept_answer(offer: SessionDescription, answer: SessionDescription) -> Agreement | NotAcceptable:
    """Read the far end's answer to our offer of plain RTP (RFC 3264 7)."""
    ours, theirs = offer.audio, answer.audio
    if ours is None or theirs is None:
        return NotAcceptable("audio was refused", 304)
    settled = settle(theirs, ours.codecs, ours.direction)
    return settled if settled is not None else NotAcceptable("no codec in common")
