"""Offers: which waiting contact rings at which free agent, and what comes of it."""

from heapq import merge

from cti_server.contacts.contact import Contact, waiting
from cti_server.contacts.offers import Offer, OfferState
from cti_server.engine.turn import Members, Turn
from cti_server.routing.fitting import obstacle
from cti_server.routing.strategies import DEFAULT_STRATEGY, Candidate
from cti_server.vocabulary.commands import ReportOfferAlerting, ReportOfferAnswered, ReportOfferFailed
from cti_server.vocabulary.events import (
    AgentBecameNotReady,
    AgentBecameReady,
    ContactAnswered,
    MediaLeft,
    OfferAlerted,
    OfferEnded,
    OfferMade,
)
from cti_server.vocabulary.ids import AgentId, OfferId, QueueName
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import AgentStatus, ContactStage, OfferOutcome, Origin, PassedOver, WorkState


def match_waiting(turn: Turn, members: Members) -> None:
    """Offer each waiting contact, in order over all queues, to the fitting free agent that its strategy picks.

    Order is priority, then entry into the centre, then contact number; a contact that nobody can serve blocks none
    behind it.
    """
    state = turn.state
    pools = _pools(turn, members)
    if not pools:
        return
    trigger = turn.events[-1].seq if turn.events else turn.command_cause
    for _, _, contact_id in merge(*(state.lines[name].places for name in pools)):
        contact = state.contacts[contact_id]
        queue = state.queue(contact.queue) if contact.queue is not None else None
        if queue is None or not waiting(contact) or not state.call_is_certain(contact):
            continue
        pool = pools[queue.name]
        if not pool:
            continue
        chosen = turn.strategies.get(queue.strategy, turn.strategies[DEFAULT_STRATEGY])(pool)
        passed_over = _passed_over(turn, queue, chosen.agent, members.get(queue.name, ()))
        _offer(turn, contact, chosen.agent, turn.now + queue.ring_time, passed_over=passed_over, cause=trigger)
        for others in pools.values():
            others[:] = [each for each in others if each.agent != chosen.agent]
        if not any(pools.values()):
            return


def offer_alerting(turn: Turn, command: ReportOfferAlerting) -> Refusal | None:
    """The phone rings: the call has left its media port, unless the port consults the agent."""
    offer = turn.state.offers.get(command.offer)
    if offer is None:
        return _no_such_offer(turn, command.offer)
    if offer.state is OfferState.ALERTING:
        return Refusal(RefusalCode.NO_CHANGE, f"offer {offer.id} rings already", {"offer": offer.id})
    turn.emit(OfferAlerted(offer=offer.id, contact=offer.contact, agent=offer.agent))
    if not command.media_stays:
        leave_media(turn, turn.state.contacts[offer.contact], "moved to the agent")
    return None


def offer_answered(turn: Turn, command: ReportOfferAnswered) -> Refusal | None:
    """The agent answered; a late answer is taken as the fact that it is, unless somebody else has the contact."""
    offer = turn.state.offers.get(command.offer)
    if offer is not None:
        accept_answer(turn, offer)
        return None
    past = turn.state.past_offers.get(command.offer)
    if past is None or not _late_answer(turn, past):
        return _no_such_offer(turn, command.offer)
    return None


def offer_failed(turn: Turn, command: ReportOfferFailed) -> Refusal | None:
    """The offer cannot be completed."""
    if command.outcome is OfferOutcome.ANSWERED:
        return offer_answered(turn, ReportOfferAnswered(cause=command.cause, offer=command.offer))
    offer = turn.state.offers.get(command.offer)
    if offer is None:
        return _no_such_offer(turn, command.offer)
    contact = turn.state.contacts[offer.contact]
    if offer.state is OfferState.HELD and not turn.state.link_up(contact.call.link):
        # The request went down with its link: it may have been carried out, and the survey will tell.
        text = f"link {contact.call.link} is down: what became of offer {offer.id} is seen when it is back"
        return Refusal(RefusalCode.NO_CHANGE, text, {"offer": offer.id})
    if command.outcome is OfferOutcome.CALL_NOT_MOVED:
        end_offer(turn, offer, command.outcome, command.reason)
        turn.to_run.append(contact.id)
        return None
    # The reporter cannot know what only the engine decides, so that these two words mean no more than "not there".
    gone = command.outcome in {OfferOutcome.CALLER_GONE, OfferOutcome.AGENT_GONE}
    outcome = OfferOutcome.UNREACHABLE if gone else command.outcome
    end_unanswered(turn, offer, outcome, command.reason)
    return None


def ring_time_over(turn: Turn, offer: Offer) -> None:
    """Nobody answered until the deadline."""
    end_unanswered(turn, offer, OfferOutcome.NO_ANSWER, "ring time is over", offer.seq)


