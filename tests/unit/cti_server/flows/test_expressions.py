"""What expressions give, what they refuse, and that nothing gets out of them."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cti_server.flows.expressions import LONGEST, ExpressionFault, evaluate, fault_of, names_in
from cti_server.vocabulary.values import Value

KNOWN: dict[str, Value] = {
    "digits": "12",
    "waited": 61.5,
    "vip": True,
    "level": 3,
    "queues.sales.free": 0,
    "queues.first-line.waiting": 4,
}


def worth(text: str) -> Value | ExpressionFault:
    return evaluate(text, KNOWN.get)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("waited > 60 and queues.sales.free == 0", True),
        ("queues['first-line'].waiting + 1", 5),
        ('queues["first-line"].waiting', 4),
        ("digits == '12'", True),
        ("number(digits) + 1", 13),
        ("number('1.5')", 1.5),
        ("number('x')", None),
        ("digits in ('11', '12')", True),
        ("'9' in digits", False),
        ("'9' not in digits", True),
        ("'a' in nobody", False),
        ("level if vip else 0", 3),
        ("not vip", False),
        ("-level", -3),
        ("7 // 2 + 7 % 2", 4),
        ("'x' + digits", "x12"),
        ("nobody", None),
        ("nobody == None", True),
        ("nobody < 3", False),
        ("nobody > 3", False),
        ("1 < level < 5", True),
        ("starts(digits, '0', '1')", True),
        ("ends(digits, '1')", False),
        ("part(digits, 0, 1)", "1"),
        ("length(digits)", 2),
        ("lower('ABC')", "abc"),
        ("text(level)", "3"),
        ("minimum(level, 2, nobody)", 2),
        ("maximum(level, 2, nobody)", 3),
        ("rounded(2.5)", 3),
        ("rounded(nobody)", None),
        ("  level  ", 3),
    ],
)
def test_values(text: str, value: Value) -> None:
    assert worth(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "level +",
        "9 ** 9 ** 9",
        "1 << 99",
        "lambda: 1",
        "[x for x in (1, 2)]",
        "{'a': 1}",
        "f'{level}'",
        "level.__class__.__mro__()",
        "().__class__",
        "'a'.upper()",
        "'a'['__class__']",
        "__import__('os')",
        "open('/etc/passwd')",
        "number(digits=1)",
        "starts",
        "digits * 1000000",
        "'a' * 3",
        "'%s' % level",
        "level < '3'",
        "nobody + 1",
        "1 / 0",
        "1e15 * 10",
        "(1, 2)",
        "minimum()",
        "minimum(nobody)",
        "part(digits)",
        "b'x'",
        "1j",
        "x := 3",
        "level; vip",
        "import os",
        "1 " * LONGEST,
        "+".join("1" for _ in range(400)),
        "(" * 400 + ")" * 400,
        "-" * 900 + "1",
    ],
)
def test_what_has_no_value_is_a_fault_in_words(text: str) -> None:
    if text == "starts":
        assert worth(text) is None  # a name like any other, that nobody has set
        return
    fault = worth(text)
    assert isinstance(fault, ExpressionFault)
    assert fault.text


def test_names_and_faults_are_known_before_anything_is_worked_out() -> None:
    text = "number(digits) > 3 and queues['first-line'].waiting > queues.sales.free"
    assert names_in(text) == {"digits", "queues.first-line.waiting", "queues.sales.free"}
    assert fault_of(text) is None
    assert names_in("level +") == frozenset()
    assert fault_of("level +") is not None
    assert fault_of("eval('1')") == (
        "no function eval; there are ends, length, lower, maximum, minimum, number, part, rounded, starts, text"
    )


PIECES = [
    "level",
    "digits",
    "queues.sales.free",
    "1",
    "'a'",
    "(",
    ")",
    "+",
    "*",
    "<",
    " and ",
    " in ",
    ",",
    "number(",
    "[",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
def test_nothing_that_is_written_gets_out(text: str) -> None:
    result = worth(text)
    assert result is None or isinstance(result, (str, int, float, bool, ExpressionFault))
    names_in(text)
    fault = fault_of(text)
    if fault is not None:
        assert result == ExpressionFault(fault)
