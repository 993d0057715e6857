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

    NULL = "null", 0
    INITIATED = "initiated", 1
    ALERTING = "alerting", 2
    CONNECTED = "connected", 3
    HOLD = "hold", 4
    QUEUED = "queued", 5
    FAIL = "fail", 6


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

    NOT_READY = "agentNotReady", 0
    NULL = "agentNull", 1
    READY = "agentReady", 2
    BUSY = "agentBusy", 3
    WORKING_AFTER_CALL = "agentWorkingAfterCall", 4


class RequestedAgentState(Word):
    """State that SetAgentState asks for (ECMA-269 SetAgentState)."""

    LOGGED_ON = "loggedOn", 0
    LOGGED_OFF = "loggedOff", 1
    NOT_READY = "notReady", 2
    READY = "ready", 3
    WORKING_AFTER_CALL = "workingAfterCall", 4


class PendingAgentState(Word):
    """State that an agent will have when the call at hand is over."""

    NOT_READY = "agentNotReady", 0
    NULL = "agentNull", 1
    READY = "agentReady", 2
    WORKING_AFTER_CALL = "agentWorkingAfterCall", 3


class StateAfterWork(Word):
    """The same in AgentWorkingAfterCall, where ECMA-323 spells it otherwise."""

    NOT_READY = "notReady", 0
    READY = "ready", 1
    NULL = "null", 2


class MonitorType(Word):
    """Whether a monitor follows its call wherever it goes, or stays at its device (ECMA-269 6.7.2)."""

    CALL = "call", 0
    DEVICE = "device", 1


class SystemStatusValue(Word):
    """What SystemStatus says of its sender (ECMA-269 14.2.2); link states as well as signs of life."""

    INITIALIZING = "initializing", 0
    ENABLED = "enabled", 1
    NORMAL = "normal", 2
    MESSAGES_LOST = "messagesLost", 3
    DISABLED = "disabled", 4
    PARTIALLY_DISABLED = "partiallyDisabled", 8
    OVERLOAD_IMMINENT = "overloadImminent", 5
    OVERLOAD_REACHED = "overloadReached", 6
    OVERLOAD_RELIEVED = "overloadRelieved", 7
