"""Where the requests of one user agent go: to the targets of a name, over open connections, large ones by stream."""

import ipaddress
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.headers import NameAddr
from sip.location.locator import MAX_KEPT, Locator
from sip.location.policy import DEFAULT_PORTS
from sip.message import Request
from sip.uri import SipUri

STREAMS: Final = ("tcp", "tls", "ws", "wss")
SECURE: Final = ("tls", "wss")
_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)
MAX_PHONES: Final = 10_000
LONGEST_REGISTRATION: Final = 86_400
"""Seconds for which a phone is remembered at the most, and for which without a word."""
Found = Callable[[list[Endpoint], float], None]


@lru_cache(maxsize=4096)
def version_of(host: str) -> int:
    """Return the IP version of an address, 0 for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]")).version
    except ValueError:
        return 0


def is_address(host: str) -> bool:
    """Tell whether ``host`` is an IP address that needs no look-up."""
    return version_of(host) != 0


@lru_cache(maxsize=4096)
def is_private(host: str) -> bool:
    """Tell whether ``host`` is an address that means another machine in every network (RFC 1918, 6598, 4193)."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE if network.version == address.version)


def transport_of(uri: SipUri) -> str:
    """Return the transport that a URI asks for, empty where it does not say (RFC 3261 19.1.2, RFC 5630)."""
    transport = (uri.param("transport") or "").lower()
    if uri.scheme == "sips":
        return "wss" if transport in {"ws", "wss"} else "tls"
    return transport if transport in DEFAULT_PORTS else ""


def destination_of(uri: SipUri, fallback: Endpoint | None) -> Endpoint | None:
    """Return where a URI is reached; ``None`` where it names no host and there is no ``fallback``.

    ``fallback`` is the hop that the dialog came over. It is taken for names, among them those that mean "over this
    connection" (RFC 7118 5), and for private addresses that it is not in: there a NAT stands between. Without it a
    name is looked up later: port 0 and no transport leave both to the name service (RFC 3263). A maddr parameter is
    taken for the host (RFC 3263 4).
    """
    host = (uri.param("maddr") or uri.host).strip("[]")
    if not host:
        return fallback
    if fallback is not None and not is_address(host):
        return fallback
    if fallback is not None and is_private(host) and is_address(fallback.host) and not is_private(fallback.host):
        return fallback
    transport = transport_of(uri)
    if not is_address(host):
        return Endpoint(host.lower(), uri.port or 0, transport)
    transport = transport or "udp"
    return Endpoint(host, uri.port or DEFAULT_PORTS[transport], transport)


def _contacts(request: Request) -> list[NameAddr]:
    """Return the Contacts that are SIP addresses; what stands in others is the program's to judge."""
    try:
        return [contact for contact in request.contacts if contact.uri.host]
    except SipSyntaxError:
        return []


def _seconds(text: str | None) -> int:
    """Read an expiry; what cannot be read counts as none given (RFC 3261 20.19)."""
    digits = (text or "").strip()
    readable = digits.isascii() and digits.isdigit() and len(digits) < 10
    return min(int(digits), LONGEST_REGISTRATION) if readable else LONGEST_REGISTRATION


