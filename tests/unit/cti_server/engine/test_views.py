"""What faces see."""

from cti_server.engine.views import agent_views, contact_views, link_views, queue_views
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import DeviceNumber
from cti_server.vocabulary.values import AgentStatus, ContactStage, WorkState
from tests.scenarios.engine.story import ANNA, BEN, START, Story, call_ref


def busy_story() -> Story:
    story = Story()
    story.log_on(ANNA, BEN)
    story.not_ready(BEN, "tea")
    story.waiting_caller("C1")
    story.answer(1)
    story.later(10)
    story.waiting_caller("C2")
    story.waiting_caller("C3")
    story.arrive("C4", party=None)
    story.later(5)
    return story


def test_contacts() -> None:
    views = contact_views(busy_story().state, START + 15)
    assert [(view.stage, view.queue, view.position, view.waiting, view.agent) for view in views] == [
        (ContactStage.TALKING, "sales", None, 0.0, ANNA),
        (ContactStage.QUEUED, "sales", 1, 5.0, None),
        (ContactStage.QUEUED, "sales", 2, 5.0, None),
        (ContactStage.TREATED, None, None, None, None),
    ]
    assert (views[0].age, views[3].party, views[3].call, views[3].step) == (15.0, None, call_ref("C4"), None)
    assert views[1].step == "position"


def test_queues() -> None:
    story = busy_story()
    sales, service = queue_views(story.state, START + 15)
    assert (sales.waiting, sales.longest_wait, sales.logged_on, sales.ready, sales.free) == (2, 5.0, 2, 1, 0)
    assert (service.waiting, service.longest_wait, service.counters.received) == (0, 0.0, 0)
    story.hang_up("C2")
    assert sales.counters.abandoned == 0, "a view does not change behind its reader's back"
    story.ready(BEN)
    ringing = queue_views(story.state, START + 15)[0]
    assert (ringing.waiting, ringing.ringing, ringing.ready) == (1, 1, 2)


def test_agents() -> None:
    story = busy_story()
    story.tell(commands.ReportPhoneBusy(device=DeviceNumber("7102"), busy=True))
    anna, ben, cleo = agent_views(story.state)
    assert (anna.status, anna.work, anna.device, anna.contact) == (AgentStatus.READY, WorkState.BUSY, "7101", 1)
    assert (ben.status, ben.reason, ben.phone_busy, ben.since) == (AgentStatus.NOT_READY, "tea", True, START)
    assert (cleo.name, cleo.status, cleo.since, cleo.idle_since) == ("Cleo", AgentStatus.LOGGED_OFF, None, None)


def test_links() -> None:
    story = busy_story()
    assert [(view.name, view.up, view.contacts) for view in link_views(story.state)] == [("pbx", True, 4)]
    story.link_down()
    (view,) = link_views(story.state)
    assert (view.up, view.reason, view.since) == (False, "cable", START + 15)
    (unknown,) = link_views(Story(up=False).state)
    assert (unknown.up, unknown.since) == (False, None)
