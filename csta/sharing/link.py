"""One link to a switch for many applications, each of which believes the switch to be its own, without I/O.

The owner hands in what applications do (`arrived`, `asked`, `noticed`, `gone`) and what the switch does (`switch_up`,
`answered`, `event`, `switch_asked`, `switch_noticed`, `status_changed`, `switch_down`), and takes away what is to be
done with `next_output` until there is nothing left.

Monitors are shared (`csta.sharing.monitors`); whatever else an application asks is asked in its name, and its answer,
errors and segments are its own. Who registers for routing gets the dialogues of that registration. Requests go to the
switch in turns (`csta.sharing.turns`). What belongs to the link itself is answered here and never asked.
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

from csta import messages as m
from csta.errors import CstaError
from csta.identifiers import DeviceID
from csta.messages.application_session import (
    ResetApplicationSessionTimer,
    StartApplicationSession,
    StopApplicationSession,
)
from csta.session.fair_queue import Urgency, urgency_of
from csta.sharing.monitors import Reply, Resumed, SharedMonitors, Told
from csta.sharing.owners import Owners
from csta.sharing.refusals import (
    NO_ANSWER,
    NO_SUCH_MONITOR,
    NO_SUCH_REGISTRATION,
    NOT_OFFERED,
    TOO_MANY_REQUESTS,
    WAITED_TOO_LONG,
    error_of,
)
from csta.sharing.turns import Turn, Turns
from csta.states import SystemStatusValue

_Application = Hashable
_OF_THE_LINK: Final = (StartApplicationSession, ResetApplicationSessionTimer, StopApplicationSession)
_REGISTER_ID: Final = "01"
"""The registration for system services that every application has; an octet in BER, and its digits in XML."""
_MAX_STRAYS: Final = 1000
_LEFT_BEHIND: Final = None
"""The lane of what is asked for applications that went away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingSettings:
    """Limits of a shared link.

    ``applications`` at a time; ``monitors`` and waiting ``requests`` of each; ``window`` is how many requests may be
    unanswered by the switch; ``patience`` in seconds is how long a request may wait for its turn.
    """

    applications: int = 16
    monitors: int = 10_000
    requests: int = 1000
    window: int = 50
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class Output:
    """Root of what the owner is to do."""


@dataclass(frozen=True, slots=True)
class AskSwitch(Output):
    """Ask the switch; its answer goes to `SharedLink.answered` with the same key."""

    key: int
    request: m.Request


@dataclass(frozen=True, slots=True)
class SayToSwitch(Output):
    """Send the switch a message that has no answer."""

    notice: m.Notice


@dataclass(frozen=True, slots=True)
class AnswerSwitch(Output):
    """Answer a request of the switch."""

    invoke_id: int
    answer: m.Response | m.ErrorResponse


@dataclass(frozen=True, slots=True)
class Answer(Output):
    """Answer a request of an application."""

    application: _Application
    invoke_id: int
    answer: m.Response | m.ErrorResponse


@dataclass(frozen=True, slots=True)
class Tell(Output):
    """Send an application an event, a notice or a request.

    What it answers to a request is the answer to the switch's request ``for_switch``, None where nobody waits for it.
    """

    application: _Application
    message: m.Event | m.Notice | m.Request
    for_switch: int | None = None


@dataclass(frozen=True, slots=True)
class TellStatus(Output):
    """Tell an application how the switch is, now and with every sign of life."""

    application: _Application
    status: SystemStatusValue


@dataclass(frozen=True, slots=True)
class Remark(Output):
    """Something that is lost because it belongs to nobody: one line for the log."""

    text: str


@dataclass(slots=True)
class _Wish:
    """A request that waits for its turn, or for the switch; of an application, or of the shared monitors."""

    request: m.Request
    came_at: float
    application: _Application = None
    invoke_id: int | None = None
    monitor_key: int | None = None


