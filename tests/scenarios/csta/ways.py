"""The ways in which the stories are carried: each dialect with those of its profiles that differ on the wire."""

from typing import Final

from csta.dialects import Dialect, openscape_4000, openscape_business, openscape_voice

DIALECTS: Final = (openscape_voice.DIALECT, openscape_4000.DIALECT, openscape_business.DIALECT)

MAIN: Final[dict[str, tuple[Dialect, str]]] = {
    "OpenScape Voice": (openscape_voice.DIALECT, openscape_voice.DIALECT.default_profile),
    "OpenScape 4000": (openscape_4000.DIALECT, "ber"),
    "OpenScape Business in BER": (openscape_business.DIALECT, "ber"),
    "OpenScape Business in XML": (openscape_business.DIALECT, "xml"),
}
"""Every story goes these ways."""

EVERY: Final[dict[str, tuple[Dialect, str]]] = {
    f"{dialect.name} {profile}": (dialect, profile) for dialect in DIALECTS for profile in dialect.profiles
}
"""Every profile of every dialect: other framings, logins, ports."""
