"""Device numbers: the spellings that PBXs send, brought into one form.

The dialects share the steps and choose among them: `plain_number` for those whose devices are extension numbers,
`angled_number` for OpenScape Voice's own notation. None of them ever raises, and doing a step twice changes nothing.
"""

import re
from typing import Final

# N<302118840101>;displayNumber=2118840101;noa=nk - number, then parameters; seen in events' device identifiers.
_ANGLED: Final = re.compile(r"N<([^<>]*)>(?:;|\Z)", re.IGNORECASE)
_NATURE: Final = re.compile(r";noa=([A-Za-z]+)", re.IGNORECASE)
_URI: Final = re.compile(r"(?:tel|sips?):", re.IGNORECASE)
# RFC 3966 clause 5.1.1: visual separators carry no meaning.
_SEPARATORS: Final = str.maketrans("", "", " -.()/\t")
_DIALLABLE: Final = re.compile(r"\+?[0-9*#]+\Z")
_INTERNATIONAL: Final = frozenset({"in", "int", "international"})


def without_separators(text: str) -> str:
    """The number without visual separators (RFC 3966 5.1.1); what is no number then stays as it was."""
    plain = text.translate(_SEPARATORS)
    return plain if _DIALLABLE.match(plain) else text


def plain_number(text: str) -> str:
    """A number as it is dialled: extension numbers and GNF (``+1561...``) alike.

    Blanks around it, visual separators, a URI's scheme and host, and parameters behind ``;`` are left out.
    """
    text = text.strip()
    uri = _URI.match(text)
    number = text[uri.end() :].partition("@")[0] if uri else text
    return without_separators(number.partition(";")[0].strip())


def angled_number(text: str) -> str | None:
    """The number of ``N<...>;displayNumber=...;noa=...``, or None where the text is not of this form.

    The number in the brackets counts, not the displayed one. It becomes GNF, with ``+``, only where the nature of
    address says international, because ``nk`` (not known) says nothing.
    """
    text = text.strip()
    angled = _ANGLED.match(text)
    if angled is None:
        return None
    number = angled[1].strip()
    nature = _NATURE.search(text, angled.end(1))
    if nature and nature[1].lower() in _INTERNATIONAL and number and not number.startswith("+"):
        number = "+" + number
    return without_separators(number)
