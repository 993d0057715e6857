"""Keeps a mirror of a switch's calls true: knows what to ask, when to ask again, and when everything is known.

The owner tells what happens (`want`, `link_up`, `event`, `answered` ...), sends what `next_request` gives, takes away
what `next_event` tells, and calls `handle_timer` at `get_timer`. After link-up everything is asked: monitors, the calls
at each device, its agents, then each call once. Later only what is new or in doubt is.

An answer on a link comes after every event that the switch sent before it, so a snapshot is never older than what was
folded, and a doubt that arises while a snapshot of the same call is under way is answered by that one.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from csta import messages as m
from csta.calls import CallMirror, Discrepancy
from csta.errors import CstaError, LinkLost, MessageError, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.states import SystemStatusValue
from csta.watch.events import (
    AgentsFound,
    CallCorrected,
    CallUnsure,
    MonitorLost,
    MonitorRefused,
    MonitorStarted,
    RouteRefused,
    SnapshotRefused,
    Surveyed,
    Wanted,
    WatchEvent,
    WatchSettings,
)
from csta.watch.requests import ALWAYS, BUILD, BUSY_CATEGORIES, REQUESTS, Ask
from csta.watch.routes import Routes
from csta.watch.segments import Broken, Complete, Segments
from csta.watch.tasks import Kind, Stage, Task, Tasks

_NOTHING: Final = frozenset[Kind]()
_CALLS_WAIT: Final = frozenset({Kind.CALL})
_SURVEY: Final = (Kind.MONITOR, Kind.SNAPSHOT, Kind.AGENTS, Kind.CALL)


class Watch:
    """What is to be asked on one link. ``mirror`` is folded here and nowhere else.

    ``services`` are the requests that the switch takes (None: unknown), ``monitored_devices`` how many it bears.
    """

    def __init__(
        self,
        mirror: CallMirror,
        *,
        services: frozenset[type[m.Request]] | None = None,
        monitored_devices: int | None = None,
        settings: WatchSettings | None = None,
    ) -> None:
        self.mirror = mirror
        self.settings = settings or WatchSettings()
        self.monitored: dict[str, str] = {}
        """The cross-reference of each monitored device."""
        self.refused: dict[str, str] = {}
        """Why each device of these is not monitored."""
        self.surveyed = False
        """Whether the mirror has been complete since the link came up."""
        self.up = False
        self._services = services
        self._limit = monitored_devices
        self._wanted: dict[str, Wanted] = {}
        self._beyond: tuple[str, ...] = ()
        self._segments = Segments(self.settings.segment_timeout, self.settings.max_snapshot_items)
        self._devices: dict[str, str] = {}
        self._tasks = Tasks(self.settings.outstanding)
        self._events: deque[WatchEvent] = deque()
        self._routes = Routes(self._tasks, self._events, self.settings)
        self._unsupported: set[type[m.Request]] = set()
        self._unanswered: set[str] = set()
        self._found: dict[str, str] = {}
        self._surveying = self._full = False
        self._checked: dict[str, float] = {}
        self._losses: dict[str, tuple[int, float]] = {}
        self._initializing = self._was_normal = False

    @property
    def registered(self) -> Mapping[str, str]:
        """The registration of each device whose calls we route."""
        return self._routes.registered

    # --- what the owner wants

    def want(self, devices: Iterable[Wanted | str], routes: Iterable[str] = ()) -> None:
        """These devices are to be monitored and no others; what is new is asked, what was refused is asked again.

        For the devices in ``routes`` the switch is to ask us where calls go.
        """
        self._routes.want(routes)
        wanted = (Wanted(one) if isinstance(one, str) else one for one in devices)
        self._wanted = {one.device: one for one in wanted}
        self._beyond = tuple(self._wanted)[self._limit :] if self._limit is not None else ()
        for device in self._beyond:
            del self._wanted[device]
        if not self.up:
            return
        self._tell_beyond()
        self._surveying = True
        for device in [one for one in self.monitored if one not in self._wanted]:
            self._stop(device)
        for device in self._tasks.subjects(Kind.MONITOR):
            if device not in self._wanted:
                self._tasks.withdraw(Kind.MONITOR, device)
                self.refused.pop(device, None)
        for device in self._wanted:
            if device not in self.monitored:
                self._tasks.add(Kind.MONITOR, device)
        self._routes.ask()
        self._settle()

    def _tell_beyond(self) -> None:
        for device in self._beyond:
            if device not in self.refused:
                reason = f"the switch bears {self._limit} monitored devices"
                self.refused[device] = reason
                self._events.append(MonitorRefused(device, reason))

    def survey(self) -> None:
        """Ask everything anew: every device's calls and agents, and every call."""
        if not self.up:
            return
        self._surveying = self._full = True
        for device in self._wanted:
            if device in self.monitored:
                self._look_at(device)
            else:
                self._tasks.add(Kind.MONITOR, device)
        self._settle()

    def check_call(self, call_id: str, device: str = "") -> bool:
        """Have a snapshot of one call taken at once, one at a time for each call.

        ``device`` is where the call may be, where the mirror does not know it. `CallCorrected` or `CallUnsure` follows;
        False where the link is not up, and nothing does.
        """
        if self.up:
            self._checked.pop(call_id, None)
            self._tasks.add(Kind.CHECK, call_id, self._place_of(call_id) or device)
        return self.up

    def _place_of(self, call_id: str) -> str:
        """A device of the call: one that is monitored if there is any."""
        call = self.mirror.calls.get(call_id)
        devices = () if call is None else (*call.connections, *call.expected)
        return next((one for one in devices if one in self.monitored), next(iter(devices), ""))

    def _stop(self, device: str) -> None:
        reference = self.monitored.pop(device)
        del self._devices[reference]
        self.mirror.monitor_stopped(reference)
        self._tasks.drop(Kind.SNAPSHOT, device)
        self._tasks.drop(Kind.AGENTS, device)
        self._tasks.add(Kind.STOP, reference)

    # --- what happens on the link

    def link_up(self) -> None:
        """Requests may be sent: everything is unknown and is asked."""
        self.link_down()
        self.mirror.clear()
        self.up = self._surveying = True
        self._tell_beyond()
        for device in self._wanted:
            self._tasks.add(Kind.MONITOR, device)
        self._routes.ask()
        self._settle()

    def link_down(self) -> None:
        """Nothing can be asked, and no answer comes any more; who waits for a check is told."""
        for call_id in self._tasks.subjects(Kind.CHECK):
            self._events.append(CallUnsure(call_id, "the link is down"))
        self._tasks.clear()
        self._tasks.window = self.settings.outstanding
        for state in (self.monitored, self._devices, self.refused, self._routes.registered):
            state.clear()
        self._found.clear()
        self._checked.clear()
        self._losses.clear()
        self._segments.clear()
        self._unsupported.clear()
        self._unanswered.clear()
        self.up = self.surveyed = self._surveying = self._full = False
        self._initializing = self._was_normal = False

    def event(self, event: m.Event, now: float) -> tuple[Discrepancy, ...]:
        """Fold an event into the mirror; what does not follow is looked at by snapshot, and returned for the log."""
        found = self.mirror.fold(event, now)
        for discrepancy in found:
            self._doubt(discrepancy, now)
        if isinstance(event, m.BackInService):
            self._back_in_service(event)
        return found

    def _doubt(self, discrepancy: Discrepancy, now: float) -> None:
        """Have the call looked at, unless a snapshot that will show it is to come anyway."""
        call_id = discrepancy.call_id
        coming = self._tasks.get(Kind.SNAPSHOT, discrepancy.device)
        if not self.surveyed or (coming is not None and not coming.slow) or self._tasks.get(Kind.CHECK, call_id):
            return
        if len(self._checked) > 2 * len(self.mirror.calls) + 64:
            self._checked = {one: at for one, at in self._checked.items() if at > now - self.settings.check_pause}
        place = self._place_of(call_id) or discrepancy.device
        again_at = self._checked.get(call_id, -self.settings.check_pause) + self.settings.check_pause
        if again_at > now:
            self._tasks.add_later(Kind.CHECK, call_id, again_at, place)
        else:
            self._tasks.add(Kind.CHECK, call_id, place)
        self._checked[call_id] = max(now, again_at)

    def _back_in_service(self, event: m.BackInService) -> None:
        device = event.device.number if isinstance(event.device, DeviceID) else ""
        device = device or self._devices.get(event.monitor_cross_ref_id, "")
        if device not in self._wanted or not self.up:
            return
        self._surveying = True
        if device in self.monitored:
            self._look_at(device)
        else:
            self._tasks.add(Kind.MONITOR, device)

    def monitor_stopped(self, monitor_cross_ref_id: str, now: float) -> bool:
        """The switch ended a monitor by itself (MonitorStop from the switch); it is started again.

        One that is ended again and again is started after longer and longer pauses. False where there is no such.
        """
        device = self._devices.pop(monitor_cross_ref_id, None)
        if device is None:
            return False
        del self.monitored[device]
        self.mirror.monitor_stopped(monitor_cross_ref_id)
        self._tasks.drop(Kind.SNAPSHOT, device)
        self._tasks.drop(Kind.AGENTS, device)
        self._events.append(MonitorLost(device))
        losses, last = self._losses.get(device, (0, now))
        losses = losses if now - last < 2 * self.settings.longest_retry else 0
        self._losses[device] = losses + 1, now
        task = self._tasks.add(Kind.MONITOR, device)
        if losses:
            pause = self.settings.retry_pause * 2.0 ** min(losses, 16)
            self._tasks.slow_down(task, now + min(pause, self.settings.longest_retry))
        self._surveying = True
        self._settle()
        return True

    def notice(self, notice: m.Notice, now: float) -> bool:
        """Take a notice of the switch that concerns the watch: a segment of a snapshot, the end of a registration."""
        match notice:
            case m.SnapshotDeviceData() | m.SnapshotCallData():
                self._take_segment(self._segments.add(notice, now), now)
                self._settle()
            case m.RouteRegisterAbort():
                self._routes.lost(notice.route_register_req_id, now)
            case _:
                return False
        return True

    def _take_segment(self, result: Complete | Broken | None, now: float) -> None:
        match result:
            case Complete(task, response) if task.stage is Stage.ASKED:
                self._take(task, response, now)
            case Broken(task, reason) if task.stage is Stage.ASKED:
                self._take_failure(task, MessageError(reason), now)
            case _:
                pass

    def status(self, status: SystemStatusValue) -> None:
        """The switch's status: after lost messages everything is asked anew; under overload little at a time.

        While the switch initializes nothing is asked, and then everything, monitors too, as after link-up. So it is
        where a switch that calls itself normal says enabled: it has no monitors any more (ECMA-269 14.2.2).
        """
        match status:
            case SystemStatusValue.INITIALIZING if self.up or self._initializing:
                self.link_down()
                self._initializing = True
            case SystemStatusValue.ENABLED | SystemStatusValue.NORMAL if self._initializing:
                self.link_up()
            case SystemStatusValue.ENABLED if self.up and self._was_normal:
                stale = tuple(self.monitored.values())
                self.link_up()
                for reference in stale:
                    self._tasks.add(Kind.STOP, reference)
            case SystemStatusValue.MESSAGES_LOST:
                self.survey()
            case SystemStatusValue.OVERLOAD_REACHED:
                self._tasks.window = 1
            case SystemStatusValue.OVERLOAD_IMMINENT:
                self._tasks.window = max(1, self.settings.outstanding // 4)
            case SystemStatusValue.OVERLOAD_RELIEVED | SystemStatusValue.NORMAL | SystemStatusValue.ENABLED:
                self._tasks.window = self.settings.outstanding
            case _:
                pass
        self._was_normal |= status is SystemStatusValue.NORMAL

    # --- what the owner takes away

    def next_event(self) -> WatchEvent | None:
        """Return the next thing to be told, or None."""
        return self._events.popleft() if self._events else None

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        times = (self._tasks.next_due(), self._segments.next_due())
        return min((one for one in times if one is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Ask again what is due."""
        for broken in self._segments.expired(now):
            self._take_segment(broken, now)
        self._tasks.release(now)
        self._settle()

    def next_request(self) -> Ask | None:
        """Return the next request to be sent, or None while nothing is to be asked or enough is under way."""
        while self.up:
            waiting = self._tasks.quick(Kind.MONITOR) or self._tasks.quick(Kind.SNAPSHOT)
            found = self._tasks.next(held=_CALLS_WAIT if waiting else _NOTHING)
            if found is None:
                return None
            key, task = found
            request = self._request(task)
            if request is not None:
                return Ask(key, request)
            self._tasks.take(key)
        return None

    def _request(self, task: Task) -> m.Request | None:
        """The request of a task; None where it need not, or cannot, be asked."""
        service = REQUESTS[task.kind]
        known = self._services is None or service in self._services or task.kind in ALWAYS
        if not known or service in self._unsupported:
            self._pass_over(task)
            return None
        if task.kind is Kind.CALL and self._tasks.get(Kind.CHECK, task.subject):
            self._tasks.done(task)
            self._settle()
            return None
        return BUILD[task.kind](task)

    def _pass_over(self, task: Task) -> None:
        if task.kind is Kind.CHECK:
            self._events.append(CallUnsure(task.subject, "the switch gives no snapshots of calls"))
        elif task.kind is Kind.ROUTE:
            self._events.append(RouteRefused(task.subject, "the switch has no routing services"))
        self._tasks.done(task)
        self._settle()

    # --- answers

    def answered(self, key: int, result: m.Response | CstaError, now: float) -> None:
        """The answer to a request, or why there is none (the errors of `csta.transport.Link.request`)."""
        task = self._tasks.take(key)
        if task is None:
            return
        if isinstance(result, m.Response):
            self._take(task, result, now)
        elif isinstance(result, LinkLost):
            # The loss of the link itself is told next.
            self._tasks.again(task, now + self.settings.retry_pause)
        elif isinstance(result, ServiceRefused) and result.category not in BUSY_CATEGORIES:
            self._take_refusal(task, result, now)
        else:
            self._take_failure(task, result, now)
        self._settle()

    def _take(self, task: Task, response: m.Response, now: float) -> None:
        match task.kind, response:
            case _, m.SnapshotDeviceResponse() | m.SnapshotCallResponse() if response.service_cross_ref_id is not None:
                self._segments.begin(response.service_cross_ref_id, task, response, now)
            case Kind.MONITOR, m.MonitorStartResponse():
                self._monitor_started(task, response)
            case Kind.ROUTE, m.RouteRegisterResponse():
                self._routes.taken(task, response.route_register_req_id)
            case Kind.SNAPSHOT, m.SnapshotDeviceResponse():
                self._take_device(task, response, now)
            case Kind.AGENTS, m.GetAgentStateResponse():
                self._tasks.done(task)
                self._events.append(AgentsFound(task.subject, response))
            case ((Kind.CHECK | Kind.CALL), m.SnapshotCallResponse()):
                self._tasks.done(task)
                self.mirror.fold_snapshot_call(response, now)
                self._call_known(task)
            case _:
                self._tasks.done(task)

    def _monitor_started(self, task: Task, response: m.MonitorStartResponse) -> None:
        device, reference = task.subject, response.monitor_cross_ref_id
        self._tasks.done(task)
        if device not in self._wanted:
            self._tasks.add(Kind.STOP, reference)
            return
        self.refused.pop(device, None)
        self.monitored[device] = reference
        self._devices[reference] = device
        self.mirror.monitor_started(reference, device)
        self._events.append(MonitorStarted(device))
        self._surveying = True
        self._look_at(device)

    def _look_at(self, device: str) -> None:
        self._tasks.add(Kind.SNAPSHOT, device)
        if self._wanted[device].agents:
            self._tasks.add(Kind.AGENTS, device)

    def _take_device(self, task: Task, response: m.SnapshotDeviceResponse, now: float) -> None:
        device = task.subject
        self._tasks.done(task)
        self._unanswered.discard(device)
        self._surveying = True
        self.mirror.fold_snapshot_device(device, response, now)
        for item in response.snapshot_data:
            self._found.setdefault(item.connection.call_id, device)

    def _call_known(self, task: Task) -> None:
        if task.kind is Kind.CHECK:
            self._events.append(CallCorrected(task.subject))

    def _take_refusal(self, task: Task, refused: ServiceRefused, now: float) -> None:
        if refused.value == "serviceNotSupported":
            self._unsupported.add(REQUESTS[task.kind])
        unsupported = REQUESTS[task.kind] in self._unsupported
        match task.kind:
            case Kind.MONITOR:
                self._refuse(task, str(refused), now + self._pause_of(task))
                return
            case Kind.ROUTE:
                self._routes.refused(task, str(refused), now)
                return
            case Kind.SNAPSHOT:
                self._events.append(SnapshotRefused(task.subject, str(refused)))
            case Kind.CHECK if unsupported:
                self._events.append(CallUnsure(task.subject, str(refused)))
            case Kind.CHECK | Kind.CALL if not unsupported:
                # The switch does not know the call any more.
                gone = ConnectionID(task.subject, task.place)
                self.mirror.fold(m.CallCleared(monitor_cross_ref_id="", cleared_call=gone), now)
                self._call_known(task)
            case _:
                # Pilots, ports and plain extensions have no agent, and a monitor may be gone already.
                pass
        self._tasks.done(task)

    def _pause_of(self, task: Task) -> float:
        return task.longer_pause(self.settings.refused_retry, self.settings.longest_retry)

    def _refuse(self, task: Task, reason: str, due: float) -> None:
        if task.subject not in self._wanted:
            self._tasks.done(task)
            return
        if task.subject not in self.refused:
            self._events.append(MonitorRefused(task.subject, reason))
        self.refused[task.subject] = reason
        self._tasks.slow_down(task, due)

    def _take_failure(self, task: Task, error: CstaError, now: float) -> None:
        """No answer, or none that can be used: try again a few times, then slowly."""
        if task.kind is Kind.CHECK:
            self._events.append(CallUnsure(task.subject, str(error)))
        if task.tries < self.settings.tries:
            self._tasks.again(task, now + self.settings.retry_pause * 2.0 ** (task.tries - 1))
            return
        match task.kind:
            case Kind.MONITOR:
                self._refuse(task, str(error), now + self._pause_of(task))
            case Kind.ROUTE:
                self._routes.refused(task, str(error), now)
            case Kind.SNAPSHOT:
                self._unanswered.add(task.subject)
                self._tasks.slow_down(task, now + self._pause_of(task))
            case _:
                self._tasks.done(task)

    # --- the end of a survey

    def _settle(self) -> None:
        """See whether the devices are all known, and then the calls."""
        if not self.up or not self._surveying:
            return
        if self._tasks.quick(Kind.MONITOR) or self._tasks.quick(Kind.SNAPSHOT):
            return
        if self._full:
            self._full = False
            for call_id in self.mirror.calls:
                self._found.setdefault(call_id, self._place_of(call_id))
        for call_id, device in self._found.items():
            self._tasks.add(Kind.CALL, call_id, device)
        self._found.clear()
        if any(self._tasks.quick(kind) for kind in _SURVEY):
            return
        self._surveying = False
        came_up, self.surveyed = not self.surveyed, True
        unanswered = tuple(sorted(self._unanswered))
        self._events.append(Surveyed(came_up, len(self.monitored), len(self.mirror.calls), unanswered))
