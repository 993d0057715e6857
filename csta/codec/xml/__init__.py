"""CSTA in XML: messages as documents, driven by the declared shapes (ECMA-323, ECMA-354)."""

from csta.codec.xml.document import MAX_DEPTH, Decoded, decode, encode
from csta.codec.xml.tree import ED4

__all__ = ["ED4", "MAX_DEPTH", "Decoded", "decode", "encode"]
