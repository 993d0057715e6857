"""Session timers (RFC 4028): who refreshes a call and how often, and when a vanished far end is noticed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip.errors import SipSyntaxError
from sip.grammar import Params, find_param, parse_params
from sip.message import Request, Response
from sip.timers import Timer, Timers

LEAST_INTERVAL: Final = 90
"""Seconds; no session interval may be shorter (clause 5)."""
LONGEST_INTERVAL: Final = 7 * 86_400
"""Seconds; what is asked for beyond it counts as this much."""
MAX_RAISES: Final = 3
"""How many 422 in a row are answered by asking for more."""
TRY_AGAIN_AFTER: Final = 10.0
"""Seconds until a refresh that was refused, or found another offer open, is tried once more."""


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """What we want of session timers, in seconds: the interval we ask for, and the shortest that we agree to.

    Raises:
        ValueError: a minimum below 90, or an interval below the minimum.
    """

    expires: int = 1800
    minimum: int = LEAST_INTERVAL

    def __post_init__(self) -> None:
        if not LEAST_INTERVAL <= self.minimum <= self.expires <= LONGEST_INTERVAL:
            raise ValueError(
                f"session timers need {LEAST_INTERVAL} <= minimum <= expires <= {LONGEST_INTERVAL}, "
                f"not {self.minimum} and {self.expires}"
            )


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """A Session-Expires value; ``refresher`` is ``uac``, ``uas`` or empty (clause 4)."""

    interval: int
    refresher: str = ""

    @classmethod
    def of(cls, message: Request | Response) -> "SessionExpires | None":
        """Read the header of a message; ``None`` where it is absent or cannot be read."""
        value = message.headers.get("Session-Expires")
        if value is None:
            return None
        seconds, params = _delta(value)
        refresher = (find_param(params, "refresher") or "").lower()
        return cls(seconds, refresher if refresher in ("uac", "uas") else "") if seconds else None


def least_interval_of(message: Request | Response) -> int:
    """Return Min-SE in seconds, 0 where it is absent or cannot be read (clause 5)."""
    return _delta(message.headers.get("Min-SE") or "")[0]


def _delta(value: str) -> tuple[int, Params]:
    digits, mark, tail = value.partition(";")
    digits = digits.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        return 0, ()
    try:
        return min(int(digits), LONGEST_INTERVAL), parse_params(mark + tail) if mark else ()
    except SipSyntaxError:
        return 0, ()


class SessionTimer:
    """The session timer of one leg; without a policy it does nothing.

    ``refresh`` is called when it is our turn, ``expired`` when the far end has not been heard of in time: before the
    interval is over by a third of it, 32 s at the most (clause 10). A far end that knows no session timers is asked by
    refreshes all the same; whatever it answers shows that it is there.
    """

    def __init__(
        self,
        policy: SessionPolicy | None,
        timers: Timers,
        *,
        refresh: Callable[[float], None],
        expired: Callable[[float], None],
    ) -> None:
        self.interval = 0
        self.we_refresh = False
        self._policy = policy
        self._timers = timers
        self._refresh = refresh
        self._expired = expired
        self._agreed = False
        self._least = policy.minimum if policy is not None else 0
        self._raises = 0
        self._armed: list[Timer] = []

    def ask(self) -> list[tuple[str, str]]:
        """Return what an INVITE or UPDATE of ours says (clauses 7.1 and 7.4)."""
        if self._policy is None:
            return []
        interval = max(self.interval or self._policy.expires, self._least)
        role = f";refresher={'uac' if self.we_refresh else 'uas'}" if self.interval else ""
        least = [("Min-SE", str(self._least))] if self._least > LEAST_INTERVAL else []
        return [("Session-Expires", f"{interval}{role}"), *least]

    def too_brief(self, request: Request) -> list[tuple[str, str]] | None:
        """Return what a 422 says where the far end asks for less than we agree to, otherwise ``None`` (clause 9)."""
        asked = SessionExpires.of(request)
        if self._policy is None or asked is None or not knows_timers(request):
            return None
        return [("Min-SE", str(self._policy.minimum))] if asked.interval < self._policy.minimum else None

    def agree(self, request: Request, now: float) -> list[tuple[str, str]]:
        """Return what our 2xx to an INVITE or UPDATE says, and start anew (clause 9, table 2)."""
        if self._policy is None:
            return []
        asked, knows = SessionExpires.of(request), knows_timers(request)
        interval = self._policy.expires
        if asked is not None:
            interval = max(min(asked.interval, max(interval, least_interval_of(request))), self._policy.minimum)
        if not knows:
            refresher = "uas"
        elif asked is not None and asked.refresher:
            refresher = asked.refresher
        else:
            refresher = "uas" if self.interval and self.we_refresh else "uac"
        self._start(interval, now, we_refresh=refresher == "uas", agreed=knows)
        # Table 2: the far end must understand the timer where it is the one to refresh.
        required = [("Require", "timer")] if refresher == "uac" else []
        return [*required, ("Session-Expires", f"{interval};refresher={refresher}")]

    def accepted(self, response: Response, now: float) -> None:
        """Take a 2xx to an INVITE or UPDATE of ours, and start anew (clause 7.2)."""
        if self._policy is None:
            return
        given = SessionExpires.of(response)
        if given is None:
            self._start(max(self._policy.expires, self._least), now, we_refresh=True, agreed=False)
        else:
            interval = max(given.interval, LEAST_INTERVAL)
            self._start(interval, now, we_refresh=given.refresher != "uas", agreed=True)

    def ask_for_more(self, response: Response) -> bool:
        """Take a 422; true where the request is to be sent once more, with what `ask` says now (clause 7.3)."""
        least = least_interval_of(response)
        if self._policy is None or least <= self._least or self._raises >= MAX_RAISES:
            return False
        self._least = least
        self._raises += 1
        return True

    def put_off(self, now: float, *, alive: bool) -> None:
        """The refresh could not be made now, or was refused, which shows that the far end is ``alive``."""
        if self._policy is None or not self.interval:
            return
        if alive and not self._agreed:
            self._start(self.interval, now, we_refresh=True, agreed=False)
        else:
            self._armed.append(self._timers.at(now + TRY_AGAIN_AFTER, self._refresh))

    def stop(self) -> None:
        """Watch no more."""
        for timer in self._armed:
            timer.cancel()
        self._armed.clear()

    def end(self) -> None:
        """The leg is gone: let go of it, so that nothing of a call is left to the collector of cycles."""
        self.stop()
        self._policy = None
        self._refresh = self._expired = _nothing

    def _start(self, interval: int, now: float, *, we_refresh: bool, agreed: bool) -> None:
        self.stop()
        self.interval, self.we_refresh, self._agreed, self._raises = interval, we_refresh, agreed, 0
        expiry = now + interval - min(32.0, interval / 3)
        self._armed.append(self._timers.at(expiry, self._expired))
        if we_refresh:
            self._armed.append(self._timers.at(now + interval / 2, self._refresh))


def _nothing(_now: float) -> None:
    """Stand in for what a leg that is gone would have done."""


def knows_timers(message: Request | Response) -> bool:
    """Tell whether the sender supports session timers."""
    tags = (*message.headers.values("Supported"), *message.headers.values("Require"))
    return any(tag.lower() == "timer" for tag in tags)
