"""What came of deciding anew, for people in words and for programs as facts."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any

from cti_server.reports.replaying.replay import Judged, Replay, Verdict
from cti_server.telemetry.event_lines import spell


def replay_text(answer: Replay, zone: tzinfo | None = None) -> str:
    """The verdict in a line, then each event with its own; where something differs, both sides field by field."""
    if not answer.found:
        return f"no contact {answer.contact}"
    lines = [headline(answer), ""]
    for one in answer.judged:
        at = datetime.fromtimestamp(one.row.at, zone).strftime("%H:%M:%S.%f")[:-3]
        lines.append(f"{at}  {one.row.seq:>8}  {one.verdict.value:<17} {type(one.row.event).__name__}")
        if one.verdict is Verdict.DIFFERENT:
            lines += [f"{'':24}{line}" for line in _differences(one)]
    return "\n".join(lines)


def headline(answer: Replay) -> str:
    """The verdict over all in a sentence or two."""
    same, facts, unknown = (answer.count(each) for each in (Verdict.SAME, Verdict.FACT, Verdict.UNKNOWN))
    found = answer.difference
    if found is not None:
        return (
            f"Contact {answer.contact}: NOT the same. Row {found.row.seq} ({type(found.row.event).__name__}) is the "
            f"first that comes out otherwise; {same} before and after it come out the same, bit for bit."
        )
    text = f"Contact {answer.contact}: the same, bit for bit: {same} of its {len(answer.judged)} events decided anew."
    if facts:
        text += f" {facts} came from outside, where nothing is decided."
    if unknown:
        text += f" {unknown} could not be decided anew: what led to them does not stand in the journal."
    return text


def replay_facts(answer: Replay) -> dict[str, Any]:
    """The same for a program."""
    found = answer.difference
    return {
        "contact": answer.contact,
        "same": found is None,
        "first_difference": None if found is None else found.row.seq,
        "counts": {each.value: answer.count(each) for each in Verdict},
        "events": [
            {
                "seq": one.row.seq,
                "at": one.row.at,
                "event": type(one.row.event).__name__,
                "verdict": one.verdict.value,
                "differences": list(_differences(one)) if one.verdict is Verdict.DIFFERENT else [],
            }
            for one in answer.judged
        ],
    }


def _differences(one: Judged) -> Iterator[str]:
    event, anew = one.row.event, one.anew
    if anew is None:
        yield "journaled, and not decided anew"
        return
    if type(anew) is not type(event):
        yield f"decided anew: {spell(anew)}"
        return
    found = False
    for field in fields(event):
        before, after = getattr(event, field.name), getattr(anew, field.name)
        if before != after:
            found = True
            yield f"{field.name}: journaled {spell(before)}, decided anew {spell(after)}"
    if not found:
        yield "the event is the same; its number or its cause differs"
