"""Many applications on one link to a switch: they share its monitors, without I/O.

The first application that wants a device monitored starts the monitor, the last one that does not want it any more
stops it. What they want left out is joined, so that the switch sends whatever one of them wants, and each gets only
its own. Every application has its own cross-reference for the same monitor.

While the link to the switch is down, what each application has is kept. When the link is back the monitors are started
again, under the references that the applications know; one that starts its monitor anew gets the same reference.

The owner hands in what applications ask (`request`) and what the switch answers and sends (`answered`, `event`,
`ended`), and takes away what goes to the switch (`next_ask`) and to the applications (`next_output`).
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from csta import messages as m
from csta.errors import CstaError, LinkLost
from csta.filters import covers, lets_through, narrowest, widest
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.structures import MonitorFilter
from csta.sharing.refusals import NO_ANSWER, NO_SUCH_MONITOR, TOO_MANY_MONITORS, error_of
from csta.states import MonitorType

SharedRequest = m.MonitorStart | m.MonitorStop | m.ChangeMonitorFilter
"""What an application may ask here; everything else is between it and the switch."""

_Application = Hashable
_Key = Hashable


@dataclass(frozen=True, slots=True)
class SwitchAsk:
    """A request to the switch; its answer goes to `SharedMonitors.answered` with the same key.

    ``on_behalf`` is the application that made it necessary; None where one that went away did.
    """

    key: int
    request: SharedRequest
    on_behalf: _Application | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an application's request, by the key that it was handed in with."""

    application: _Application
    key: _Key
    answer: m.Response | m.ErrorResponse


@dataclass(frozen=True, slots=True)
class Told:
    """A request to an application: its monitor has ended."""

    application: _Application
    request: m.MonitorStop


@dataclass(frozen=True, slots=True)
class Resumed:
    """After an interruption all monitors of an application are there again, or their end was told.

    Events were lost, which the application does not know yet.
    """

    application: _Application


@dataclass(slots=True, eq=False)
class _Subscription:
    """One application's part in a monitor; ``waiting`` is the key of its request until the switch does as asked.

    ``resumed``: it has survived an interruption that its application may take for its end.
    """

    application: _Application
    reference: str
    leaves_out: MonitorFilter | None
    shared: "_Shared"
    waiting: _Key | None = None
    started: bool = False
    resumed: bool = False
    before: MonitorFilter | None = None


@dataclass(slots=True, eq=False)
class _Shared:
    """One monitor at the switch: ``reference`` while it is there, ``busy`` while an answer is awaited."""

    request: m.MonitorStart
    subscriptions: list[_Subscription] = field(default_factory=list)
    reference: str | None = None
    applied: MonitorFilter | None = None
    actual: MonitorFilter | None = None
    existing: bool | None = None
    busy: bool = False
    asked: SharedRequest | None = None
    unwilling: MonitorFilter | None = None
    refuses: bool = False


