"""Needs, outcomes and ends of offers in plain words."""

from typing import Final

from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.requirements import Need, Requirement
from cti_server.vocabulary.values import OfferOutcome, QueueOutcome

_OUTCOMES: Final = {
    QueueOutcome.CLOSED: "it is closed",
    QueueOutcome.TIMED_OUT: "its longest wait was over",
    QueueOutcome.SATURATED: "it is full",
    QueueOutcome.BLOCKED: "no fitting agent is logged on",
    QueueOutcome.REQUEUED: "moved to another queue",
    QueueOutcome.TRANSFERRED: "sent to a number outside",
    QueueOutcome.CALLBACK: "goes on as a callback",
}

_ENDS: Final = {
    OfferOutcome.ANSWERED: "answered",
    OfferOutcome.NO_ANSWER: "did not answer; back at its place in line",
    OfferOutcome.BUSY: "was busy at the phone; back at its place in line",
    OfferOutcome.REJECTED: "rejected it; back at its place in line",
    OfferOutcome.UNREACHABLE: "could not be reached; back at its place in line",
    OfferOutcome.CALL_NOT_MOVED: "did not get it: the call could not be moved",
    OfferOutcome.CALLER_GONE: "is let go",
    OfferOutcome.AGENT_GONE: "went away; back at its place in line",
    OfferOutcome.OTHERS_ANSWERED: "is let go",
}


def outcome_in_words(outcome: QueueOutcome) -> str:
    """Why a queue did not keep a contact."""
    return _OUTCOMES.get(outcome, outcome.value)


def offer_end_in_words(agent: AgentId, outcome: OfferOutcome, reason: str) -> str:
    """How an offer ended."""
    text = f"{agent} {_ENDS[outcome]}"
    return f"{text} ({reason})" if reason else text


def need_in_words(requirement: Requirement, step: int) -> str:
    """What a contact needs when its requirement has come to ``step``; -1: the reserved agent alone."""
    if step < 0:
        until = requirement.agent_until
        return f"{requirement.agent} alone" + (f" for {until:g} s" if until is not None else "")
    text = ", or ".join(_one(each.need) for each in requirement.steps[: step + 1]) or "nothing that anybody has"
    last = len(requirement.steps) - 1
    return f"{text} (step {step + 1} of {last + 1})" if last > 0 else text


def _one(need: Need) -> str:
    parts = []
    if need.groups:
        parts.append(f"group {' or '.join(need.groups)}")
    parts += [f"{each.skill} at {each.level} or better" for each in need.skills]
    return " with ".join(parts) or "nothing that anybody has"
