"""Registration of one address of record (RFC 3261 10.2): refreshed, retried, kept at the best registrar there is."""

from collections.abc import Callable
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
from sip.trunks.pace import Pace
from sip.uri import SipUri

FIRST_RETRY: Final = 2.0
LONGEST_RETRY: Final = 60.0
LONGEST_RETRY_AFTER: Final = 3600.0
REFRESH_AT: Final = 0.8  # of the time granted, spread around it by a tenth
REFRESH_SPREAD: Final = 0.1
MAX_EXPIRES: Final = 7 * 86_400
MAX_RAISES: Final = 3
"""How many 423 in a row are answered by asking for more."""
MAX_ROUTES: Final = 10
PATIENCE: Final = 8.0
"""Seconds that a registrar may take where there is another one to go to."""
AGAIN_WITHIN: Final = 2.0
"""Seconds over which registrations are spread that a registrar has to learn anew."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What to register and where; times in seconds.

    Args:
        aor: the address of record.
        registrar: the one that we want to be at.
        credentials: who we are to those who ask.
        expires: our wish; the registrar decides.
        backups: where to go when the registrar cannot be reached or says that it is out of order, best first.
        fail_back: how often a better registrar than the present one is tried.
    """

    aor: SipUri
    registrar: Endpoint
    credentials: Credentials | None = None
    expires: int = 300
    backups: tuple[Endpoint, ...] = ()
    fail_back: float = 60.0


class RegistrationState(Enum):
    """WAITING -> ASKING -200-> REGISTERED -timer-> ASKING; -refusal-> WAITING -timer-> ASKING; any -> LEAVING.

    A registrar that fails is followed by the next one, ASKING -> ASKING. From REGISTERED at a backup the better ones
    are tried without leaving the state: what they say counts only where they accept.
    """

    WAITING = "waiting"
    ASKING = "asking"
    REGISTERED = "registered"
    LEAVING = "leaving"
    GONE = "gone"


