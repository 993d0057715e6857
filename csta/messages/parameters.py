"""Kinds of elements that nearly every chapter has: the parameter types of ECMA-269 12.2 and their tags in ECMA-285."""

from typing import Final

from csta.causes import EventCause
from csta.schema.kinds import Application, Enumerated, Identifier, UserOctets
from csta.states import ConnectionState

MONITOR_CROSS_REF: Final = Application(21, Identifier())
"""MonitorCrossRefID: which monitor an event belongs to."""

ROUTEING_CROSS_REF: Final = Application(24, Identifier())
"""RouteingCrossRefID: which routing dialogue a message belongs to."""

LOCAL_STATE: Final = Application(14, Enumerated(ConnectionState))
"""LocalConnectionState."""

CAUSE: Final = Enumerated(EventCause)
"""EventCause, also the reason of a request."""

CORRELATOR: Final = UserOctets(32)
"""CorrelatorData: it stays with the call, at most 32 octets."""

USER_DATA: Final = Application(29, UserOctets(256), explicit=True)
"""UserData: it goes with one message, at most 256 octets."""
