"""Refusals: the answer to a wish that cannot be granted, as a value that people read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable machine-readable reasons."""

    UNKNOWN_AGENT = "unknown-agent"
    UNKNOWN_CONTACT = "unknown-contact"
    UNKNOWN_CALL = "unknown-call"
    UNKNOWN_OFFER = "unknown-offer"
    UNKNOWN_PILOT = "unknown-pilot"
    UNKNOWN_QUEUE = "unknown-queue"
    UNKNOWN_DESTINATION = "unknown-destination"
    UNKNOWN_CALENDAR = "unknown-calendar"
    UNKNOWN_SKILL = "unknown-skill"
    UNKNOWN_GROUP = "unknown-group"
    ALREADY_KNOWN = "already-known"
    NOT_LOGGED_ON = "not-logged-on"
    LOGGED_ON_ELSEWHERE = "logged-on-elsewhere"
    DEVICE_TAKEN = "device-taken"
    AGENT_TALKING = "agent-talking"
    NO_CHANGE = "no-change"
    NOT_POSSIBLE = "not-possible"
    NO_NUMBER = "no-number"
    TOO_LATE = "too-late"
    PLAN_CHANGED = "plan-changed"
    PLAN_STANDS = "plan-stands"
    UNKNOWN_TRIAL = "unknown-trial"
    STANDS_BY = "stands-by"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was refused: a code for programs, a sentence for people, the facts for both."""

    code: RefusalCode
    text: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
