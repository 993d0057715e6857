"""What a contact's stage says about it."""

import pytest

from cti_server.contacts.contact import Contact, Cursor, disposition_of, standing, waiting
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, FlowName, LinkName, QueueName, StepId
from cti_server.vocabulary.values import CallRef, Channel, ContactStage, Disposition


def contact(stage: ContactStage, *, leaving: bool = False) -> Contact:
    return Contact(
        id=ContactId(1),
        channel=Channel.VOICE,
        call=CallRef(LinkName("pbx"), CallId("C1")),
        pilot=DeviceNumber("7000"),
        party=None,
        opened_at=0.0,
        opened_seq=1,
        last_seq=1,
        cursor=Cursor(flow=FlowName("f"), flow_version="1", step=StepId("a")),
        entered=0.0,
        queue=None if stage is ContactStage.TREATED else QueueName("q"),
        stage=stage,
        leaving=leaving,
    )


@pytest.mark.parametrize(
    ("stage", "leaving", "disposition"),
    [
        (ContactStage.TREATED, False, Disposition.ABANDONED_IN_FLOW),
        (ContactStage.TREATED, True, Disposition.DISCONNECTED),
        (ContactStage.QUEUED, False, Disposition.ABANDONED),
        (ContactStage.QUEUED, True, Disposition.DISCONNECTED),
        (ContactStage.OFFERED, False, Disposition.ABANDONED),
        (ContactStage.TALKING, False, Disposition.ANSWERED),
        (ContactStage.CLOSED, False, Disposition.LOST),
    ],
)
def test_disposition_by_stage(stage: ContactStage, leaving: bool, disposition: Disposition) -> None:
    assert disposition_of(contact(stage, leaving=leaving)) is disposition


def test_only_a_queued_contact_that_stays_is_offered() -> None:
    assert [stage for stage in ContactStage if waiting(contact(stage))] == [ContactStage.QUEUED]
    assert not waiting(contact(ContactStage.QUEUED, leaving=True))


def test_the_call_stands_until_it_is_released() -> None:
    assert [stage for stage in ContactStage if not standing(contact(stage))] == ["wrap-up", "closed"]
