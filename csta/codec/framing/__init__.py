"""How a stream of bytes is cut into frames, and frames are made: one module for each framing."""

from csta.codec.framing.base import Frame, Framer, Framing, recognise
from csta.codec.framing.sniffing import SniffingFramer, framer_for
from csta.codec.framing.xml_header import EVENT_INVOKE_ID, MAX_REQUEST_INVOKE_ID, XmlHeaderFramer, encode_frame

__all__ = [
    "EVENT_INVOKE_ID",
    "MAX_REQUEST_INVOKE_ID",
    "Frame",
    "Framer",
    "Framing",
    "SniffingFramer",
    "XmlHeaderFramer",
    "encode_frame",
    "framer_for",
    "recognise",
]
