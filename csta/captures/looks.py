"""What the first bytes of CSTA look like in each framing: to find it among other things, and after lost bytes."""

import re
from typing import Final

XML_FRAME: Final = re.compile(rb"\x00[\x00-\x10]..[0-9]{4}\s*(?:\xef\xbb\xbf)?<", re.DOTALL)
"""The header of ECMA-323 annex G.2 and the beginning of its XML."""
_APDU: Final = rb"(?:[\x60-\x64]|[\xa1-\xa4](?:[\x05-\x7f]\x02|\x81.\x02|\x82..\x02|\x80\x02))"
SIEMENS_FRAME: Final = re.compile(rb"\x26.." + _APDU, re.DOTALL)
"""``26``, a length with the bit for the last fragment, then ACSE or ROSE."""
TPKT_FRAME: Final = re.compile(rb"\x03\x00.." + _APDU, re.DOTALL)
LENGTH16_FRAME: Final = re.compile(rb"[\x00-\x7f]." + _APDU, re.DOTALL)
BARE_FRAME: Final = re.compile(_APDU, re.DOTALL)
TLS_RECORD: Final = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]", re.DOTALL)


def looks_like_csta(data: bytes) -> bool:
    """Whether bytes hold a frame of XML, or begin with one of BER."""
    patterns = (SIEMENS_FRAME, TPKT_FRAME, LENGTH16_FRAME, BARE_FRAME)
    return bool(XML_FRAME.search(data)) or any(pattern.match(data) for pattern in patterns)
