"""An application that controls one phone by uaCSTA: requests with answers as Deferreds, events to whoever listens."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail

from csta.errors import CstaError, LinkLost
from csta.messages import Event, Request
from csta.session_events import (
    EventReceived,
    Fault,
    LinkDown,
    LinkUp,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    SessionEvent,
)
from csta.session_settings import Role
from csta.uacsta import CONTENT_TYPE, UaSession, UaSettings
from lab.switch.services.answers import NOT_SUPPORTED
from lab.uacsta.dialog import CstaDialog
from program.logs import Log
from sip.events import Endpoint, UaEvent
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri


class PhoneApplication:
    """Controls the phone at ``target``.

    ``listener`` gets the phone's events, ``gone`` the reason for which the association ended.

    Args:
        reactor: the reactor, handed in.
        target: the phone's SIP URI, with its port.
        tokens: gives fresh random hex text.
        log: the log.
        settings: how the association is kept.
        host: the address that it uses.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        target: SipUri,
        *,
        tokens: Callable[[], str],
        log: Log,
        settings: UaSettings | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.listener: Callable[[Event], None] = lambda _event: None
        self.gone: Callable[[str], None] = lambda _reason: None
        self.faults: list[str] = []
        self._reactor = reactor
        self._target = target
        self._log = log
        agent = UserAgent(Endpoint(host, 0), tokens, "Callwright lab application", accepts=(CONTENT_TYPE,))
        self._sip = SipEndpoint(reactor, agent, self._event, host, 0)
        session = UaSession(Role.COMPUTING_FUNCTION, settings)
        self._dialog = CstaDialog(reactor, self._sip, session, self._told)
        self._opening: Deferred[None] | None = None
        self._waiting: dict[int, Deferred[Any]] = {}

    def start(self) -> Deferred[None]:
        """Open the association; fires when it is up, fails with `LinkLost` where the phone does not want it."""
        self._opening = opening = Deferred[None]()

        def started(_none: None) -> None:
            self._dialog.open(self._target, "application")

        self._sip.start().addCallback(started).addErrback(self._cannot_open)
        return opening

    def _cannot_open(self, fault: Any) -> None:  # noqa: ANN401 - a Failure, or the exception itself
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.errback(fault)

    def stop(self) -> Deferred[None]:
        """End the association by BYE and close."""
        self._dialog.close()
        stopped: Deferred[None] = Deferred()
        # One moment for BYE to leave; nobody waits for its answer.
        self._reactor.callLater(0.05, lambda: self._sip.stop().chainDeferred(stopped))
        return stopped

    def ask(self, request: Request) -> Deferred[Any]:
        """Send a request; fires with its response, fails with what `RequestFailed` tells, or `SessionError` at once."""
        answer: Deferred[Any] = Deferred()

        def send(now: float) -> None:
            self._waiting[self._dialog.session.send_request(request, now)] = answer

        try:
            self._dialog.call(send)
        except CstaError as error:
            return fail(error)
        return answer

    # ---- what comes in

    def _event(self, event: UaEvent) -> None:
        self._dialog.take(event)

    def _told(self, dialog: CstaDialog, event: SessionEvent) -> None:
        match event:
            case LinkUp():
                opening, self._opening = self._opening, None
                if opening is not None:
                    opening.callback(None)
            case LinkDown(reason, _):
                self._log.info("phone gone", peer=dialog.peer, reason=reason)
                self.gone(reason)
                self._cannot_open(LinkLost(reason))
            case EventReceived(report):
                self.listener(report)
            case ResponseReceived(number, _, response):
                self._waiting.pop(number).callback(response)
            case RequestFailed(number, _, error):
                self._waiting.pop(number).errback(error)
            case RequestReceived(number, _):
                dialog.session.send_response(number, NOT_SUPPORTED, self._reactor.seconds())
            case Fault(text, raw):
                self.faults.append(text)
                self._log.warning("csta fault", peer=dialog.peer, fault=text, data=raw[:80].hex())
            case _:
                self._log.debug("ignored", peer=dialog.peer, kind=type(event).__name__)
