"""The languages whose numbers, dates, times and amounts are put together from clips, each in a module of its own."""

from collections.abc import Mapping
from typing import Final

from media_service.prompts.languages.english import English
from media_service.prompts.languages.finnish import Finnish
from media_service.prompts.languages.french import French
from media_service.prompts.languages.german import German
from media_service.prompts.languages.grammar import Grammar
from media_service.prompts.languages.italian import Italian
from media_service.prompts.languages.portuguese import Portuguese
from media_service.prompts.languages.spanish import Spanish

GRAMMARS: Final[Mapping[str, Grammar]] = {
    grammar.language: grammar
    for grammar in (English(), French(), German(), Italian(), Portuguese(), Spanish(), Finnish())
}
"""By language tag."""
