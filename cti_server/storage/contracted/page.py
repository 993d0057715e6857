"""The part of the documents that lists the views' columns and the feed's kinds: made from their definitions."""

from collections.abc import Iterator

from cti_server.storage.contracted.changes import CHANGES
from cti_server.storage.contracted.sql import all_views


def columns_page() -> str:
    """All views with their columns, then all kinds of change with their fields, as Markdown."""
    return "\n".join([*_views(), *_changes()]) + "\n"


def contract() -> dict[str, dict[str, str]]:
    """What the contract holds to: each view's columns with their kinds, and each change's fields with theirs."""
    found = {view.name: {column.name: column.kind.value for column in view.columns} for view in all_views("sqlite")}
    fields = {f"change {change.name}": {field.name: field.kind.value for field in change.fields} for change in CHANGES}
    return {**found, **fields}


def _views() -> Iterator[str]:
    for view in all_views("sqlite"):
        yield f"### {view.name}\n"
        yield f"A row is {view.row}.{' Personal data: granted apart.' if view.personal else ''}\n"
        yield "| column | kind | meaning |"
        yield "|---|---|---|"
        for column in view.columns:
            yield f"| `{column.name}` | {column.kind.value} | {column.meaning} |"
        yield ""


def _changes() -> Iterator[str]:
    yield "### Kinds of change\n"
    yield "| kind | when | fields of `body` |"
    yield "|---|---|---|"
    for change in CHANGES:
        fields = ", ".join(f"`{field.name}` ({field.kind.value})" for field in change.fields)
        yield f"| `{change.name}` | {change.meaning} | {fields or 'none'} |"
