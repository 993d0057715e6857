"""The Twisted shell of the user agent: UDP, TCP, TLS and WebSocket on sockets, names looked up, and one timer."""

from sip.transport.endpoint import Listening, SipEndpoint
from sip.transport.errors import TransportError
from sip.transport.limits import StreamLimits
from sip.transport.names import Names, SystemNames
from sip.transport.tls import TlsSettings

__all__ = ["Listening", "Names", "SipEndpoint", "StreamLimits", "SystemNames", "TlsSettings", "TransportError"]
