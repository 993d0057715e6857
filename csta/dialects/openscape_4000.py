"""OpenScape 4000 (HiPath 4000): BER of ECMA-285, or XML, through the integrated CSTA and its CA4000 adaptor.

Public documents say neither the TCP port nor the framing nor the log-in; so each is a profile or a setting with a
default, and none is taken for certain.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from csta.codec.xml import ED4
from csta.dialects.dialect import (
    CSTA_3,
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
from csta.dialects.service_sets import BASIC, PORT_MOVES, SUPPLEMENTARY

VERSIONS: Final = frozenset({2, 3})
"""Bits of CSTAVersion that are offered: ECMA-285's 1st edition, and ISO/IEC 18052."""

_BER: Final = Profile(
    encoding=Encoding.BER,
    framing=Framing.SIEMENS,
    login=Login.ACSE,
    port=None,
    context=CSTA_3,
    versions=VERSIONS,
)
_XML: Final = Profile(
    encoding=Encoding.XML,
    framing=Framing.XML_HEADER,
    login=Login.SWITCH_SPEAKS_FIRST,
    port=None,
    namespace=ED4,
)

DIALECT: Final = Dialect(
    name="openscape_4000",
    title="Unify OpenScape 4000",
    profiles=MappingProxyType(
        {
            "ber": _BER,
            "ber-length16": replace(_BER, framing=Framing.LENGTH16),
            "ber-tpkt": replace(_BER, framing=Framing.TPKT),
            "ber-bare": replace(_BER, framing=Framing.BARE_BER),
            "xml": _XML,
            "xml-session": replace(_XML, login=Login.APPLICATION_SESSION),
        }
    ),
    default_profile="ber",
    normalise_device=plain_number,
    capabilities=Capabilities(
        services=BASIC | PORT_MOVES | SUPPLEMENTARY,
        absent=MappingProxyType(
            {
                "routing_services": "no public document shows a routing dialogue of this switch; its own contact "
                "centre deflects calls from the queue",
                "credentials": "the profile xml has a log-in without user and password",
            }
        ),
    ),
    limits=Limits(monitored_devices=NO_KNOWN_LIMIT),
    quirks=MappingProxyType({"agent_queue": "calls wait in an ACD queue and are deflected from there"}),
)
"""The dialect as data."""
