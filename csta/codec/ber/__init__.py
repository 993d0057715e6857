"""CSTA in BER: messages in ROSE and ACSE, driven by the declared shapes (ECMA-285, X.880, X.227)."""

from csta.codec.ber.apdu import BerDecoded, decode, encode
from csta.codec.ber.rules import BerRules, EventNumbering

__all__ = ["BerDecoded", "BerRules", "EventNumbering", "decode", "encode"]
