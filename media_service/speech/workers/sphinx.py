"""Recognises with PocketSphinx: python -m media_service.speech.workers.sphinx."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from pocketsphinx import Decoder

from media_service.speech.sound import load
from media_service.speech.workers.answering import Question, serve

MODEL_RATE: Final = 16000
MAX_SECONDS: Final = 60.0
GRAMMARS_KEPT: Final = 32

_TOKENS: Final = re.compile(
    r"#JSGF[^;]*;|(?:grammar|import)\s[^;]*;|\bpublic\b(?=\s*<)|<[^<>]*>|\{[^{}]*\}|/[^/]*/|//[^\n]*|[^\s<>\[\](){}|;=*+/]+",
    re.DOTALL,
)
_MARKS: Final = ("#", "<", "{", "/", "grammar ", "import ")


class Recognition:
    """One decoder with the grammars that were asked for last."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=MODEL_RATE, lm=None, loglevel="ERROR")
        self._names: OrderedDict[str, str] = OrderedDict()
        self._made = 0

    def answer(self, question: Question) -> Mapping[str, object]:
        """Answer ``{"file", "grammar"}`` with ``{"text", "confidence"}``."""
        self._decoder.activate_search(self._search(str(question["grammar"])))
        samples, rate = load(Path(question["file"]))
        wide = np.asarray(soxr.resample(samples[: int(MAX_SECONDS * rate)], rate, MODEL_RATE, "HQ"))
        linear = (np.clip(wide, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        self._decoder.start_utt()
        try:
            self._decoder.process_raw(linear, no_search=False, full_utt=True)
        finally:
            self._decoder.end_utt()
        found = self._decoder.hyp()
        if found is None or not found.hypstr:
            return {"text": "", "confidence": 0.0}
        return {"text": found.hypstr, "confidence": float(found.prob)}

    def _search(self, grammar: str) -> str:
        if grammar in self._names:
            self._names.move_to_end(grammar)
            return self._names[grammar]
        lowered, words = in_lower_case(grammar)
        unknown = sorted(word for word in words if self._decoder.lookup_word(word) is None)
        if unknown:
            raise ValueError(f"the dictionary does not have {', '.join(unknown)}")
        self._made += 1
        name = f"grammar-{self._made}"
        try:
            self._decoder.add_jsgf_string(name, lowered)
        except ValueError as error:
            raise ValueError("the grammar cannot be read (JSGF 1.0)") from error
        self._names[grammar] = name
        if len(self._names) > GRAMMARS_KEPT:
            self._decoder.remove_search(self._names.popitem(last=False)[1])
        return name


def in_lower_case(grammar: str) -> tuple[str, set[str]]:
    """The grammar with its words in lower case, as the dictionary has them, and those words."""
    words: set[str] = set()

    def lower(token: re.Match[str]) -> str:
        text = token[0]
        if text.startswith(_MARKS) or text == "public":
            return text
        words.add(text.lower())
        return text.lower()

    return _TOKENS.sub(lower, grammar), words


if __name__ == "__main__":
    serve(Recognition().answer)
