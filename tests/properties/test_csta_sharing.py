"""Applications come, ask, change their minds and go in any order, and the switch answers, refuses and ends monitors:
every application hears what it wants and nothing else, and the switch has the monitors that somebody wants."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from csta import ConnectionID, DeviceID, ServiceRefused
from csta import messages as m
from csta.filters import lets_through, widest
from csta.messages.enumerations import CallControlEvent
from csta.messages.structures import MonitorFilter
from csta.sharing import Reply, Resumed, SharedMonitors, SharedRequest

APPLICATIONS = st.sampled_from(["one", "two", "three"])
DEVICES = st.sampled_from(["7000", "7001"])
FILTERS = st.none() | st.sets(
    st.sampled_from([CallControlEvent.HELD, CallControlEvent.RETRIEVED, CallControlEvent.DELIVERED]), min_size=1
).map(lambda words: MonitorFilter(call_control=frozenset(words)))
EVENTS = st.sampled_from([m.Held, m.Retrieved, m.Delivered])


def event_of(kind: type[m.Event], reference: str, device: str) -> m.Event:
    at = ConnectionID("C", device)
    if kind is m.Held:
        return m.Held(monitor_cross_ref_id=reference, held_connection=at)
    if kind is m.Retrieved:
        return m.Retrieved(monitor_cross_ref_id=reference, retrieved_connection=at)
    return m.Delivered(monitor_cross_ref_id=reference, connection=at)


class Sharing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.shared = SharedMonitors()
        self.keys = 0
        # What each request was: application, device, filter; and what each application has by its cross-reference.
        self.waiting: dict[int, tuple[str, str, MonitorFilter | None, str | None]] = {}
        self.has: dict[str, dict[str, tuple[str, MonitorFilter | None]]] = {}
        # The switch: its monitors, and the requests that it has not answered.
        self.monitors: dict[str, tuple[str, MonitorFilter | None]] = {}
        self.asked: list[tuple[int, SharedRequest]] = []
        self.interrupted: set[str] = set()
        self.up = True
        self.numbered = 0

    def serves(self, device: str) -> bool:
        return any(watched == device for watched, _ in self.monitors.values())

    def hear(self) -> None:
        while (ask := self.shared.next_ask()) is not None:
            self.asked.append((ask.key, ask.request))
        while (output := self.shared.next_output()) is not None:
            application = str(output.application)
            if isinstance(output, Resumed):
                assert all(self.serves(device) for device, _ in self.has.get(application, {}).values())
                continue
            if not isinstance(output, Reply):
                del self.has[application][output.request.monitor_cross_ref_id]
                continue
            assert isinstance(output.key, int)
            who, device, leaves_out, reference = self.waiting.pop(output.key)
            assert who == application
            mine = self.has.setdefault(application, {})
            match output.answer:
                case m.MonitorStartResponse(monitor_cross_ref_id=new):
                    # One that was there before an interruption may be the same again.
                    assert new not in mine
                    self.interrupted.discard(new)
                    mine[new] = device, leaves_out
                case m.ChangeMonitorFilterResponse() if reference is not None:
                    mine[reference] = device, leaves_out
                case m.MonitorStopResponse() if reference is not None:
                    del mine[reference]
                case _:
                    pass

    def ask(self, application: str, device: str, leaves_out: MonitorFilter | None, request: SharedRequest) -> None:
        self.keys += 1
        reference = None if isinstance(request, m.MonitorStart) else request.monitor_cross_ref_id
        self.waiting[self.keys] = application, device, leaves_out, reference
        self.shared.request(application, self.keys, request)
        self.hear()

    @rule(application=APPLICATIONS, device=DEVICES, leaves_out=FILTERS)
    def start(self, application: str, device: str, leaves_out: MonitorFilter | None) -> None:
        mine = self.has.get(application, {})
        former = [ref for ref, (watched, _) in mine.items() if watched == device and ref in self.interrupted]
        if self.up and former:
            # It takes the interruption for the end, and the new one will be the same.
            del mine[former[0]]
        request = m.MonitorStart(monitor_object=DeviceID(device), requested_monitor_filter=leaves_out)
        self.ask(application, device, leaves_out, request)

    @rule(application=APPLICATIONS, which=st.integers(0, 3))
    def stop(self, application: str, which: int) -> None:
        mine = self.has.get(application, {})
        changing = {one[3] for one in self.waiting.values()}
        if which < len(mine) and list(mine)[which] not in changing:
            reference = list(mine)[which]
            self.ask(application, mine[reference][0], None, m.MonitorStop(monitor_cross_ref_id=reference))

    @rule(application=APPLICATIONS, which=st.integers(0, 3), leaves_out=FILTERS)
    def change(self, application: str, which: int, leaves_out: MonitorFilter | None) -> None:
        mine = self.has.get(application, {})
        if which < len(mine):
            reference = list(mine)[which]
            if any(one[3] == reference for one in self.waiting.values()):
                return
            if self.up:
                self.interrupted.discard(reference)
            wanted = leaves_out or MonitorFilter()
            request = m.ChangeMonitorFilter(monitor_cross_ref_id=reference, requested_filter_list=wanted)
            self.ask(application, mine[reference][0], leaves_out, request)

    @rule(application=APPLICATIONS)
    def leave(self, application: str) -> None:
        self.shared.gone(application)
        self.has.pop(application, None)
        self.waiting = {key: one for key, one in self.waiting.items() if one[0] != application}
        self.hear()

    @rule(refuses=st.booleans())
    def answer(self, refuses: bool) -> None:
        if not self.asked:
            return
        key, request = self.asked.pop(0)
        if refuses and not isinstance(request, m.MonitorStop):
            self.shared.answered(key, ServiceRefused("operation", "generic"))
        else:
            self.shared.answered(key, self._do(request))
        self.hear()

    def _do(self, request: SharedRequest) -> m.Response | ServiceRefused:
        match request:
            case m.MonitorStart(monitor_object=DeviceID(device), requested_monitor_filter=leaves_out):
                self.numbered += 1
                self.monitors[f"SW{self.numbered}"] = device, leaves_out
                return m.MonitorStartResponse(monitor_cross_ref_id=f"SW{self.numbered}")
            case m.ChangeMonitorFilter(monitor_cross_ref_id=reference, requested_filter_list=leaves_out):
                if reference not in self.monitors:
                    return ServiceRefused("operation", "invalidMonitorCrossRefID")
                self.monitors[reference] = self.monitors[reference][0], leaves_out
                return m.ChangeMonitorFilterResponse()
            case _:
                assert isinstance(request, m.MonitorStop)
                known = self.monitors.pop(request.monitor_cross_ref_id, None)
                return m.MonitorStopResponse() if known else ServiceRefused("operation", "invalidMonitorCrossRefID")

    @rule(which=st.integers(0, 3))
    def end(self, which: int) -> None:
        if which < len(self.monitors):
            reference = list(self.monitors)[which]
            del self.monitors[reference]
            assert self.shared.ended(reference)
            # Nobody hears of a monitor any more that has ended.
            assert self.shared.event(event_of(m.Held, reference, "7000")) == ()
            self.hear()

    @precondition(lambda self: self.up)
    @rule()
    def lose(self) -> None:
        self.up = False
        self.monitors.clear()
        self.asked.clear()
        self.shared.link_down()
        self.hear()
        assert not self.waiting
        self.interrupted |= {reference for mine in self.has.values() for reference in mine}

    @precondition(lambda self: not self.up)
    @rule()
    def regain(self) -> None:
        self.up = True
        self.shared.link_up()
        self.hear()

    @rule(which=st.integers(0, 3), kind=EVENTS)
    def report(self, which: int, kind: type[m.Event]) -> None:
        if which >= len(self.monitors):
            return
        reference, (device, leaves_out) = list(self.monitors.items())[which]
        event = event_of(kind, reference, device)
        if not lets_through(leaves_out, event):
            return
        heard = {(application, one.monitor_cross_ref_id) for application, one in self.shared.event(event)}
        wanted = {
            (application, own)
            for application, mine in self.has.items()
            for own, (watched, filtered) in mine.items()
            if watched == device and lets_through(filtered, event)
        }
        assert heard == wanted

    @invariant()
    def the_switch_sends_whatever_is_wanted(self) -> None:
        for device in ("7000", "7001"):
            filters = [one for mine in self.has.values() for watched, one in mine.values() if watched == device]
            starting = any(
                isinstance(request, m.MonitorStart) and request.monitor_object == DeviceID(device)
                for _, request in self.asked
            )
            if not filters or not self.up or (starting and not self.serves(device)):
                continue
            (applied,) = [leaves_out for watched, leaves_out in self.monitors.values() if watched == device]
            for kind in (m.Held, m.Retrieved, m.Delivered):
                event = event_of(kind, "x", device)
                if any(lets_through(one, event) for one in filters):
                    assert lets_through(applied, event)

    @invariant()
    def nothing_is_left_over(self) -> None:
        if self.asked or not self.up:
            return
        assert not self.waiting
        watched = {device for mine in self.has.values() for device, _ in mine.values()}
        assert {device for device, _ in self.monitors.values()} == watched
        assert len(self.monitors) == len(watched) == self.shared.monitors

    def teardown(self) -> None:
        if not self.up:
            self.regain()
        while self.asked:
            self.answer(refuses=False)
        self.nothing_is_left_over()
        for device, leaves_out in self.monitors.values():
            filters = [one for mine in self.has.values() for watched, one in mine.values() if watched == device]
            assert filters
            assert widest([leaves_out]) is None or widest([leaves_out]) == leaves_out


TestSharing = Sharing.TestCase
TestSharing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
