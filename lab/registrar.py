"""The registrar: who has registered where, after digest authentication (RFC 3261 section 10.3, RFC 8760)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sip.digest import ALGORITHMS, Challenger, Verdict
from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.message import Request
from sip.uri import SipUri

DEFAULT_EXPIRES: Final = 300
MIN_EXPIRES: Final = 30


@dataclass(frozen=True, slots=True)
class Binding:
    """Where an extension's phone is: its contact, the source of its REGISTER (to get back through NAT), its end."""

    number: str
    contact: SipUri
    source: Endpoint
    until: float

    @property
    def reached_at(self) -> Endpoint:
        """Where requests for the phone go: its contact where no NAT stands between, else where it registered from."""
        near = self.source.transport == "udp" and self.contact.host == self.source.host and self.contact.port
        return Endpoint(self.contact.host, self.contact.port) if near and self.contact.port else self.source


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a REGISTER."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


class Registrar:
    """The bindings of one domain: one phone for each extension, the latest to register.

    ``changed(number, bound)`` is called when an extension gains its phone or loses it. ``secret`` keys the nonces.
    ``open_to`` are addresses from which extensions register without a password.
    """

    def __init__(
        self,
        domain: str,
        passwords: Mapping[str, str],
        secret: bytes,
        changed: Callable[[str, bool], None],
        *,
        max_expires: int = 3600,
        algorithms: tuple[str, ...] = ALGORITHMS,
        open_to: tuple[str, ...] = (),
    ) -> None:
        self._open_to = frozenset(open_to)
        self._passwords = passwords
        self._challenger = Challenger(domain, secret, algorithms=algorithms)
        self._changed = changed
        self._max_expires = max_expires
        self._bindings: dict[str, Binding] = {}
        self._first_end: float | None = None
        self._first_end_known = True

    def binding(self, number: str) -> Binding | None:
        """Where the extension's phone is."""
        return self._bindings.get(number)

    def is_at(self, number: str, source: Endpoint) -> bool:
        """Whether the extension's phone registered from ``source``; over a stream another connection's port will do."""
        binding = self._bindings.get(number)
        if binding is None or binding.source.host != source.host:
            return False
        streams = {source.transport, binding.source.transport} - {"udp"}
        return bool(streams) or binding.source.port == source.port

    def register(self, request: Request, source: Endpoint, now: float) -> Reply:
        """Judge a REGISTER: challenge, refuse, or bind and unbind. A user registers the own number alone."""
        try:
            number = request.to.uri.user
            wanted = self._wanted_expires(request)
        except SipSyntaxError as error:
            return Reply(400, f"Bad Request: {error.reason[:60]}")
        if source.host in self._open_to:
            if number not in self._passwords:
                return Reply(404, "Not Found")
            return self._bind(number, request, source, wanted, now)
        verified = self._challenger.verify(
            request.headers.all("Authorization"), method="REGISTER", password_of=self._passwords.get, now=now
        )
        if verified.verdict in {Verdict.ABSENT, Verdict.STALE, Verdict.REFUSED}:
            # A wrong password is answered by the same challenge, so that nobody learns which extensions exist.
            stale = verified.verdict is Verdict.STALE
            return Reply(401, "Unauthorized", tuple(self._challenger.challenge(now, stale=stale)))
        if verified.user != number:
            return Reply(403, "Forbidden")
        return self._bind(number, request, source, wanted, now)

    def _bind(self, number: str, request: Request, source: Endpoint, wanted: int | None, now: float) -> Reply:
        if (request.headers.get("Contact") or "").strip() == "*":
            self._unbind(number)
            return self._listing(number, now)
        contacts = request.contacts
        if not contacts:
            return self._listing(number, now)
        try:
            contact = contacts[0].uri
            asked = _seconds(contacts[0].param("expires"), wanted)
        except SipSyntaxError as error:
            return Reply(400, f"Bad Request: {error.reason[:60]}")
        if asked == 0:
            binding = self._bindings.get(number)
            if binding is not None and binding.contact == contact:
                self._unbind(number)
            return self._listing(number, now)
        if asked < MIN_EXPIRES:
            return Reply(423, "Interval Too Brief", (("Min-Expires", str(MIN_EXPIRES)),))
        known = number in self._bindings
        self._bindings[number] = Binding(number, contact, source, now + min(asked, self._max_expires))
        self._first_end_known = False
        if not known:
            self._changed(number, True)
        return self._listing(number, now)

    def _wanted_expires(self, request: Request) -> int | None:
        return _seconds(request.headers.get("Expires"), None)

    def _listing(self, number: str, now: float) -> Reply:
        binding = self._bindings.get(number)
        if binding is None:
            return Reply(200, "OK")
        left = max(1, round(binding.until - now))
        return Reply(200, "OK", (("Contact", f"<{binding.contact}>;expires={left}"), ("Expires", str(left))))

    def _unbind(self, number: str) -> None:
        if self._bindings.pop(number, None) is not None:
            self._first_end_known = False
            self._changed(number, False)

    def get_timer(self) -> float | None:
        """When the next registration ends, Unix seconds."""
        if not self._first_end_known:
            self._first_end = min((binding.until for binding in self._bindings.values()), default=None)
            self._first_end_known = True
        return self._first_end

    def handle_timer(self, now: float) -> None:
        """End the registrations that were not refreshed."""
        for number in [number for number, binding in self._bindings.items() if binding.until <= now]:
            self._unbind(number)


def _seconds(text: str | None, default: int | None) -> int:
    if text is None:
        return DEFAULT_EXPIRES if default is None else default
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise SipSyntaxError(f"expires is no number of seconds: {text[:20]!r}")
    return int(text)
