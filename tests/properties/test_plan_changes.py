"""Whatever plans follow one another: an undo leaves no trace in the routing, and nobody who waits is lost."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.contacts.contact import in_line
from cti_server.engine.engine import Engine
from cti_server.engine.invariants import check
from cti_server.engine.state import State, place_of
from cti_server.settings.changes.proposal import propose
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import AgentId, DeviceNumber, OfferId, PartyId
from cti_server.vocabulary.plan import QueueLimits, SitePlan
from cti_server.vocabulary.values import ChangeKind, Origin, ReleasedBy
from tests.properties.random_sites import sites
from tests.scenarios.engine.story import DEVICES, LINK, START, call_ref, site

PILOTS = ("7000", "7009", "7001")
Deed = tuple[str, int]
deeds = st.lists(
    st.tuples(
        st.sampled_from(["call", "call", "call", "log on", "log off", "answer", "hang up", "wait"]), st.integers(0, 5)
    ),
    max_size=25,
)


class Centre:
    """An engine with a clock; deeds are done to it in their order."""

    def __init__(self, plan: SitePlan) -> None:
        self.engine, self.now, self.calls = Engine(), START, 0
        self.journal: list[events.Recorded] = []
        self.load(plan)
        self.tell(commands.ReportLinkUp(link=LINK))

    @property
    def state(self) -> State:
        return self.engine.state

    def tell(self, command: commands.Command) -> None:
        self.journal += self.engine.handle(command, self.now).events
        assert check(self.state) == []

    def load(self, plan: SitePlan, kind: ChangeKind = ChangeKind.APPLY) -> None:
        self.tell(commands.LoadPlan(plan=plan, kind=kind))

    def do(self, deed: Deed) -> None:
        name, number = deed
        agent, device = sorted(DEVICES.items())[number % len(DEVICES)]
        match name:
            case "call":
                self.calls += 1
                pilot, party = DeviceNumber(PILOTS[number % 3]), PartyId(number)
                self.tell(commands.ReportCallArrived(call=call_ref(f"C{self.calls}"), pilot=pilot, party=party))
            case "log on":
                self.tell(commands.LogAgentOn(agent=agent, device=device, origin=Origin.PHONE))
                self.tell(commands.SetAgentReady(agent=agent, origin=Origin.PHONE))
            case "log off":
                self.tell(commands.LogAgentOff(agent=AgentId(agent), origin=Origin.PHONE))
            case "answer":
                self.tell(commands.ReportOfferAnswered(offer=OfferId(max(self.state.last_offer - number, 0))))
            case "hang up":
                call = call_ref(f"C{max(self.calls - number, 0)}")
                self.tell(commands.ReportCallEnded(call=call, released_by=ReleasedBy.CUSTOMER))
            case "wait":
                self.now += 3.0 * number
                self.tell(commands.WakeUp())

    def told(self, since: int) -> list[events.Event]:
        """What happened, without the numbers of plans, which an undo does not turn back."""
        return [_unnumbered(recorded.event) for recorded in self.journal[since:]]


def _unnumbered(event: events.Event) -> events.Event:
    if isinstance(event, events.ContactOpened | events.ContactQueued) and event.trial is not None:
        return replace(event, trial=replace(event.trial, number=0))
    return event


@given(plan=sites(), other=sites(), before=deeds)
@settings(max_examples=60, deadline=None)
def test_a_change_and_its_undo_leave_plan_and_routing_as_they_were(
    plan: SitePlan, other: SitePlan, before: Sequence[Deed]
) -> None:
    one, two = Centre(plan), Centre(plan)
    one.load(other)
    one.load(plan, ChangeKind.UNDO)
    assert one.state.plan == two.state.plan
    assert propose(one.state, plan, one.now).same
    marks = len(one.journal), len(two.journal)
    for deed in before:
        one.do(deed)
        two.do(deed)
    assert one.told(marks[0]) == two.told(marks[1])
    assert (one.state.contacts.keys(), one.state.lines) == (two.state.contacts.keys(), two.state.lines)


def unlimited(plan: SitePlan) -> SitePlan:
    """The plan without times after which a caller has to leave: what is tried is the change alone."""
    queues = {name: replace(queue, limits=QueueLimits()) for name, queue in plan.queues.items()}
    return replace(plan, queues=queues)


@given(
    plans=st.lists(sites().map(unlimited), min_size=2, max_size=5),
    callers=st.lists(st.integers(0, 5), min_size=1, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_nobody_who_waits_is_lost_or_overtaken_by_changes_of_the_plan(
    plans: Sequence[SitePlan], callers: Sequence[int]
) -> None:
    centre = Centre(plans[0])
    for caller in callers:
        centre.do(("call", 1 + caller % 2))
        centre.do(("wait", 1))
    contacts = {one.id: (one.call, one.entered) for one in centre.state.contacts.values()}
    assert len(contacts) == len(callers)
    for plan in [*plans[1:], site("last", queues={}), plans[0]]:
        proposal = propose(centre.state, plan, centre.now)
        waiting = {name: line.places[:] for name, line in centre.state.lines.items() if line.places}
        centre.load(plan)
        state = centre.state
        assert {one.id: (one.call, one.entered) for one in state.contacts.values()} == contacts
        told = {one.name: one.facts["waiting"] for one in proposal.touched if one.kind == "queue"}
        for name, places in waiting.items():
            assert {place[2] for place in state.lines[name].places} == {place[2] for place in places}
            assert told.get(name, len(places)) == len(places)
        for contact in state.contacts.values():
            assert state.flow(contact.cursor.flow, contact.cursor.flow_version) is not None
            if contact.queue is not None and in_line(contact):
                assert place_of(contact) in state.lines[contact.queue].places
