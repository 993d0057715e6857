"""Speaks with Piper: python -m media_service.speech.workers.piper VOICE.onnx."""

import sys
import wave
from collections.abc import Mapping

from piper import PiperVoice

from media_service.speech.workers.answering import Question, serve


def main() -> None:
    """Load the voice and answer ``{"text", "file"}``."""
    voice = PiperVoice.load(sys.argv[1])

    def speak(question: Question) -> Mapping[str, object]:
        with wave.open(str(question["file"]), "wb") as file:
            voice.synthesize_wav(str(question["text"]), file)
        return {}

    serve(speak)


if __name__ == "__main__":
    main()
