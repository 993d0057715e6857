"""Whatever happens to a centre, its journal is decided anew without a difference: the code that decided is the same."""

from hypothesis import HealthCheck, settings

from cti_server.engine.state import State
from cti_server.reports.replaying.replay import replay
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import ContactId
from tests.properties.test_engine_machine import EngineMachine

MOST_REPLAYED = 4
"""Contacts of a story that are replayed: each is decided anew on copies of the whole state."""


class ReplayMachine(EngineMachine):
    """The machine of the engine; what it checks after each step is left to its own test."""

    def teardown(self) -> None:
        """No event of a contact comes out otherwise than it was journaled."""
        super().teardown()
        journal = getattr(self, "journal", [])
        opened = [row.event.contact for row in journal if isinstance(row.event, events.ContactOpened)]
        for contact in opened[:MOST_REPLAYED]:
            self.check_replay(contact)

    def check_replay(self, contact: ContactId) -> None:
        """Every event of the contact is judged once, in its order, and none is found different."""
        answer = replay(State(), self.journal, contact)
        own = [row for row in self.journal if getattr(row.event, "contact", None) == contact]
        assert [one.row for one in answer.judged] == own
        assert answer.difference is None, answer.difference


for checked in (
    "the_state_is_sound",
    "the_index_is_what_the_state_says",
    "nothing_that_is_timed_is_forgotten",
    "replay_equals_live",
    "counters_equal_a_recount",
):
    assert hasattr(EngineMachine, checked)
    setattr(ReplayMachine, checked, None)  # an invariant of its parent's is none of its own

ReplayMachine.TestCase.settings = settings(
    max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestReplay = ReplayMachine.TestCase
