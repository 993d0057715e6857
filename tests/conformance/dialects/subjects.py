"""Who is held to the spec: every profile of every dialect, with the spellings of device numbers that its PBX sends."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from csta import Dialect
from csta.dialects import openscape_4000, openscape_business, openscape_voice
from csta.dialects.variations import varied


@dataclass(frozen=True, slots=True)
class Subject:
    """One dialect in one of its profiles; ``numbers`` are spellings on the wire and what becomes of them."""

    name: str
    dialect: Dialect
    profile: str
    call: str
    numbers: Mapping[str, str]


PLAIN: Final = MappingProxyType({"101": "101", " 101 ": "101", "*61": "*61", "0049 (89) 123-456": "004989123456"})

VOICE: Final = MappingProxyType(
    {
        **PLAIN,
        "+15619231000": "+15619231000",
        "9231000": "9231000",
        "N<302118840101>;displayNumber=2118840101;noa=nk": "302118840101",
        "N<302118840101>;displayNumber=2118840101;noa=international": "+302118840101",
    }
)


def _subjects(dialect: Dialect, call: str, numbers: Mapping[str, str], tag: str = "") -> list[Subject]:
    return [Subject(f"{dialect.name}/{profile}{tag}", dialect, profile, call, numbers) for profile in dialect.profiles]


_ROUTING_VOICE: Final = varied(openscape_voice.DIALECT, {"routing_services": True, "second_deflect": True})
_ROUTING_4000: Final = varied(openscape_4000.DIALECT, {"routing_services": True})

SUBJECTS: Final = (
    *_subjects(openscape_voice.DIALECT, "FF000100000000002D65C85C1C750000", VOICE),
    *_subjects(openscape_4000.DIALECT, "00C5", PLAIN),
    *_subjects(openscape_business.DIALECT, "012C", PLAIN),
    # The same PBXs with what no document confirms switched on: a site may know better (docs/dialects.md).
    *_subjects(_ROUTING_VOICE, "FF000100000000002D65C85C1C750001", VOICE, "+routing"),
    *_subjects(_ROUTING_4000, "00C6", PLAIN, "+routing")[:1],
)
"""Every subject; one that is added is held to everything."""
