"""The root of CSTA's enumerations: words that survive being unknown."""

import re
from enum import EnumType, StrEnum
from typing import Final, Self, cast

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


class Word(StrEnum):
    """An enumeration whose values are the words of the XML encoding (ECMA-323), each with its number in BER (ECMA-285).

    A member is written ``NAME = "word", number``: without a number where BER has none, with ``False`` after it where
    XML has none. A switch may send a word of a later edition or of its own. ``received`` and ``numbered`` keep such a
    word as a value that equals no known member, so that nothing is lost; ``known`` tells the two apart, and encoders
    refuse an unknown one.
    """

    number: int | None
    """The value of the ENUMERATED, or the bit of the BIT STRING."""

    in_xml: bool
    """Whether XML has the word, so that it may be sent there; ``number`` tells the same for BER."""

    def __new__(cls, text: str, number: int | None = None, in_xml: bool = True) -> Self:
        """Make a member."""
        word = str.__new__(cls, text)
        word._value_ = text
        word.number = number
        word.in_xml = in_xml
        return word

    @classmethod
    def received(cls, text: str) -> Self:
        """Return the member for ``text``, or a value outside the enumeration that keeps the text."""
        try:
            return cls(text)
        except ValueError:
            return cls._unknown(text, None)

    @classmethod
    def numbered(cls, number: int) -> Self:
        """Return the member for a number of BER, or a value outside the enumeration that keeps the number."""
        for word in cls:
            if word.number == number:
                return word
        return cls._unknown(f"#{number}", number)

    @classmethod
    def _unknown(cls, text: str, number: int | None) -> Self:
        word = str.__new__(cls, text)
        word._name_ = text
        word._value_ = text
        word.number = number
        word.in_xml = False
        return word

    @property
    def known(self) -> bool:
        """Whether the word belongs to the enumeration."""
        return self._value_ in type(self)._value2member_map_


def words(name: str, text: str) -> type[Word]:
    """Make an enumeration out of ``word=number word ...``: for the many lists of names that nobody writes in code.

    A number with ``*`` after it belongs to a word that XML does not have. Members are found by the word itself,
    ``made("callForward")``, or compared with it.

    Raises:
        TypeError: A word is there twice.
        ValueError: A word is no name, or its number no number.
    """
    members: list[tuple[str, tuple[str, int | None, bool]]] = []
    for pair in text.split():
        word, numbered, number = pair.partition("=")
        value = int(number.removesuffix("*")) if numbered else None
        members.append(("_".join(_PARTS.findall(word)).upper(), (word, value, not number.endswith("*"))))
    return cast("type[Word]", EnumType.__call__(Word, name, members))
