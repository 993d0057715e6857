"""Recognises with PocketSphinx: python -m media_service.speech.workers.sphinx."""

import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from pocketsphinx import Decoder, FsgModel, get_model_path

from media_service.speech.sound import load
from media_service.speech.workers.answering import Question, serve

MODEL_RATE: Final = 16000
MAX_SECONDS: Final = 60.0
GRAMMARS_KEPT: Final = 32

_PHONES: Final = "phones"
"""The search for any sounds at all, beside those for grammars."""
_LONG: Final = 70
"""Frames (10 ms) from which on a phrase can be held against that search; a shorter one fits by chance."""
_LEAST_PROBABLE: Final = 0.1
"""A short phrase less probable than this, among all that the grammar allows, was not understood."""
_LEAST_FIT: Final = 0.35
_FAIR_FIT: Final = 1.9
_SLOPE: Final = 2.2
"""How much better a frame of a long phrase fits the grammar than any sounds at all (thousandths, natural logarithm).

Measured on synthetic voices at telephone bandwidth: fluent phrases of the grammar 2.3 to 3.6, those that were put
together from clips 0.5 to 2.1, phrases that the grammar does not know -0.7 to 1.5. `_LEAST_FIT` refuses none of the
former; `_FAIR_FIT` is where the confidence is a half.
"""

_TOKENS: Final = re.compile(
    r"#JSGF[^;]*;|(?:grammar|import)\s[^;]*;|\bpublic\b(?=\s*<)|<[^<>]*>|\{[^{}]*\}|/[^/]*/|//[^\n]*|[^\s<>\[\](){}|;=*+/]+",
    re.DOTALL,
)
_MARKS: Final = ("#", "<", "{", "/", "grammar ", "import ")


class Recognition:
    """One decoder with the grammars that were asked for last."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=MODEL_RATE, lm=None, loglevel="ERROR")
        self._decoder.add_allphone_file(_PHONES, str(Path(get_model_path()) / "en-us" / "en-us-phone.lm.bin"))
        self._grammars: OrderedDict[str, tuple[str, FsgModel]] = OrderedDict()
        self._made = 0

    def answer(self, question: Question) -> Mapping[str, object]:
        """Answer ``{"file", "grammar"}`` with ``{"text", "confidence"}``."""
        name, grammar = self._search(str(question["grammar"]))
        samples, rate = load(Path(question["file"]))
        wide = np.asarray(soxr.resample(samples[: int(MAX_SECONDS * rate)], rate, MODEL_RATE, "HQ"))
        linear = (np.clip(wide, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        text, score, probability = self._decode(name, linear)
        if not text or not grammar.accept(text):  # a phrase may have broken off
            return {"text": "", "confidence": 0.0}
        frames = self._decoder.n_frames()
        if frames < _LONG:
            understood, confidence = probability >= _LEAST_PROBABLE, probability
        else:
            _, any_sound, _ = self._decode(_PHONES, linear)
            fit = 1000 * math.log(score / any_sound) / frames
            understood, confidence = fit >= _LEAST_FIT, 1 / (1 + math.exp(_SLOPE * (_FAIR_FIT - fit)))
        return {"text": text, "confidence": confidence} if understood else {"text": "", "confidence": 0.0}

    def _decode(self, search: str, linear: bytes) -> tuple[str, float, float]:
        """What was found, its score, and its probability among all that the search allows."""
        self._decoder.activate_search(search)
        self._decoder.start_utt()
        try:
            self._decoder.process_raw(linear, no_search=False, full_utt=True)
        finally:
            self._decoder.end_utt()
        found = self._decoder.hyp()
        if found is None:
            return "", 1.0, 0.0
        return found.hypstr, float(found.best_score), float(found.prob)

    def _search(self, grammar: str) -> tuple[str, FsgModel]:
        if grammar in self._grammars:
            self._grammars.move_to_end(grammar)
            return self._grammars[grammar]
        lowered, words = in_lower_case(grammar)
        unknown = sorted(word for word in words if self._decoder.lookup_word(word) is None)
        if unknown:
            raise ValueError(f"the dictionary does not have {', '.join(unknown)}")
        self._made += 1
        name = f"grammar-{self._made}"
        try:
            model = self._decoder.parse_jsgf(lowered)
            self._decoder.add_fsg(name, model)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"the grammar cannot be read (JSGF 1.0): {error}") from error
        self._grammars[grammar] = name, model
        if len(self._grammars) > GRAMMARS_KEPT:
            self._decoder.remove_search(self._grammars.popitem(last=False)[1][0])
        return self._grammars[grammar]


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
