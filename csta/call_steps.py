"""What each call control event does to its connection, and which states before it raise no question.

Rule: the table is the switching model of ECMA-269 clause 17.2 (each event's "connection state transitions") as far as a
well-behaved switch goes; what is not in it is a discrepancy, to be looked at by snapshot. Transferred, Conferenced and
CallCleared speak of whole calls and are folded by the mirror itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from csta import messages as m
from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState

_S = ConnectionState


@dataclass(frozen=True, slots=True)
class Step:
    """What an event does to its subject connection.

    ``state`` is the connection's state after it, None where it stays as it is; ``usual`` are the states before it that
    raise no question. ``network``: the connection's device stands for another network from now on.
    """

    connection: str
    state: ConnectionState | None
    usual: frozenset[ConnectionState]
    network: bool = False
    subject: Callable[[m.Event], ConnectionID] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", attrgetter(self.connection))


STEPS: Final[Mapping[type[m.Event], Step]] = MappingProxyType(
    {
        m.ServiceInitiated: Step("initiated_connection", _S.INITIATED, frozenset({_S.NULL, _S.INITIATED})),
        # Switches that dial en bloc send no ServiceInitiated.
        m.Originated: Step("originated_connection", _S.CONNECTED, frozenset({_S.NULL, _S.INITIATED, _S.CONNECTED})),
        m.Delivered: Step(
            "connection", _S.ALERTING, frozenset({_S.NULL, _S.INITIATED, _S.QUEUED, _S.FAIL, _S.ALERTING})
        ),
        m.Queued: Step(
            "queued_connection",
            _S.QUEUED,
            frozenset({_S.NULL, _S.INITIATED, _S.ALERTING, _S.CONNECTED, _S.FAIL, _S.QUEUED}),
        ),
        m.Established: Step(
            "established_connection", _S.CONNECTED, frozenset({_S.INITIATED, _S.ALERTING, _S.QUEUED, _S.CONNECTED})
        ),
        m.Failed: Step(
            "failed_connection",
            _S.FAIL,
            # A busy device never rang: its connection begins and ends with the failure.
            frozenset({_S.NULL, _S.INITIATED, _S.ALERTING, _S.CONNECTED, _S.QUEUED, _S.FAIL}),
        ),
        m.Diverted: Step("connection", _S.NULL, frozenset({_S.ALERTING, _S.QUEUED, _S.INITIATED})),
        m.ConnectionCleared: Step("dropped_connection", _S.NULL, frozenset(_S) - {_S.NULL}),
        m.Offered: Step(
            # Offered is what comes before ringing, and counts as alerting (ECMA-269 6.1.5).
            "offered_connection",
            _S.ALERTING,
            frozenset({_S.NULL, _S.INITIATED, _S.QUEUED, _S.FAIL, _S.ALERTING}),
        ),
        m.DigitsDialed: Step("dialing_connection", None, frozenset({_S.INITIATED, _S.CONNECTED})),
        m.NetworkReached: Step(
            "outbound_connection",
            _S.CONNECTED,
            frozenset({_S.NULL, _S.INITIATED, _S.ALERTING, _S.CONNECTED}),
            network=True,
        ),
        m.NetworkCapabilitiesChanged: Step(
            "outbound_connection", None, frozenset(_S) - {_S.NULL, _S.INITIATED}, network=True
        ),
        # Another appearance of a shared line answered: this one waits (ECMA-269 17.2.1).
        m.Bridged: Step(
            "bridged_connection",
            _S.QUEUED,
            frozenset({_S.NULL, _S.ALERTING, _S.CONNECTED, _S.HOLD, _S.QUEUED}),
        ),
        m.Held: Step("held_connection", _S.HOLD, frozenset({_S.CONNECTED, _S.HOLD})),
        m.Retrieved: Step("retrieved_connection", _S.CONNECTED, frozenset({_S.HOLD, _S.CONNECTED})),
    }
)
"""The events of one connection (ECMA-269 17.2); a state may always repeat, because several monitors tell the same."""

WITHOUT_RINGING: Final = frozenset(
    {
        EventCause.CALL_PICKUP,
        EventCause.ACTIVE_PARTICIPATION,
        EventCause.SILENT_PARTICIPATION,
        EventCause.SINGLE_STEP_CONFERENCE,
        EventCause.INTRUDE,
        EventCause.JOIN_CALL,
        EventCause.OVERRIDE,
    }
)
"""By these a device comes straight into the conversation (ECMA-269 12.2, event causes)."""

AWAY_WITHOUT_RINGING: Final[Mapping[EventCause | None, frozenset[ConnectionState]]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                EventCause.CALL_FORWARD,
                EventCause.CALL_FORWARD_IMMEDIATE,
                EventCause.CALL_FORWARD_BUSY,
                EventCause.DO_NOT_DISTURB,
                EventCause.ACD_FORWARD,
            ),
            frozenset({_S.NULL}),
        ),
        EventCause.PARK: frozenset({_S.CONNECTED, _S.HOLD}),
    }
)
"""By these a call leaves a device where it never rang or waited, or one that talked in it (ECMA-269 17.1, 17.2)."""
