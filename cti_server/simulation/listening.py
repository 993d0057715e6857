"""What a caller does with what they hear: how long it lasts, which digits they key in, what they say."""

from collections.abc import Mapping
from typing import Final

from cti_server.engine.state import State, current_step
from cti_server.simulation.day import Arrival
from cti_server.vocabulary.actions import AskDigit, Collect, Play, PlayMusic, Recognise, RecordMessage, SendDigits
from cti_server.vocabulary.effects import Treat
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult

PROMPT_SECONDS: Final = 5.0
"""How long a prompt lasts whose length is not given."""
CLIP_SECONDS: Final = 1.0
"""How long a number, date or the like lasts."""
KEY_SECONDS: Final = 1.0
"""How long a caller takes for a digit, once they have heard enough."""
MESSAGE_SECONDS: Final = 20.0
"""How long a message is that a caller leaves."""

Answer = tuple[float, VerbOutcome]
"""Seconds until the verb has ended, and how."""


class Listening:
    """The callers' ears and fingers; ``lengths`` are of prompts, in seconds."""

    def __init__(self, lengths: Mapping[str, float]) -> None:
        self._lengths = lengths
        self._numbers: dict[ContactId, int] = {}
        self._digits: dict[ContactId, list[str]] = {}

    def open(self, contact: ContactId, arrival: Arrival) -> None:
        """The caller has become a contact."""
        self._numbers[contact] = arrival.number
        if arrival.digits:
            self._digits[contact] = list(reversed(arrival.digits))

    def answer(self, state: State, effect: Treat) -> Answer | None:
        """What comes of a verb, and after how long; None for what goes on until the next one."""
        action = effect.action
        match action:
            case PlayMusic():
                return None
            case Play():
                return self._seconds(action.utterances), VerbOutcome(VerbResult.FINISHED)
            case SendDigits():
                return KEY_SECONDS, VerbOutcome(VerbResult.FINISHED)
            case AskDigit() | Collect() | Recognise():
                return self._asked(state, effect.contact, action)
            case RecordMessage():
                seconds = min(MESSAGE_SECONDS, action.maximum)
                outcome = VerbOutcome(VerbResult.RECORDED, file=action.name, seconds=seconds)
                return self._seconds(action.utterances) + seconds, outcome

    def _asked(self, state: State, contact: ContactId, action: AskDigit | Collect | Recognise) -> Answer:
        heard = self._seconds(action.utterances)
        keys = self._keys(state, contact)
        if keys:
            return heard + KEY_SECONDS * len(keys), VerbOutcome(VerbResult.DIGITS, keys, count=len(keys))
        silence = action.first if isinstance(action, Collect) else action.timeout
        return heard + silence, VerbOutcome(VerbResult.TIMEOUT)

    def _keys(self, state: State, contact: ContactId) -> str:
        """The caller's next entry; whoever has none of their own takes one of a menu's choices, by their number."""
        own = self._digits.get(contact)
        if own:
            return own.pop()
        known = state.contacts.get(contact)
        step = current_step(state, known) if known is not None else None
        # Whichever component a menu is, its choices are by digit.
        by_digit = getattr(step, "choices", None)
        if own is not None or not isinstance(by_digit, Mapping) or not by_digit:
            return ""
        choices = sorted(by_digit)
        return str(choices[self._numbers.get(contact, 0) % len(choices)])

    def _seconds(self, utterances: tuple[Utterance, ...]) -> float:
        return sum(self._length(each) for each in utterances)

    def _length(self, utterance: Utterance) -> float:
        if utterance.silence is not None:
            return utterance.silence
        if utterance.prompt is not None:
            return self._lengths.get(utterance.prompt, PROMPT_SECONDS)
        return CLIP_SECONDS
