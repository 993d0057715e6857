"""Write the messages and verbs of the control door into docs/verbs.md, from the very classes that frames are read with.

Example: python docs/make_verbs.py            writes docs/verbs.md
"""

import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Union, get_args, get_origin

import msgspec

from media_service.control.actions import Action, Utterance
from media_service.control.messages import (
    PROTOCOL_VERSION,
    FromClient,
    FromService,
    Port,
    Session,
    Signal,
    VerbResult,
)

TARGET = Path(__file__).parent / "verbs.md"
KINDS: Final = {str: "text", int: "whole number", float: "number", bool: "true or false"}

HEAD = f"""# The control door: messages and verbs

Made by `python docs/make_verbs.py` from `media_service/control/messages.py` and `media_service/control/actions.py`;
a test sees that it is current. Version {PROTOCOL_VERSION}. [control-door.md](control-door.md) says how they are used.

A field with a value behind it may be left out, and is left out by the service where it has that value. Unknown fields
are passed over.
"""


def kind(annotation: type) -> str:
    """The JSON of a type, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        members = [kind(member) for member in inner if member is not type(None)]
        # One of many structs is told by its base, not by their names.
        return "a verb" if len(members) > 2 else f"{members[0]} or null"
    if origin is tuple:
        return f"list of {kind(inner[0])}"
    return KINDS.get(annotation) or f"[{annotation.__name__}](#{annotation.__name__.lower()})"


def fields(struct: type[msgspec.Struct]) -> Iterator[str]:
    """Each field with its type, and its value where it may be left out."""
    for field in msgspec.structs.fields(struct):
        text = f"`{field.name}` {kind(field.type)}"
        yield text if field.required else f"{text} = {msgspec.json.encode(field.default).decode()}"


def said(struct: type[msgspec.Struct]) -> str:
    """What its docstring says, in one line."""
    return " ".join((struct.__doc__ or "").split()).replace("``", "`").replace("|", "\\|")


def table(structs: Iterable[type[msgspec.Struct]]) -> list[str]:
    """A row for each type of message or verb."""
    rows = ["| `type` | fields | what it is |", "|---|---|---|"]
    for struct in structs:
        tag = struct.__struct_config__.tag
        rows.append(f"| `{tag}` | {', '.join(fields(struct)) or 'none'} | {said(struct)} |")
    return rows


def chapter(struct: type[msgspec.Struct]) -> list[str]:
    """What stands within messages."""
    return ["", f"### {struct.__name__}", "", said(struct), "", *(f"- {field}" for field in fields(struct))]


def page() -> str:
    """The whole page."""
    lines = [HEAD, "## From the client", "", *table(get_args(FromClient))]
    lines += ["", "## From the service", "", *table(get_args(FromService))]
    lines += ["", "## Verbs", "", "The `action` of a `verb`.", "", *table(get_args(Action))]
    lines += ["", "## Within them"]
    for struct in (Utterance, VerbResult, Session, Port, Signal):
        lines += chapter(struct)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
