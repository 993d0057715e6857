"""A switch that loses events, answers late or not at all, refuses, ends monitors and drops the link: once it behaves
and has said that messages were lost, the mirror is as the switch is, with no question left open."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from csta import CallMirror, ConnectionID, ConnectionState, DeviceID, RequestTimedOut, ServiceRefused, SystemStatusValue
from csta import messages as m
from csta.watch import Surveyed, Watch, WatchSettings

S = ConnectionState
DEVICES = ("7000", "7001", "7101")
CALLS = st.sampled_from(["C", "D", "E", "F", "G", "H"])
DEVICE = st.sampled_from(DEVICES)
BUSY = ServiceRefused("systemResourceAvailability", "resourceBusy")
WINDOW = 3


class Watching(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch(CallMirror(), settings=WatchSettings(outstanding=WINDOW))
        self.watch.want(DEVICES)
        self.now = 1000.0
        self.calls: dict[str, dict[str, ConnectionState]] = {}
        self.monitors: dict[str, str] = {}
        self.open: list[tuple[int, m.Request]] = []
        self.numbered = 0
        self.surveyed = 0
        self.watch.link_up()
        self.take()
        self.settle()

    def take(self) -> None:
        while (ask := self.watch.next_request()) is not None:
            self.open.append((ask.key, ask.request))
        while (event := self.watch.next_event()) is not None:
            self.surveyed += isinstance(event, Surveyed)

    # --- what happens at the switch

    def tell(self, event: m.Event, told: bool) -> None:
        if told and event.monitor_cross_ref_id:
            self.watch.event(event, self.now)
        self.take()

    def reference(self, device: str) -> str:
        return next((one for one, monitored in self.monitors.items() if monitored == device), "")

    @rule(call=CALLS, device=DEVICE, told=st.booleans())
    def ring(self, call: str, device: str, told: bool) -> None:
        parts = self.calls.setdefault(call, {})
        if device not in parts:
            parts[device] = S.ALERTING
            event = m.Delivered(
                monitor_cross_ref_id=self.reference(device),
                connection=ConnectionID(call, device),
                local_connection_info=S.ALERTING,
            )
            self.tell(event, told)

    @rule(call=CALLS, device=DEVICE, told=st.booleans())
    def answer_call(self, call: str, device: str, told: bool) -> None:
        if self.calls.get(call, {}).get(device) is S.ALERTING:
            self.calls[call][device] = S.CONNECTED
            at = ConnectionID(call, device)
            self.tell(m.Established(monitor_cross_ref_id=self.reference(device), established_connection=at), told)

    @rule(call=CALLS, device=DEVICE, told=st.booleans())
    def hang_up(self, call: str, device: str, told: bool) -> None:
        if device in self.calls.get(call, {}):
            del self.calls[call][device]
            if not self.calls[call]:
                del self.calls[call]
            at = ConnectionID(call, device)
            self.tell(m.ConnectionCleared(monitor_cross_ref_id=self.reference(device), dropped_connection=at), told)

    @rule(device=DEVICE)
    def end_monitor(self, device: str) -> None:
        reference = self.reference(device)
        if self.monitors.pop(reference, None):
            self.watch.monitor_stopped(reference, self.now)
            self.take()

    # --- what it answers

    @rule(which=st.integers(0, 2), how=st.sampled_from(["well", "well", "well", "late", "busy"]))
    def answer(self, which: int, how: str) -> None:
        if which < len(self.open):
            key, request = self.open.pop(which)
            answer = {"late": RequestTimedOut("late"), "busy": BUSY}.get(how)
            self.watch.answered(key, answer or self.answer_to(request), self.now)
            self.take()

    @rule()
    def settle(self) -> None:
        """The switch catches up."""
        while self.open:
            self.answer(0, "well")

    def answer_to(self, request: m.Request) -> m.Response | ServiceRefused:
        match request:
            case m.MonitorStart(monitor_object=DeviceID(device)):
                self.numbered += 1
                for stale in [one for one, monitored in self.monitors.items() if monitored == device]:
                    del self.monitors[stale]
                self.monitors[f"x{self.numbered}"] = device
                return m.MonitorStartResponse(monitor_cross_ref_id=f"x{self.numbered}")
            case m.MonitorStop(monitor_cross_ref_id=reference):
                self.monitors.pop(reference, None)
                return m.MonitorStopResponse()
            case m.SnapshotDevice(snapshot_object=DeviceID(device)):
                items = (
                    m.SnapshotDeviceItem(connection=ConnectionID(call, device), local_call_state=(parts[device],))
                    for call, parts in self.calls.items()
                    if device in parts
                )
                return m.SnapshotDeviceResponse(snapshot_data=tuple(items))
            case m.SnapshotCall(snapshot_object=at) if at.call_id in self.calls:
                parts = self.calls[at.call_id]
                items_of_call = (
                    m.SnapshotCallItem(
                        device_on_call=DeviceID(device),
                        call_identifier=ConnectionID(at.call_id, device),
                        local_connection_info=state,
                    )
                    for device, state in parts.items()
                )
                return m.SnapshotCallResponse(snapshot_data=tuple(items_of_call))
            case m.SnapshotCall():
                return ServiceRefused("operation", "invalidCallID")
            case _:
                return ServiceRefused("operation", "invalidDeviceID")

    # --- the link, the owner and the time

    @rule()
    def flap(self) -> None:
        self.watch.link_down()
        self.open.clear()
        self.monitors.clear()
        self.watch.link_up()
        self.take()

    @rule(call=CALLS, device=DEVICE)
    def doubt(self, call: str, device: str) -> None:
        self.watch.check_call(call, device)
        self.take()

    @rule(devices=st.sets(DEVICE, min_size=2))
    def want(self, devices: set[str]) -> None:
        self.watch.want(sorted(devices))
        self.take()

    @rule(status=st.sampled_from([SystemStatusValue.MESSAGES_LOST, SystemStatusValue.OVERLOAD_REACHED]))
    def say(self, status: SystemStatusValue) -> None:
        self.watch.status(status)
        self.take()

    @rule(seconds=st.floats(0.1, 30.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.watch.handle_timer(self.now)
        self.take()

    @invariant()
    def never_too_much_at_a_time(self) -> None:
        checks = sum(isinstance(request, m.SnapshotCall) for _, request in self.open)
        assert len(self.open) - checks <= WINDOW
        assert len(self.open) <= WINDOW + 4

    def teardown(self) -> None:
        self.watch.status(SystemStatusValue.OVERLOAD_RELIEVED)
        self.watch.want(DEVICES)
        self.watch.status(SystemStatusValue.MESSAGES_LOST)
        self.take()
        for _ in range(500):
            self.settle()
            at = self.watch.get_timer()
            if at is None:
                break
            self.now = max(self.now, at)
            self.watch.handle_timer(self.now)
            self.take()
        assert self.watch.get_timer() is None
        assert set(self.watch.monitored) == set(DEVICES) == set(self.monitors.values())
        assert self.watch.surveyed
        mirrored = {
            call.call_id: {device: one.state for device, one in call.connections.items()}
            for call in self.watch.mirror.calls.values()
        }
        assert mirrored == self.calls


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
