"""All transactions of one user agent: found by their keys, and by what merged requests have in common."""

from sip.events import Endpoint, Outgoing
from sip.message import Request, Response
from sip.timers import Timers
from sip.transaction.base import MAGIC_COOKIE, TIMER_D, Delivery, ResponseTaker, Straight, TransactionKey
from sip.transaction.client import ClientTransaction, InviteClient, NonInviteClient
from sip.transaction.server import InviteServer, NonInviteServer, ServerTransaction


class Transactions:
    """All transactions of one user agent."""

    def __init__(self, timers: Timers, delivery: Delivery | None = None) -> None:
        self.timers = timers
        self.delivery: Delivery = delivery or Straight()
        self.told_first = False
        self._arrived: list[InviteServer] = []
        self._answered: list[ServerTransaction] = []
        self.out: list[Outgoing] = []
        self.connections: set[Endpoint] = set()
        self._clients: dict[TransactionKey, ClientTransaction] = {}
        self._servers: dict[TransactionKey, ServerTransaction] = {}
        self._merging: dict[TransactionKey, ServerTransaction] = {}
        self._acks: dict[TransactionKey, tuple[bytes, Endpoint]] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    def send(self, data: bytes, destination: Endpoint, name: str = "") -> None:
        """Put bytes on the way out; ``name`` is whom a certificate must name."""
        self.out.append(Outgoing(data, self.delivery.in_use(destination), name or destination.host))

    def arrived(self, invite: InviteServer) -> None:
        """Have an INVITE say 100, at once or, where the shell tells first, unless it is answered by then."""
        if self.told_first:
            self._arrived.append(invite)
        else:
            invite.say_trying()

    def answered(self, transaction: ServerTransaction) -> None:
        """A final response was sent: the request is read no more once this pass is over."""
        self._answered.append(transaction)

    def outgoing(self) -> list[Outgoing]:
        """Return what has to be sent, oldest first, and forget it."""
        if self._arrived:
            for invite in self._arrived:
                invite.say_trying()
            self._arrived.clear()
        if self._answered:
            for transaction in self._answered:
                transaction.remember_less()
            self._answered.clear()
        out, self.out = self.out, []
        return out

    def start_client(
        self, request: Request, destination: Endpoint, user: ResponseTaker, now: float
    ) -> ClientTransaction:
        """Send a request, its topmost Via being ours with a fresh branch."""
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        transaction = kind(self, request, destination, user)
        self.take(transaction)
        transaction.start(now)
        return transaction

    def take(self, transaction: ClientTransaction) -> None:
        """Find a client transaction by its key from now on; under an old key it must have been forgotten."""
        self._clients[transaction.key] = transaction

    def response(self, response: Response, now: float) -> bool:
        """Give a response to its transaction; false where there is none (RFC 3261 17.1.3)."""
        key = (response.via.branch, response.cseq.method)
        transaction = self._clients.get(key)
        if transaction is not None:
            transaction.receive(response, now)
            return True
        kept = self._acks.get(key)
        if kept is not None and response.status >= 300:
            self.send(*kept)
        return kept is not None

    def find_server(self, request: Request) -> ServerTransaction | None:
        """Return the transaction that a retransmission or an ACK belongs to (RFC 3261 17.2.3)."""
        return self._servers.get(server_key(request, request.method))

    def find_cancelled(self, cancel: Request) -> ServerTransaction | None:
        """Return the INVITE that a CANCEL is for (RFC 3261 9.2)."""
        return self._servers.get(server_key(cancel, "INVITE"))

    def merges(self, request: Request) -> bool:
        """Tell whether a request outside of dialogs came before on another way (RFC 3261 8.2.2.2)."""
        return not request.to.tag and bool(request.from_.tag) and _merge_key(request) in self._merging

    def start_server(
        self, request: Request, reply_to: Endpoint, otherwise: Endpoint | None = None
    ) -> ServerTransaction:
        """Take in a new request; an INVITE is answered 100 at once.

        ``otherwise`` is where responses go once the connection ``reply_to`` is gone.
        """
        kind = InviteServer if request.method == "INVITE" else NonInviteServer
        transaction = kind(self, request, reply_to, server_key(request, request.method), otherwise)
        self._servers[transaction.key] = transaction
        if not request.to.tag:
            transaction.merge_key = _merge_key(request)
            self._merging.setdefault(transaction.merge_key, transaction)
        transaction.start()
        return transaction

    def connected(self, peer: Endpoint) -> None:
        """There is a stream to a peer."""
        self.connections.add(peer)

    def send_failed(self, destination: Endpoint, now: float) -> None:
        """A connection could not be made or was lost: what waits for an answer over it fails with 503, or moves on."""
        self.connections.discard(destination)
        waiting = [client for client in self._clients.values() if client.destination == destination]
        for client in waiting:
            client.send_failed(now)

    def has_connection(self, peer: Endpoint) -> bool:
        """Whether a stream to ``peer`` is open."""
        return peer in self.connections

    def acknowledge_later(self, key: TransactionKey, ack: bytes, destination: Endpoint, now: float) -> None:
        """Repeat an ACK for as long as its refusal may be repeated, without a transaction."""
        self._acks[key] = (ack, destination)
        self.timers.at(now + TIMER_D, lambda _now: self._forget_ack(key))

    def _forget_ack(self, key: TransactionKey) -> None:
        self._acks.pop(key, None)

    def forget(self, transaction: ClientTransaction | ServerTransaction) -> None:
        """Drop a terminated transaction."""
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
            return
        self._servers.pop(transaction.key, None)
        key = transaction.merge_key
        if key is not None and self._merging.get(key) is transaction:
            del self._merging[key]


def _merge_key(request: Request) -> TransactionKey:
    return request.from_.tag, request.call_id, str(request.cseq)


def server_key(request: Request, method: str) -> TransactionKey:
    """Return what tells server transactions apart; ``method`` is INVITE for an ACK or CANCEL's INVITE.

    Raises:
        SipSyntaxError: a header it is made of is broken.
    """
    if method == "ACK":
        method = "INVITE"
    via = request.via
    if via.branch.startswith(MAGIC_COOKIE) and via.branch != MAGIC_COOKIE:
        return via.branch, via.host.lower(), str(via.port or ""), method
    # RFC 2543 peers, and a cookie with nothing behind it: no branch to rely on (17.2.3, last part).
    return "", request.uri, request.from_.tag, request.call_id, str(request.cseq.number), str(via), method
