"""What every worker does: read questions from standard input, answer each, and stay out of the way of audio packets."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

NICENESS: Final = 5
"""Speech can wait a moment, a packet cannot."""

Question = Mapping[str, Any]


def serve(answer: Callable[[Question], Mapping[str, object]]) -> None:
    """Answer until standard input ends; a question that fails is answered by its ``error``."""
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the libraries print is no answer
    for line in sys.stdin:
        try:
            told = answer(json.loads(line))
        except Exception as error:  # noqa: BLE001 - libraries raise anything; the process must live on
            told = {"error": str(error) or type(error).__name__}
        answers.write(json.dumps(told) + "\n")
        answers.flush()
