"""What came of a call beside what was expected, and the results for people and for programs (JUnit)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from cti_server.cli.flow.playing import Played
from cti_server.settings.flows.cases import MORE, ExpectSettings

SHOWN: Final = 16
"""Names of a list that are shown to people."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and what is wrong with it, one line for each difference; none where it is as expected."""

    file: str
    name: str
    faults: tuple[str, ...]


def judge(expected: ExpectSettings, played: Played) -> tuple[str, ...]:
    """Every difference between what was expected and what came."""
    return tuple(_differences(expected, played))


def _differences(expected: ExpectSettings, played: Played) -> Iterator[str]:
    for name in ("path", "heard"):
        wanted, came = getattr(expected, name), getattr(played, name)
        if wanted is not None and not _agree(wanted, came):
            yield f"{name}: expected {listed(wanted)}; it was {listed(came)}"
    for name in ("end", "queue", "number", "agent", "callback", "mails"):
        wanted, came = getattr(expected, name), getattr(played, name)
        if wanted is not None and wanted != came:
            yield f"{name}: expected {wanted}; it was {came}"
    for name, value in expected.data.items():
        if played.data.get(name) != value:
            yield f"data {name}: expected {value!r}; it was {played.data.get(name)!r}"


def _agree(wanted: Sequence[str], came: Sequence[str]) -> bool:
    if wanted and wanted[-1] == MORE:
        first = list(wanted[:-1])
        return list(came[: len(first)]) == first
    return list(wanted) == list(came)


def listed(names: Sequence[str]) -> str:
    """Steps or prompts in a line, a long one cut."""
    shown = [*names[:SHOWN], *(["..."] if len(names) > SHOWN else [])]
    return " > ".join(shown) or "nothing"


def junit(judged: Sequence[Judged]) -> str:
    """The results in the XML that build servers read (JUnit)."""
    failures = sum(bool(each.faults) for each in judged)
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="callwright flow test" tests="{len(judged)}" failures="{failures}">',
    ]
    for each in judged:
        head = f'  <testcase classname="{escape(each.file)}" name="{escape(each.name)}"'
        if each.faults:
            text = "\n".join(each.faults)
            rows += [f"{head}>", f'    <failure message="{escape(each.faults[0])}">{escape(text)}</failure>']
            rows.append("  </testcase>")
        else:
            rows.append(f"{head}/>")
    return "\n".join([*rows, "</testsuite>", ""])
