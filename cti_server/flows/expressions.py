"""Expressions over a contact's data and facts, as decisions and set steps use them: limited, and never raising.

They are Python's cut down to constants, names, arithmetic, comparison, ``and``/``or``/``not``, ``a if b else c``,
``in`` and a few functions. A name may have parts (``queues.sales.free``, ``queues["first-line"].free``). A name that
nobody set is None, with which no ``<`` or ``>`` holds.
"""

import ast
import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from simpleeval import DEFAULT_OPERATORS, EvalWithCompoundTypes

from cti_server.vocabulary.values import Value

LONGEST: Final = 1_000
"""Characters of an expression."""
MOST_PARTS: Final = 200
"""Nodes of an expression's tree."""
LONGEST_TEXT: Final = 4_096
"""Characters of a text that an expression gives."""
LARGEST: Final = 1e15
"""Numbers beyond this are a fault: nothing in a flow is as large, and whole numbers grow without end."""


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """Why an expression has no value, in words."""

    text: str


_ALLOWED: Final[tuple[type[ast.AST], ...]] = (
    ast.Expression,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.Attribute,
    ast.Subscript,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.UAdd,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.IfExp,
    ast.Call,
    ast.Tuple,
    ast.List,
)


class _FaultyError(Exception):
    """An expression that is none, or that has no value; its text says why."""


def evaluate(text: str, value: Callable[[str], Value]) -> Value | ExpressionFault:
    """The value of an expression; ``value`` gives that of a name (None: nobody set it). Never raises."""
    try:
        tree = _parsed(text)
        evaluator = EvalWithCompoundTypes(operators=dict(_OPERATORS), functions=dict(_FUNCTIONS), names=_Names(value))
        return _checked(evaluator.eval(text, previously_parsed=tree))
    except _FaultyError as fault:
        return ExpressionFault(str(fault))
    except ZeroDivisionError:
        return ExpressionFault("division by zero")
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError, SyntaxError) as fault:
        # simpleeval's own errors are ValueErrors; what the values do not allow are the others.
        return ExpressionFault(f"cannot be worked out: {fault}")


def names_in(text: str) -> frozenset[str]:
    """The names in an expression, with their parts joined by dots; none where it is no expression."""
    try:
        tree = _parsed(text)
    except _FaultyError:
        return frozenset()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


def fault_of(text: str) -> str | None:
    """What is wrong with an expression whatever its names stand for; None for a sound one."""
    try:
        _parsed(text)
    except _FaultyError as fault:
        return str(fault)
    return None


