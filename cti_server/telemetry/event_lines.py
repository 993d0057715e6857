"""Write one log line for each journaled event, with the ids of its contact, call and agent."""

import dataclasses
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

import structlog

from cti_server.vocabulary.events import (
    CallReplaced,
    CallsSurveyed,
    ContactClosed,
    ContactOpened,
    OfferMade,
    PlanLoaded,
    Recorded,
    SessionsSurveyed,
    TrialFinished,
    TrialStopped,
)
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.values import CallRef, SessionRef, VerbOutcome

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_TOLD_APART = ("contact", "call", "by", "agent", "plan", "passed_over", "calls", "sessions")


class EventLines:
    """Knows each open contact's call, so that every line about a contact can name it."""

    def __init__(self, calls: Mapping[ContactId, CallRef] | None = None) -> None:
        self._calls: dict[ContactId, CallRef] = dict(calls or {})
        self._log = structlog.get_logger()

    def write(self, rows: Iterable[Recorded]) -> None:
        """Log each row; a line names party ids and never an address."""
        for row in rows:
            self._log.info(type(row.event).__name__, **self.facts(row))

    def facts(self, row: Recorded) -> dict[str, str | int | float]:
        """What the row's line says besides the event's name."""
        event = row.event
        self._follow(row)
        facts: dict[str, str | int | float] = {"seq": row.seq}
        if row.cause_seq is not None:
            facts["because"] = row.cause_seq
        contact = getattr(event, "contact", None)
        if isinstance(contact, int):
            facts["contact"] = contact
            call = self._calls.get(ContactId(contact))
            if call is not None:
                facts["call"] = spell(call)
        agent = getattr(event, "agent", None)
        if agent is not None:
            facts["agent"] = str(agent)
        for field in dataclasses.fields(event):
            value = getattr(event, field.name)
            if field.name not in _TOLD_APART and value is not None and value != "":
                facts[field.name] = spell(value)
        facts.update(_special(row))
        if isinstance(event, ContactClosed):
            self._calls.pop(event.contact, None)
        return facts

    def _follow(self, row: Recorded) -> None:
        match row.event:
            case (
                ContactOpened(contact=contact, call=CallRef() as call)
                | CallReplaced(contact=contact, by=CallRef() as call)
            ):
                self._calls[contact] = call
            case _:
                pass


def _special(row: Recorded) -> dict[str, str | int | float]:
    match row.event:
        case PlanLoaded(plan=plan, by=by):
            told: dict[str, str | int | float] = {
                "version": plan.version,
                "queues": len(plan.queues),
                "agents": len(plan.agents),
            }
            return {**told, "by": by} if by else told
        case CallsSurveyed(calls=surveyed) | SessionsSurveyed(sessions=surveyed):
            return {"surveyed": len(surveyed or ())}
        case TrialStopped(by=by) | TrialFinished(by=by) if by:
            return {"by": by}
        case CallReplaced(call=old):
            return {"before": spell(old)}
        case OfferMade(passed_over=passed) if passed:
            return {"passed_over": "; ".join(f"{one.agent}: {one.reason}" for one in passed)}
        case _:
            return {}


def spell(value: object) -> str | int | float:
    """A value of the vocabulary as one readable word."""
    match value:
        case CallRef(link=first, call=second) | SessionRef(service=first, session=second):
            return f"{first}/{second}"
        case VerbOutcome(result=result, digits=digits, detail=detail):
            return ":".join(part for part in (str(result), digits, detail) if part)
        case bool():
            return str(value).lower()
        case int() | float():
            return value
        case Enum():
            return str(value.value)
        case _:
            return _spell_made_up(value)


def _spell_made_up(value: object) -> str:
    """A value that is made of others."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _spell_fields(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(str(spell(each)) for each in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={spell(each)}" for name, each in value.items()) + "}"
    return str(value)


def _spell_fields(value: "DataclassInstance") -> str:
    """What a value is made of, without what says nothing: fields that are empty or as they are by default."""
    told = [
        f"{field.name}={spell(found)}"
        for field in dataclasses.fields(value)
        if (found := getattr(value, field.name)) is not None and found not in ("", (), field.default)
    ]
    return f"{type(value).__name__}({', '.join(told)})"
