"""What a question to the caller is: something is played, then digits or speech are awaited. No I/O, no clock."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from media_service.control.messages import Utterances, VerbResult
from media_service.ivr.digits import TypeAhead


@dataclass(frozen=True, slots=True)
class Ask:
    """Play these; `Question.prompt_over` is told at their end. ``beep``: the tone of an answering machine follows."""

    utterances: Utterances
    beep: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """What plays is stopped; `Question.time_up` is told at ``until`` (Unix seconds), unless something happens first."""

    until: float


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes."""


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record what the caller says, until ``until`` (Unix seconds) at the latest."""

    until: float


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller has spoken: understand it, or finish its file, until ``until`` (Unix seconds) at the latest."""

    until: float


@dataclass(frozen=True, slots=True)
class Settle:
    """The question has its result."""

    result: VerbResult


Step = Ask | Wait | Stay | TakeMessage | Heard | Settle
STAY = Stay()


class Question(ABC):
    """One question; each method says how it goes on. ``now`` is Unix seconds."""

    masked = False
    """The digits are nobody else's business."""

    @abstractmethod
    def begin(self, typed: TypeAhead, now: float) -> Step:
        """The question is put; ``typed`` are the digits that came before it."""

    @abstractmethod
    def digit(self, digit: str, now: float) -> Step:
        """A digit was pressed."""

    @abstractmethod
    def prompt_over(self, now: float) -> Step:
        """The prompt was played to its end."""

    @abstractmethod
    def time_up(self, now: float) -> Step:
        """What `Wait`, `TakeMessage` or `Heard` named is there."""

    def speech(self, now: float, *, speaking: bool) -> Step:
        """The caller began or ceased to speak."""
        del now, speaking
        return STAY

    def leftover(self) -> str:
        """Digits that came and were not the question's; they count as typed ahead."""
        return ""