@functools.lru_cache(maxsize=2048)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _FaultyError(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        reason = fault.msg if isinstance(fault, SyntaxError) else str(fault)
        raise _FaultyError(f"no expression: {reason}") from None
    parts = list(ast.walk(tree))
    if len(parts) > MOST_PARTS:
        raise _FaultyError(f"more than {MOST_PARTS} parts")
    for part in parts:
        _check(part)
    joined = _JoinNames().visit(tree.body)
    for part in ast.walk(joined):
        if isinstance(part, (ast.Attribute, ast.Subscript)):
            raise _FaultyError("parts belong to names only, such as queues.sales.free")
    checked: ast.expr = joined
    return checked


def _check(part: ast.AST) -> None:
    if not isinstance(part, _ALLOWED):
        raise _FaultyError(f"{type(part).__name__} has no place in an expression")
    if isinstance(part, ast.Constant) and not isinstance(part.value, (str, int, float, bool, type(None))):
        raise _FaultyError(f"{part.value!r} is neither text nor number")
    if isinstance(part, ast.Call):
        if not isinstance(part.func, ast.Name) or part.func.id not in _FUNCTIONS:
            raise _FaultyError(f"no function {ast.unparse(part.func)}; there are {', '.join(sorted(_FUNCTIONS))}")
        if part.keywords:
            raise _FaultyError(f"{part.func.id} takes no named arguments")


class _JoinNames(ast.NodeTransformer):
    """Makes one name of ``a.b.c`` and of ``a["b"].c``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._joined(node) or self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._joined(node) or self.generic_visit(node)

    def _joined(self, node: ast.expr) -> ast.AST | None:
        name = _dotted(node)
        return None if name is None else ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=part) | ast.Subscript(value=inner, slice=ast.Constant(value=str(part))):
            front = _dotted(inner)
            return None if front is None else f"{front}.{part}"
        case _:
            return None


class _Names:
    """Names as simpleeval looks them up."""

    def __init__(self, value: Callable[[str], Value]) -> None:
        self._value = value

    def __getitem__(self, name: str) -> Value:
        return self._value(name)


def _checked(result: object) -> Value:
    if isinstance(result, str) and len(result) > LONGEST_TEXT:
        raise _FaultyError(f"text of more than {LONGEST_TEXT} characters")
    if isinstance(result, (int, float)) and not isinstance(result, bool) and not abs(result) <= LARGEST:
        raise _FaultyError("number out of bounds")
    if result is None or isinstance(result, (str, int, float, bool)):
        return result
    raise _FaultyError("a list is no value")


def _bounded(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator whose result is looked at, so that nothing grows; texts can be added, but not multiplied."""

    def bounded(left: Any, right: Any) -> Any:  # noqa: ANN401 - values of any kind
        texts = isinstance(left, str), isinstance(right, str)
        if any(texts) and not (all(texts) and work is operator.add):
            raise _FaultyError("only numbers can be calculated with; number(x) makes one of a text")
        if left is None or right is None:
            raise _FaultyError("a name that nobody has set cannot be calculated with")
        return _checked(work(left, right))

    return bounded


def _ordered(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison that is False where a side is not set, and a fault between text and number."""

    def ordered(left: Any, right: Any) -> Any:  # noqa: ANN401 - values of any kind
        if left is None or right is None:
            return False
        if isinstance(left, str) != isinstance(right, str):
            raise _FaultyError("text and number have no order; number(x) makes a number of a text")
        return work(left, right)

    return ordered


def _number(value: Any) -> float | int | None:  # noqa: ANN401 - values of any kind
    """A number of a text; None of one that is none."""
    if isinstance(value, (int, float)):
        return value
    try:
        number = float(str(value).strip())
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _text(value: Any) -> str:  # noqa: ANN401 - values of any kind
    return "" if value is None else str(value)[:LONGEST_TEXT]


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "number": _number,
        "text": _text,
        "length": lambda value: len(_text(value)),
        "lower": lambda value: _text(value).lower(),
        "starts": lambda value, *starts: _text(value).startswith(tuple(map(_text, starts))),
        "ends": lambda value, *ends: _text(value).endswith(tuple(map(_text, ends))),
        "part": lambda value, start, end: _text(value)[int(start) : int(end)],
        "minimum": lambda *values: min(each for each in values if each is not None),
        "maximum": lambda *values: max(each for each in values if each is not None),
        "rounded": lambda value: None if value is None else int(value + 0.5),
    }
)

_PLAIN: Final = (ast.Eq, ast.NotEq, ast.Not, ast.USub, ast.UAdd)

_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = MappingProxyType(
    {
        **{kind: DEFAULT_OPERATORS[kind] for kind in _PLAIN},
        ast.Add: _bounded(operator.add),
        ast.Sub: _bounded(operator.sub),
        ast.Mult: _bounded(operator.mul),
        ast.Div: _bounded(operator.truediv),
        ast.FloorDiv: _bounded(operator.floordiv),
        ast.Mod: _bounded(operator.mod),
        ast.Lt: _ordered(operator.lt),
        ast.LtE: _ordered(operator.le),
        ast.Gt: _ordered(operator.gt),
        ast.GtE: _ordered(operator.ge),
        ast.In: lambda left, right: right is not None and left in right,
        ast.NotIn: lambda left, right: right is None or left not in right,
    }
)