def end_unanswered(turn: Turn, offer: Offer, outcome: OfferOutcome, reason: str, cause: int | None = None) -> None:
    """End an offer by the agent's fault: they become not ready, the contact is back at its place and is offered on."""
    contact = turn.state.contacts[offer.contact]
    seq = end_offer(turn, offer, outcome, reason, cause)
    agent = turn.state.agents[offer.agent]
    if agent.status is AgentStatus.READY:
        turn.emit(AgentBecameNotReady(agent=agent.id, origin=Origin.SYSTEM, reason=outcome.value), seq)
        turn.show_status(agent.id, agent.device, agent.status, Origin.SYSTEM, agent.reason)
    turn.to_run.append(contact.id)


def end_offer(turn: Turn, offer: Offer, outcome: OfferOutcome, reason: str, cause: int | None = None) -> int:
    """End an offer; returns the place of the event."""
    return turn.emit(
        OfferEnded(offer=offer.id, contact=offer.contact, agent=offer.agent, outcome=outcome, reason=reason), cause
    )


def accept_answer(turn: Turn, offer: Offer) -> None:
    """End an open offer by its answer."""
    contact = turn.state.contacts[offer.contact]
    seq = end_offer(turn, offer, OfferOutcome.ANSWERED, "")
    _answer(turn, contact, offer.agent, seq)


def leave_media(turn: Turn, contact: Contact, reason: str) -> None:
    """The contact's call is known to be elsewhere than at its media port."""
    if contact.session is not None:
        turn.emit(MediaLeft(contact=contact.id, session=contact.session, reason=reason))


def _answer(turn: Turn, contact: Contact, agent: AgentId, cause: int | None) -> None:
    turn.emit(ContactAnswered(contact=contact.id, agent=agent), cause)
    leave_media(turn, contact, "answered by the agent")


def _late_answer(turn: Turn, past: Offer) -> bool:
    """Take the answer to an offer that has ended, if the contact still waits and the agent serves nobody else.

    The PBX is always right about calls: an agent who lifted the handset in the millisecond of the deadline has the
    call, and a move to the next agent that is already under way will be refused by the PBX.
    """
    contact = turn.state.contacts.get(past.contact)
    if contact is None or contact.stage not in {ContactStage.QUEUED, ContactStage.OFFERED} or contact.leaving:
        return False
    current = turn.state.offers[contact.offer] if contact.offer is not None else None
    if current is not None and current.agent == past.agent:
        accept_answer(turn, current)
        return True
    agent = turn.state.agents.get(past.agent)
    if agent is None or agent.work is not WorkState.IDLE:
        return False
    cause = None
    if current is not None:
        cause = end_offer(turn, current, OfferOutcome.CALLER_GONE, f"answered late by {past.agent}")
    _answer(turn, contact, past.agent, cause)
    if agent.status is AgentStatus.NOT_READY and agent.origin is Origin.SYSTEM:
        # They were made not ready because they seemed to be away, which they are not.
        turn.emit(AgentBecameReady(agent=agent.id, origin=Origin.SYSTEM))
        turn.show_status(agent.id, agent.device, agent.status, Origin.SYSTEM)
    return True


def _no_such_offer(turn: Turn, offer: OfferId) -> Refusal:
    if 0 < offer <= turn.state.last_offer:
        return Refusal(RefusalCode.TOO_LATE, f"offer {offer} is over", {"offer": offer})
    return Refusal(RefusalCode.UNKNOWN_OFFER, f"no offer {offer}", {"offer": offer})


def _pools(turn: Turn, members: Members) -> dict[QueueName, list[Candidate]]:
    """The free agents, by id, of each queue in which somebody waits; queues without one are left out."""
    state = turn.state
    lines = [name for name, line in state.lines.items() if line.places]
    if not lines:
        return {}
    free = {
        agent.id: Candidate(agent.id, agent.idle_since)
        for agent in state.agents.values()
        if obstacle(agent, phone_busy=agent.device in state.busy_phones) is None
    }
    if not free:
        return {}
    pools = {name: [free[each] for each in members.get(name, ()) if each in free] for name in lines}
    return {name: pool for name, pool in pools.items() if pool}


def _offer(
    turn: Turn,
    contact: Contact,
    agent: AgentId,
    deadline: float,
    *,
    passed_over: tuple[PassedOver, ...],
    cause: int | None,
) -> None:
    device = turn.state.agents[agent].device
    if device is None:
        return
    turn.emit(
        OfferMade(
            offer=OfferId(turn.state.last_offer + 1),
            contact=contact.id,
            agent=agent,
            device=device,
            deadline=deadline,
            passed_over=passed_over,
        ),
        cause,
    )
    turn.move_to_agent(contact)


def _passed_over(turn: Turn, queue: QueuePlan, chosen: AgentId, members: tuple[AgentId, ...]) -> tuple[PassedOver, ...]:
    """Every other logged-on member of the queue's groups, and why the contact is not offered to them."""
    passed = []
    for agent_id in members:
        agent = turn.state.agents.get(agent_id)
        if agent is None or agent_id == chosen or agent.status is AgentStatus.LOGGED_OFF:
            continue
        reason = obstacle(agent, phone_busy=agent.device in turn.state.busy_phones)
        passed.append(PassedOver(agent_id, reason or f"free, but {queue.strategy} picks {chosen}"))
    return tuple(passed)