class Registrant:
    """Keeps one registration alive until it is told to leave; the paces are shared by all of a user agent."""

    def __init__(
        self, core: Core, registration: Registration, pace: Pace | None = None, leaving: Pace | None = None
    ) -> None:
        self.registration = registration
        self.aor = registration.aor.address_of_record
        self.state = RegistrationState.WAITING
        self._core = core
        self._pace = pace or Pace()
        self._leaving = leaving or self._pace
        self._places = (registration.registrar, *registration.backups)
        self._place = 0  # where we are, or ask
        self._asked = 0  # where the newest request went; another place than ours while a better one is tried
        self._call_id = f"{core.tokens()}@{core.local.host}"
        self._tag = core.tokens()
        self._sequence = 0
        self._expires = registration.expires
        self._raises = 0
        self._failures = 0
        self._refresh_at = 0.0
        self._timer: Timer | None = None
        self._limit: Timer | None = None
        self._current: ClientTransaction | None = None

    @property
    def registrar(self) -> Endpoint:
        """Where we are registered, or ask to be."""
        return self._places[self._place]

    def start(self, now: float) -> None:
        """Register, when it is our turn."""
        self._stop_timers()
        self._ask_in_turn(self._place, now)

    def leave(self, now: float) -> None:
        """Take the registration back (expires 0), when it is our turn."""
        self._stop_timers()
        self.state = RegistrationState.LEAVING
        self._in_turn(lambda then: self._ask(0, self._place, then), now, self._leaving)

    def abandon(self) -> None:
        """Forget it without a word: another registration takes its place."""
        self._stop_timers()
        self.state = RegistrationState.GONE

    def registrar_returned(self, now: float) -> None:
        """The registrar may have forgotten us, as after a restart or when its connection was lost: register anew."""
        if self.state in (RegistrationState.REGISTERED, RegistrationState.WAITING):
            self._stop_timers()
            self.state = RegistrationState.WAITING
            self._timer = self._core.timers.at(now + AGAIN_WITHIN * self._core.fraction(), self.start)

    def registrar_lost(self, now: float) -> None:
        """The registrar is known to be out of reach: go to the next one, where there is one."""
        if self.state is RegistrationState.REGISTERED and self._place + 1 < len(self._places):
            self._stop_timers()
            self._ask_in_turn(self._place + 1, now)

    # --- asking

    def _in_turn(self, action: Callable[[float], None], now: float, pace: Pace | None = None) -> None:
        moment = (pace or self._pace).moment(now)
        if moment <= now:
            action(now)
        else:
            self._timer = self._core.timers.at(moment, action)

    def _ask_in_turn(self, place: int, now: float) -> None:
        self._place = place
        self.state = RegistrationState.ASKING
        self._in_turn(lambda then: self._ask(self._expires, place, then), now)

    def _ask(self, expires: int, place: int, now: float) -> None:
        self._stop_timers()
        self._asked = place
        self._sequence += 1
        registration = self.registration
        registrar = self._places[place]
        who = f"<{registration.aor}>"
        headers = Headers()
        headers.append_parsed("Via", self._core.via(registrar.transport))
        headers.append_parsed("Max-Forwards", "70")
        headers.append_parsed("From", f"{who};tag={self._tag}")
        headers.append_parsed("To", who)
        headers.append_parsed("Call-ID", self._call_id)
        headers.append_parsed("CSeq", f"{self._sequence} REGISTER")
        headers.append_parsed("Contact", f"{self._contact(place)};expires={expires}")
        headers.append_parsed("Expires", str(expires))
        uri = f"{registration.aor.scheme}:{registration.aor.host}"
        self._current = self._core.start(Request("REGISTER", uri, headers), registrar, self, now)
        if place + 1 < len(self._places) or self._probing:
            self._limit = self._core.timers.at(now + PATIENCE, self._too_slow)

    @property
    def _probing(self) -> bool:
        """Whether a better registrar is being tried while we are at another one."""
        return self.state is RegistrationState.REGISTERED

    def _contact(self, place: int) -> str:
        return self._core.contact(self.registration.aor.user, self._places[place].transport)

    # --- answers

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
            self._ask(self._expires, self._asked, now)
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

    def _too_slow(self, now: float) -> None:
        """Another registrar will do; this one is asked no more, as a late binding there would not be ours to keep."""
        self._limit = None
        if self.state is RegistrationState.LEAVING:
            return
        if self._current is not None:
            self._current.abandon()
            self._current = None
        self._failed(408, REASONS[408], None, now)

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
        if minimum is None or not self._expires < minimum <= MAX_EXPIRES or self._raises >= MAX_RAISES:
            return False
        self._expires = minimum
        self._raises += 1
        return True

    def _accepted(self, response: Response, now: float) -> None:
        if self.state is RegistrationState.LEAVING:
            self._left()
            return
        self._stop_timers()
        granted = self._granted(response)
        self._place = self._asked
        self.state = RegistrationState.REGISTERED
        self._failures = self._raises = 0
        spread = REFRESH_SPREAD * (self._core.fraction() - 0.5)
        self._refresh_at = now + max(1.0, granted * (REFRESH_AT + spread))
        self._wait_registered(now)
        routes = _service_route(response)
        self._core.emit(Registered(self.aor, granted, routes, self.registrar))

    def _wait_registered(self, now: float) -> None:
        """Wait for the refresh, and at a backup for the next try of a better registrar."""
        better = now + self.registration.fail_back * (1 + self._core.fraction() / 4)
        if self._place and better < self._refresh_at:
            self._timer = self._core.timers.at(better, self._try_better)
        else:
            self._timer = self._core.timers.at(self._refresh_at, self._refresh)

    def _refresh(self, now: float) -> None:
        self._ask_in_turn(self._place, now)

    def _try_better(self, now: float) -> None:
        self._in_turn(lambda then: self._ask(self._expires, 0, then), now)

    def _granted(self, response: Response) -> int:
        """Return the time granted: of our own Contact among those listed, else of the response (10.2.4)."""
        ours = NameAddr.parse(self._contact(self._asked)).uri
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
        """Try the next registrar; after the last one all of them later, or as the registrar wishes.

        The wait is 2 to 4 s, 4 to 8, ... 60 to 120, at random as RFC 5626 4.5 asks. An answer that is about us and not
        about the registrar, such as 403, is none that another one would give otherwise.
        """
        self._stop_timers()
        out_of_order = 500 <= status < 600 or status in (408, 430, 480)
        following = self._asked + 1
        if self._probing and out_of_order and following < self._place:
            self._in_turn(lambda then: self._ask(self._expires, following, then), now)
        elif self._probing:
            self._wait_registered(now)
        elif out_of_order and following < len(self._places):
            self._core.emit(RegistrationFailed(self.aor, status, reason, now, self._places[self._asked]))
            self._ask_in_turn(following, now)
        else:
            self._give_up_for_now(status, reason, retry_after, now)

    def _give_up_for_now(self, status: int, reason: str, retry_after: int | None, now: float) -> None:
        self._failures += 1
        self._raises = 0
        least = min(FIRST_RETRY * 2 ** min(self._failures - 1, 10), LONGEST_RETRY)
        wait = least * (1 + self._core.fraction())
        if retry_after is not None:
            wait = max(wait, min(float(retry_after), LONGEST_RETRY_AFTER))
        self.state = RegistrationState.WAITING
        failed, self._place = self._places[self._asked], 0
        self._timer = self._core.timers.at(now + wait, self.start)
        self._core.emit(RegistrationFailed(self.aor, status, reason, now + wait, failed))

    def _left(self) -> None:
        self._stop_timers()
        self.state = RegistrationState.GONE
        self._core.emit(Registered(self.aor, 0))

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._limit):
            if timer is not None:
                timer.cancel()
        self._timer = self._limit = None


def _service_route(response: Response) -> tuple[str, ...]:
    """Return the Service-Route of a 200 (RFC 3608 5), nothing where it cannot be read."""
    try:
        routes = response.headers.values("Service-Route")[:MAX_ROUTES]
        for route in routes:
            _ = NameAddr.parse(route).uri
    except SipSyntaxError:
        return ()
    return tuple(routes)
