"""What every call leg is made of: its states, the table that finds it, and answers that change nothing."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from sip.events import RequestKey
from sip.message import Response
from sip.timers import Timer
from sip.transaction import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from sip.legs.base import LegBase
    from sip.legs.referral import Referral


class LegState(Enum):
    """States of the law in `sip.legs.leg`."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    LEAVING = "leaving"
    GONE = "gone"


class LegTable(Protocol):
    """Where legs are found by the requests of the far end."""

    def forget_leg(self, leg: "LegBase") -> None:
        """The leg is gone."""

    def keep_referral(self, referral: "Referral", now: float) -> RequestKey:
        """The program answers this REFER, by the key that is returned."""

    def leave_to_program(self, transaction: ServerTransaction, now: float) -> RequestKey:
        """The program answers this request, by the key that is returned."""


@dataclass(slots=True)
class Success:
    """A 2xx of ours that is repeated until its ACK comes (RFC 3261 13.3.1.4)."""

    transaction: ServerTransaction
    offered: bool
    interval: float
    repeat: Timer
    limit: Timer


class Ignore:
    """Takes the answers that change nothing: to CANCEL, or to the BYE of a call that was never wanted."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Whatever it is."""

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """So be it: the far end is gone or will find out."""
