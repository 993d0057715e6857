"""Whatever stands in a step of a flow file, reading it gives a step or says what is wrong, and never another fault."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from cti_server.flows.steps import BUILT_IN
from cti_server.settings.flow_checks import check_flow, drawn
from cti_server.settings.flows.data_checks import check_data
from cti_server.settings.flows.examples import EXAMPLES
from cti_server.settings.flows.flow_file import FlowFile, flow_file
from cti_server.settings.flows.naming import named
from cti_server.settings.flows.step_models import step_model, step_of
from settings_file import Lines

HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["{", "{a}", "{a.b c}", "a.b.c", "()", "1/0", "a" * 3000, "../../x", "secret:1", "\u0000", "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data(), st.sampled_from(sorted(BUILT_IN)))
@settings(max_examples=300, deadline=None)
def test_a_setting_of_any_value_is_taken_or_refused(data: st.DataObject, name: str) -> None:
    (example,) = YAML(typ="safe", pure=True).load(EXAMPLES[name])
    example = {key: _text_keys(value) for key, value in example.items()}
    fields = [info.alias or key for key, info in step_model(BUILT_IN[name]).model_fields.items() if key != "step"]
    changed = data.draw(st.sampled_from(fields))
    example[changed] = data.draw(HOSTILE)
    try:
        step = step_of(step_model(BUILT_IN[name]).model_validate(example))
    except ValidationError:
        return
    assert isinstance(step, BUILT_IN[name].settings)
    assert all(each.path for each in named(step))
    assert BUILT_IN[name].exits(step) is not None


CASES = st.lists(st.fixed_dictionaries({"when": st.just("x"), "next": st.sampled_from("abcd")}), min_size=1, max_size=3)
TARGETS = st.sampled_from(["a", "b", "c", "d", "nowhere"])
STEPS = st.one_of(
    st.fixed_dictionaries({"step": st.just("play"), "say": st.just("welcome")}, optional={"next": TARGETS}),
    st.fixed_dictionaries({"step": st.just("decide"), "cases": CASES}, optional={"otherwise": TARGETS}),
    st.fixed_dictionaries({"step": st.just("wait"), "seconds": st.just(1)}, optional={"next": TARGETS}),
    st.fixed_dictionaries({"step": st.just("set"), "values": st.just({"x": "1"})}, optional={"next": TARGETS}),
    st.fixed_dictionaries({"step": st.just("queue"), "queue": st.just("sales")}, optional={"full": TARGETS}),
    st.fixed_dictionaries({"step": st.just("disconnect")}),
)


@given(st.lists(STEPS, min_size=1, max_size=4), st.sampled_from(["routing-strategy", "queue-processing", "part"]))
@settings(max_examples=300, deadline=None)
def test_a_flow_of_any_shape_is_checked_to_its_end(steps: list[dict[str, object]], kind: str) -> None:
    given_ = {"name": "f", "kind": kind, "steps": [{"id": "abcd"[at], **step} for at, step in enumerate(steps)]}
    flow: FlowFile = flow_file().model_validate(given_)
    lines = Lines(file=None)  # type: ignore[arg-type]
    found = [problem.message for problem in check_flow(flow, lines)]
    if not found:
        assert list(check_data(drawn(flow), lines, elsewhere=frozenset({"x"}), expected=(), queues=None)) == []
        assert _comes_to_rest(flow)


def _comes_to_rest(flow: FlowFile) -> bool:
    """Walk by every choice of instant steps: none may come back to a step without a wait."""
    way = drawn(flow)
    place = {step.id: at for at, step in enumerate(way.steps)}

    def spins(at: int, above: tuple[int, ...]) -> bool:
        if at in above:
            return True
        if way.components[at].waits:
            return False
        targets = [target for name, target in way.ways[at].items() if target is not None and name != "on_failure"]
        return any(spins(place[target], (*above, at)) for target in targets)

    return not any(spins(at, ()) for at in range(len(way.steps)))


def _text_keys(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _text_keys(each) for key, each in value.items()}
    return [_text_keys(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_examples_are_steps(name: str) -> None:
    (example,) = YAML(typ="safe", pure=True).load(EXAMPLES[name])
    assert step_of(step_model(BUILT_IN[name]).model_validate({k: _text_keys(v) for k, v in example.items()})).id
