"""What the kill harness and the simulated year have found, as short stories, so that it stays mended."""

import dataclasses

from cti_server.vocabulary import commands, operator_commands
from cti_server.vocabulary.ids import DeviceNumber, PartyId
from cti_server.vocabulary.plan import QueueLimits
from cti_server.vocabulary.values import ContactStage, Origin, SurveyedCall, SurveyedConnection
from tests.scenarios.engine.story import LINK, SALES, Story, call_ref, site


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
