"""What a user agent tells its program, and the small values around it."""

from dataclasses import dataclass, field
from typing import NewType

from sip.legs.transfer import Replaces
from sip.message import Request, Response
from sip.trunks.identity import Identity
from sip.uri import SipUri

Leg = NewType("Leg", str)
RequestKey = NewType("RequestKey", str)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where bytes go to or come from; ``transport`` is ``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``.

    ``host`` is a numeric address (IPv6 without brackets), or as a destination a name; then port 0 and an empty
    transport leave both to the name service (RFC 3263).
    """

    host: str
    port: int
    transport: str = "udp"

    def __str__(self) -> str:
        return f"{self.transport}:{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be sent; ``name`` is whom the certificate of a TLS peer must name."""

    data: bytes
    destination: Endpoint
    name: str = ""


@dataclass(frozen=True, slots=True)
class InviteReceived:
    """A call comes in: ring, accept or refuse it. ``sdp`` is the offer; empty: `accept` makes it.

    ``replaces`` is the leg that it takes the place of (RFC 3891): that one ends when this one is accepted.
    """

    leg: Leg
    request: Request
    sdp: bytes
    source: Endpoint
    replaces: Leg | None = None

    @property
    def identity(self) -> Identity:
        """Who calls whom, and which way the call came: From, P-Asserted-Identity, Diversion, History-Info and more."""
        return Identity.of(self.request)


@dataclass(frozen=True, slots=True)
class Progress:
    """We called: a provisional response above 100 came; ``sdp`` is early media, or empty."""

    leg: Leg
    status: int
    sdp: bytes
    response: Response = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """We called: a 2xx came. ``sdp`` is the answer; where we offered nothing, an offer for `accept_offer`."""

    leg: Leg
    sdp: bytes
    response: Response = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """We answered: the ACK came; ``sdp`` is the answer to the offer in our 200, otherwise empty."""

    leg: Leg
    sdp: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """We called and were refused; 408 where no final response came, 503 where nothing could be sent. The leg is gone.

    ``response`` is ``None`` where none came.
    """

    leg: Leg
    status: int
    reason: str
    response: Response | None = field(default=None, compare=False, repr=False)

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the far end wants to be called again (RFC 3261 20.33), ``None`` where it says nothing."""
        return self.response.headers.seconds("Retry-After") if self.response is not None else None


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over, the leg gone; ``by`` is ``remote``, ``timeout`` or ``error``. Not told after `hangup`.

    ``reason`` is the Reason header (RFC 3326) where the far end gives one, else ``BYE``, ``CANCEL`` or what went wrong.
    """

    leg: Leg
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A re-INVITE came, or the 2xx to one of ours without an offer: accept or refuse; empty: make the offer.

    ``request`` is the re-INVITE, whose body may be none of SDP; ``None`` where the offer stands in a 2xx.
    """

    leg: Leg
    sdp: bytes
    request: Request | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The far end accepted our re-INVITE, or its ACK answered the offer in our 200."""

    leg: Leg
    sdp: bytes


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The far end refused our re-INVITE; the call stays as it was."""

    leg: Leg
    status: int


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """An INFO came within the call and has been answered 200, but where ``key`` says that the program answers it.

    That is so for the bodies that the user agent ``accepts``: `UserAgent.respond` within a few seconds. ``digit`` is
    the DTMF digit that the body tells of, empty where it is about something else; ``duration`` in milliseconds, 0 where
    the body does not say.
    """

    leg: Leg
    content_type: str
    body: bytes
    key: RequestKey | None = None
    digit: str = ""
    duration: int = 0


@dataclass(frozen=True, slots=True)
class InfoAnswered:
    """The final response to an INFO of ours whose answer was asked for; ``key`` is what `UserAgent.info` returned.

    408 where none came, 503 where it could not be sent; then, and after 481, the leg's `Ended` follows.
    """

    leg: Leg
    key: RequestKey
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class TransferNews:
    """How far a transfer of ours is: ``status`` is that of the far end's new call, or of its refusal to try.

    ``over``: nothing more will come; the leg itself stays until it is hung up. 0: it was given up without a word.
    """

    leg: Leg
    status: int
    reason: str
    over: bool


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """The far end wants us to call ``target`` (RFC 3515), in place of the call ``replaces`` where that is given.

    Answer with `UserAgent.refuse_refer`, or call by `UserAgent.invite` with ``refer``: that accepts it and tells the
    far end how the new call goes. ``referred_by`` is the header as it came (RFC 3892), empty where there is none.
    """

    leg: Leg
    key: RequestKey
    target: SipUri
    replaces: Replaces | None
    referred_by: str


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A request outside of a call that the program answers with `UserAgent.respond`."""

    key: RequestKey
    request: Request
    source: Endpoint


@dataclass(frozen=True, slots=True)
class Registered:
    """A registrar accepted us for ``expires`` seconds, at first and at every refresh; 0: we are unregistered.

    ``service_route`` is what calls from this address begin their route with (RFC 3608, `UserAgent.invite`);
    ``registrar`` is the one that accepted, of several.
    """

    aor: str
    expires: int
    service_route: tuple[str, ...] = ()
    registrar: Endpoint | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """A registrar refused (or 408: did not answer); tried again at ``retry_at`` (Unix seconds), unless ``None``.

    Of several registrars the next one is asked at once, and this is about ``registrar``.
    """

    aor: str
    status: int
    reason: str
    retry_at: float | None
    registrar: Endpoint | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PeerReachable:
    """A peer that is watched answers: at first, and again after it was unreachable."""

    peer: Endpoint


@dataclass(frozen=True, slots=True)
class PeerUnreachable:
    """A peer that is watched has not answered several times, or said that it takes no calls; it is asked on."""

    peer: Endpoint
    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something came that cannot be read; a 4xx was sent where it could be answered. ``data`` is its beginning.

    A source is told of once a second at the most; then ``count`` says how many there were since the last word, and the
    rest is about the last of them.
    """

    source: Endpoint
    reason: str
    data: bytes
    count: int = 1


UaEvent = (
    InviteReceived
    | Progress
    | Answered
    | Confirmed
    | Refused
    | Ended
    | OfferReceived
    | OfferAnswered
    | OfferRefused
    | InfoReceived
    | InfoAnswered
    | TransferNews
    | ReferReceived
    | RequestReceived
    | Registered
    | RegistrationFailed
    | PeerReachable
    | PeerUnreachable
    | Malformed
)
