"""The Twisted shell of the user agent: UDP, TCP, TLS and WebSocket on sockets, names looked up, and one timer."""

from sip.transport.endpoint import SipEndpoint
from sip.transport.limits import StreamLimits

__all__ = ["SipEndpoint", "StreamLimits"]
