"""Applications that share the monitors of one link."""

import pytest

from csta import ConnectionID, DeviceID, RequestTimedOut, ServiceRefused
from csta import messages as m
from csta.errors import CstaError, LinkLost
from csta.messages.enumerations import CallControlEvent, LogicalDeviceEvent
from csta.messages.structures import MonitorFilter
from csta.sharing import (
    NO_ANSWER,
    NO_SUCH_MONITOR,
    TOO_MANY_MONITORS,
    Reply,
    Resumed,
    SharedMonitors,
    SharedRequest,
    Told,
)

AGENT = DeviceID("7101")
AT_AGENT = ConnectionID("C", "7101")
NO_CALLS = MonitorFilter(call_control=frozenset({CallControlEvent.HELD, CallControlEvent.RETRIEVED}))
NO_HOLD = MonitorFilter(call_control=frozenset({CallControlEvent.HELD}))
NO_AGENTS = MonitorFilter(logical_device_feature=frozenset({LogicalDeviceEvent.AGENT_READY}))
REFUSED = ServiceRefused("operation", "invalidMonitorFilter")


def held(reference: str) -> m.Held:
    return m.Held(monitor_cross_ref_id=reference, held_connection=AT_AGENT)


def start(leaves_out: MonitorFilter | None = None, device: DeviceID = AGENT) -> m.MonitorStart:
    return m.MonitorStart(monitor_object=device, requested_monitor_filter=leaves_out)


class Desk:
    """The shared monitors with a switch that answers when told."""

    def __init__(self, **options: bool | int) -> None:
        self.shared = SharedMonitors(**options)  # type: ignore[arg-type] # options of two types
        self.asks: list[tuple[int, SharedRequest]] = []
        self.replies: dict[object, m.Response | m.ErrorResponse] = {}
        self.told: list[Told] = []
        self.resumed: list[object] = []
        self._keys = 0

    def ask(self, application: str, request: SharedRequest) -> int:
        self._keys += 1
        self.shared.request(application, self._keys, request)
        self.hear()
        return self._keys

    def hear(self) -> None:
        while (ask := self.shared.next_ask()) is not None:
            self.asks.append((ask.key, ask.request))
        while (output := self.shared.next_output()) is not None:
            match output:
                case Reply(_, key, answer):
                    assert key not in self.replies
                    self.replies[key] = answer
                case Told():
                    self.told.append(output)
                case Resumed(application):
                    self.resumed.append(application)

    def answer(self, answer: m.Response | m.ErrorResponse | CstaError | None = None) -> SharedRequest:
        """Answer the oldest request to the switch."""
        key, request = self.asks.pop(0)
        usual: m.Response
        match request:
            case m.MonitorStart():
                usual = m.MonitorStartResponse(monitor_cross_ref_id="SW")
            case m.ChangeMonitorFilter():
                usual = m.ChangeMonitorFilterResponse()
            case _:
                usual = m.MonitorStopResponse()
        self.shared.answered(key, answer or usual)
        self.hear()
        return request

    def started(self, application: str, leaves_out: MonitorFilter | None = None) -> str:
        key = self.ask(application, start(leaves_out))
        while key not in self.replies:
            self.answer()
        reply = self.replies[key]
        assert isinstance(reply, m.MonitorStartResponse)
        return reply.monitor_cross_ref_id


def test_the_first_starts_and_the_last_stops() -> None:
    desk = Desk()
    one = desk.started("one")
    two = desk.started("two")
    assert one != two
    assert desk.shared.monitors == 1
    assert desk.asks == []
    event = held("SW")
    assert [(who, copy.monitor_cross_ref_id) for who, copy in desk.shared.event(event)] == [("one", one), ("two", two)]
    key = desk.ask("one", m.MonitorStop(monitor_cross_ref_id=one))
    assert desk.replies[key] == m.MonitorStopResponse()
    assert desk.asks == []
    assert [who for who, _ in desk.shared.event(event)] == ["two"]
    desk.ask("two", m.MonitorStop(monitor_cross_ref_id=two))
    assert desk.answer() == m.MonitorStop(monitor_cross_ref_id="SW")
    assert desk.shared.monitors == 0
    assert desk.shared.event(event) == ()


