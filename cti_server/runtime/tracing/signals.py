"""Lines of the SIP messages that media services keep of a contact's sessions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from twisted.internet.defer import Deferred, gatherResults

from csta.trace import Mask
from cti_server.channels.base import Channel
from cti_server.reports.tracing.lines import Layer, Line
from cti_server.vocabulary.values import SessionRef
from media_service.control.messages import SessionSignals
from program.clock import Clock, Timer

PATIENCE = 3.0
"""Seconds that a media service has to answer."""


@runtime_checkable
class KeepsSignals(Protocol):
    """A channel whose media services keep SIP messages."""

    def signals(self, session: SessionRef) -> Deferred[SessionSignals | None]:
        """The SIP messages that a media service keeps of a session."""


@dataclass(frozen=True, slots=True)
class Told:
    """Lines, and what is missing."""

    lines: tuple[Line, ...]
    missing: tuple[str, ...]


def ask_signals(
    channels: Sequence[Channel], sessions: Iterable[SessionRef], clock: Clock, ours: Callable[[str], bool]
) -> Deferred[Told]:
    """Ask for the messages of all sessions; never fails, and what cannot be had is said."""
    asked = [
        _ask(channel, session, clock)
        for channel in channels
        if isinstance(channel, KeepsSignals)
        for session in sessions
    ]
    return gatherResults([one.addCallback(_told, ours) for one in asked]).addCallback(_together)


def _ask(
    channel: KeepsSignals, session: SessionRef, clock: Clock
) -> Deferred[tuple[SessionRef, SessionSignals | None]]:
    """The answer with its question, at the latest when patience is at its end."""
    done: Deferred[tuple[SessionRef, SessionSignals | None]] = Deferred()

    def tell(answer: SessionSignals | None) -> None:
        if timer.active():
            timer.cancel()
        if not done.called:
            done.callback((session, answer))

    timer: Timer = clock.call_later(PATIENCE, lambda: None if done.called else done.callback((session, None)))
    channel.signals(session).addCallbacks(tell, lambda _failure: tell(None))
    return done


def _told(answer: tuple[SessionRef, SessionSignals | None], ours: Callable[[str], bool]) -> Told:
    session, told = answer
    name = f"{session.service}/{session.session}"
    if told is None:
        return Told((), (f"SIP of {name}: its media service is away, or does not tell",))
    if not told.signals:
        return Told((), (f"SIP of {name}: the media service keeps nothing of it any more",))
    mask = Mask(known=ours)
    lines = []
    for signal in told.signals:
        text = mask.text(signal.text)
        way = "->" if signal.sent else "<-"
        facts = {"session": name, "way": "out" if signal.sent else "in", "peer": signal.peer, "message": text}
        lines.append(Line(signal.at, Layer.SIP, f"{way} {signal.peer} {_brief(text)} session {name}", facts))
    return Told(tuple(lines), ())


def _brief(text: str) -> str:
    """The first line, and for an answer what it answers."""
    first, *rest = text.splitlines() or [""]
    asked = next((line for line in rest if line.lower().startswith("cseq:")), "")
    return f"{first} ({asked.partition(':')[2].strip()})" if first.startswith("SIP/") else first


def _together(told: list[Told]) -> Told:
    lines = tuple(line for one in told for line in one.lines)
    return Told(lines, tuple(text for one in told for text in one.missing))
