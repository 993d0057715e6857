"""Random flows of all components, met by random answers: no contact is stuck, nothing spins, replay equals live.

Flows are made of steps with random exits, circles included, which the checks of the configuration would refuse: the
walk must hold against them all the same.
"""

from collections.abc import Mapping
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from cti_server.engine.apply import apply
from cti_server.engine.deadlines import Deadlines
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.flows.steps import (
    CallbackStep,
    ChangeStep,
    CollectStep,
    DatabaseStep,
    DecideStep,
    DisconnectStep,
    MenuStep,
    MusicStep,
    PlayStep,
    PositionStep,
    QueueStep,
    RecordStep,
    RequeueStep,
    RunStep,
    SetStep,
    TransferStep,
    WaitStep,
    WaitTimeStep,
)
from cti_server.flows.steps.deciding.decide import Case
from cti_server.flows.steps.pattern import DatumName, Expression, Template
from cti_server.storage.codec import decode_event, encode_event
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import DeviceNumber, FlowName, PartyId, PromptName, QueueName, StepId
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.plan import FlowPlan, QueueLimits, QueuePlan, SitePlan, Step
from cti_server.vocabulary.values import OfferOutcome, Origin, ReleasedBy, VerbOutcome, VerbResult
from tests.scenarios.engine.story import DEVICES, LINK, SALES, SERVICE, START, call_ref, say, session_ref, site

STEPS = [StepId(f"s{number}") for number in range(5)]
FLOWS = [FlowName(name) for name in ("welcome", "waiting", "part")]
MOST_EVENTS = 1_500
"""One command may lead to no more: each contact in hand at its worst, each deadline of a jump in time among them."""

targets = st.sampled_from(STEPS)
maybe = st.none() | targets
queues: st.SearchStrategy[QueueName] = st.sampled_from([SALES, SERVICE])
EXPRESSIONS = ("n > 2", "waited > 3", "queues.sales.free > 0", "position == 1", "wait_likely < 60", "n / 0 == 1")
expressions = st.sampled_from([Expression(each) for each in EXPRESSIONS])
utterances = st.just(say("x"))


def step_of(identity: StepId) -> st.SearchStrategy[Step]:
    one = st.just(identity)
    return st.one_of(
        st.builds(PlayStep, id=one, utterances=utterances, next=maybe, on_failure=maybe),
        st.builds(
            MenuStep,
            id=one,
            utterances=utterances,
            choices=st.dictionaries(st.sampled_from("12"), targets, min_size=1),
            otherwise=targets,
            attempts=st.integers(1, 2),
            on_failure=maybe,
        ),
        st.builds(
            CollectStep, id=one, utterances=utterances, into=st.just(DatumName("n")), maximum=st.just(2), next=maybe
        ),
        st.builds(
            MusicStep, id=one, music=st.just(PromptName("m")), seconds=st.floats(0, 20), next=maybe, on_failure=maybe
        ),
        st.builds(WaitStep, id=one, seconds=st.floats(0, 20), next=maybe),
        st.builds(PositionStep, id=one, next=maybe),
        st.builds(WaitTimeStep, id=one, next=maybe),
        st.builds(
            DecideStep,
            id=one,
            cases=st.lists(st.builds(Case, when=expressions, next=targets), min_size=1, max_size=2).map(tuple),
            otherwise=maybe,
        ),
        st.builds(SetStep, id=one, values=st.just({DatumName("n"): Expression("1 if n == 2 else 2")}), next=maybe),
        st.builds(RunStep, id=one, flow=st.sampled_from(FLOWS), next=maybe),
        st.builds(DatabaseStep, id=one, query=st.just("q"), next=maybe, nothing_found=maybe, on_failure=maybe),
        st.builds(RecordStep, id=one, mail_to=st.just(("a@b.example",)), next=maybe, on_failure=maybe),
        st.builds(QueueStep, id=one, queue=queues, full=maybe, blocked=maybe, timed_out=maybe),
        st.builds(RequeueStep, id=one, queue=queues, full=maybe),
        st.builds(ChangeStep, id=one, priority=st.integers(1, 10), next=maybe),
        st.builds(TransferStep, id=one, number=st.just(Template("0891234")), on_failure=maybe),
        st.builds(CallbackStep, id=one, queue=queues, delay=st.sampled_from([0.0, 30.0]), next=maybe),
        st.builds(DisconnectStep, id=one, utterances=st.sampled_from([(), say("bye")]), served=st.booleans()),
    )


flow_steps = st.tuples(*(step_of(identity) for identity in STEPS))
limits = st.builds(
    QueueLimits, waiting=st.sampled_from([None, 1]), staffed=st.booleans(), longest=st.sampled_from([None, 25.0])
)


@st.composite
def plans(draw: st.DrawFn, version: str = "1") -> SitePlan:
    flows: Mapping[FlowName, FlowPlan] = {
        flow: FlowPlan(name=flow, version=f"{flow}-{version}", steps=draw(flow_steps)) for flow in FLOWS
    }
    made = {
        name: QueuePlan(name=name, groups=queue.groups, flow=FLOWS[1], ring_time=12, wrap_up=5, limits=draw(limits))
        for name, queue in site().queues.items()
    }
    return site(version, flows=flows, queues=made, pilots=site().pilots[:1])


