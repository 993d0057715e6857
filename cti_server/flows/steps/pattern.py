"""What the components have in common: kinds of text in their settings, exits by their fields, and words for callers."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final, NewType

from cti_server.flows.component import FAILED, NEXT, FlowKind, Here, Leave, Reaction, Result
from cti_server.flows.expressions import ExpressionFault, evaluate
from cti_server.vocabulary.ids import SecretId, StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, Value, VerbOutcome, VerbResult

Expression = NewType("Expression", str)
"""An expression over data and facts, such as ``waited > 60 and queues.sales.free == 0`` (docs/flows.md)."""

Template = NewType("Template", str)
"""Text in which ``{name}`` stands for a datum or a fact."""

DatumName = NewType("DatumName", str)
"""Name of a datum that a step sets on the contact: letters, digits and ``_``."""

Digit = NewType("Digit", str)
"""A key of a telephone: 0 to 9, * or #."""

SAY: Final = "say"
"""The key in the files for the field ``utterances``."""

EVERYWHERE: Final = frozenset(FlowKind)
WHILE_WAITING: Final = frozenset({FlowKind.QUEUE_PROCESSING, FlowKind.PART})
BEFORE_WAITING: Final = frozenset({FlowKind.ROUTING, FlowKind.PART})
LANGUAGE: Final = "language"
"""The datum that says in which language the caller is spoken to."""

MASKED: Final = "secret:"
"""Begins a datum that stands for digits that nobody sees."""

_NAMED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]{0,127})\}")
_SPOKEN_TEXTS: Final = ("digits", "date", "time", "amount", "currency", "text")
_LONGEST: Final = 2000


def key_of(name: str) -> str:
    """The key in the files of a settings field: ``say`` for ``utterances``, else the field's own name."""
    return SAY if name == "utterances" else name


class Standard:
    """A component whose exits are its settings' ``next`` and ``on_failure``; others say more.

    ``on_failure`` leads to ``next`` where it is not given: what cannot be heard is passed over.
    """

    name: str
    settings: type[Step]
    kinds: frozenset[FlowKind] = EVERYWHERE
    waits: bool = False
    ends: bool = False

    def exits(self, step: Any) -> Mapping[str, StepId | None]:  # noqa: ANN401 - each component has its own settings
        """The ways out that the settings' fields name."""
        fields = {each.name for each in dataclasses.fields(step)}
        ways: dict[str, StepId | None] = {}
        if NEXT in fields:
            ways[NEXT] = step.next
        if FAILED in fields:
            ways[FAILED] = step.on_failure or ways.get(NEXT)
        return ways

    def resume(self, step: Any, here: Here, result: Result) -> Reaction:  # noqa: ANN401, ARG002 - see above
        """Go on when what was asked for is done, by ``on_failure`` where it did not succeed."""
        return Leave(exit=FAILED) if failed(result) else Leave()


def failed(result: Result) -> bool:
    """Whether a verb did not succeed."""
    return isinstance(result, VerbOutcome) and result.result is VerbResult.FAILED


def text_of(value: Value) -> str:
    """A value as text: whole numbers without a fraction, nothing for one that nobody set."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def filled(template: str, here: Here) -> str:
    """The text with every ``{name}`` replaced by what it stands for; 2,000 characters at the most."""
    return _NAMED.sub(lambda found: text_of(here.value(found[1])), template)[:_LONGEST]


def names_in_template(template: str) -> frozenset[str]:
    """The names that a text's ``{name}`` refer to."""
    return frozenset(_NAMED.findall(template))


def reckoned(expression: str, here: Here) -> Value:
    """The value of an expression; None where it cannot be reckoned (a datum is missing, or not of the right kind)."""
    value = evaluate(expression, here.value)
    return None if isinstance(value, ExpressionFault) else value


def secret_value(secret: SecretId | None) -> str:
    """What stands in the data for a masked entry."""
    return "" if secret is None else f"{MASKED}{secret}"


def secret_of(value: Value) -> SecretId | None:
    """The secret that a datum stands for, if it does."""
    if isinstance(value, str) and value.startswith(MASKED):
        return SecretId(value.removeprefix(MASKED))
    return None


def language(here: Here) -> str:
    """The language that the contact's data name; empty for the service's own."""
    return text_of(here.data.get(LANGUAGE))


def said(utterances: tuple[Utterance, ...], here: Here) -> tuple[Utterance, ...]:
    """The utterances with the templates in their texts filled; one of which nothing is left is not said."""
    spoken = (_filled(each, here) for each in utterances)
    return tuple(each for each in spoken if each is not None)


def _filled(utterance: Utterance, here: Here) -> Utterance | None:
    changes: dict[str, Any] = {}
    for name in _SPOKEN_TEXTS:
        text = getattr(utterance, name)
        if text is not None and "{" in text:
            changes[name] = filled(text, here).strip()
            if not changes[name] and name != "currency":
                return None
    return dataclasses.replace(utterance, **changes) if changes else utterance
