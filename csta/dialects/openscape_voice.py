"""OpenScape Voice: XML of ECMA-323's 4th edition over TCP; the switch speaks first, and nobody logs in."""

import re
from types import MappingProxyType
from typing import Final

from csta import messages as m
from csta.codec.xml import ED4
from csta.dialects.dialect import Capabilities, Dialect, Encoding, Framing, Limits, Login, Profile

# N<302118840101>;displayNumber=2118840101;noa=nk - number, then parameters; seen in events' device identifiers.
_ANGLED: Final = re.compile(r"N<([^<>]*)>(?:;|\Z)", re.IGNORECASE)
_URI: Final = re.compile(r"(?:tel|sips?):", re.IGNORECASE)
_NATURE: Final = re.compile(r";noa=([A-Za-z]+)", re.IGNORECASE)
# RFC 3966 clause 5.1.1: visual separators carry no meaning.
_SEPARATORS: Final = str.maketrans("", "", " -.()/\t")
_DIALLABLE: Final = re.compile(r"\+?[0-9*#]+\Z")
_INTERNATIONAL: Final = frozenset({"in", "int", "international"})


def normalise_device(text: str) -> str:
    """Return a device number in the form that the rest of Callwright uses.

    ``+15619231000`` (GNF), ``9231000`` (private) and extension numbers stay as they are, without visual separators.
    From ``N<...>;displayNumber=...;noa=...`` the number in the brackets counts; it becomes GNF with ``+`` only where
    the nature of address says international, because ``nk`` (not known) says nothing. What is no number stays as it is.
    """
    text = text.strip()
    angled = _ANGLED.match(text)
    if angled:
        number = angled[1].strip()
        nature = _NATURE.search(text, angled.end(1))
        if nature and nature[1].lower() in _INTERNATIONAL and number and not number.startswith("+"):
            number = "+" + number
    else:
        uri = _URI.match(text)
        number = text[uri.end() :].partition("@")[0] if uri else text
        number = number.partition(";")[0].strip()
    plain = number.translate(_SEPARATORS)
    return plain if _DIALLABLE.match(plain) else number


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
        services=frozenset(
            {
                m.AnswerCall,
                m.ClearConnection,
                m.ConsultationCall,
                m.DeflectCall,
                m.HoldCall,
                m.MakeCall,
                m.MonitorStart,
                m.MonitorStop,
                m.RetrieveCall,
                m.SetAgentState,
                m.GetAgentState,
                m.SingleStepTransferCall,
                m.SnapshotCall,
                m.SnapshotDevice,
                m.SystemRegister,
                m.SystemStatus,
                m.TransferCall,
            }
        ),
        second_deflect=False,
    ),
    limits=Limits(monitored_devices=100_000),
)
"""The dialect as data; the port and limits are the product's defaults."""
