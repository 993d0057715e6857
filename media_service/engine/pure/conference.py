"""Conferences: everybody hears the sum of all others. The sum is kept running, so a room costs the same per member."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media_service.engine.encodings import FRAME_SAMPLES
from media_service.engine.interface import Role

Frame = npt.NDArray[np.int32]
_LOUDEST: Final = 32767


@dataclass(slots=True, eq=False)
class _Member:
    role: Role
    whisper_to: int | None
    said: Frame | None = None


class Room:
    """One conference at 8 kHz. Members are ports by their numbers; frames are 20 ms of PCM16, ``None`` for silence."""

    def __init__(self) -> None:
        self._members: dict[int, _Member] = {}
        self._sum: Frame = np.zeros(FRAME_SAMPLES, np.int32)
        self._voices = 0

    def __len__(self) -> int:
        return len(self._members)

    def join(self, member: int, role: Role, whisper_to: int | None) -> None:
        """Take part, or change the role."""
        self.leave(member)
        self._members[member] = _Member(role, whisper_to)

    def leave(self, member: int) -> None:
        """Be gone; what was said last is not heard any more."""
        if member in self._members:
            self.say(member, None)
            del self._members[member]

    def say(self, member: int, pcm: bytes | None) -> None:
        """What a member says from now until it says something else: its latest frame."""
        one = self._members[member]
        said = None if pcm is None or one.role is Role.LISTENER else np.frombuffer(pcm, "<i2").astype(np.int32)
        if one.role is Role.SPEAKER:
            if one.said is not None:
                self._sum -= one.said
                self._voices -= 1
            if said is not None:
                self._sum += said
                self._voices += 1
        one.said = said

    def hears(self, member: int) -> bytes | None:
        """The sum of what the member hears, cut off at full scale; never itself."""
        own = self._members[member]
        said = own.said if own.role is Role.SPEAKER else None
        whispers = [
            one.said
            for one in self._members.values()
            if one.role is Role.WHISPERER and one.whisper_to == member and one.said is not None and one is not own
        ]
        if self._voices == (said is not None) and not whispers:
            return None
        heard = self._sum.copy() if said is None else self._sum - said
        for whisper in whispers:
            heard += whisper
        return np.clip(heard, -_LOUDEST - 1, _LOUDEST).astype("<i2").tobytes()
