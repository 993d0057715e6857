"""OpenScape Business and HiPath 3000: BER of ECMA-285 with an ACSE log-in, or XML in an ECMA-354 session."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from csta.codec.ber.rules import BerRules
from csta.codec.xml import ED4
from csta.dialects.dialect import (
    CSTA_2,
    NO_KNOWN_LIMIT,
    Capabilities,
    Dialect,
    Encoding,
    Framing,
    Limits,
    Login,
    Profile,
)
from csta.dialects.numbers import plain_number
from csta.dialects.rewrites import EMPTY_PRIVATE_DATA, HIPATH_FILTER, HIPATH_FILTER_BITS, Rewrites
from csta.dialects.service_sets import BASIC, DISPLAYS, PORT_MOVES, SUPPLEMENTARY

VERSIONS: Final = frozenset({3})
"""Bits of CSTAVersion: ISO/IEC 18052, which the switch wants with CSTA II's application context."""

HIPATH_USER: Final = "AMHOST"
"""The well-known user of HiPath 3000; OpenScape Business has a configured one."""

_BER: Final = Profile(
    encoding=Encoding.BER,
    framing=Framing.SIEMENS,
    login=Login.ACSE,
    port=8800,
    context=CSTA_2,
    versions=VERSIONS,
    ber=BerRules(),
)


DIALECT: Final = Dialect(
    name="openscape_business",
    title="Unify OpenScape Business",
    profiles=MappingProxyType(
        {
            "ber": _BER,
            "hipath": replace(_BER, port=7001),
            "xml": Profile(
                encoding=Encoding.XML,
                framing=Framing.XML_HEADER,
                login=Login.APPLICATION_SESSION,
                port=8800,
                namespace=ED4,
                protocol_versions=(ED4,),
                session_duration=60.0,
            ),
        }
    ),
    default_profile="ber",
    normalise_device=plain_number,
    capabilities=Capabilities(
        services=BASIC | PORT_MOVES | SUPPLEMENTARY | DISPLAYS,
        absent=MappingProxyType(
            {"routing_services": "no public document shows a routing dialogue of this switch"},
        ),
    ),
    limits=Limits(monitored_devices=NO_KNOWN_LIMIT, links=4),
    outbound=Rewrites((EMPTY_PRIVATE_DATA, HIPATH_FILTER)),
    quirks=MappingProxyType(
        {
            "event_timestamps": "every event carries security.timestamp in its extensions",
            "call_id_octets": 2,
            "monitor_filter_bits": HIPATH_FILTER_BITS,
        }
    ),
)
"""The dialect as data; four links at most, of which three are taken by the switch's own applications by default."""
