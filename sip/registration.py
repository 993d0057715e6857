"""Registration of one address of record at a registrar (RFC 3261 section 10.2): refreshed, retried with back-off."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from sip.core import Core
from sip.digest import Credentials
from sip.errors import SipSyntaxError
from sip.events import Endpoint, Registered, RegistrationFailed
from sip.grammar import parse_number
from sip.headers import Headers, NameAddr
from sip.message import REASONS, Request, Response
from sip.timers import Timer
from sip.transaction import ClientTransaction
from sip.uri import SipUri

FIRST_RETRY: Final = 2.0
LONGEST_RETRY: Final = 120.0
REFRESH_AT: Final = 0.8  # of the time granted
MAX_EXPIRES: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Registration:
    """What to register and where: ``expires`` in seconds is our wish; the registrar decides."""

    aor: SipUri
    registrar: Endpoint
    credentials: Credentials | None = None
    expires: int = 300


class RegistrationState(Enum):
    """WAITING -> ASKING -200-> REGISTERED -timer-> ASKING; -refusal-> WAITING -timer-> ASKING; any -> LEAVING."""

    WAITING = "waiting"
    ASKING = "asking"
    REGISTERED = "registered"
    LEAVING = "leaving"
    GONE = "gone"


class Registrant:
    """Keeps one registration alive until it is told to leave."""

    def __init__(self, core: Core, registration: Registration) -> None:
        self.registration = registration
        self.aor = registration.aor.address_of_record
        self.state = RegistrationState.WAITING
        self._core = core
        self._call_id = f"{core.tokens()}@{core.local.host}"
        self._tag = core.tokens()
        self._sequence = 0
        self._expires = registration.expires
        self._failures = 0
        self._timer: Timer | None = None
        self._current: ClientTransaction | None = None

    def start(self, now: float) -> None:
        """Register now."""
        self.state = RegistrationState.ASKING
        self._ask(self._expires, now)

    def leave(self, now: float) -> None:
        """Take the registration back (expires 0)."""
        self._stop_timer()
        self.state = RegistrationState.LEAVING
        self._ask(0, now)

    def abandon(self) -> None:
        """Forget it without a word: another registration takes its place."""
        self._stop_timer()
        self.state = RegistrationState.GONE

    def _ask(self, expires: int, now: float) -> None:
        self._timer = None
        self._sequence += 1
        registration = self.registration
        transport = registration.registrar.transport
        who = f"<{registration.aor}>"
        headers = Headers()
        headers.append_parsed("Via", self._core.via(transport))
        headers.append_parsed("Max-Forwards", "70")
        headers.append_parsed("From", f"{who};tag={self._tag}")
        headers.append_parsed("To", who)
        headers.append_parsed("Call-ID", self._call_id)
        headers.append_parsed("CSeq", f"{self._sequence} REGISTER")
        headers.append_parsed("Contact", f"{self._contact()};expires={expires}")
        headers.append_parsed("Expires", str(expires))
        uri = f"{registration.aor.scheme}:{registration.aor.host}"
        self._current = self._core.start(Request("REGISTER", uri, headers), registration.registrar, self, now)

    def _contact(self) -> str:
        return self._core.contact(self.registration.aor.user, self.registration.registrar.transport)

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the registrar's answer."""
        if transaction is not self._current or response.status < 200 or self.state is RegistrationState.GONE:
            return
        if response.status < 300:
            self._accepted(response, now)
        elif response.status in (401, 407) and self._authenticate(transaction, response, now):
            return
        elif self.state is RegistrationState.LEAVING:
            self._left()
        elif response.status == 423 and self._accept_minimum(response):
            self._ask(self._expires, now)
        else:
            self._failed(response.status, response.reason, response.headers.seconds("Retry-After"), now)

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """The registrar does not answer."""
        if transaction is not self._current or self.state is RegistrationState.GONE:
            return
        if self.state is RegistrationState.LEAVING:
            self._left()
        else:
            self._failed(status, REASONS[status], None, now)

    def _authenticate(self, transaction: ClientTransaction, response: Response, now: float) -> bool:
        credentials = self.registration.credentials
        known = (credentials,) if credentials is not None else ()
        again = self._core.authenticated(transaction, response, known, self._sequence + 1)
        if again is None:
            return False
        self._sequence += 1
        self._current = self._core.restart(transaction, again, self, now)
        return True

    def _accept_minimum(self, response: Response) -> bool:
        minimum = response.headers.seconds("Min-Expires")
        if minimum is None or not self._expires < minimum <= MAX_EXPIRES:
            return False
        self._expires = minimum
        return True

    def _accepted(self, response: Response, now: float) -> None:
        if self.state is RegistrationState.LEAVING:
            self._left()
            return
        granted = self._granted(response)
        self.state = RegistrationState.REGISTERED
        self._failures = 0
        self._timer = self._core.timers.at(now + max(1.0, granted * REFRESH_AT), self.start)
        self._core.emit(Registered(self.aor, granted))

    def _granted(self, response: Response) -> int:
        """Return the time granted: of our own Contact among those listed, else of the response (10.2.4)."""
        ours = NameAddr.parse(self._contact()).uri
        try:
            for contact in response.contacts:
                uri = contact.uri
                expires = contact.param("expires")
                if expires is not None and (uri.user, uri.host, uri.port) == (ours.user, ours.host, ours.port):
                    return min(parse_number(expires, what="expires"), MAX_EXPIRES)
        except SipSyntaxError:
            return self._expires  # the registrar lists something strange of others; our wish was accepted
        general = response.headers.seconds("Expires")
        return self._expires if general is None else min(general, MAX_EXPIRES)

    def _failed(self, status: int, reason: str, retry_after: int | None, now: float) -> None:
        """Try again later: 2, 4, 8 ... 120 s, spread by up to a quarter, or as the registrar wishes."""
        self._failures += 1
        wait = min(FIRST_RETRY * 2 ** min(self._failures - 1, 10), LONGEST_RETRY) * (1 + self._core.fraction() / 4)
        if retry_after is not None:
            wait = max(wait, float(min(retry_after, 3600)))
        self.state = RegistrationState.WAITING
        self._timer = self._core.timers.at(now + wait, self.start)
        self._core.emit(RegistrationFailed(self.aor, status, reason, now + wait))

    def _left(self) -> None:
        self.state = RegistrationState.GONE
        self._core.emit(Registered(self.aor, 0))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
