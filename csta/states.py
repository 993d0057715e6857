"""States of connections, agents and the link, and which connection state may follow which.

Rule 1: what a connection may do next stands in ``CONNECTION_TRANSITIONS`` alone; absent means illegal.
Rule 2: a switch is right even when it breaks rule 1; the mirror follows it and reports the breach.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from csta.words import Word


class ConnectionState(Word):
    """State of a connection (ECMA-269 6.1.5, LocalConnectionState)."""

    NULL = "null"
    INITIATED = "initiated"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HOLD = "hold"
    QUEUED = "queued"
    FAIL = "fail"


_S = ConnectionState

CONNECTION_TRANSITIONS: Final[Mapping[ConnectionState, frozenset[ConnectionState]]] = MappingProxyType(
    {
        # A call begins at a device in any state but hold: dialling, ringing, answered at once, in a queue, refused.
        _S.NULL: frozenset({_S.INITIATED, _S.ALERTING, _S.CONNECTED, _S.QUEUED, _S.FAIL}),
        _S.INITIATED: frozenset({_S.CONNECTED, _S.ALERTING, _S.QUEUED, _S.FAIL, _S.NULL}),
        _S.ALERTING: frozenset({_S.CONNECTED, _S.QUEUED, _S.FAIL, _S.NULL}),
        _S.CONNECTED: frozenset({_S.HOLD, _S.QUEUED, _S.ALERTING, _S.FAIL, _S.NULL}),
        _S.HOLD: frozenset({_S.CONNECTED, _S.ALERTING, _S.QUEUED, _S.FAIL, _S.NULL}),
        _S.QUEUED: frozenset({_S.ALERTING, _S.CONNECTED, _S.HOLD, _S.FAIL, _S.NULL}),
        # A failed connection is cleared, or the switch takes the call back: queued again, ringing again, busy override.
        _S.FAIL: frozenset({_S.NULL, _S.QUEUED, _S.ALERTING, _S.CONNECTED}),
    }
)
"""From a connection state to those that may follow it (ECMA-269 6.1.5, the connection state model)."""


def may_follow(before: ConnectionState, after: ConnectionState) -> bool:
    """Whether ``after`` may follow ``before``; every state may repeat, because several monitors tell the same."""
    return before == after or after in CONNECTION_TRANSITIONS.get(before, frozenset())


SIMPLE_CALL_STATES: Final[Mapping[str, tuple[ConnectionState, ...]]] = MappingProxyType(
    {
        "callNull": (_S.NULL, _S.NULL),
        "callPending": (_S.INITIATED, _S.NULL),
        "callOriginated": (_S.CONNECTED, _S.NULL),
        "callDelivered": (_S.CONNECTED, _S.ALERTING),
        "callDeliveredHeld": (_S.HOLD, _S.ALERTING),
        "callReceived": (_S.ALERTING, _S.CONNECTED),
        "callEstablished": (_S.CONNECTED, _S.CONNECTED),
        "callEstablishedHeld": (_S.HOLD, _S.CONNECTED),
        "callReceivedOnHold": (_S.ALERTING, _S.HOLD),
        "callEstablishedOnHold": (_S.CONNECTED, _S.HOLD),
        "callQueued": (_S.CONNECTED, _S.QUEUED),
        "callQueuedHeld": (_S.HOLD, _S.QUEUED),
        "callFailed": (_S.CONNECTED, _S.FAIL),
        "callFailedHeld": (_S.HOLD, _S.FAIL),
        "callBlocked": (_S.NULL, _S.FAIL),
    }
)
"""A call's short name to the states of its connections, the device's own first (ECMA-269 6.1.6, ECMA-285 octets)."""


class AgentState(Word):
    """State of an agent as the switch reports it (ECMA-269 GetAgentState)."""

    NOT_READY = "agentNotReady"
    NULL = "agentNull"
    READY = "agentReady"
    BUSY = "agentBusy"
    WORKING_AFTER_CALL = "agentWorkingAfterCall"


class RequestedAgentState(Word):
    """State that SetAgentState asks for (ECMA-269 SetAgentState)."""

    LOGGED_ON = "loggedOn"
    LOGGED_OFF = "loggedOff"
    NOT_READY = "notReady"
    READY = "ready"
    WORKING_AFTER_CALL = "workingAfterCall"


class PendingAgentState(Word):
    """State that an agent will have when the call at hand is over."""

    NOT_READY = "agentNotReady"
    NULL = "agentNull"
    READY = "agentReady"
    WORKING_AFTER_CALL = "agentWorkingAfterCall"


class StateAfterWork(Word):
    """The same in AgentWorkingAfterCall, where ECMA-323 spells it otherwise."""

    NOT_READY = "notReady"
    READY = "ready"
    NULL = "null"


class MonitorType(Word):
    """Whether a monitor follows its call wherever it goes, or stays at its device (ECMA-269 6.7.2)."""

    CALL = "call"
    DEVICE = "device"


class SystemStatusValue(Word):
    """What SystemStatus says of its sender (ECMA-269 14.2.2); link states as well as signs of life."""

    INITIALIZING = "initializing"
    ENABLED = "enabled"
    NORMAL = "normal"
    MESSAGES_LOST = "messagesLost"
    DISABLED = "disabled"
    PARTIALLY_DISABLED = "partiallyDisabled"
    OVERLOAD_IMMINENT = "overloadImminent"
    OVERLOAD_REACHED = "overloadReached"
    OVERLOAD_RELIEVED = "overloadRelieved"
