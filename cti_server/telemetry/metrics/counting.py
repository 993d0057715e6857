"""Derives the counters and histograms from the events, in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.state import State
from cti_server.queues.counters import outcome_of
from cti_server.telemetry.metrics.figures import Figures
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId, QueueName, RequestId
from cti_server.vocabulary.outside import CheckPin
from cti_server.vocabulary.values import Channel, OfferOutcome

MOST_FOLLOWED: Final = 100_000
"""Open contacts that are followed; far above what a site has, so that no defect eats memory."""
NO_QUEUE: Final = ""


@dataclass(slots=True)
class _Followed:
    """What is remembered of an open contact; times are Unix seconds."""

    channel: Channel
    queue: QueueName | None = None
    queued: float | None = None
    answered: float | None = None


class EventCounter:
    """Listens to every released row. Calls of agents to the agent line count in nothing but the rows.

    Args:
        figures: what is counted into.
        trace_id: the trace of a contact, for exemplars; None where there is none.
        wrong_pin: hears of an agent for whom a wrong PIN was keyed in.
    """

    def __init__(
        self,
        figures: Figures,
        trace_id: Callable[[ContactId], str | None] = lambda _contact: None,
        wrong_pin: Callable[[AgentId], None] = lambda _agent: None,
    ) -> None:
        self._figures = figures
        self._trace_id = trace_id
        self._wrong_pin = wrong_pin
        self._checks: dict[RequestId, AgentId] = {}
        self._followed: dict[ContactId, _Followed] = {}
        self._offers: dict[OfferId, float] = {}

    def begin(self, state: State) -> None:
        """Take up the contacts that are open already."""
        self._followed = {one.id: _taken_up(one) for one in state.contacts.values() if not one.internal}
        self._offers = {}

    def count(self, rows: Sequence[Recorded]) -> None:
        """Count what the rows tell."""
        for row in rows:
            self._figures.events.labels(type(row.event).__name__).inc()
            self._contact(row)
            self._offer(row)
            self._treatment(row)

    def _contact(self, row: Recorded) -> None:
        match row.event:
            case events.ContactOpened(contact=contact, channel=channel, internal=False):
                self._figures.opened.labels(channel.value).inc()
                if len(self._followed) < MOST_FOLLOWED:
                    self._followed[contact] = _Followed(channel)
            case events.ContactQueued(contact=contact, queue=queue):
                self._queued(contact, queue, row.at)
            case events.QueueLeft(contact=contact, outcome=outcome):
                self._left(contact, outcome.value, row.at)
            case events.ContactAnswered(contact=contact):
                self._answered(contact, row.at)
            case events.ContactReleased(contact=contact):
                self._released(row.event, contact, row.at)
            case events.ContactClosed(contact=contact):
                self._followed.pop(contact, None)
            case _:
                pass

    def _offer(self, row: Recorded) -> None:
        match row.event:
            case events.OfferMade(offer=offer):
                self._offers[offer] = row.at
            case events.OfferEnded(offer=offer, contact=contact, outcome=outcome):
                self._offer_ended(offer, contact, outcome, row.at)
            case events.ContactTransferred(transfer=kind):
                self._figures.moves.labels(kind.value).inc()
            case events.AgentLoggedOn():
                self._figures.log_ons.inc()
            case events.LinkWentDown(link=link):
                self._figures.links_lost.labels(link).inc()
            case _:
                pass

    def _treatment(self, row: Recorded) -> None:
        match row.event:
            case events.VerbEnded(outcome=outcome):
                self._figures.verbs.labels(outcome.result.value).inc()
            case events.TreatmentFailed():
                self._figures.treatments.inc()
            case events.MediaRefused():
                self._figures.refused_media.inc()
            case events.StepEntered(request=request, outside=CheckPin(agent=agent)) if request is not None:
                if len(self._checks) < MOST_FOLLOWED:
                    self._checks[request] = agent
            case events.RequestEnded(request=request, outcome=answer):
                self._figures.requests.labels(answer.result.value).inc()
                checked = self._checks.pop(request, None)
                if checked is not None and answer.values.get("right") is False:
                    self._wrong_pin(checked)
            case events.ForwardRequested():
                self._figures.forwards.inc()
            case events.ForwardFailed():
                self._figures.failed_forwards.inc()
            case _:
                pass

    def _queued(self, contact: ContactId, queue: QueueName, at: float) -> None:
        followed = self._followed.get(contact)
        if followed is not None:
            followed.queue, followed.queued = queue, at

    def _left(self, contact: ContactId, outcome: str, at: float) -> None:
        followed = self._followed.get(contact)
        if followed is None or followed.queue is None or followed.queued is None:
            return
        waits = self._figures.waits.labels(followed.queue, outcome)
        waits.observe(max(at - followed.queued, 0.0), exemplar=self._exemplar(contact))
        followed.queued = None

    def _offer_ended(self, offer: OfferId, contact: ContactId, outcome: OfferOutcome, at: float) -> None:
        followed = self._followed.get(contact)
        queue = NO_QUEUE if followed is None or followed.queue is None else followed.queue
        self._figures.offers.labels(queue, outcome.value).inc()
        made = self._offers.pop(offer, None)
        if made is not None:
            self._figures.rings.labels(outcome.value).observe(max(at - made, 0.0))

    def _answered(self, contact: ContactId, at: float) -> None:
        self._left(contact, "answered", at)
        followed = self._followed.get(contact)
        if followed is not None and followed.answered is None:
            followed.answered = at

    def _released(self, event: events.ContactReleased, contact: ContactId, at: float) -> None:
        followed = self._followed.get(contact)
        if followed is None:
            return
        outcome = event.left if event.left is not None else outcome_of(event.disposition)
        self._left(contact, outcome.value, at)
        self._figures.closed.labels(followed.channel.value, event.disposition.value).inc()
        if followed.answered is not None:
            talk = max(at - followed.answered, 0.0)
            self._figures.talks.labels(followed.queue or NO_QUEUE).observe(talk, exemplar=self._exemplar(contact))
            followed.answered = None

    def _exemplar(self, contact: ContactId) -> dict[str, str] | None:
        trace = self._trace_id(contact)
        return None if trace is None else {"trace_id": trace}


def _taken_up(contact: Contact) -> _Followed:
    queued = contact.queued_at if in_line(contact) else None
    talking = contact.answered_at if contact.released_at is None else None
    return _Followed(contact.channel, contact.queue, queued, talking)
