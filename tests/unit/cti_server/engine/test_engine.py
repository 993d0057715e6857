"""The engine's door: every command has an answer, strategies come by name, deadlines survive a new start."""

from dataclasses import replace

import pytest

from cti_server.engine.engine import ANSWERS, Engine
from cti_server.flows.steps import DisconnectStep
from cti_server.routing.strategies import Candidate, Strategy
from cti_server.vocabulary import commands, operator_commands
from cti_server.vocabulary.events import ContactReleased
from cti_server.vocabulary.faults import RoutingError
from cti_server.vocabulary.ids import AgentId, OfferId, StepId
from cti_server.vocabulary.plan import FlowPlan
from tests.scenarios.engine.story import ANNA, BEN, SALES, WAITING, Story, say, site


def test_every_command_class_has_its_answer() -> None:
    known = {
        each
        for module in (commands, operator_commands)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, commands.Command) and each is not commands.Command
    }
    assert set(ANSWERS) == known - {commands.WakeUp}


def test_what_is_no_command_is_a_fault() -> None:
    with pytest.raises(RoutingError, match="no command: Command"):
        Engine().handle(commands.Command(), 0.0)


def test_a_strategy_is_chosen_by_name_and_a_missing_one_falls_back() -> None:
    def last_by_name(candidate: Candidate) -> tuple[float, ...]:
        return tuple(-ord(letter) for letter in candidate.agent)

    wanted: list[tuple[dict[str, Strategy], AgentId]] = [({"last": last_by_name}, BEN), ({}, ANNA)]
    for strategies, chosen in wanted:
        queue = replace(site().queues[SALES], strategy="last")
        story = Story(site(queues={**site().queues, SALES: queue}))
        story.engine = Engine(story.state, strategies)
        story.log_on(ANNA, BEN)
        story.waiting_caller("C1")
        assert story.state.offers[OfferId(1)].agent == chosen


def test_a_new_engine_around_a_state_has_its_deadlines() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.verb(story.waiting_caller("C2"))
    assert Engine(story.state).next_deadline == story.engine.next_deadline == story.now + 12


def test_disconnect_in_a_queue_flow_takes_the_contact_out_of_the_offers() -> None:
    flow = FlowPlan(
        name=WAITING.name, version="short", steps=(DisconnectStep(id=StepId("bye"), utterances=say("sorry")),)
    )
    story = Story(site(flows={**site().flows, WAITING.name: flow}))
    story.waiting_caller("C1")
    story.log_on(ANNA)
    assert story.state.offers == {}
    story.hang_up("C1")
    counters = story.state.lines[SALES].counters
    assert (counters.disconnected, counters.abandoned) == (1, 0)


def test_without_events_there_is_nothing_to_settle() -> None:
    outcome = Engine().handle(commands.WakeUp(), 5.0)
    assert (outcome.events, outcome.effects, outcome.refusal) == ((), (), None)


@pytest.mark.parametrize(("waited", "short"), [(4.75, True), (5.0, False)])
def test_who_gives_up_sooner_than_the_queue_counts_is_a_short_call(waited: float, short: bool) -> None:
    queue = replace(site().queues[SALES], short_calls=5.0)
    story = Story(site(queues={**site().queues, SALES: queue}))
    story.waiting_caller("C1")
    story.now = (next(iter(story.state.contacts.values())).queued_at or 0.0) + waited
    story.hang_up("C1")
    (gone,) = [row.event for row in story.journal if isinstance(row.event, ContactReleased)]
    assert gone.short is short
    counters = story.state.lines[SALES].counters
    assert (counters.short, counters.abandoned) == (int(short), int(not short))


def test_who_gives_up_outside_of_the_queue_or_is_answered_is_no_short_call() -> None:
    queue = replace(site().queues[SALES], short_calls=500.0)
    story = Story(site(queues={**site().queues, SALES: queue}))
    story.arrive("C1")
    story.hang_up("C1")
    story.log_on(ANNA)
    story.waiting_caller("C2")
    story.alert(1)
    story.answer(1)
    story.hang_up("C2")
    gone = [row.event for row in story.journal if isinstance(row.event, ContactReleased)]
    assert [each.short for each in gone] == [False, False]
