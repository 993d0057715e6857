"""What the kill harness and the simulated year have found, as short stories, so that it stays mended."""

import dataclasses

from cti_server.vocabulary import commands, operator_commands
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, PartyId
from cti_server.vocabulary.plan import CallbackRules, QueueLimits, SitePlan
from cti_server.vocabulary.values import ContactStage, Origin, SurveyedCall, SurveyedConnection, WorkState
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, LINK, SALES, SERVICE, Story, call_ref, site


def test_a_callback_outlasts_the_longest_wait_of_its_queue() -> None:
    """It left the queue with nowhere to go, and ran the waiting callers' flow for ever."""
    queues = dict(site().queues)
    queues[SALES] = dataclasses.replace(queues[SALES], limits=QueueLimits(longest=60.0))
    story = Story(site(queues=queues))
    story.tell(commands.CreateCallback(queue=SALES, party=PartyId(9)))
    story.later(3600.0)
    (contact,) = story.state.contacts.values()
    assert (contact.stage, contact.queue) == (ContactStage.QUEUED, SALES)
    assert len(story.transcript()) == 3, "opened, scheduled, queued, and nothing since"


def test_a_call_that_came_while_nobody_listened_keeps_its_number_and_data() -> None:
    """It became a contact of nobody's: neither the last agent nor a look-up could know who calls."""
    story = Story()
    queued = (SurveyedConnection(DeviceNumber("7000"), "queued"),)
    found = SurveyedCall(call_ref("C1"), queued, PartyId(7), {"order": "4711"})
    story.tell(commands.ReportCalls(link=LINK, calls=(found,)))
    (contact,) = story.state.contacts.values()
    assert (contact.party, contact.data["order"]) == (PartyId(7), "4711")


def test_whom_an_operator_moved_and_whose_wait_times_out_goes_on_where_they_came_from() -> None:
    """They went on in the flow of those who wait, without a queue, and heard music for ever."""
    queues = {name: dataclasses.replace(one, limits=QueueLimits(longest=60.0)) for name, one in site().queues.items()}
    story = Story(site(queues=queues))
    contact = story.waiting_caller("C1")
    came_from = story.state.contacts[contact].came_from
    assert came_from is not None
    story.later(30.0)
    story.tell(operator_commands.MoveContact(contact=contact, queue=None, origin=Origin.CONSOLE))
    assert story.state.contacts[contact].came_from == came_from
    story.later(90.0)
    assert story.state.contacts[contact].queue is None
    assert story.state.contacts[contact].cursor.flow == came_from.flow


def test_who_is_requeued_in_a_queue_that_the_plan_has_no_more_still_has_that_queue() -> None:
    """It was forgotten between leaving it and entering it; the next one who went home made the engine fail."""
    story = Story()
    contact = story.arrive("C1", "7009")
    story.tell(operator_commands.MoveContact(contact=contact, queue=SERVICE, origin=Origin.CONSOLE))
    plan = site("2")
    queues = {name: one for name, one in plan.queues.items() if name != SERVICE}
    direct = [pilot for pilot in plan.pilots if pilot.number == "7009"]
    flows = {name: flow for name, flow in plan.flows.items() if name in {"direct", "waiting"}}
    story.tell(commands.LoadPlan(plan=site("2", queues=queues, pilots=tuple(direct), flows=flows)))
    story.tell(operator_commands.MoveContact(contact=contact, queue=None, origin=Origin.CONSOLE))
    story.arrive("C2", "7009")
    story.hang_up("C2")
    assert story.state.contacts[contact].queue == SERVICE
    story.log_on(ANNA)
    assert story.state.contacts[contact].stage is ContactStage.OFFERED


OWN = PartyId(5)
"""Anna, where she calls a pilot from the phone that she works at."""


def asks_a_queue(plan: SitePlan, *others: AgentId) -> tuple[Story, ContactId]:
    """Anna talks in c1 and calls 7009 by c2, which nobody has told of; with it comes its contact."""
    story = Story(plan)
    story.addresses[OWN] = f"tel:{DEVICES[ANNA]}"
    story.log_on(ANNA, *others)
    story.arrive("c1", "7009")
    story.answer(1)
    return story, story.arrive("c2", "7009", party=OWN)


def test_who_answered_in_the_queue_that_was_asked_is_free_when_they_join_the_customer() -> None:
    """A server killed before it heard of the consultation left them with a contact of theirs that was no call's."""
    story, asked = asks_a_queue(site(), BEN)
    story.answer(2)
    devices = DEVICES[ANNA], DEVICES[BEN]
    story.tell(commands.ReportConference(call=call_ref("c1"), devices=devices))
    assert asked not in story.state.contacts
    assert story.state.agents[BEN].work is WorkState.IDLE
    assert story.state.contacts[ContactId(1)].talk.devices == devices


def test_an_agent_who_asked_a_queue_in_vain_is_not_called_back() -> None:
    queues = dict(site().queues)
    rules = CallbackRules(on_abandon=True, shortest_wait=5.0)
    queues[SALES] = dataclasses.replace(queues[SALES], callbacks=rules)
    story, _ = asks_a_queue(site(queues=queues))
    story.later(60.0)
    story.hang_up("c2")
    assert [one.id for one in story.state.contacts.values()] == [1], "and no callback to Anna"
    story.arrive("c3", "7009", party=9)
    story.later(60.0)
    story.hang_up("c3")
    assert len(story.state.contacts) == 2, "as a customer is"
