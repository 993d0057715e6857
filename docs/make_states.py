"""Draw the state machines of the house into docs/states.md, from the very tables that the code obeys.

Example: python docs/make_states.py            writes docs/states.md
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path

from csta.states import CONNECTION_TRANSITIONS
from cti_server.agents.states import STATUS_TRANSITIONS, WORK_TRANSITIONS
from cti_server.contacts.offers import OFFER_TRANSITIONS
from cti_server.contacts.stages import TRANSITIONS as CONTACT_TRANSITIONS
from media_service.ivr.states import TRANSITIONS as SESSION_TRANSITIONS

TARGET = Path(__file__).parent / "states.md"

Edge = tuple[str, str, str]


def _word(value: Enum) -> str:
    return str(value.value).replace("-", "_").replace(" ", "_")


def labelled(table: Mapping[tuple[Enum, Enum], Enum]) -> list[Edge]:
    """The edges of a table from (state, move) to state."""
    return [(_word(before), _word(after), str(move.value)) for (before, move), after in table.items()]


def unlabelled(table: Mapping[Enum, Iterable[Enum]]) -> list[Edge]:
    """The edges of a table from a state to the states that may follow it."""
    return [(_word(before), _word(after), "") for before, afters in table.items() for after in afters]


def diagram(edges: Iterable[Edge]) -> str:
    """A Mermaid state diagram; edges between the same two states share a line."""
    moves: dict[tuple[str, str], list[str]] = {}
    for before, after, move in edges:
        moves.setdefault((before, after), []).append(move)
    lines = ["```mermaid", "stateDiagram-v2"]
    for (before, after), labels in sorted(moves.items()):
        label = ", ".join(sorted(text for text in labels if text))
        lines.append(f"    {before} --> {after}" + (f" : {label}" if label else ""))
    return "\n".join([*lines, "```"])


def page() -> str:
    """The whole page."""
    chapters = [
        ("A contact's stages", "cti_server/contacts/stages.py", labelled(CONTACT_TRANSITIONS)),
        ("An offer", "cti_server/contacts/offers.py", labelled(OFFER_TRANSITIONS)),
        ("What an agent declares", "cti_server/agents/states.py", labelled(STATUS_TRANSITIONS)),
        ("What the system sees an agent do", "cti_server/agents/states.py", labelled(WORK_TRANSITIONS)),
        ("A session at a media port", "media_service/ivr/states.py", labelled(SESSION_TRANSITIONS)),
        ("A connection (ECMA-269)", "csta/states.py", unlabelled(CONNECTION_TRANSITIONS)),
    ]
    text = [
        "# State machines",
        "",
        "Made by `python docs/make_states.py` from the tables in the code; a test sees that it is current.",
        "What is not in a table does not happen.",
    ]
    for title, source, edges in chapters:
        text += ["", f"## {title}", "", f"`{source}`", "", diagram(edges)]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
