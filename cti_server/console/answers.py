"""What a console command answers: text, a table, or facts; each can be shown to a person or given to a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.refusals import RefusalCode


class Span(float):
    """A stretch of time in seconds: a person reads ``2:05``, a program the number."""


class Moment(float):
    """A point in time, Unix seconds: a person reads local time, a program ISO 8601 with its offset."""


Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings; for a program, a list of one object a row with the headings as names."""

    headings: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    empty: str = "nothing"
    """Said to a person where there are no rows."""
    unseen: tuple[str, ...] = ()
    """Headings that are for filters and programs alone; a person does not see these columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Words for a person beside facts for a program (JSON values)."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The command was understood and not carried out; one-shot commands end with exit status 1."""

    text: str
    code: str = "refused"
    facts: Mapping[str, Any] = field(default_factory=dict)


Answer = str | Table | Told | Refused


def unknown_contact(contact: ContactId) -> Refused:
    """There is no such contact in the journal, and where to look for those that there are."""
    return Refused(text=f"no contact {contact}; show contacts lists the newest", code=RefusalCode.UNKNOWN_CONTACT)
