"""Reads what is said in a language: ``<language>/texts.yaml``, the text of every prompt and clip."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from media_service.prompts.errors import PromptError
from media_service.prompts.utterances import checked_name

FILE: Final = "texts.yaml"
MAX_OCTETS: Final = 1 << 20
MAX_TEXT: Final = 1000
"""The longest text of one prompt, characters."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts by name: whole ``prompts``, and the ``clips`` from which numbers, dates and the like are put together."""

    prompts: Mapping[str, str]
    clips: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        """Both."""
        return {**self.prompts, **self.clips}


def read_texts(directory: Path, language: str) -> Texts:
    """The texts of a language; empty where it has no such file. Raises `PromptError` for a file that is unfit."""
    file = directory / language / FILE
    if not file.is_file():
        return Texts({}, {})
    try:
        if file.stat().st_size > MAX_OCTETS:
            raise PromptError(f"{file} is larger than {MAX_OCTETS} octets")
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise PromptError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict) or set(content) - {"prompts", "clips"}:
        raise PromptError(f"{file} has sections other than prompts and clips")
    return Texts(*(_section(file, content.get(name), name) for name in ("prompts", "clips")))


def _section(file: Path, content: object, section: str) -> dict[str, str]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise PromptError(f"{file}: {section} is no list of names with their texts")
    for name, text in content.items():
        checked_name(str(name))
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise PromptError(f"{file}: {section}: {name} has no text of 1 to {MAX_TEXT} characters")
    return content
