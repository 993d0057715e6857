"""Hypothesis strategies for the values of any type that the codec stores."""

import enum
import typing
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from cti_server.storage.shapes import _family, _is_family, _is_record, _plain, fields_of

SCALARS: dict[type, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    annotation = _plain(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if _is_family(annotation):
        members = _family(annotation)
        return st.sampled_from(sorted(members)).flatmap(lambda name: values_of(members[name]))
    if _is_record(annotation):
        return st.builds(annotation, **{name: values_of(each) for name, each in fields_of(annotation).items()})
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return st.sampled_from(annotation)
    if origin in {dict, Mapping}:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*(values_of(each) for each in arguments))
    if origin in {list, tuple, set, frozenset}:
        return st.lists(values_of(arguments[0]), max_size=3).map(origin)
    return st.one_of(*(values_of(each) for each in arguments))