def test_two_who_ask_at_the_same_time_share_one_monitor() -> None:
    desk = Desk()
    keys = [desk.ask(application, start()) for application in ("one", "two")]
    assert len(desk.asks) == 1
    desk.answer()
    assert all(isinstance(desk.replies[key], m.MonitorStartResponse) for key in keys)
    assert desk.asks == []


def test_who_wants_more_widens_the_filter_and_each_gets_its_own() -> None:
    desk = Desk()
    one = desk.started("one", NO_CALLS)
    key = desk.ask("two", start(NO_HOLD))
    ((_, request),) = desk.asks
    assert request == m.ChangeMonitorFilter(monitor_cross_ref_id="SW", requested_filter_list=NO_HOLD)
    # Not before the switch has widened it is there anything to promise.
    assert key not in desk.replies
    desk.answer()
    reply = desk.replies[key]
    assert isinstance(reply, m.MonitorStartResponse)
    assert reply.actual_monitor_filter == NO_HOLD
    retrieved = m.Retrieved(monitor_cross_ref_id="SW", retrieved_connection=AT_AGENT)
    assert [who for who, _ in desk.shared.event(retrieved)] == ["two"]
    assert desk.shared.event(held("SW")) == ()
    # When the one who wants more leaves, the switch need not send it any more.
    desk.shared.gone("two")
    desk.hear()
    assert desk.answer() == m.ChangeMonitorFilter(monitor_cross_ref_id="SW", requested_filter_list=NO_CALLS)
    key = desk.ask("one", m.ChangeMonitorFilter(monitor_cross_ref_id=one, requested_filter_list=NO_AGENTS))
    assert key not in desk.replies
    # Until then the old filter counts.
    assert desk.shared.event(held("SW")) == ()
    desk.answer()
    assert desk.replies[key] == m.ChangeMonitorFilterResponse(actual_filter_list=NO_AGENTS)
    assert [who for who, _ in desk.shared.event(held("SW"))] == ["one"]


def test_filters_that_have_nothing_in_common_mean_everything() -> None:
    desk = Desk()
    desk.started("one", NO_CALLS)
    desk.started("two", NO_AGENTS)
    assert [who for who, _ in desk.shared.event(held("SW"))] == ["two"]


def test_a_switch_that_cannot_change_filters_is_asked_for_everything() -> None:
    desk = Desk(filters=False)
    key = desk.ask("one", start(NO_CALLS))
    assert desk.asks[0][1] == start(None)
    desk.answer()
    assert key in desk.replies
    desk.started("two", NO_AGENTS)
    assert desk.asks == []
    assert [who for who, _ in desk.shared.event(held("SW"))] == ["two"]


def test_what_the_switch_leaves_out_by_itself_is_told() -> None:
    desk = Desk()
    key = desk.ask("one", start(NO_HOLD))
    desk.answer(m.MonitorStartResponse(monitor_cross_ref_id="SW", actual_monitor_filter=NO_CALLS))
    reply = desk.replies[key]
    assert isinstance(reply, m.MonitorStartResponse)
    assert reply.actual_monitor_filter == NO_CALLS


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (REFUSED, m.ErrorResponse(category="operation", value="invalidMonitorFilter")),
        (m.ErrorResponse(category="unspecified"), m.ErrorResponse(category="unspecified")),
        (RequestTimedOut("late"), NO_ANSWER),
    ],
)
def test_a_refusal_goes_to_all_who_wait(answer: m.ErrorResponse | CstaError, error: m.ErrorResponse) -> None:
    desk = Desk()
    keys = [desk.ask(application, start()) for application in ("one", "two")]
    desk.answer(answer)
    assert [desk.replies[key] for key in keys] == [error, error]
    # The next one begins anew.
    desk.started("three")
    assert desk.shared.monitors == 1


