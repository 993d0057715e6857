"""One uaCSTA association over one leg of a SIP user agent: bodies go out in INVITE and INFO, and come in again."""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.base import DelayedCall

from csta.session_events import SessionEvent
from csta.uacsta import CONTENT_DISPOSITION, CONTENT_TYPE, Body, Carrier, UaPhase, UaSession
from sip import events
from sip.events import Leg, RequestKey, UaEvent
from sip.transport import SipEndpoint
from sip.uri import SipUri

T = TypeVar("T")
DISPOSITION = ("Content-Disposition", CONTENT_DISPOSITION)
INVITE_HEADERS = (DISPOSITION, ("Accept", f"{CONTENT_TYPE}, application/sdp"))
REASONS = {
    200: "OK",
    400: "Bad Request",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    481: "Call/Transaction Does Not Exist",
    488: "Not Acceptable Here",
}


class CstaDialog:
    """Carries one session; ``told`` gets what the session tells, on the reactor's thread.

    A dialog that came in is made with its ``leg`` and `take` is given its INVITE; one that goes out begins with `open`.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        sip: SipEndpoint,
        session: UaSession,
        told: Callable[["CstaDialog", SessionEvent], None],
        leg: Leg | None = None,
    ) -> None:
        self.session = session
        self.peer = ""
        self._reactor = reactor
        self._sip = sip
        self._told = told
        self._leg = leg
        self._target: SipUri | None = None
        self._from_user = ""
        self._confirmed = False
        self._reinvited = False
        self._held_back: list[Body] = []
        self._asked: dict[RequestKey, int] = {}
        self._timer: DelayedCall | None = None
        self._flushing = False

    # ---- wishes

    def open(self, target: SipUri, from_user: str) -> None:
        """Ask the phone at ``target`` for an association."""
        self.peer = str(target)
        self._target, self._from_user = target, from_user
        self.call(self.session.open)

    def call(self, action: Callable[[float], T]) -> T:
        """Run ``action(now)`` on the session, then send bodies, tell events and set the timer."""
        try:
            return action(self._reactor.seconds())
        finally:
            self.flush()

    def close(self) -> None:
        """End the association by BYE."""
        self.call(self.session.close)

    # ---- what SIP tells

    def take(self, event: UaEvent) -> bool:
        """Take an event of this dialog; false where it is another's."""
        if self._leg is None or getattr(event, "leg", None) != self._leg:
            return False
        self.call(lambda now: self._take(event, now))
        return True

    def _take(self, event: UaEvent, now: float) -> None:
        session = self.session
        match event:
            case events.InviteReceived(_, request, _, source):
                self.peer = str(source)
                session.invited(request.body, now, request.content_type)
            case events.Confirmed():
                self._confirmed = True
            case events.Answered(_, _, response):
                self._confirmed = True
                session.accepted(response.body, now, response.content_type)
            case events.Refused(_, status, reason, _):
                self._leg = None
                session.refused(status, reason, now)
            case events.Ended(_, by, reason):
                self._leg = None
                session.ended(reason, now, orderly=by == "remote")
            case events.OfferReceived(_, _, request) if request is not None and not request.body:
                self._sip.ua.accept_offer(event.leg, b"", now)  # it only keeps the dialog alive (RFC 4028)
            case events.OfferReceived(_, _, request) if request is not None:
                self._reinvited = True
                session.invited(request.body, now, request.content_type)
            case events.InfoReceived(_, content_type, body, key) if key is not None:
                session.receive_body(key, body, now, content_type)
            case events.InfoAnswered(_, key, status, content_type, body):
                session.receive_answer(self._asked.pop(key, 0), status, body, now, content_type)
            case _:
                pass  # progress of our INVITE, or an INFO that is no CSTA

    # ---- what the session wants

    def flush(self) -> None:
        """Send and tell whatever there is, and leave where the session has ended."""
        if self._flushing:
            return
        self._flushing = True
        try:
            self._drain()
        finally:
            self._flushing = False
        if self.session.close_wanted() and self._leg is not None:
            leg, self._leg = self._leg, None
            self._sip.call(lambda now: self._sip.ua.hangup(leg, now))
        self._arm()

    def _drain(self) -> None:
        while True:
            bodies = self._held_back + self.session.bodies_to_send()
            self._held_back = []
            for body in bodies:
                self._send(body)
            event = self.session.next_event()
            if event is None:
                return
            self._told(self, event)

    def _send(self, body: Body) -> None:
        match body.carrier:
            case Carrier.INVITE:
                self._sip.call(lambda now: self._invite(body, now))
            case Carrier.INFO if not self._confirmed:
                self._held_back.append(body)  # a dialog takes INFO once its ACK has come
            case Carrier.INFO:
                self._sip.call(lambda now: self._inform(body, now))
            case Carrier.INFO_ANSWER:
                headers = [("Content-Type", CONTENT_TYPE), DISPOSITION] if body.content else []
                key, reason = RequestKey(str(body.key)), REASONS[body.status]
                self._sip.call(lambda now: self._sip.ua.respond(key, body.status, reason, headers, body.content, now))
            case Carrier.INVITE_ANSWER:
                self._sip.call(lambda now: self._answer_invite(body, now))

    def _invite(self, body: Body, now: float) -> None:
        if self._target is None:
            raise ValueError("a dialog that came in sends no INVITE")
        self._leg = self._sip.ua.invite(
            target=self._target,
            sdp=body.content,
            from_user=self._from_user,
            headers=INVITE_HEADERS,
            content_type=CONTENT_TYPE,
            now=now,
        )

    def _inform(self, body: Body, now: float) -> None:
        if self._leg is not None:
            key = self._sip.ua.ask_by_info(self._leg, CONTENT_TYPE, body.content, now, [DISPOSITION])
            if key is not None:
                self._asked[key] = int(body.key)

    def _answer_invite(self, body: Body, now: float) -> None:
        leg = self._leg
        reinvited, self._reinvited = self._reinvited, False
        if leg is None:
            return
        if reinvited and body.status < 300:
            self._sip.ua.accept_offer(leg, body.content, now, CONTENT_TYPE, [DISPOSITION])
        elif reinvited:
            self._sip.ua.refuse_offer(leg, body.status, now)
        elif body.status < 300:
            self._sip.ua.accept(leg, body.content, now, CONTENT_TYPE, [DISPOSITION])
        else:
            self._leg = None
            self._sip.ua.refuse(leg, body.status, REASONS[body.status], now)

    # ---- time

    def _arm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        at = self.session.get_timer()
        if at is not None and self.session.phase is not UaPhase.OVER:
            self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        self.call(self.session.handle_timer)
