"""Transactions of RFC 3261 section 17 with the corrections of RFC 6026, all four kinds.

The law (absent = illegal or of no effect). Timer names are the RFC's; on a reliable transport A, E and G do not run and
D, I, J and K are zero.

INVITE client      CALLING -1xx-> PROCEEDING; -2xx-> ACCEPTED (M) -> TERMINATED; -3xx..6xx-> COMPLETED (D) -> TERMINATED
other client       CALLING -1xx-> PROCEEDING; -2xx..6xx-> COMPLETED (K) -> TERMINATED
INVITE server      PROCEEDING -2xx-> ACCEPTED (L) -> TERMINATED; -3xx..6xx-> COMPLETED (G, H) -ACK-> CONFIRMED (I)
other server       PROCEEDING -2xx..6xx-> COMPLETED (J) -> TERMINATED

A client transaction whose destination has several targets begins anew in CALLING with the next one where a target
cannot be reached, does not answer or says 503 (RFC 3263 4.3): a transaction of its own by the RFC, one object here.
"""

from sip.transaction.base import MAGIC_COOKIE, TIMER_D, AckTimeoutTaker, Delivery, ResponseTaker, State
from sip.transaction.client import ClientTransaction, InviteClient, NonInviteClient
from sip.transaction.layer import Transactions, server_key
from sip.transaction.server import InviteServer, NonInviteServer, ServerTransaction, make_response

__all__ = [
    "MAGIC_COOKIE",
    "TIMER_D",
    "AckTimeoutTaker",
    "ClientTransaction",
    "Delivery",
    "InviteClient",
    "InviteServer",
    "NonInviteClient",
    "NonInviteServer",
    "ResponseTaker",
    "ServerTransaction",
    "State",
    "Transactions",
    "make_response",
    "server_key",
]
