"""Dialogs (RFC 3261 section 12): what both sides remember of each other, and the requests made from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sip.errors import SipSyntaxError
from sip.headers import Headers, NameAddr
from sip.message import Request, Response
from sip.transaction.base import MAGIC_COOKIE
from sip.uri import SipUri


def is_loose(route: str) -> bool:
    """Tell whether a route is a loose router (``;lr``)."""
    return NameAddr.parse(route).uri.param("lr") is not None


def routed(target: str, routes: Sequence[str]) -> tuple[str, list[str]]:
    """Return Request-URI and Route values of a request to ``target`` along ``routes`` (RFC 3261 12.2.1.1).

    A strict router at the head becomes the Request-URI, without what may not stand there; the target the last Route.

    Raises:
        SipSyntaxError: a route that cannot be read.
    """
    if not routes or is_loose(routes[0]):
        return target, list(routes)
    first = NameAddr.parse(routes[0]).uri
    params = tuple(param for param in first.params if param[0] != "method")
    return str(replace(first, params=params, headers="")), [*routes[1:], f"<{target}>"]


@dataclass(slots=True)
class Dialog:
    """One dialog; ``local`` and ``remote`` are From and To of our requests, with their tags.

    ``remote_target`` is the far end's Contact as written; ``route_set`` the Route values, first hop first.
    ``remote_sequence`` is ``None`` until a request of the far end was seen.
    """

    call_id: str
    local: NameAddr
    remote: NameAddr
    local_sequence: int
    remote_sequence: int | None
    remote_target: str
    route_set: tuple[str, ...] = field(default=())

    @classmethod
    def of_caller(cls, request: Request, response: Response) -> Self:
        """Make the caller's dialog from its INVITE and a 1xx with tag or 2xx (12.1.2).

        Raises:
            SipSyntaxError: the response's To, Contact or Record-Route is broken.
        """
        return cls(
            call_id=request.call_id,
            local=request.from_,
            remote=response.to,
            local_sequence=request.cseq.number,
            remote_sequence=None,
            remote_target=response.contacts[0].address if response.contacts else request.uri,
            route_set=tuple(reversed(response.headers.values("Record-Route"))),
        )

    @classmethod
    def of_called(cls, request: Request, local_tag: str) -> Self:
        """Make the called side's dialog from the INVITE and the tag of our responses (12.1.1).

        Raises:
            SipSyntaxError: no Contact, or one or a Record-Route that cannot be read.
        """
        old = not request.via.branch.startswith(MAGIC_COOKIE)  # RFC 2543 did not ask for a Contact
        if not request.contacts and not old:
            raise SipSyntaxError("INVITE without Contact")
        return cls(
            call_id=request.call_id,
            local=request.to.with_tag(local_tag),
            remote=request.from_,
            local_sequence=0,
            remote_sequence=request.cseq.number,
            remote_target=(*request.contacts, request.from_)[0].address,
            route_set=tuple(request.headers.values("Record-Route")),
        )

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return self.local.tag

    @property
    def remote_tag(self) -> str:
        """The far end's tag, empty for a peer of RFC 2543."""
        return self.remote.tag

    def accepts(self, request: Request) -> bool:
        """Take a request's CSeq in; false where it is out of order (12.2.2: answer 500). ACK and CANCEL never are."""
        number = request.cseq.number
        if request.method in ("ACK", "CANCEL"):
            return True
        if self.remote_sequence is not None and number <= self.remote_sequence:
            return False
        self.remote_sequence = number
        return True

    def refresh_target(self, message: Request | Response) -> None:
        """Follow the far end's Contact in a re-INVITE or its 2xx (12.2)."""
        if message.contacts:
            self.remote_target = message.contacts[0].address

    def request(self, method: str, *, via: str, sequence: int | None = None) -> Request:
        """Return a request within the dialog (12.2.1.1), with the next CSeq, or ``sequence`` for ACK."""
        if sequence is None:
            self.local_sequence += 1
            sequence = self.local_sequence
        uri, routes = routed(self.remote_target, self.route_set)
        headers = Headers()
        headers.append_parsed("Via", via)
        headers.append_parsed("Max-Forwards", "70")
        for route in routes:
            headers.append_parsed("Route", route)
        headers.append_parsed("From", str(self.local))
        headers.append_parsed("To", str(self.remote))
        headers.append_parsed("Call-ID", self.call_id)
        headers.append_parsed("CSeq", f"{sequence} {method}")
        return Request(method, uri, headers)

    @staticmethod
    def is_loose(route: str) -> bool:
        """Tell whether a route is a loose router (``;lr``)."""
        return is_loose(route)

    @property
    def next_hop(self) -> SipUri:
        """Where requests go next: the first route, else the remote target; raises `SipSyntaxError` if unreadable."""
        if self.route_set:
            return NameAddr.parse(self.route_set[0]).uri
        return SipUri.parse(self.remote_target)
