"""What clips say, by the texts of the repository."""

from pathlib import Path

from media_service.prompts.languages.grammar import Clips
from media_service.prompts.texts import read_texts

SHIPPED = Path(__file__).resolve().parents[4] / "prompts"
LANGUAGES = ("en", "fr", "de", "it", "pt", "es", "fi")
TEXTS = {language: read_texts(SHIPPED, language).all for language in LANGUAGES}


def spoken(language: str, clips: Clips) -> str:
    """The sentence that somebody hears."""
    return " ".join(TEXTS[language][clip] for clip in clips)
