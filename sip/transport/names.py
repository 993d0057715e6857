"""The name service by Twisted: SRV and NAPTR from DNS servers, addresses as the machine looks up any other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.interfaces import IHostResolution
from twisted.internet.posixbase import PosixReactorBase
from twisted.names import dns
from twisted.names.client import Resolver
from twisted.names.error import DNSNameError, DomainError
from twisted.python.failure import Failure

from sip.location.records import Address, Kind, Naptr, Question, Record, Srv

TIMEOUTS: Final = (1, 2)
"""Seconds for the first and second question to a server."""
ADDRESS_TTL: Final = 30.0
"""Seconds for which an address of the machine's own look-up is kept: it does not say how long it holds."""
NOTHING_TTL: Final = 30.0
FAILED_TTL: Final = 5.0
_RESOLV_CONF: Final = Path("/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Answer:
    """Records, none where there are none, and for how many seconds they hold."""

    records: tuple[Record, ...]
    ttl: float


class Names(Protocol):
    """Who answers questions."""

    def look_up(self, question: Question) -> Deferred[Answer]:
        """Answer a question; where it cannot be asked, with no records."""


def configured_servers(file: Path = _RESOLV_CONF) -> tuple[tuple[str, int], ...]:
    """Return the DNS servers of the machine, none where the file says none."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return tuple((line[1].partition("%")[0], dns.PORT) for line in words if len(line) > 1 and line[0] == "nameserver")


class SystemNames:
    """Names as the machine knows them.

    Args:
        reactor: the reactor, handed in.
        servers: DNS servers to ask for everything, in place of the machine's own ways.
    """

    def __init__(self, reactor: PosixReactorBase, servers: Sequence[tuple[str, int]] | None = None) -> None:
        self._reactor = reactor
        self._all_by_dns = servers is not None
        self._servers = servers
        self._resolver: Resolver | None = None

    def look_up(self, question: Question) -> Deferred[Answer]:
        """Answer a question."""
        if question.kind is Kind.ADDRESS and not self._all_by_dns:
            return self._address_of_machine(question.name)
        resolver = self._dns()
        if resolver is None:
            return succeed(Answer((), NOTHING_TTL))
        kinds: dict[Kind, tuple[Callable[..., object], ...]] = {
            Kind.NAPTR: (resolver.lookupNamingAuthorityPointer,),
            Kind.SRV: (resolver.lookupService,),
            Kind.ADDRESS: (resolver.lookupAddress, resolver.lookupIPV6Address),
        }
        asked = [
            cast("Deferred[object]", ask(question.name, TIMEOUTS)).addCallbacks(_answer, _failed)
            for ask in kinds[question.kind]
        ]
        return DeferredList(asked).addCallback(_joined)

    def _dns(self) -> Resolver | None:
        """Return the resolver; made when it is first needed."""
        if self._resolver is None:
            servers = self._servers if self._servers is not None else configured_servers()
            if servers:
                make = cast("Callable[..., Resolver]", Resolver)
                self._resolver = make(servers=list(servers), timeout=TIMEOUTS, reactor=self._reactor)
        return self._resolver

    def _address_of_machine(self, name: str) -> Deferred[Answer]:
        done: Deferred[Answer] = Deferred()
        look_up = cast("Callable[..., object]", self._reactor.nameResolver.resolveHostName)
        look_up(_Receiver(done), name, addressTypes=[IPv4Address, IPv6Address], transportSemantics="UDP")
        return done


class _Receiver:
    """Collects addresses."""

    def __init__(self, done: Deferred[Answer]) -> None:
        self._done = done
        self._found: list[Record] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803 - Twisted's
        """It is being looked up."""

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:  # noqa: N802 - Twisted's
        """One address."""
        self._found.append(Address(address.host))

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's
        """All of them."""
        self._done.callback(Answer(tuple(dict.fromkeys(self._found)), ADDRESS_TTL if self._found else FAILED_TTL))


def _answer(found: tuple[Sequence[dns.RRHeader], object, object]) -> Answer:
    records: list[Record] = []
    ttls: list[float] = []
    for header in found[0]:
        record = _record(header.payload)
        if record is not None:
            records.append(record)
            ttls.append(float(header.ttl))
    return Answer(tuple(records), min(ttls, default=NOTHING_TTL))


def _record(payload: object) -> Record | None:
    match payload:
        case dns.Record_NAPTR():
            flags, service = (bytes(part.string).decode("latin-1") for part in (payload.flags, payload.service))
            return Naptr(payload.order, payload.preference, flags, service, _name(payload.replacement))
        case dns.Record_SRV():
            return Srv(payload.priority, payload.weight, payload.port, _name(payload.target))
        case dns.Record_A() | dns.Record_AAAA():
            return Address(str(ip_address(bytes(payload.address or b""))))
    return None  # a CNAME on the way to an address, say


def _name(name: dns.Name) -> str:
    return name.name.decode("latin-1").rstrip(".").lower()


def _failed(failure: Failure) -> Answer:
    if not isinstance(failure.value, DomainError | OSError | TimeoutError):
        failure.raiseException()
    return Answer((), NOTHING_TTL if isinstance(failure.value, DNSNameError) else FAILED_TTL)


def _joined(answers: list[tuple[bool, Answer]]) -> Answer:
    found = [answer for _, answer in answers]
    records = tuple(record for answer in found for record in answer.records)
    return Answer(records, min(answer.ttl for answer in found if answer.records or not records))