class SharedLink:
    """See the module; ``filters``: whether the switch can change a monitor's filter."""

    def __init__(self, settings: SharingSettings | None = None, *, filters: bool = True) -> None:
        self.settings = settings or SharingSettings()
        self.up = False
        """Whether the switch can be asked."""
        self.applications: dict[_Application, None] = {}
        """Those that are there, in the order of their coming."""
        self._status = SystemStatusValue.DISABLED
        self._monitors = SharedMonitors(filters=filters, limit=self.settings.monitors)
        self._monitors.link_down()
        self._owners = Owners()
        self._turns: Turns[_Wish] = Turns(self.settings.window)
        self._asked: dict[int, Turn[_Wish]] = {}
        self._numbered = 0
        self._strays: set[str] = set()
        self._output: deque[Output] = deque()

    @property
    def monitors(self) -> int:
        """How many monitors there are at the switch."""
        return self._monitors.monitors

    @property
    def admits(self) -> bool:
        """Whether one more application may come: none is asked to wait for a switch that is not there."""
        return self.up and len(self.applications) < self.settings.applications

    def next_output(self, now: float) -> Output | None:
        """Return the next thing to be done, or None."""
        self._collect(now)
        while not self._output and (turn := self._turns.take()) is not None:
            self._take_turn(turn, now)
        return self._output.popleft() if self._output else None

    def _take_turn(self, turn: Turn[_Wish], now: float) -> None:
        wish = turn.entry
        if wish.invoke_id is not None and now - wish.came_at > self.settings.patience:
            self._turns.done(turn)
            self._answer(wish.application, wish.invoke_id, WAITED_TOO_LONG)
            return
        self._numbered += 1
        self._asked[self._numbered] = turn
        self._output.append(AskSwitch(self._numbered, wish.request))

    def _collect(self, now: float) -> None:
        self._collect_told()
        while (ask := self._monitors.next_ask()) is not None:
            lane = ask.on_behalf if ask.on_behalf in self.applications else _LEFT_BEHIND
            self._put(lane, _Wish(ask.request, now, lane, monitor_key=ask.key))

    def _collect_told(self) -> None:
        while (output := self._monitors.next_output()) is not None:
            match output:
                case Reply(application, int(key), answer):
                    self._answer(application, key, answer)
                case Told(application, request):
                    self._output.append(Tell(application, request))
                case Resumed(application):
                    self._output.append(TellStatus(application, SystemStatusValue.MESSAGES_LOST))

    def _put(self, lane: _Application, wish: _Wish) -> None:
        urgent = urgency_of(type(wish.request).__name__) is Urgency.CALL and lane is not _LEFT_BEHIND
        self._turns.put(lane, wish, urgent=urgent)

    def _answer(self, application: _Application, invoke_id: int, answer: m.Response | m.ErrorResponse) -> None:
        if application in self.applications:
            self._output.append(Answer(application, invoke_id, answer))

    # --- what applications do

    def arrived(self, application: _Application) -> None:
        """An application is there; it is told how the switch is, unless that is normal."""
        self.applications[application] = None
        if self._status is not SystemStatusValue.NORMAL:
            self._output.append(TellStatus(application, self._status))

    def asked(self, application: _Application, invoke_id: int, request: m.Request, now: float) -> None:
        """An application asks; an `Answer` follows."""
        own = self._own_answer(application, request)
        if own is not None:
            self._answer(application, invoke_id, own)
        elif isinstance(request, m.MonitorStart | m.MonitorStop | m.ChangeMonitorFilter):
            self._monitors.request(application, invoke_id, request)
        elif not self.up:
            self._answer(application, invoke_id, NO_ANSWER)
        elif not self._owners.may_cancel(application, request):
            self._answer(application, invoke_id, NO_SUCH_REGISTRATION)
        elif self._turns.waiting(application) >= self.settings.requests:
            self._answer(application, invoke_id, TOO_MANY_REQUESTS)
        else:
            self._put(application, _Wish(request, now, application, invoke_id))

    def _own_answer(self, application: _Application, request: m.Request) -> m.Response | m.ErrorResponse | None:
        """Answer what is about the application's link, or about what it has on it."""
        answer: m.Response | m.ErrorResponse | None = None
        match request:
            case m.SystemRegister():
                answer = m.SystemRegisterResponse(sys_stat_register_id=_REGISTER_ID)
            case m.SystemRegisterCancel():
                answer = m.SystemRegisterCancelResponse()
            case m.ChangeSysStatFilter():
                # Every status is told.
                answer = m.ChangeSysStatFilterResponse(actual_status=self._status)
            case m.GetMonitors():
                answer = m.GetMonitorsResponse(monitor_list=self._monitor_list(application))
            case m.GetRegistrations():
                answer = m.GetRegistrationsResponse(registration_list=self._owners.registrations(application))
            case _ if isinstance(request, _OF_THE_LINK):
                answer = NOT_OFFERED
        return answer

    def _monitor_list(self, application: _Application) -> tuple[m.MonitorListEntry, ...]:
        return tuple(
            m.MonitorListEntry(monitor_cross_ref_id=reference, monitor_object=watched)
            for reference, watched in self._monitors.of(application)
            if isinstance(watched, DeviceID)
        )

    def noticed(self, application: _Application, notice: m.Notice) -> None:
        """An application says something that has no answer: its part of a routing dialogue."""
        if not isinstance(notice, m.RouteSelect | m.RouteEnd | m.RouteReject):
            self._output.append(Remark(f"{type(notice).__name__} of an application is not passed on"))
        elif self._owners.router(notice) != application:
            text = f"{type(notice).__name__} about a dialogue that the application has not is not passed on"
            self._output.append(Remark(text))
        else:
            if not isinstance(notice, m.RouteSelect):
                self._owners.ended(notice)
            self._output.append(SayToSwitch(notice))

    def gone(self, application: _Application) -> None:
        """An application went away: what it alone had is released."""
        if application not in self.applications:
            return
        del self.applications[application]
        untold = [one for one in self._output if getattr(one, "application", None) == application]
        self._output = deque(one for one in self._output if getattr(one, "application", None) != application)
        for one in untold:
            if isinstance(one, Tell) and one.for_switch is not None:
                self._output.append(AnswerSwitch(one.for_switch, NOT_OFFERED))
        for wish in self._turns.drop(application):
            if wish.monitor_key is not None:
                # Others, too, may wait for this monitor: it goes on, in nobody's name.
                self._put(_LEFT_BEHIND, wish)
        self._monitors.gone(application)
        ends, cancels = self._owners.release(application)
        if self.up:
            self._output.extend(SayToSwitch(end) for end in ends)
            for request in cancels:
                self._put(_LEFT_BEHIND, _Wish(request, 0.0))

    # --- what the switch does

    def switch_up(self) -> None:
        """The switch can be asked: monitors that applications still have are started again."""
        self.up = True
        self._strays.clear()
        self._tell_status(SystemStatusValue.ENABLED)
        self._status = SystemStatusValue.NORMAL
        self._monitors.link_up()

    def switch_down(self) -> None:
        """The switch cannot be asked any more: whoever waits is answered, and everybody is told."""
        self.up = False
        wishes = [*self._turns.clear(), *(turn.entry for turn in self._asked.values())]
        self._asked.clear()
        self._output = deque(one for one in self._output if not isinstance(one, AskSwitch | SayToSwitch | AnswerSwitch))
        for wish in wishes:
            if wish.invoke_id is not None:
                self._answer(wish.application, wish.invoke_id, NO_ANSWER)
        self._monitors.link_down()
        # Answers go before the status, upon which many an application leaves.
        self._collect_told()
        self._output.extend(Tell(owner, notice) for owner, notice in self._owners.clear())
        self._tell_status(SystemStatusValue.DISABLED)

    def status_changed(self, status: SystemStatusValue) -> None:
        """The switch says how it is: everybody is told."""
        self._tell_status(status)
        if status in {SystemStatusValue.MESSAGES_LOST, SystemStatusValue.ENABLED, SystemStatusValue.OVERLOAD_RELIEVED}:
            self._status = SystemStatusValue.NORMAL

    def _tell_status(self, status: SystemStatusValue) -> None:
        self._status = status
        self._output.extend(TellStatus(application, status) for application in self.applications)

    def answered(self, key: int, answer: m.Response | m.ErrorResponse | CstaError) -> None:
        """The switch answered `AskSwitch`, or did not (the errors of `csta.transport.Link.request`)."""
        turn = self._asked.pop(key, None)
        if turn is None:
            return
        self._turns.done(turn)
        wish = turn.entry
        if wish.monitor_key is not None:
            self._monitors.answered(wish.monitor_key, answer)
        elif wish.invoke_id is not None:
            self._passed_on(wish, wish.invoke_id, answer)

    def _passed_on(self, wish: _Wish, invoke_id: int, answer: m.Response | m.ErrorResponse | CstaError) -> None:
        application = wish.application
        if isinstance(answer, m.Response):
            self._owners.learn(application, wish.request, answer)
            if application not in self.applications:
                # It went away before the switch gave it what nobody wants now.
                _, cancels = self._owners.release(application)
                for request in cancels:
                    self._put(_LEFT_BEHIND, _Wish(request, 0.0))
        self._answer(application, invoke_id, answer if isinstance(answer, m.Response) else error_of(answer))

    def event(self, event: m.Event, now: float) -> None:
        """The switch reports an event: everybody is told who wants it."""
        self._output.extend(Tell(application, told) for application, told in self._monitors.event(event))
        reference = event.monitor_cross_ref_id
        if self._monitors.has(reference) or self._monitors.starting or reference in self._strays:
            return
        # The monitor was started by a request whose answer never came.
        if len(self._strays) < _MAX_STRAYS:
            self._strays.add(reference)
            self._output.append(Remark(f"events of a monitor that nobody has ({reference}): it is stopped"))
            self._put(_LEFT_BEHIND, _Wish(m.MonitorStop(monitor_cross_ref_id=reference), now))

    def switch_asked(self, invoke_id: int, request: m.Request) -> None:
        """The switch asks; an `AnswerSwitch` follows, at once or from the application that it is for."""
        match request:
            case m.MonitorStop(monitor_cross_ref_id=reference):
                known = self._monitors.ended(reference)
                self._output.append(AnswerSwitch(invoke_id, m.MonitorStopResponse() if known else NO_SUCH_MONITOR))
            case m.SwFunctionCapsChanged() | m.SwFunctionDevicesChanged():
                self._output.append(AnswerSwitch(invoke_id, request.response()))
                told = replace(request, sys_stat_register_id=None)
                self._output.extend(Tell(application, told) for application in self.applications)
            case m.Escape(escape_register_id=identity) if self._owners.of_escape(identity) is not None:
                self._output.append(Tell(self._owners.of_escape(identity), request, for_switch=invoke_id))
            case _:
                self._output.append(AnswerSwitch(invoke_id, NOT_OFFERED))

    def switch_noticed(self, notice: m.Notice) -> None:
        """The switch says something that has no answer: it is told to the application that it is for."""
        owner = self._owner_of(notice)
        if owner is not None:
            self._output.append(Tell(owner, notice))
            return
        self._output.append(Remark(f"{type(notice).__name__} of the switch is for no application"))
        if isinstance(notice, m.RouteRequest):
            # The switch need not wait: it routes by itself.
            end = m.RouteEnd(
                route_register_req_id=notice.route_register_req_id, cross_ref_identifier=notice.cross_ref_identifier
            )
            self._output.append(SayToSwitch(end))

    def _owner_of(self, notice: m.Notice) -> _Application | None:
        match notice:
            case m.RouteEnd():
                owner = self._owners.router(notice)
                self._owners.ended(notice)
                return owner
            case m.RouteRequest() | m.ReRoute() | m.RouteUsed():
                return self._owners.router(notice)
            case m.RouteRegisterAbort(route_register_req_id=identity):
                return self._owners.routes.pop(identity, (None, None))[0]
            case m.EscapeRegisterAbort(escape_register_id=identity):
                return self._owners.escapes.pop(identity, None)
            case m.SnapshotDeviceData() | m.SnapshotCallData() | m.SwitchingFunctionDevices():
                return self._owners.of_segment(notice)
        return None
