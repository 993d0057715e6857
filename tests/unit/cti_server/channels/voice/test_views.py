"""Views are the same object until something that they show changes."""

from csta.calls import CallMirror
from cti_server.channels.voice.view import Devices
from cti_server.channels.voice.views import Views
from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, DeviceNumber, GroupName, LinkName, PartyId
from cti_server.vocabulary.plan import AgentPlan, SitePlan
from cti_server.vocabulary.values import Origin

PBX = LinkName("pbx")
ANNA = AgentId("anna")
PLAN = SitePlan(
    version="1",
    groups=(GroupName("all"),),
    agents={ANNA: AgentPlan(id=ANNA, name="Anna", groups=(GroupName("all"),))},
    queues={},
    flows={},
    pilots=(),
)


class House:
    """A state to fold events into, media ports, and the views of both."""

    def __init__(self) -> None:
        self.state = State()
        self.ports = frozenset({DeviceNumber("8000")})
        self.mirror = CallMirror()
        self.views = Views(
            state=lambda: self.state,
            identify=lambda _: PartyId(1),
            ports=lambda: self.ports,
            extensions={PBX: ("2001",)},
        )
        self.happen(events.PlanLoaded(plan=PLAN))

    def happen(self, event: events.Event) -> None:
        """Fold one event more."""
        apply(self.state, events.Recorded(self.state.seq + 1, 1.0, None, event))

    def log_on(self) -> None:
        """Anna logs on at 2002."""
        self.happen(events.AgentLoggedOn(agent=ANNA, device=DeviceNumber("2002"), origin=Origin.PHONE))


def test_a_view_stays_the_same_object_while_nothing_changes() -> None:
    """Also where rows came that changed no device."""
    house = House()
    view = house.views.view(PBX, house.mirror)
    house.happen(events.LinkCameUp(link=PBX))
    assert house.views.view(PBX, house.mirror) is view
    assert view.devices == Devices(ports=frozenset({"8000"}), phones=frozenset({"2001"}))


def test_a_phone_comes_and_goes_with_its_agent() -> None:
    """Told by the very row with which the agent logged on or off."""
    house = House()
    before = house.views.devices(PBX)
    house.log_on()
    assert house.views.devices(PBX).phones == {"2001", "2002"}
    house.happen(events.AgentLoggedOff(agent=ANNA, origin=Origin.PHONE))
    assert house.views.devices(PBX) == before


def test_new_ports_and_a_new_plan_are_seen_at_once() -> None:
    """They change without a row of their own, or with any."""
    house = House()
    house.views.devices(PBX)
    house.ports = frozenset({DeviceNumber("8000"), DeviceNumber("2001")})
    assert house.views.devices(PBX) == Devices(ports=frozenset({"8000", "2001"}))


def test_another_state_or_mirror_is_another_view() -> None:
    """A state that was folded anew may stand at the same row as the one before."""
    house = House()
    first = house.views.view(PBX, house.mirror)
    house.log_on()
    other, house.state = house.state, State()
    house.happen(events.PlanLoaded(plan=PLAN))
    house.happen(events.LinkCameUp(link=PBX))
    assert house.state.seq == other.seq
    second = house.views.view(PBX, house.mirror)
    assert second.state is house.state
    assert second.devices.phones == {"2001"}
    assert second is not first
    third = house.views.view(PBX, CallMirror())
    assert third is not second