class World:
    """An engine with its replay; the outside answers as it is told to, to what it was really asked."""

    def __init__(self, plan: SitePlan) -> None:
        self.engine, self.replayed, self.now = Engine(), State(), START
        self.asked: list[effects.Effect] = []
        self.tell(commands.LoadPlan(plan=plan))
        self.tell(commands.ReportLinkUp(link=LINK))

    def tell(self, command: commands.Command) -> Outcome:
        outcome = self.engine.handle(command, self.now)
        assert len(outcome.events) < MOST_EVENTS, f"{type(command).__name__} leads to {len(outcome.events)} events"
        for recorded in outcome.events:
            apply(self.replayed, replace(recorded, event=decode_event(*encode_event(recorded.event))))
        assert self.engine.next_deadline == Deadlines(self.replayed).next(), "a new start keeps the same times"
        assert check(self.engine.state) == []
        assert self.replayed == self.engine.state
        self.asked.extend(outcome.effects)
        return outcome

    def later(self, seconds: float) -> None:
        """Keep every deadline to the moment; a flow may not need more than a few of them each second."""
        end, woken = self.now + seconds, 0
        while (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.tell(commands.WakeUp())
            woken += 1
            assert woken < 200 + 20 * seconds, "time stands still"
        self.now = end

    def answer(self, pick: int, kind: int) -> None:
        """The outside answers one of the last things that it was asked, maybe late, maybe twice."""
        if not self.asked:
            return
        effect = self.asked[-1 - pick % min(len(self.asked), 6)]
        command = answer_to(effect, kind)
        if command is not None:
            self.tell(command)


def answer_to(effect: effects.Effect, kind: int) -> commands.Command | None:
    match effect:
        case effects.MoveToMedia(contact=contact) if kind % 3:
            return commands.ReportMediaJoined(
                contact=contact, session=session_ref(f"s{effect.cause}"), port=DeviceNumber("7201")
            )
        case effects.MoveToMedia(contact=contact):
            return commands.ReportMediaRefused(contact=contact, reason="no port is free")
        case effects.Treat(contact=contact, session=session) if kind % 7 == 6:
            return commands.ReportMediaLost(contact=contact, session=session, reason="gone", failed=kind % 2 == 0)
        case effects.Treat(contact=contact, verb=verb):
            result = list(VerbResult)[kind % len(VerbResult)]
            outcome = VerbOutcome(result, digits="12"[kind % 2], file="f.wav", seconds=3.0)
            return commands.ReportVerbEnded(contact=contact, verb=verb, outcome=outcome)
        case effects.AskOutside(contact=contact, request=request):
            done = RequestOutcome(result=list(RequestResult)[kind % len(RequestResult)])
            return commands.ReportRequestEnded(contact=contact, request=request, outcome=done)
        case effects.ForwardCall(contact=contact):
            return commands.ReportForwarded(contact=contact, reached=kind % 3 == 0, reason="busy")
        case effects.MoveToAgent(offer=offer):
            if kind % 3:
                return commands.ReportOfferAnswered(offer=offer)
            return commands.ReportOfferFailed(offer=offer, outcome=OfferOutcome.BUSY, reason="busy")
        case effects.ReleaseCall(call=call):
            return commands.ReportCallEnded(call=call, released_by=ReleasedBy.SYSTEM)
        case _:
            return None


answers = st.tuples(st.just("answer"), st.integers(0, 5), st.integers(0, 50))
moves = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 3), st.just(0)),
        answers,
        answers,
        answers,
        answers,
        st.tuples(st.just("later"), st.integers(0, 30), st.just(0)),
        st.tuples(
            st.sampled_from(["hang up", "log on", "link up", "link down", "reload"]), st.integers(0, 2), st.just(0)
        ),
    ),
    min_size=15,
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(first=plans(), second=plans("2"), told=moves)
def test_whatever_flows_do_no_contact_is_stuck_and_nothing_spins(
    first: SitePlan, second: SitePlan, told: list[tuple[str, int, int]]
) -> None:
    world = World(first)
    tell(world, "arrive", 0, 0, second)
    for move, number, kind in told:
        tell(world, move, number, kind, second)
    # Everybody hangs up in the end, and then nothing is left but what has its own time.
    for call in list(world.engine.state.calls.get(LINK, {})):
        world.tell(commands.ReportCallEnded(call=call_ref(call), released_by=ReleasedBy.CUSTOMER))
    world.later(60)
    left = world.engine.state.contacts.values()
    assert all(contact.callback is not None for contact in left)
    assert world.engine.state.told.keys() <= world.engine.state.contacts.keys()
    if not left:
        assert (world.engine.state.old_flows, world.engine.state.old_queues) == ({}, {})


def tell(world: World, move: str, number: int, kind: int, other: SitePlan) -> None:
    match move:
        case "arrive":
            world.tell(
                commands.ReportCallArrived(
                    call=call_ref(f"C{number}"), pilot=DeviceNumber("7000"), party=PartyId(number + 1)
                )
            )
        case "answer":
            world.answer(number, kind)
        case "later":
            world.later(float(number))
        case "hang up":
            world.tell(commands.ReportCallEnded(call=call_ref(f"C{number}"), released_by=ReleasedBy.CUSTOMER))
        case "log on":
            agent = list(DEVICES)[number]
            world.tell(commands.LogAgentOn(agent=agent, device=DEVICES[agent], origin=Origin.CONSOLE))
            world.tell(commands.SetAgentReady(agent=agent, origin=Origin.CONSOLE))
        case "link up":
            world.tell(commands.ReportLinkUp(link=LINK))
            world.tell(commands.ReportCalls(link=LINK, calls=()))
        case "link down":
            world.tell(commands.ReportLinkDown(link=LINK, reason="cable"))
        case _:
            world.tell(commands.LoadPlan(plan=other))
