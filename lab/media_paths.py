"""Joins what two phones say by SDP, so that media flows directly between them or from a port of the switch.

Each leg has the description that its phone last gave (``said``, numbered by ``revision``) and the one that it was
last told. Whenever the source that a leg should hear has said something new, the leg is told by re-INVITE. Every leg
sees one origin, of the switch, with a rising version (RFC 3264 8), and never fewer media lines than before.

A phone that holds its call by re-INVITE is answered at once and left alone until it takes the call back; what the
others hear meanwhile is the model's affair. Ports of the switch play tones, or are places in a conference.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache

from lab.switch import steps
from lab.switch.steps import Step
from lab.switch.wishes import Sound, Tone
from sip.errors import SipSyntaxError
from sip.sdp import (
    TELEPHONY,
    Direction,
    Media,
    NotAcceptable,
    SessionDescription,
    accept_answer,
    audio_offer,
    negotiate,
)

RETRIES = 3
"""How often a re-INVITE is repeated after 491 or 500 before the media count as broken."""

RETRY_AFTER = 1.0
"""Seconds from such a refusal to the next attempt, times the number of attempts so far."""

PASSING = frozenset({408, 491, 500, 503})
"""Refusals of a re-INVITE that may not last (RFC 3261 14.1, 14.2)."""


class PhoneWish(Enum):
    """What a phone wished by a re-INVITE that the model must hear of."""

    HOLD = auto()
    RESUME = auto()


class _Phase(Enum):
    OFFERED = auto()  # incoming, not answered
    INVITING = auto()  # outgoing, not answered
    ANSWERING = auto()  # our 2xx waits for its ACK
    SETTLED = auto()


@dataclass(slots=True)
class _TonePort:
    port: str
    sound: Sound
    offer: SessionDescription | None = None  # as first described, once the port is open


@dataclass(slots=True)
class _Leg:
    name: str
    session_id: int
    phase: _Phase
    said: SessionDescription | None = None
    before: SessionDescription | None = None
    revision: int = 0
    wants: str | Sound | None = None
    told: tuple[str, int] | None = None
    asking: tuple[str, int] | None = None
    owes: bool = False
    held: bool = False
    resuming: bool = False
    sent: SessionDescription | None = None
    version: int = 0
    lines: tuple[Media, ...] = ()
    tone: _TonePort | None = None
    refusals: int = 0
    retry_at: float | None = None


@dataclass(slots=True)
class MediaPaths:
    """The media of all legs of one switch. ``host`` is the address in the origin that phones see."""

    host: str
    _legs: dict[str, _Leg] = field(default_factory=dict)
    _steps: list[Step] = field(default_factory=list)
    _numbered: int = 0

    def take_steps(self) -> list[Step]:
        """The steps since the last time, oldest first."""
        taken, self._steps = self._steps, []
        return taken

    # ---- legs come and go

    def arrived(self, leg: str, body: bytes) -> bool:
        """An INVITE came; an empty body is a late offer. False where the offer cannot be read or has no audio (488)."""
        entry = self._new(leg, _Phase.OFFERED)
        if not body.strip():
            return True
        said = _read(body)
        if said is None or said.audio is None:
            del self._legs[leg]
            return False
        self._hold(entry, said)
        return True

    def invite(self, leg: str, offer_of: str | None) -> None:
        """Begin an outgoing leg with what the phone of ``offer_of`` said, else with a tone port's description."""
        entry = self._new(leg, _Phase.INVITING)
        source = None if offer_of is None else self._legs.get(offer_of)
        if source is None or source.said is None:
            self._open_tone(entry, Tone.RINGBACK)
            return
        entry.told = (source.name, source.revision)
        self._steps.append(steps.SendInvite(leg, self._body(entry, source.said)))

    def gone(self, leg: str) -> None:
        """The leg ended."""
        entry = self._legs.pop(leg, None)
        if entry is None:
            return
        self._close_tone(entry)
        partner = self._legs.get(entry.asking[0]) if entry.asking is not None else None
        if partner is not None and partner.owes:
            self._settle_debt(partner, 480)

    def hear(self, leg: str, source: str | Sound) -> None:
        """From now on ``leg`` should hear ``source``; an incoming leg is answered by the first of these."""
        entry = self._legs.get(leg)
        if entry is None:
            return
        entry.wants = source
        entry.refusals = 0
        entry.retry_at = None
        if entry.owes and isinstance(source, Sound):
            self._answer_debt_by_tone(entry)
        else:
            self._settle(entry)

    def resumed(self, leg: str) -> None:
        """The model has said what is heard after a phone took its call back: refuse where that is nothing."""
        entry = self._legs.get(leg)
        if entry is None or not entry.owes or not entry.resuming or isinstance(entry.wants, Sound):
            return
        partner = None if entry.wants is None else self._legs.get(entry.wants)
        if partner is None or partner.wants != entry.name:
            self._settle_debt(entry, 491)

    # ---- what phones say

    def answered(self, leg: str, body: bytes) -> None:
        """The outgoing leg's phone answered with ``body``."""
        entry = self._legs.get(leg)
        if entry is None or entry.phase is not _Phase.INVITING:
            return
        said = _read(body)
        if said is None or said.audio is None:
            self._steps.append(steps.Broken(leg, "answered without audio"))
            return
        entry.phase = _Phase.SETTLED
        self._hold(entry, said)
        self._connect_tone(entry)
        self._settle_around(entry)

    def confirmed(self, leg: str, body: bytes | None) -> None:
        """The ACK for our 2xx came, with the answer where ours was the offer."""
        entry = self._legs.get(leg)
        if entry is None or entry.phase is not _Phase.ANSWERING:
            return
        entry.phase = _Phase.SETTLED
        said = _read(body) if body else None
        if said is not None and said.audio is not None and not _same_place(said, entry.said):
            self._hold(entry, said)
            self._connect_tone(entry)
        if entry.said is None:
            self._steps.append(steps.Broken(leg, "no answer to our offer came with the ACK"))
            return
        self._settle_around(entry)

    def offer_received(self, leg: str, body: bytes) -> PhoneWish | None:
        """The leg's phone sent a re-INVITE: hold, resume, a new address, or asking for our offer (empty body).

        After `PhoneWish.RESUME` the model says by `hear` what both sides hear, and then `resumed` is called.
        """
        entry = self._legs.get(leg)
        if entry is None:
            return None
        if entry.phase is not _Phase.SETTLED or entry.asking is not None or entry.owes:
            self._steps.append(steps.RefuseOffer(leg, 491))
            return None
        if not body.strip():
            self._offer_in_answer(entry)
            return None
        said = _read(body)
        wish = None
        if said is None or said.audio is None:
            self._steps.append(steps.RefuseOffer(leg, 488))
        elif said.audio.on_hold:
            wish = self._hold_by_phone(entry, said)
        elif entry.held:
            self._owe(entry, said)
            entry.held, entry.resuming = False, True
            wish = PhoneWish.RESUME
        elif isinstance(entry.wants, Sound):
            self._answer_by_tone(entry, said)
        else:
            self._pass_on(entry, said)
        return wish

    def offer_answered(self, leg: str, body: bytes) -> None:
        """The leg's phone answered our re-INVITE."""
        entry = self._legs.get(leg)
        if entry is None or entry.asking is None:
            return
        entry.told, entry.asking, entry.refusals = entry.asking, None, 0
        said = _read(body)
        if said is not None and said.audio is not None and not _same_place(said, entry.said):
            self._hold(entry, said)
        if entry.tone is not None and entry.told[0] == entry.tone.port:
            self._connect_tone(entry, said)
        elif not isinstance(entry.wants, Sound):
            self._close_tone(entry)
        source = self._legs.get(entry.told[0])
        if source is not None and source.owes and said is not None:
            source.owes = source.resuming = False
            source.told = (entry.name, entry.revision)
            self._steps.append(steps.AnswerOffer(source.name, self._body(source, said)))
            if not isinstance(source.wants, Sound):
                self._close_tone(source)
        elif source is not None and source.owes:
            self._settle_debt(source, 488)
        self._settle_around(entry)

    def offer_refused(self, leg: str, status: int, now: float) -> None:
        """The leg's phone refused our re-INVITE: try again later, or give up."""
        entry = self._legs.get(leg)
        if entry is None or entry.asking is None:
            return
        asked, entry.asking = entry.asking, None
        source = self._legs.get(asked[0])
        if source is not None and source.owes:
            self._settle_debt(source, status)
            return
        entry.refusals += 1
        if status in PASSING and entry.refusals <= RETRIES:
            entry.retry_at = now + RETRY_AFTER * entry.refusals
        elif source is None:
            # Without the tone the caller waits in silence, which is better than losing the call.
            entry.told = asked
            self._settle(entry)
        else:
            self._steps.append(steps.Broken(leg, f"re-INVITE refused with {status}"))

    # ---- tone ports and time

    def tone_ready(self, leg: str, port: str, host: str, udp_port: int) -> None:
        """The tone port asked for by `steps.OpenTone` is open at ``host``:``udp_port``."""
        entry = self._legs.get(leg)
        if entry is None or entry.tone is None or entry.tone.port != port:
            return
        entry.tone.offer = audio_offer(host, udp_port, entry.session_id)
        if entry.phase is _Phase.INVITING:
            entry.told = (port, 0)
            self._steps.append(steps.SendInvite(leg, self._body(entry, entry.tone.offer)))
        elif entry.owes and entry.wants == entry.tone.sound:
            self._answer_debt_by_tone(entry)
        else:
            self._settle(entry)

    def tone_failed(self, leg: str, port: str) -> None:
        """No tone port is free: a leg that needs one to be answered breaks, any other waits in silence."""
        entry = self._legs.get(leg)
        if entry is None or entry.tone is None or entry.tone.port != port:
            return
        entry.tone = None
        if entry.phase in {_Phase.INVITING, _Phase.OFFERED}:
            self._steps.append(steps.Broken(leg, "no tone port is free"))
        elif isinstance(entry.wants, Sound):
            entry.wants = None
            if entry.owes:
                self._settle_debt(entry, 500)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        return min((leg.retry_at for leg in self._legs.values() if leg.retry_at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Repeat the re-INVITEs that are due."""
        for entry in self._legs.values():
            if entry.retry_at is not None and entry.retry_at <= now:
                entry.retry_at = None
                self._settle(entry)

    # ---- inside

    def _new(self, leg: str, phase: _Phase) -> _Leg:
        self._numbered += 1
        entry = self._legs[leg] = _Leg(leg, self._numbered, phase)
        return entry

    @staticmethod
    def _hold(entry: _Leg, said: SessionDescription) -> None:
        entry.said = said
        entry.revision += 1
        entry.lines = _longer(entry.lines, said.media)

    def _settle_around(self, entry: _Leg) -> None:
        self._settle(entry)
        for other in list(self._legs.values()):
            if other.wants == entry.name:
                self._settle(other)

    def _settle(self, entry: _Leg) -> None:
        """Tell the leg what its source says now, if that is news and it can be told."""
        busy = entry.asking is not None or entry.owes or entry.held or entry.retry_at is not None
        if busy or entry.wants is None or entry.phase in {_Phase.INVITING, _Phase.ANSWERING}:
            return
        found = self._source(entry, entry.wants)
        if found is None or found[0] == entry.told:
            return
        key, description = found
        if entry.phase is _Phase.OFFERED:
            self._accept(entry, key, description)
        else:
            entry.asking = key
            self._steps.append(steps.SendOffer(entry.name, self._offer_body(entry, description)))

    def _source(self, entry: _Leg, wanted: str | Sound) -> tuple[tuple[str, int], SessionDescription] | None:
        if isinstance(wanted, Sound):
            tone = self._port_for(entry, wanted)
            return None if tone.offer is None else ((tone.port, 0), tone.offer)
        source = self._legs.get(wanted)
        if source is None or source.said is None or source.phase in {_Phase.INVITING, _Phase.OFFERED} or source.held:
            return None
        return (source.name, source.revision), source.said

    def _accept(self, entry: _Leg, key: tuple[str, int], description: SessionDescription) -> None:
        body = description
        if entry.said is not None and entry.tone is not None and entry.tone.port == key[0]:
            answer = self._tone_answer(entry, entry.said)
            if answer is None:
                self._steps.append(steps.Broken(entry.name, "no codec in common with the tone"))
                return
            body = answer
        entry.phase = _Phase.ANSWERING
        entry.told = key
        self._steps.append(steps.AcceptCall(entry.name, self._body(entry, body)))

    def _pass_on(self, entry: _Leg, said: SessionDescription) -> None:
        partner = self._legs.get(entry.wants) if isinstance(entry.wants, str) else None
        idle = partner is not None and partner.phase is _Phase.SETTLED and partner.asking is None and not partner.owes
        if partner is None or not idle or partner.wants != entry.name:
            self._steps.append(steps.RefuseOffer(entry.name, 491))
            return
        self._owe(entry, said)
        partner.retry_at = None
        partner.asking = (entry.name, entry.revision)
        self._steps.append(steps.SendOffer(partner.name, self._offer_body(partner, said)))

    def _hold_by_phone(self, entry: _Leg, said: SessionDescription) -> PhoneWish | None:
        """Answer a phone that holds its call: nothing flows either way until it takes the call back."""
        line = None if entry.sent is None else entry.sent.audio
        if line is None:
            self._steps.append(steps.RefuseOffer(entry.name, 491))
            return None
        known = line.codecs or TELEPHONY
        answer = negotiate(
            said,
            known,
            host=line.host,
            port=line.port,
            session_id=entry.session_id,
            direction=Direction.INACTIVE,
        )
        if isinstance(answer, NotAcceptable):
            self._steps.append(steps.RefuseOffer(entry.name, 488))
            return None
        self._hold(entry, said)
        entry.held = True
        self._steps.append(steps.AnswerOffer(entry.name, self._body(entry, answer.description)))
        return PhoneWish.HOLD

    def _owe(self, entry: _Leg, said: SessionDescription) -> None:
        """Take over what a phone offered; its answer comes later, from whom it is to hear."""
        entry.before = entry.said
        self._hold(entry, said)
        entry.owes = True

    def _answer_debt_by_tone(self, entry: _Leg) -> None:
        if not isinstance(entry.wants, Sound) or entry.said is None:
            return
        tone = self._port_for(entry, entry.wants)
        if tone.offer is None:
            return  # once it is open
        answer = self._tone_answer(entry, entry.said)
        if answer is None:
            self._settle_debt(entry, 488)
            return
        entry.owes = entry.resuming = False
        entry.told = (tone.port, 0)
        self._steps.append(steps.AnswerOffer(entry.name, self._body(entry, answer)))

    def _settle_debt(self, entry: _Leg, status: int) -> None:
        """Refuse the leg's re-INVITE: what it said before is in force again."""
        entry.owes = False
        entry.held, entry.resuming = entry.resuming, False
        entry.said = entry.before
        entry.revision -= 1
        self._steps.append(steps.RefuseOffer(entry.name, status))
        self._settle(entry)

    def _offer_in_answer(self, entry: _Leg) -> None:
        found = None if entry.wants is None else self._source(entry, entry.wants)
        if found is None:
            self._steps.append(steps.RefuseOffer(entry.name, 491))
            return
        entry.asking, description = found  # the ACK brings the answer
        self._steps.append(steps.AnswerOffer(entry.name, self._offer_body(entry, description)))

    def _answer_by_tone(self, entry: _Leg, said: SessionDescription) -> None:
        answer = self._tone_answer(entry, said)
        if answer is None:
            self._steps.append(steps.RefuseOffer(entry.name, 491 if entry.tone is not None else 488))
            return
        self._hold(entry, said)
        self._steps.append(steps.AnswerOffer(entry.name, self._body(entry, answer)))

    def _tone_answer(self, entry: _Leg, said: SessionDescription) -> SessionDescription | None:
        tone = entry.tone
        line = None if tone is None or tone.offer is None else tone.offer.audio
        if tone is None or line is None:
            return None
        answer = negotiate(said, TELEPHONY, host=line.host, port=line.port, session_id=entry.session_id)
        if isinstance(answer, NotAcceptable):
            return None
        self._steps.append(steps.ConnectTone(tone.port, tone.sound, answer.agreement))
        return answer.description

    def _port_for(self, entry: _Leg, sound: Sound) -> _TonePort:
        """The leg's port that carries ``sound``, opened where there is none; one that carries another is closed."""
        if entry.tone is not None and entry.tone.sound == sound:
            return entry.tone
        self._close_tone(entry)
        return self._open_tone(entry, sound)

    def _open_tone(self, entry: _Leg, sound: Sound) -> _TonePort:
        self._numbered += 1
        entry.tone = _TonePort(f"tone-{self._numbered}", sound)
        self._steps.append(steps.OpenTone(entry.name, entry.tone.port, sound))
        return entry.tone

    def _connect_tone(self, entry: _Leg, answer: SessionDescription | None = None) -> None:
        tone, said = entry.tone, answer or entry.said
        if tone is None or tone.offer is None or said is None or entry.told != (tone.port, 0):
            return
        agreement = accept_answer(tone.offer, said)
        if not isinstance(agreement, NotAcceptable):
            self._steps.append(steps.ConnectTone(tone.port, tone.sound, agreement))

    def _close_tone(self, entry: _Leg) -> None:
        if entry.tone is not None:
            self._steps.append(steps.CloseTone(entry.tone.port))
            entry.tone = None

    def _offer_body(self, entry: _Leg, description: SessionDescription) -> bytes:
        """Write an offer: lines that the dialog had and the source has not are offered as unused (RFC 3264 8)."""
        unused = tuple(Media(line.kind, 0, line.protocol, line.formats) for line in entry.lines)
        media = description.media + unused[len(description.media) :]
        return self._body(entry, replace(description, media=media))

    def _body(self, entry: _Leg, description: SessionDescription) -> bytes:
        entry.version += 1
        entry.lines = _longer(entry.lines, description.media)
        entry.sent = description
        return description.with_origin(session_id=entry.session_id, version=entry.version, host=self.host).serialise()


@lru_cache(maxsize=1000)
def _read(body: bytes) -> SessionDescription | None:
    """The description, or None; a phone says the same one again and again."""
    try:
        return SessionDescription.parse(body)
    except SipSyntaxError:
        return None


def _longer(one: tuple[Media, ...], other: tuple[Media, ...]) -> tuple[Media, ...]:
    return one if len(one) >= len(other) else other


def _same_place(one: SessionDescription, other: SessionDescription | None) -> bool:
    """Whether both descriptions receive audio at the same address and port."""
    mine, theirs = one.audio, None if other is None else other.audio
    return mine is not None and theirs is not None and (mine.host, mine.port) == (theirs.host, theirs.port)