def test_a_filter_that_the_switch_does_not_change_hurts_only_who_needs_it() -> None:
    desk = Desk()
    one = desk.started("one", NO_CALLS)
    key = desk.ask("two", start(NO_AGENTS))
    change = desk.ask("one", m.ChangeMonitorFilter(monitor_cross_ref_id=one, requested_filter_list=NO_CALLS))
    assert desk.replies[change] == m.ChangeMonitorFilterResponse(actual_filter_list=NO_CALLS)
    desk.answer(REFUSED)
    assert desk.replies[key] == m.ErrorResponse(category="operation", value="invalidMonitorFilter")
    change = desk.ask("one", m.ChangeMonitorFilter(monitor_cross_ref_id=one, requested_filter_list=NO_HOLD))
    second = desk.ask("one", m.ChangeMonitorFilter(monitor_cross_ref_id=one, requested_filter_list=NO_CALLS))
    assert desk.replies[second] == m.ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
    desk.answer(REFUSED)
    assert isinstance(desk.replies[change], m.ErrorResponse)
    retrieved = m.Retrieved(monitor_cross_ref_id="SW", retrieved_connection=AT_AGENT)
    assert desk.shared.event(retrieved) == ()
    assert desk.asks == []


def test_all_are_told_of_a_monitor_that_the_switch_ends() -> None:
    desk = Desk()
    one, two = desk.started("one"), desk.started("two")
    assert desk.shared.ended("SW")
    assert not desk.shared.ended("SW")
    desk.hear()
    assert desk.told == [
        Told("one", m.MonitorStop(monitor_cross_ref_id=one)),
        Told("two", m.MonitorStop(monitor_cross_ref_id=two)),
    ]
    key = desk.ask("one", m.MonitorStop(monitor_cross_ref_id=one))
    assert desk.replies[key] == NO_SUCH_MONITOR
    desk.started("one")


def test_who_waits_for_a_monitor_that_ends_gets_a_new_one() -> None:
    desk = Desk()
    desk.started("one", NO_CALLS)
    key = desk.ask("two", start())
    desk.shared.ended("SW")
    desk.hear()
    # The question about the monitor that is gone is not asked any more.
    assert [type(request) for _, request in desk.asks] in ([m.ChangeMonitorFilter, m.MonitorStart], [m.MonitorStart])
    while key not in desk.replies:
        desk.answer()
    assert isinstance(desk.replies[key], m.MonitorStartResponse)


def test_the_loss_of_the_link_is_answered_and_monitors_come_back() -> None:
    desk = Desk()
    one = desk.started("one", NO_CALLS)
    key = desk.ask("two", start())
    stale = desk.asks.pop(0)
    desk.shared.link_down()
    desk.hear()
    assert desk.replies[key] == NO_ANSWER
    assert desk.told == []
    assert desk.shared.event(held("SW")) == ()
    assert desk.replies[desk.ask("two", start())] == NO_ANSWER
    desk.shared.answered(stale[0], m.ChangeMonitorFilterResponse())
    desk.shared.link_up()
    desk.hear()
    assert desk.resumed == []
    assert desk.answer(m.MonitorStartResponse(monitor_cross_ref_id="SX")) == start(NO_CALLS)
    assert desk.resumed == ["one"]
    conferenced = m.Conferenced(monitor_cross_ref_id="SX", primary_old_call=AT_AGENT)
    assert [(who, copy.monitor_cross_ref_id) for who, copy in desk.shared.event(conferenced)] == [("one", one)]
    desk.started("two")
    assert desk.shared.monitors == 1


