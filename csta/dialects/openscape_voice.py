"""OpenScape Voice: XML of ECMA-323's 4th edition over TCP; the switch speaks first, and nobody logs in."""

from types import MappingProxyType
from typing import Final

from csta.codec.xml import ED4
from csta.dialects.dialect import Capabilities, Dialect, Encoding, Framing, Limits, Login, Profile
from csta.dialects.numbers import angled_number, plain_number
from csta.dialects.rewrites import Rewrites
from csta.dialects.service_sets import BASIC, PORT_MOVES, SUPPLEMENTARY


def normalise_device(text: str) -> str:
    """Return a device number in the form that the rest of Callwright uses.

    ``+15619231000`` (GNF), ``9231000`` (private) and extension numbers stay as they are, without visual separators.
    ``N<...>;displayNumber=...;noa=...``, the form of events, becomes the number in the brackets.
    """
    angled = angled_number(text)
    return plain_number(text) if angled is None else angled


DIALECT: Final = Dialect(
    name="openscape_voice",
    title="Unify OpenScape Voice",
    profiles=MappingProxyType(
        {
            "xml": Profile(
                encoding=Encoding.XML,
                framing=Framing.XML_HEADER,
                login=Login.SWITCH_SPEAKS_FIRST,
                port=1040,
                namespace=ED4,
            )
        }
    ),
    default_profile="xml",
    normalise_device=normalise_device,
    capabilities=Capabilities(
        services=BASIC | PORT_MOVES | SUPPLEMENTARY,
        second_deflect=False,
        absent=MappingProxyType(
            {
                "second_deflect": "the switch refuses a second deflect of a hunt group's call",
                "routing_services": "no public document shows a routing dialogue of this switch",
                "credentials": "the link has no authentication; TLS and firewalls guard it",
            }
        ),
    ),
    limits=Limits(monitored_devices=100_000),
    outbound=Rewrites(),
    quirks=MappingProxyType(
        {
            "angled_devices": "events give devices as N<number>;displayNumber=...;noa=nk",
            "services_permitted": "every event tells servicesPermitted and mediaCallCharacteristics",
            "scx": "events carry scx:extendedServicesPermitted in their private data",
            "call_id_octets": 16,
        }
    ),
)
"""The dialect as data; the port and limits are the product's defaults."""
