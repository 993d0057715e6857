"""How the lists of supported parameters are declared."""

from csta.schema.kinds import Flags
from csta.words import Word, words

Capability = frozenset[Word] | None
"""What is supported of a service or event: its optional parameters by name, or None where it is not supported at all.

A word compares equal to its text: ``"correlatorData" in caps.make_call``.
"""


def supports(name: str, *texts: str) -> Flags:
    """The kind of a list of supported parameters; ``texts`` hold the words with their bits, as for `words`."""
    return Flags(words(name, " ".join(texts)))
