"""The root of CSTA's enumerations: words that survive being unknown."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """An enumeration whose values are the words of the XML encoding (ECMA-323).

    A switch may send a word of a later edition or of its own. ``received`` keeps such a word as a value that equals
    no known member, so that nothing is lost; ``known`` tells the two apart, and encoders refuse an unknown one.
    """

    @classmethod
    def received(cls, text: str) -> Self:
        """Return the member for ``text``, or a value outside the enumeration that keeps the text."""
        try:
            return cls(text)
        except ValueError:
            word = str.__new__(cls, text)
            word._name_ = text
            word._value_ = text
            return word

    @property
    def known(self) -> bool:
        """Whether the word belongs to the enumeration."""
        return self._value_ in type(self)._value2member_map_
