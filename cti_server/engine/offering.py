"""Offers: which waiting contact rings at which free agent, and what comes of it."""

from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer, OfferState
from cti_server.engine.callbacks import customer_served, dial, dial_over
from cti_server.engine.matching.decision import MOST_LISTED, RING_ALL, Choice, choose, passed_over
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import ReportOfferAlerting, ReportOfferAnswered, ReportOfferFailed
from cti_server.vocabulary.effects import ShowContact, WithdrawOffer
from cti_server.vocabulary.events import (
    AgentBecameNotReady,
    AgentBecameReady,
    ContactAnswered,
    MediaLeft,
    OfferAlerted,
    OfferEnded,
    OfferMade,
)
from cti_server.vocabulary.faults import RoutingError
from cti_server.vocabulary.ids import AgentId, OfferId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import (
    LET_GO,
    SPOKEN,
    AgentStatus,
    Channel,
    ContactStage,
    OfferOutcome,
    Origin,
    PassedOver,
    WorkState,
)


def match_waiting(turn: Turn) -> None:
    """Offer waiting contacts, in order over all queues, to the fitting free agents that their strategies pick.

    Order is priority, then entry into the centre, then contact number; a contact that nobody can serve blocks none
    behind it.
    """
    trigger = turn.events[-1].seq if turn.events else turn.command_cause
    _offer_waiting(turn, trigger)
    while _ring_more(turn, trigger):
        # Who is still free beside what rings there now is to have their place again.
        _offer_waiting(turn, trigger)


def _offer_waiting(turn: Turn, trigger: int | None) -> None:
    while (found := turn.matching.next_match()) is not None:
        contact = found.contact
        queue = turn.state.queue(contact.queue) if contact.queue is not None else None
        if queue is None:
            return
        choice = choose(turn.state, found, queue)
        best = found.sole or found.pool.best(turn.state.last_offer + 1)
        ring_all = choice.decision.rule == RING_ALL
        agents = choice.first if ring_all else (best,) if best is not None else ()
        rest = [passed_over(turn.state, turn.matching, choice, agent) for agent in agents]
        for agent, others in zip(agents, rest, strict=True):
            make_offer(turn, choice, agent, others, trigger)


def _ring_more(turn: Turn, trigger: int | None) -> bool:
    """Who is free while a contact rings at all, and is wanted by nobody who waits, rings along; whether somebody does.

    Not who was offered it in this round already: their offer has ended, for whatever reason.
    """
    made = turn.state.last_offer
    for found in turn.matching.rings_on(MOST_LISTED):
        contact = found.contact
        queue = turn.state.queue(contact.queue) if contact.queue is not None else None
        began = min(turn.state.offers[number].made_at for number in contact.offers)
        past = (turn.state.past_offers[number] for number in contact.past_offers)
        had = {offer.agent for offer in past if offer.made_at >= began}
        choice = None if queue is None else choose(turn.state, found, queue)
        if choice is None or choice.decision.rule != RING_ALL:
            continue
        # Of contacts without calls an agent may take several, and so be free beside this very offer.
        had |= {agent for agent in choice.first if contact.id in turn.state.agents[agent].engagements}
        agents = [each for each in choice.first if each not in had][: MOST_LISTED - len(contact.offers)]
        rest = [passed_over(turn.state, turn.matching, choice, agent) for agent in agents]
        for agent, others in zip(agents, rest, strict=True):
            make_offer(turn, choice, agent, others, trigger)
    return turn.state.last_offer != made


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
    if offer.state is OfferState.HELD and contact.call is not None and not turn.state.link_up(contact.call.link):
        # The request went down with its link: it may have been carried out, and the survey will tell.
        text = f"link {contact.call.link} is down: what became of offer {offer.id} is seen when it is back"
        return Refusal(RefusalCode.NO_CHANGE, text, {"offer": offer.id})
    if command.outcome is OfferOutcome.CALL_NOT_MOVED:
        end_offer(turn, offer, command.outcome, command.reason)
        turn.to_run.append(contact.id)
        return None
    # The reporter cannot know what only the engine decides, so that these two words mean no more than "not there".
    gone = command.outcome in {*LET_GO, OfferOutcome.AGENT_GONE}
    outcome = OfferOutcome.UNREACHABLE if gone else command.outcome
    end_unanswered(turn, offer, outcome, command.reason)
    return None


def ring_time_over(turn: Turn, offer: Offer) -> None:
    """Nobody answered until the deadline."""
    if not dial_over(turn, offer):
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
    """End an offer; returns the place of the event.

    A phone that rings by a call of its own is told to be still: for a callback, and where several ring at once.
    """
    seq = turn.emit(
        OfferEnded(offer=offer.id, contact=offer.contact, agent=offer.agent, outcome=outcome, reason=reason), cause
    )
    own_call = offer.shared or turn.state.contacts[offer.contact].channel is Channel.CALLBACK
    if own_call and outcome is not OfferOutcome.ANSWERED:
        turn.effects.append(WithdrawOffer(cause=seq, contact=offer.contact, offer=offer.id, device=offer.device))
    return seq


