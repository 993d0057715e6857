"""The order of RFC 3263 4.1 and 4.2, as one function of what the name service has answered so far."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from sip.events import Endpoint
from sip.location.records import Address, Kind, Naptr, Question, Record, Srv

MAX_TARGETS: Final = 20
"""Targets that are tried for one request; more are a defect or an attack."""
DEFAULT_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
_SERVICES: Final = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_PREFIXES: Final = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}

Answers = Mapping[Question, tuple[Record, ...]]


def targets_of(
    wanted: Endpoint, answers: Answers, transports: Collection[str], chance: Callable[[], float]
) -> list[Endpoint] | set[Question]:
    """Return where ``wanted`` is reached, best first, or the questions whose answers are still missing.

    ``wanted`` has a name for a host; port 0 and an empty transport mean that the name service says. ``transports`` are
    those that we speak; ``chance`` gives numbers from 0 to 1 for the weights.
    """
    search = _Search(answers, chance)
    found = search.targets(wanted, transports)
    return search.missing or list(dict.fromkeys(found))[:MAX_TARGETS]


class _Search:
    """One pass through the answers; ``missing`` collects what is not among them."""

    def __init__(self, answers: Answers, chance: Callable[[], float]) -> None:
        self.missing: set[Question] = set()
        self._answers = answers
        self._chance = chance

    def targets(self, wanted: Endpoint, transports: Collection[str]) -> list[Endpoint]:
        if wanted.port:  # 4.2: a port means that no SRV is asked
            return self._addresses(wanted.host, wanted.port, wanted.transport or "udp")
        if wanted.transport:
            services = [(wanted.transport, _PREFIXES.get(wanted.transport, "") + wanted.host)]
            if wanted.transport not in _PREFIXES:
                services = []
        else:
            services = self._services(wanted.host, transports)
            if self.missing:
                return []
        found = [target for transport, name in services for target in self._servers(name, transport)]
        refused = any(self._get(Kind.SRV, name) for _, name in services)
        if found or refused or self.missing:
            return found
        transport = wanted.transport or "udp"
        return self._addresses(wanted.host, DEFAULT_PORTS[transport], transport)

    def _get(self, kind: Kind, name: str) -> tuple[Record, ...]:
        question = Question(kind, name.lower().rstrip("."))
        known = self._answers.get(question)
        if known is None:
            self.missing.add(question)
        return known or ()

    def _services(self, domain: str, transports: Collection[str]) -> list[tuple[str, str]]:
        """Return transports and the names to ask SRV of: by NAPTR, else for every transport that we speak (4.1)."""
        pointers = [
            (record.order, record.preference, _SERVICES[record.service.upper()], record.replacement)
            for record in self._get(Kind.NAPTR, domain)
            if isinstance(record, Naptr)
            and record.flags.lower() == "s"
            and _SERVICES.get(record.service.upper()) in transports
        ]
        if pointers:
            return [(transport, name) for _, _, transport, name in sorted(pointers)]
        return [(transport, prefix + domain) for transport, prefix in _PREFIXES.items() if transport in transports]

    def _servers(self, name: str, transport: str) -> list[Endpoint]:
        records = [record for record in self._get(Kind.SRV, name) if isinstance(record, Srv)]
        found: list[Endpoint] = []
        for record in by_weight(records, self._chance)[:MAX_TARGETS]:
            if record.target.strip("."):  # RFC 2782: a lone dot says that the service is not offered
                found += self._addresses(record.target, record.port, transport)
        return found

    def _addresses(self, name: str, port: int, transport: str) -> list[Endpoint]:
        records = self._get(Kind.ADDRESS, name)
        return [Endpoint(record.host, port, transport) for record in records if isinstance(record, Address)]


def by_weight(records: list[Srv], chance: Callable[[], float]) -> list[Srv]:
    """Return servers by priority, within one priority drawn by weight (RFC 2782)."""
    ordered: list[Srv] = []
    for priority in sorted({record.priority for record in records}):
        # Those of weight 0 stand first, so that they are drawn seldom but not never.
        left = sorted((record for record in records if record.priority == priority), key=lambda record: record.weight)
        while left:
            drawn = chance() * sum(record.weight for record in left)
            running = 0
            for record in left:
                running += record.weight
                if running >= drawn:
                    break
            left.remove(record)
            ordered.append(record)
    return ordered
