"""A shared link over real links: a `LinkClient` to the switch, a listener for applications, `SharedLink` between.

```
sharing = LinkSharing(reactor, SharingSettings(), tell=print)
client = LinkClient(reactor, "192.0.2.7", 8800, dialect, sharing.session, sharing.switch_side, profile="ber")
port = await listen(
    reactor, "127.0.0.1", 8801, dialect, sharing.session, sharing.application_side, profile="xml", admits=sharing.admits
)
client.start()
```
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from csta.errors import CstaError, LocalError, RemoteError
from csta.messages import ErrorResponse, Event, Notice, Request, Response
from csta.session_settings import SessionSettings
from csta.sharing.link import (
    Answer,
    AnswerSwitch,
    AskSwitch,
    Output,
    Remark,
    SayToSwitch,
    SharedLink,
    SharingSettings,
    Tell,
    TellStatus,
)
from csta.sharing.refusals import NO_ANSWER, error_of
from csta.states import SystemStatusValue
from csta.transport.link import Link

_CANNOT_BE_TOLD = ErrorResponse(category="operation", value="generic")


class LinkSharing:
    """Connects a `SharedLink` with the links that `switch_side` and `application_side` hear of.

    ``filters``: whether the switch can change a monitor's filter. ``tell`` gets one line for each thing worth a log.
    ``reactor`` offers IReactorTime.
    """

    _log = Logger(namespace="csta.transport")

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - an interface that zope declares
        settings: SharingSettings,
        *,
        filters: bool = True,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.core = SharedLink(settings, filters=filters)
        self.tell = tell
        self.session = SessionSettings()
        """The session settings that suit both sides."""
        self.switch_side = _SwitchSide(self)
        """The observer of the link to the switch."""
        self.application_side = _ApplicationSide(self)
        """The observer of the links of applications."""
        self.switch: Link | None = None
        self._reactor = reactor
        self._pumping = False
        self._emptied: Deferred[None] | None = None

    def admits(self) -> bool:
        """Whether an application may connect now; hand it to `csta.transport.listen`."""
        return self.core.admits

    def now(self) -> float:
        """The time of the reactor's clock."""
        seconds: float = self._reactor.seconds()
        return seconds

    def close_applications(self) -> Deferred[None]:
        """Release the links of all applications; the result comes when none is left."""
        if not self.core.applications:
            return succeed(None)
        emptied = self._emptied = Deferred()
        for application in list(self.core.applications):
            if isinstance(application, Link):
                application.close()
        return emptied

    def application_gone(self, link: Link) -> None:
        """An application's link is down: release what it alone had."""
        self.core.gone(link)
        self.pump()
        if self._emptied is not None and not self.core.applications:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def pump(self) -> None:
        """Do what is to be done, until nothing is left; what cannot be sent to one hurts nobody else."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while (output := self.core.next_output(self.now())) is not None:
                try:
                    self._do(output)
                except LocalError as error:
                    self.tell(f"{type(output).__name__} cannot be sent: {error}")
        finally:
            self._pumping = False

    def _do(self, output: Output) -> None:
        match output:
            case AskSwitch(key, request):
                self._ask(key, request)
            case SayToSwitch(notice) if self.switch is not None:
                self.switch.send_notice(notice)
            case AnswerSwitch(invoke_id, answer) if self.switch is not None:
                self.switch.respond(invoke_id, answer)
            case Answer(Link() as link, invoke_id, answer):
                _respond(link, invoke_id, answer)
            case Tell(Link() as link, message, for_switch):
                self._tell(link, message, for_switch)
            case TellStatus(Link() as link, status):
                link.tell_status(status)
            case Remark(text):
                self.tell(text)

    def _ask(self, key: int, request: Request) -> None:
        def answered(answer: Response | Failure) -> None:
            self.core.answered(key, self._error(answer) if isinstance(answer, Failure) else answer)
            self.pump()

        if self.switch is None:
            self.core.answered(key, NO_ANSWER)
            return
        self.switch.request(request).addBoth(answered)

    def _error(self, failure: Failure) -> CstaError:
        """What became of a request; who asked it is answered even where that is a defect."""
        error = failure.value
        if isinstance(error, CstaError):
            return error
        self._log.failure("a request on a shared link failed", failure)
        return CstaError(str(error))

    def _tell(self, link: Link, message: Event | Notice | Request, for_switch: int | None) -> None:
        if isinstance(message, Event):
            link.notify(message)
        elif isinstance(message, Notice):
            link.send_notice(message)
        else:
            self._tell_request(link, message, for_switch)

    def _tell_request(self, link: Link, request: Request, for_switch: int | None) -> None:
        def answered(answer: Response | Failure) -> None:
            if for_switch is not None and self.switch is not None:
                told = error_of(self._error(answer)) if isinstance(answer, Failure) else answer
                self.switch.respond(for_switch, told)
            elif isinstance(answer, Failure) and link.up:
                self.tell(f"{link.peer} does not take {type(request).__name__}: {answer.getErrorMessage()}")

        def untold(failure: Failure) -> None:
            self.tell(f"{type(request).__name__} of the switch cannot be answered: {failure.getErrorMessage()}")

        told: Deferred[Any] = link.request(request)
        told.addBoth(answered).addErrback(untold)


def _respond(link: Link, invoke_id: int, answer: Response | ErrorResponse) -> None:
    try:
        link.respond(invoke_id, answer)
    except LocalError:
        if not isinstance(answer, ErrorResponse):
            # Better an error than silence, for example where the answer does not fit into the application's encoding.
            link.respond(invoke_id, _CANNOT_BE_TOLD)
        raise


class _SwitchSide:
    """What the link to the switch tells (`LinkObserver` and the optional ones)."""

    def __init__(self, sharing: LinkSharing) -> None:
        self._sharing = sharing

    def link_up(self, link: Link) -> None:
        """The switch can be asked."""
        self._sharing.switch = link
        self._sharing.tell(f"switch {link.peer}: up")
        self._sharing.core.switch_up()
        self._sharing.pump()

    def link_down(self, link: Link, reason: str) -> None:
        """It cannot any more; of a link that never served nothing is to be done."""
        self._sharing.tell(f"switch {link.peer}: down, {reason}")
        if self._sharing.switch is link:
            self._sharing.switch = None
            self._sharing.core.switch_down()
            self._sharing.pump()

    def event_received(self, link: Link, event: Event) -> None:  # noqa: ARG002 - the transport's signature
        """Pass it on."""
        self._sharing.core.event(event, self._sharing.now())
        self._sharing.pump()

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:  # noqa: ARG002 - as above
        """Pass it on, or answer it."""
        self._sharing.core.switch_asked(invoke_id, request)
        self._sharing.pump()

    def notice_received(self, link: Link, notice: Notice) -> None:  # noqa: ARG002 - as above
        """Pass it on."""
        self._sharing.core.switch_noticed(notice)
        self._sharing.pump()

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None:
        """Nobody can be told: a notice has no answer."""
        self._sharing.tell(f"switch {link.peer}: {type(notice).__name__} was refused, {error}")

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """Tell everybody."""
        self._sharing.tell(f"switch {link.peer}: says {status}")
        if self._sharing.switch is link:
            self._sharing.core.status_changed(status)
            self._sharing.pump()

    def attempt_failed(self, peer: str, reason: str, pause: float) -> None:
        """The switch is not there."""
        self._sharing.tell(f"switch {peer}: not reached, {reason}; next attempt in {pause:.0f} s")

    def fault(self, link: Link, text: str, raw: bytes) -> None:  # noqa: ARG002 - as above
        """Something odd was survived."""
        self._sharing.tell(f"switch {link.peer}: odd, {text}")


class _ApplicationSide:
    """What the links of applications tell."""

    def __init__(self, sharing: LinkSharing) -> None:
        self._sharing = sharing

    def link_up(self, link: Link) -> None:
        """An application is there; between its connection and its log-in the last place may have gone."""
        if not self._sharing.core.admits:
            self._sharing.tell(f"application {link.peer}: turned away, there is no room or no switch")
            link.close()
            return
        self._sharing.core.arrived(link)
        self._sharing.tell(f"application {link.peer}: up ({len(self._sharing.core.applications)} there)")
        self._sharing.pump()

    def link_down(self, link: Link, reason: str) -> None:
        """It went away; what it alone had is released."""
        there = len(self._sharing.core.applications.keys() - {link})
        self._sharing.tell(f"application {link.peer}: down, {reason} ({there} there)")
        self._sharing.application_gone(link)

    def event_received(self, link: Link, event: Event) -> None:
        """Applications report no events."""
        self._sharing.tell(f"application {link.peer}: odd, {type(event).__name__} of an application")

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """Pass it on, or answer it."""
        if link not in self._sharing.core.applications:
            # It was turned away, and does not know it yet.
            link.respond(invoke_id, ErrorResponse(category="stateIncompatibility", value="invalidObjectState"))
            return
        self._sharing.core.asked(link, invoke_id, request, self._sharing.now())
        self._sharing.pump()

    def notice_received(self, link: Link, notice: Notice) -> None:
        """Pass it on."""
        self._sharing.core.noticed(link, notice)
        self._sharing.pump()

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None:
        """Its affair."""
        self._sharing.tell(f"application {link.peer}: {type(notice).__name__} was refused, {error}")

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """How an application is concerns nobody else."""
        self._sharing.tell(f"application {link.peer}: says {status}")

    def fault(self, link: Link, text: str, raw: bytes) -> None:  # noqa: ARG002 - as above
        """Something odd was survived."""
        self._sharing.tell(f"application {link.peer}: odd, {text}")