def accept_answer(turn: Turn, offer: Offer) -> None:
    """End an open offer by its answer; whoever else rings for the contact is let go."""
    contact = turn.state.contacts[offer.contact]
    withdraw_others(turn, contact, offer, f"answered by {offer.agent}")
    seq = end_offer(turn, offer, OfferOutcome.ANSWERED, "")
    _answer(turn, contact, offer.agent, seq)


def customer_gone(turn: Turn, contact: Contact, reason: str, cause: int | None = None) -> int | None:
    """End all offers of a contact whose customer is gone; returns the place of the last event, else ``cause``.

    A single phone that rings falls silent with its call; where something is shown, its screen must be told.
    """
    told = contact.channel not in SPOKEN
    for number in list(contact.offers):
        offer = turn.state.offers[number]
        cause = end_offer(turn, offer, OfferOutcome.CALLER_GONE, reason, cause)
        if told and not offer.shared:
            withdrawn = WithdrawOffer(cause=cause, contact=contact.id, offer=offer.id, device=offer.device)
            turn.effects.append(withdrawn)
    return cause


def withdraw_others(turn: Turn, contact: Contact, kept: Offer | None, reason: str) -> None:
    """End all offers of the contact but one, and let the phones that ring for them be still."""
    for number in list(contact.offers):
        offer = turn.state.offers[number]
        if kept is None or number != kept.id:
            outcome = OfferOutcome.OTHERS_ANSWERED
            seq = end_offer(turn, offer, outcome, reason)
            if not offer.shared:
                withdrawn = WithdrawOffer(cause=seq, contact=contact.id, offer=offer.id, device=offer.device)
                turn.effects.append(withdrawn)


def leave_media(turn: Turn, contact: Contact, reason: str) -> None:
    """The contact's call is known to be elsewhere than at its media port."""
    if contact.session is not None:
        turn.emit(MediaLeft(contact=contact.id, session=contact.session, reason=reason))


def _answer(turn: Turn, contact: Contact, agent: AgentId, cause: int | None) -> None:
    turn.emit(ContactAnswered(contact=contact.id, agent=agent), cause)
    leave_media(turn, contact, "answered by the agent")
    customer_served(turn, contact)


def _late_answer(turn: Turn, past: Offer) -> bool:
    """Take the answer to an offer that has ended, if the contact still waits and the agent serves nobody else.

    The PBX is always right about calls: an agent who lifted the handset in the millisecond of the deadline has the
    call, and a move to the next agent that is already under way will be refused by the PBX.
    """
    contact = turn.state.contacts.get(past.contact)
    if contact is None or contact.stage not in {ContactStage.QUEUED, ContactStage.OFFERED} or contact.leaving:
        return False
    for number in contact.offers:
        if turn.state.offers[number].agent == past.agent:
            accept_answer(turn, turn.state.offers[number])
            return True
    agent = turn.state.agents.get(past.agent)
    if agent is None or agent.work is not WorkState.IDLE:
        return False
    withdraw_others(turn, contact, None, f"answered late by {past.agent}")
    _answer(turn, contact, past.agent, turn.events[-1].seq if turn.events else None)
    if agent.status is AgentStatus.NOT_READY and agent.origin is Origin.SYSTEM:
        # They were made not ready because they seemed to be away, which they are not.
        turn.emit(AgentBecameReady(agent=agent.id, origin=Origin.SYSTEM))
        turn.show_status(agent.id, agent.device, agent.status, Origin.SYSTEM)
    return True


def _no_such_offer(turn: Turn, offer: OfferId) -> Refusal:
    if 0 < offer <= turn.state.last_offer:
        return Refusal(RefusalCode.TOO_LATE, f"offer {offer} is over", {"offer": offer})
    return Refusal(RefusalCode.UNKNOWN_OFFER, f"no offer {offer}", {"offer": offer})


def make_offer(turn: Turn, choice: Choice, agent: AgentId, others: tuple[PassedOver, ...], cause: int | None) -> None:
    """Hold the agent for the contact, and ask for what lets them know."""
    contact, device = choice.contact, turn.state.agents[agent].device
    if device is None:
        raise RoutingError(f"agent {agent} is free without a device")
    made = OfferMade(
        offer=OfferId(turn.state.last_offer + 1),
        contact=contact.id,
        agent=agent,
        device=device,
        deadline=turn.now + choice.queue.ring_time,
        passed_over=others,
        decision=choice.decision,
        shared=choice.decision.rule == RING_ALL,
    )
    seq = turn.emit(made, cause)
    match contact.channel:
        case Channel.VOICE:
            turn.move_to_agent(contact, turn.state.offers[made.offer])
        case Channel.CALLBACK:
            dial(turn, contact, turn.state.offers[made.offer])
        case _:
            shown = ShowContact(cause=seq, contact=contact.id, offer=made.offer, agent=agent, channel=contact.channel)
            turn.effects.append(shown)