class Deliveries:
    """The delivery of one user agent (`sip.transaction.Delivery`).

    Args:
        locator: where names lead to.
        rewrite: gives a request for another transport: new Via, our Contact for it.
        open_streams: the connections that stand.
        max_datagram: bytes above which a request goes by TCP where the peer takes it (RFC 3261 18.1.1).
        family: IP version of our own address, to which alone we can send; ``None``: both.
    """

    def __init__(
        self,
        locator: Locator,
        rewrite: Callable[[Request, Endpoint], Request],
        open_streams: Collection[Endpoint],
        max_datagram: int,
        family: Callable[[], int | None],
    ) -> None:
        self.locator = locator
        self._rewrite = rewrite
        self._open = open_streams
        self._max_datagram = max_datagram
        self._family = family
        self._aliases: dict[Endpoint, Endpoint] = {}
        self._phones: dict[str, tuple[Endpoint, float]] = {}

    def plan(self, request: Request, wanted: Endpoint, size: int, found: Found, now: float) -> None:
        """Call ``found(targets, now)``, at once or once the name service has answered; no target: it leads nowhere."""
        secure = request.uri[:5].lower() == "sips:"

        def located(targets: list[Endpoint], later: float) -> None:
            targets = [target for target in targets if target.transport in SECURE or not secure]
            reachable = [target for target in targets if self._speaks(target)]
            found([each for target in reachable for each in self._ways(target, size, later)], later)

        phone = self._phone(request.uri, wanted, now)
        if phone is not None:
            located([phone], now)
        elif is_address(wanted.host):
            located([wanted], now)
        else:
            self.locator.find(wanted, located, now)

    def _speaks(self, target: Endpoint) -> bool:
        family = self._family()
        return family is None or version_of(target.host) == family

    def _ways(self, target: Endpoint, size: int, now: float) -> list[Endpoint]:
        if target.transport != "udp":
            alias = self._alias(target)
            return [target] if alias is None else [alias, target]
        stream = Endpoint(target.host, target.port, "tcp")
        if size > self._max_datagram and not self.locator.avoids(stream, now):
            return [stream, target]
        return [target]

    def readdressed(self, request: Request, target: Endpoint) -> Request:
        """Return the request for another target."""
        return self._rewrite(request, target)

    def failed(self, target: Endpoint, now: float) -> None:
        """A target could not be reached, or does not want to be asked."""
        self.locator.failed(target, now)

    def settled(self, wanted: Endpoint, target: Endpoint) -> None:
        """A request to a name goes to ``target``: what belongs to it goes there too."""
        if wanted != target and not is_address(wanted.host):
            self.locator.settled(wanted, target)

    def in_use(self, wanted: Endpoint) -> Endpoint:
        """Return where what belongs to an earlier request goes."""
        if wanted.transport == "udp" and is_address(wanted.host):
            return wanted
        home = self.locator.homes.get(wanted, wanted)
        return self._alias(home) or home

    def _alias(self, target: Endpoint) -> Endpoint | None:
        """Return the open connection by which a target is reached, unless there is one to the target itself."""
        alias = self._aliases.get(target)
        return alias if alias in self._open and target not in self._open else None

    # --- phones behind NAT, connections that came in

    def registered(self, request: Request, source: Endpoint, now: float) -> None:
        """Remember where a phone registered from whose Contact is another address: a NAT stands between (RFC 3581).

        Called for a REGISTER that was accepted; requests to this Contact go to the source until it expires.
        """
        for contact in _contacts(request):
            seconds = _seconds(contact.param("expires") or request.headers.get("Expires"))
            if seconds and contact.uri.host.strip("[]").lower() != source.host:
                if len(self._phones) >= MAX_PHONES and contact.address not in self._phones:
                    self._phones = {uri: kept for uri, kept in self._phones.items() if kept[1] > now}
                if len(self._phones) < MAX_PHONES:
                    self._phones[contact.address] = (source, now + seconds)
            else:
                self._phones.pop(contact.address, None)

    def _phone(self, uri: str, wanted: Endpoint, now: float) -> Endpoint | None:
        """Return where a phone behind NAT is, unless the request is to go another way."""
        kept = self._phones.get(uri)
        if kept is None or kept[1] <= now or wanted != destination_of(SipUri.parse(uri), None):
            return None
        return kept[0]

    def learn(self, request: Request, source: Endpoint) -> None:
        """Remember over which connection the address in a Via or Contact is reached, where it is the same host's.

        A light form of RFC 5923: what a peer at this address is asked next goes over its own connection. Of addresses
        of other hosts nothing is believed.
        """
        if source.transport not in STREAMS:
            return
        via = request.via
        places = {(via.host, via.port or DEFAULT_PORTS[source.transport])}
        for contact in _contacts(request)[:1]:
            uri = contact.uri
            places.add((uri.host, uri.port or DEFAULT_PORTS[source.transport]))
        for host, port in places:
            there = Endpoint(host.strip("[]"), port, source.transport)
            if there.host == source.host and there != source:
                if len(self._aliases) >= MAX_KEPT:
                    self._aliases.clear()
                self._aliases[there] = source