def test_who_takes_the_interruption_for_the_end_gets_its_monitor_back_and_not_a_second_one() -> None:
    desk = Desk(limit=1)
    one = desk.started("one", NO_CALLS)
    desk.shared.link_down()
    desk.shared.link_up()
    assert desk.started("one") == one
    assert desk.asks == []
    assert len(desk.shared.event(held("SW"))) == 1
    desk.shared.link_down()
    desk.shared.link_up()
    desk.hear()
    desk.answer()
    assert desk.started("one", NO_CALLS) == one
    assert desk.answer() == m.ChangeMonitorFilter(monitor_cross_ref_id="SW", requested_filter_list=NO_CALLS)
    assert desk.resumed == ["one", "one"]


def test_a_monitor_that_does_not_come_back_is_told_as_ended() -> None:
    desk = Desk()
    one, other = desk.started("one"), desk.ask("one", start(device=DeviceID("7102")))
    desk.answer(m.MonitorStartResponse(monitor_cross_ref_id="SY"))
    assert isinstance(desk.replies[other], m.MonitorStartResponse)
    desk.shared.link_down()
    assert isinstance(desk.replies[desk.ask("one", m.MonitorStop(monitor_cross_ref_id="00000000"))], m.ErrorResponse)
    desk.shared.link_up()
    desk.hear()
    desk.answer(REFUSED)
    assert desk.told == [Told("one", m.MonitorStop(monitor_cross_ref_id=one))]
    assert desk.resumed == []
    # Lost once more, before the second is back: nothing is told as ended for that.
    key, _ = desk.asks.pop(0)
    desk.shared.answered(key, LinkLost("cut"))
    desk.shared.link_down()
    desk.shared.link_up()
    desk.hear()
    desk.answer()
    assert desk.resumed == ["one"]
    assert len(desk.told) == 1


def test_what_is_given_up_during_an_interruption_is_not_started_again() -> None:
    desk = Desk()
    one, two = desk.started("one"), desk.started("two")
    desk.shared.link_down()
    assert desk.replies[desk.ask("one", m.MonitorStop(monitor_cross_ref_id=one))] == m.MonitorStopResponse()
    desk.shared.gone("two")
    desk.shared.link_up()
    desk.hear()
    assert (desk.asks, desk.resumed, desk.shared.monitors) == ([], [], 0)
    assert one != two


def test_private_wishes_make_a_monitor_of_their_own() -> None:
    desk = Desk()
    desk.started("one")
    private = m.MonitorStart(monitor_object=AGENT, extensions=m.Extensions(private_data=(b"all",)))
    desk.ask("two", private)
    assert [request for _, request in desk.asks] == [private]


def test_an_application_that_goes_away_before_its_monitor_has_started() -> None:
    desk = Desk()
    key = desk.ask("one", start())
    desk.shared.gone("one")
    desk.hear()
    desk.answer()
    assert key not in desk.replies
    assert desk.answer() == m.MonitorStop(monitor_cross_ref_id="SW")
    assert desk.shared.monitors == 0


def test_a_monitor_wanted_again_while_it_is_being_stopped() -> None:
    desk = Desk()
    one = desk.started("one")
    desk.ask("one", m.MonitorStop(monitor_cross_ref_id=one))
    key = desk.ask("two", start())
    assert [type(request) for _, request in desk.asks] == [m.MonitorStop]
    desk.answer()
    desk.answer()
    assert isinstance(desk.replies[key], m.MonitorStartResponse)
    assert desk.shared.monitors == 1


def test_nobody_touches_the_monitors_of_others_or_has_too_many() -> None:
    desk = Desk(limit=1)
    one = desk.started("one")
    for request in (
        m.MonitorStop(monitor_cross_ref_id=one),
        m.ChangeMonitorFilter(monitor_cross_ref_id=one, requested_filter_list=NO_CALLS),
    ):
        assert desk.replies[desk.ask("two", request)] == NO_SUCH_MONITOR
    assert desk.replies[desk.ask("one", start(device=DeviceID("7102")))] == TOO_MANY_MONITORS
