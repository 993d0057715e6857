"""Show an answer to a person, as wide as their terminal, or give it to a program as JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cti_server.console.answers import Answer, Cell, Moment, Refused, Table, Told
from cti_server.console.tables import printable_lines, render


def as_text(answer: Answer, width: int | None = None) -> str:
    """An answer as a person reads it, without anything that a terminal would act on.

    Tables are made to fit ``width`` columns (None: as wide as what is in them).
    """
    return printable_lines(_text(answer, width))


def _text(answer: Answer, width: int | None) -> str:
    match answer:
        case Table():
            seen = [place for place, heading in enumerate(answer.headings) if heading not in answer.unseen]
            headings = [answer.headings[place] for place in seen]
            return render(headings, [[row[place] for place in seen] for row in answer.rows], answer.empty, width)
        case Told():
            return answer.text
        case Refused():
            return f"refused: {answer.text} ({answer.code})"
        case _:
            return answer


def as_json(answer: Answer) -> str:
    """An answer as a program reads it: a list of objects for a table, else one object."""
    text = json.dumps(_value(answer), ensure_ascii=False, default=str)
    # JSON leaves DEL, the C1 controls and marks that turn the direction of writing as they are; terminals do not.
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _value(answer: Answer) -> list[dict[str, Any]] | Mapping[str, Any]:
    match answer:
        case Table():
            names = [heading.replace(" ", "_") for heading in answer.headings]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in answer.rows]
        case Told():
            return {"text": answer.text, **answer.facts}
        case Refused():
            return {"refused": answer.code, "text": answer.text, **answer.facts}
        case _:
            return {"text": answer}


def _plain(cell: Cell) -> Cell:
    """A moment in ISO 8601; everything else as JSON writes it."""
    if not isinstance(cell, Moment):
        return round(cell, 3) if isinstance(cell, float) else cell
    try:
        return datetime.fromtimestamp(cell).astimezone().isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return float(cell)
