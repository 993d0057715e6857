"""A probe of a phone's uaCSTA: opens an association, asks what the phone can do, lets it call, and shows its events."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from twisted.internet.defer import Deferred

from csta import messages as m
from csta.errors import CstaError, LinkLost
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event
from csta.messages.base import Part
from lab.uacsta.application import PhoneApplication
from program.logs import Log


@dataclass(frozen=True, slots=True)
class Errand:
    """What to do at the phone: call ``dial``, answer what rings, hang up ``hang_up_after`` seconds after the answer."""

    dial: str | None = None
    answer: bool = False
    hang_up_after: float | None = None


class Probe:
    """One run; ``finish(status)`` is told 0 once a dialled call is over, 1 where the phone refuses or is gone."""

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        application: PhoneApplication,
        number: str,
        *,
        errand: Errand,
        finish: Callable[[int], None],
        log: Log,
    ) -> None:
        self._reactor = reactor
        self._application = application
        self._number = number
        self._errand = errand
        self._finish = finish
        self._log = log
        self._dialled: ConnectionID | None = None
        self._stopping = False
        application.listener = self._heard
        application.gone = self._gone

    def start(self) -> Deferred[None]:
        """Open the association and begin."""
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        try:
            await self._application.start()
        except LinkLost:
            return  # `gone` has told it
        self._log.info("phone reached", number=self._number)
        await self._try(m.GetCSTAFeatures(), self._tell_features)
        if await self._try(m.MonitorStart(monitor_object=DeviceID(self._number))) is None:
            self._finish(1)
        elif self._errand.dial is not None:
            await self._dial(self._errand.dial)

    async def _dial(self, number: str) -> None:
        made = await self._try(
            m.MakeCall(calling_device=DeviceID(self._number), called_directory_number=DeviceID(number))
        )
        self._dialled = getattr(made, "calling_device", None)
        if made is None:
            self._finish(1)

    def stop(self) -> Deferred[None]:
        """End the association."""
        self._stopping = True
        return self._application.stop()

    async def _try(self, request: m.Request, then: Callable[[Any], None] | None = None) -> Any:  # noqa: ANN401 - its response
        name = type(request).__name__
        try:
            response = await self._application.ask(request)
        except CstaError as error:
            self._log.warning("not done", service=name, reason=str(error))
            return None
        if then is None:
            self._log.info("done", service=name)
        else:
            then(response)
        return response

    def _tell_features(self, features: m.GetCSTAFeaturesResponse) -> None:
        lists = (getattr(features.supported_services, each.name) for each in fields(features.supported_services))
        names = [
            each.name
            for one in lists
            if isinstance(one, Part)
            for each in fields(one)
            if each.name != "extra" and getattr(one, each.name) is not None
        ]
        self._log.info("phone offers", services=" ".join(sorted(names)))

    # ---- what the phone reports

    def _heard(self, event: Event) -> None:
        connection = next(
            (value for each in fields(event) if isinstance(value := getattr(event, each.name), ConnectionID)), None
        )
        facts = {} if connection is None else {"call": connection.call_id, "device": connection.device_id}
        self._log.info("event", kind=type(event).__name__, cause=str(getattr(event, "cause", None) or ""), **facts)
        match event:
            case m.Delivered(connection=ringing) if self._errand.answer and ringing.device_id == self._number:
                self._run(m.AnswerCall(call_to_be_answered=ringing))
            case m.Established() if self._errand.hang_up_after is not None:
                own = ConnectionID(event.established_connection.call_id, self._number)
                clear = m.ClearConnection(connection_to_be_cleared=own)
                self._reactor.callLater(self._errand.hang_up_after, self._run, clear)
            case m.ConnectionCleared(dropped_connection=dropped) if dropped == self._dialled:
                self._finish(0)

    def _run(self, request: m.Request) -> None:
        if not self._stopping:
            Deferred.fromCoroutine(self._try(request))

    def _gone(self, reason: str) -> None:
        if not self._stopping:
            self._log.error("phone gone", reason=reason)
            self._finish(1)