class SharedMonitors:
    """The monitors of one link, shared by its applications.

    ``filters``: whether the switch can change a monitor's filter; where it cannot, it is asked for everything.
    ``limit`` is how many monitors one application may have.
    """

    def __init__(self, *, filters: bool = True, limit: int = 10_000) -> None:
        self._filters = filters
        self._limit = limit
        self._shared: dict[Hashable, _Shared] = {}
        self._by_reference: dict[str, _Shared] = {}
        self._own: dict[_Application, dict[str, _Subscription]] = {}
        self._asks: deque[SwitchAsk] = deque()
        self._asked: dict[int, tuple[_Shared, SharedRequest]] = {}
        self._output: deque[Reply | Told | Resumed] = deque()
        self._numbered = 0
        self._up = True
        self._on_behalf: _Application | None = None
        self._resuming: dict[_Application, set[str]] = {}

    @property
    def monitors(self) -> int:
        """How many monitors there are at the switch."""
        return len(self._by_reference)

    @property
    def starting(self) -> bool:
        """Whether the switch is starting a monitor, whose reference is not known yet."""
        return any(isinstance(request, m.MonitorStart) for _, request in self._asked.values())

    def has(self, monitor_cross_ref_id: str) -> bool:
        """Whether a monitor of the switch is one of ours."""
        return monitor_cross_ref_id in self._by_reference

    def of(self, application: _Application) -> tuple[tuple[str, DeviceID | ConnectionID], ...]:
        """The monitors that an application has, by its own references, with their objects."""
        own = self._own.get(application, {}).values()
        return tuple((one.reference, one.shared.request.monitor_object) for one in own if one.started)

    # --- what applications want

    def request(self, application: _Application, key: _Key, request: SharedRequest) -> None:
        """An application asks; a `Reply` with this key follows, at once or when the switch has answered."""
        self._on_behalf = application
        match request:
            case m.MonitorStop(monitor_cross_ref_id=reference):
                self._stop(application, key, reference)
            case _ if not self._up:
                self._output.append(Reply(application, key, NO_ANSWER))
            case m.MonitorStart():
                self._start(application, key, request)
            case m.ChangeMonitorFilter():
                self._change(application, key, request)
        self._on_behalf = None

    def _start(self, application: _Application, key: _Key, request: m.MonitorStart) -> None:
        own = self._own.get(application, {})
        name = _name_of(request)
        shared = self._shared.get(name)
        former = _resumed_of(application, shared)
        if former is not None:
            # It took the interruption for the end, as it may; its events go on under the reference that they had.
            former.started, former.resumed = False, False
            former.leaves_out, former.waiting = request.requested_monitor_filter, key
            self._drive_anew(former.shared)
            return
        if len(own) >= self._limit:
            self._output.append(Reply(application, key, TOO_MANY_MONITORS))
            return
        if shared is None:
            shared = self._shared[name] = _Shared(request)
        self._numbered += 1
        reference = f"{self._numbered:08X}"
        subscription = _Subscription(application, reference, request.requested_monitor_filter, shared, waiting=key)
        self._own.setdefault(application, {})[reference] = subscription
        shared.subscriptions.append(subscription)
        self._drive_anew(shared)

    def _stop(self, application: _Application, key: _Key, reference: str) -> None:
        subscription = self._own.get(application, {}).get(reference)
        if subscription is None or not subscription.started:
            self._output.append(Reply(application, key, NO_SUCH_MONITOR))
            return
        # First, so that the application does not count on it any more where it hears that all of its others are there.
        self._output.append(Reply(application, key, m.MonitorStopResponse()))
        self._leave(subscription)
        self._drive(subscription.shared)

    def _change(self, application: _Application, key: _Key, request: m.ChangeMonitorFilter) -> None:
        subscription = self._own.get(application, {}).get(request.monitor_cross_ref_id)
        if subscription is None or not subscription.started:
            self._output.append(Reply(application, key, NO_SUCH_MONITOR))
            return
        if subscription.waiting is not None:
            busy = m.ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
            self._output.append(Reply(application, key, busy))
            return
        # Whoever changes it knows that it is still there.
        subscription.resumed = False
        subscription.before = subscription.leaves_out
        subscription.leaves_out, subscription.waiting = request.requested_filter_list, key
        self._drive_anew(subscription.shared)

    def gone(self, application: _Application) -> None:
        """The application went away: what it alone wanted is stopped, and it is answered no more."""
        self._resuming.pop(application, None)
        for subscription in self._own.pop(application, {}).values():
            subscription.shared.subscriptions.remove(subscription)
            self._drive(subscription.shared)
        self._output = deque(one for one in self._output if one.application != application)

    def _leave(self, subscription: _Subscription) -> None:
        subscription.shared.subscriptions.remove(subscription)
        own = self._own.get(subscription.application, {})
        own.pop(subscription.reference, None)
        if not own:
            self._own.pop(subscription.application, None)
        self._settle(subscription)

    # --- what the switch says

    def event(self, event: m.Event) -> tuple[tuple[Hashable, m.Event], ...]:
        """Give the event to every application that wants it, under that one's own cross-reference."""
        shared = self._by_reference.get(event.monitor_cross_ref_id)
        if shared is None:
            return ()
        return tuple(
            (one.application, replace(event, monitor_cross_ref_id=one.reference))
            for one in shared.subscriptions
            if one.started and lets_through(_in_force(one), event)
        )

    def ended(self, monitor_cross_ref_id: str) -> bool:
        """The switch ended a monitor by itself: every application is told. False where there is no such."""
        shared = self._by_reference.pop(monitor_cross_ref_id, None)
        if shared is None:
            return False
        shared.reference, shared.refuses = None, False
        # What was asked about it has no meaning any more, and neither has the answer.
        self._asked = {key: asked for key, asked in self._asked.items() if asked[0] is not shared}
        self._asks = deque(ask for ask in self._asks if ask.key in self._asked)
        shared.busy = False
        for one in [one for one in shared.subscriptions if one.started]:
            if one.waiting is not None:
                self._output.append(Reply(one.application, one.waiting, NO_SUCH_MONITOR))
            self._end(one)
        self._drive(shared)
        return True

    def _end(self, one: _Subscription) -> None:
        self._output.append(Told(one.application, m.MonitorStop(monitor_cross_ref_id=one.reference)))
        self._leave(one)

    def link_down(self) -> None:
        """The link to the switch is gone, and all monitors with it: what applications have is kept for `link_up`."""
        self._up = False
        self._asks.clear()
        self._asked.clear()
        self._by_reference.clear()
        self._resuming.clear()
        for shared in list(self._shared.values()):
            shared.reference = shared.applied = shared.actual = shared.asked = None
            shared.busy = shared.refuses = False
            for one in list(shared.subscriptions):
                self._suspend(one)
            self._drive(shared)

    def _suspend(self, one: _Subscription) -> None:
        if one.waiting is not None:
            self._output.append(Reply(one.application, one.waiting, NO_ANSWER))
            one.waiting = None
            if not one.started:
                self._leave(one)
                return
            one.leaves_out = one.before
        one.resumed = True

    def link_up(self) -> None:
        """The link to the switch is there again: start what applications have; `Resumed` tells when that is done."""
        self._up = True
        for shared in self._shared.values():
            for one in shared.subscriptions:
                self._resuming.setdefault(one.application, set()).add(one.reference)
        for shared in list(self._shared.values()):
            self._on_behalf = shared.subscriptions[0].application
            self._drive(shared)
        self._on_behalf = None

    def _settle(self, one: _Subscription) -> None:
        missing = self._resuming.get(one.application)
        if missing is None:
            return
        missing.discard(one.reference)
        if not missing:
            del self._resuming[one.application]
            self._output.append(Resumed(one.application))

    def answered(self, key: int, answer: m.Response | m.ErrorResponse | CstaError) -> None:
        """The switch answered a request, or did not (the errors of `csta.transport.Link.request`)."""
        if isinstance(answer, LinkLost):
            # What becomes of it is `link_down`'s to say.
            return
        found = self._asked.pop(key, None)
        if found is None:
            return
        shared, request = found
        shared.busy = False
        match request, answer:
            case m.MonitorStart(), m.MonitorStartResponse():
                self._started(shared, request, answer)
            case m.ChangeMonitorFilter(requested_filter_list=leaves_out), m.ChangeMonitorFilterResponse():
                shared.applied, shared.actual, shared.refuses = _or_none(leaves_out), answer.actual_filter_list, False
            case m.MonitorStart(), _:
                self._refuse(shared.subscriptions, error_of(answer))
                for one in [one for one in shared.subscriptions if one.started]:
                    self._end(one)
            case m.ChangeMonitorFilter(requested_filter_list=leaves_out), _:
                shared.unwilling, shared.refuses = _or_none(leaves_out), True
                unserved = [one for one in shared.subscriptions if not covers(shared.applied, one.leaves_out)]
                self._refuse(unserved, error_of(answer))
            case _:
                # A monitor that the switch does not let us stop is one that it does not have.
                self._forget(shared)
        self._drive(shared)

    def _started(self, shared: _Shared, request: m.MonitorStart, answer: m.MonitorStartResponse) -> None:
        shared.reference = answer.monitor_cross_ref_id
        shared.applied, shared.actual = request.requested_monitor_filter, answer.actual_monitor_filter
        shared.existing, shared.refuses = answer.monitor_existing_calls, False
        self._by_reference[answer.monitor_cross_ref_id] = shared
        for one in shared.subscriptions:
            self._settle(one)

    def _forget(self, shared: _Shared) -> None:
        if shared.reference is not None:
            self._by_reference.pop(shared.reference, None)
            shared.reference = None

    def _refuse(self, subscriptions: list[_Subscription], error: m.ErrorResponse) -> None:
        for one in [one for one in subscriptions if one.waiting is not None]:
            self._output.append(Reply(one.application, one.waiting, error))
            one.waiting = None
            if one.started:
                one.leaves_out = one.before
            else:
                self._leave(one)

    # --- what the owner takes away

    def next_ask(self) -> SwitchAsk | None:
        """Return the next request to the switch, or None."""
        return self._asks.popleft() if self._asks else None

    def next_output(self) -> Reply | Told | Resumed | None:
        """Return the next thing for an application, or None."""
        return self._output.popleft() if self._output else None

    # --- from what is to what is wanted

    def _drive_anew(self, shared: _Shared) -> None:
        """Take up a new wish: what the switch refused another one it may grant now, and its answer is owed."""
        shared.refuses = False
        self._drive(shared)

    def _drive(self, shared: _Shared) -> None:
        """Ask the switch for what is missing, one thing at a time; answer those who wait when nothing is."""
        if shared.busy:
            self._serve(shared)
            return
        if not shared.subscriptions:
            if shared.reference is None:
                self._shared.pop(_name_of(shared.request), None)
            else:
                self._ask(shared, m.MonitorStop(monitor_cross_ref_id=shared.reference))
            return
        if not self._up:
            return
        wanted = widest(one.leaves_out for one in shared.subscriptions) if self._filters else None
        if shared.reference is None:
            self._ask(shared, replace(shared.request, requested_monitor_filter=wanted))
        elif wanted != shared.applied and not (shared.refuses and wanted == shared.unwilling):
            request = m.ChangeMonitorFilter(
                monitor_cross_ref_id=shared.reference, requested_filter_list=wanted or MonitorFilter()
            )
            self._ask(shared, request)
            # Who gets all that it wants already, and will, need not wait for what others want.
            self._serve(shared)
        else:
            self._serve(shared)

    def _ask(self, shared: _Shared, request: SharedRequest) -> None:
        self._numbered += 1
        shared.busy = True
        shared.asked = request
        self._asked[self._numbered] = shared, request
        self._asks.append(SwitchAsk(self._numbered, request, self._on_behalf))

    def _serve(self, shared: _Shared) -> None:
        in_force = [shared.applied]
        if shared.busy:
            if not isinstance(shared.asked, m.ChangeMonitorFilter):
                return
            in_force.append(shared.asked.requested_filter_list)
        for one in shared.subscriptions:
            if one.waiting is None or not all(covers(each, one.leaves_out) for each in in_force):
                continue
            actual = narrowest((one.leaves_out, shared.actual))
            answer: m.Response
            if one.started:
                answer = m.ChangeMonitorFilterResponse(actual_filter_list=actual)
            else:
                answer = m.MonitorStartResponse(
                    monitor_cross_ref_id=one.reference,
                    actual_monitor_filter=actual,
                    monitor_existing_calls=shared.existing,
                )
            self._output.append(Reply(one.application, one.waiting, answer))
            one.waiting, one.started = None, True


def _in_force(one: _Subscription) -> MonitorFilter | None:
    """The filter that the application knows to be in force: a new one only once it was answered."""
    return one.before if one.waiting is not None else one.leaves_out


def _or_none(leaves_out: MonitorFilter) -> MonitorFilter | None:
    return narrowest((leaves_out,))


def _resumed_of(application: _Application, shared: _Shared | None) -> _Subscription | None:
    among = () if shared is None else shared.subscriptions
    return next((one for one in among if one.application == application and one.resumed and one.started), None)


def _name_of(request: m.MonitorStart) -> tuple[DeviceID | ConnectionID, MonitorType | None, Hashable, Hashable]:
    """What monitors must have in common to be one; a vendor's own wishes make a monitor of their own."""
    private = () if request.extensions is None else request.extensions.private_data
    return request.monitor_object, request.monitor_type, request.requested_monitor_media_class, private
