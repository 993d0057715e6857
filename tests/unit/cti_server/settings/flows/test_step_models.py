"""Every component's file settings come from its dataclass: examples hold, plug-ins need nothing, errors say where."""

import dataclasses
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from annotated_types import Ge, Le
from pydantic import ValidationError

from cti_server.flows.component import FlowKind, Here, Leave, Reaction
from cti_server.flows.steps import BUILT_IN, PlayStep
from cti_server.flows.steps.pattern import Standard
from cti_server.settings.flows import components
from cti_server.settings.flows.examples import EXAMPLES
from cti_server.settings.flows.naming import named
from cti_server.settings.flows.step_models import descriptions, step_model, step_of
from cti_server.storage.shapes import shape_of
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance
from settings_file import read_document
from tests.unit.cti_server.settings.configs import REPOSITORY


def example(name: str, folder: Path) -> Step:
    (folder / "example.yaml").write_text(EXAMPLES[name])
    document = read_document(folder / "example.yaml")
    assert document.problems == []
    assert isinstance(document.value, list)
    return step_of(step_model(BUILT_IN[name]).model_validate(document.value[0]))


def test_every_component_has_an_example_and_a_page() -> None:
    assert set(EXAMPLES) == set(BUILT_IN)
    spec = importlib.util.spec_from_file_location("make_flows", REPOSITORY / "docs" / "make_flows.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages = {file.name: file.read_text() for file in (REPOSITORY / "docs" / "flows").glob("*.md")}
    assert pages == module.pages(), "run python docs/make_flows.py"


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_example_is_a_step_of_its_component_that_the_journal_can_keep(name: str, tmp_path: Path) -> None:
    step = example(name, tmp_path)
    assert isinstance(step, BUILT_IN[name].settings)
    shape = shape_of(Step)
    assert shape.load(shape.dump(step)) == step


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_setting_is_described(name: str) -> None:
    said = descriptions(BUILT_IN[name].settings)
    fields = {each.name for each in dataclasses.fields(BUILT_IN[name].settings)} - {"id"}
    assert fields - set(said) == set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """A bell."""

    strokes: Annotated[int, Ge(1), Le(12)] = 1
    """How often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStep(Step):
    """Ring bells."""

    bells: tuple[Bell, ...]
    """Which."""
    told: Mapping[StepId, QueueName]
    """Whom."""
    next: StepId | None = None
    """The step after this one."""


class RingComponent(Standard):
    """Rings."""

    name = "ring"
    settings: type[Step] = RingStep

    def enter(self, step: RingStep, here: Here) -> Reaction:
        return Leave()


class FakeEntry:
    """An entry point of a plug-in."""

    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.value, self._loaded = name, f"plugin:{name}", loaded

    def load(self) -> object:
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def test_a_plug_ins_component_works_without_a_change_here(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = FakeEntry("gone", ImportError("no module named bells"))
    entries = [FakeEntry("ring", RingComponent()), broken, FakeEntry("odd", object()), FakeEntry("play", object())]
    monkeypatch.setattr(components, "entry_points", lambda group: entries)
    found = components.library.__wrapped__()
    assert found.components["play"] is BUILT_IN["play"]
    assert sorted(found.broken) == ["gone", "odd"]
    assert "cannot be loaded from plugin:gone" in found.broken["gone"]
    assert "it has no name, settings" in found.broken["odd"]
    model = step_model(found.components["ring"])
    step = step_of(model.model_validate({"step": "ring", "id": "r", "bells": [{"strokes": 2}], "told": {"a": "sales"}}))
    assert step == RingStep(id="r", bells=(Bell(strokes=2),), told={"a": "sales"})
    assert [(each.kind, each.value, each.path) for each in named(step)] == [
        (StepId, "a", ("told", "a")),
        (QueueName, "sales", ("told", "a")),
    ]
    assert FlowKind.PART in found.components["ring"].kinds


@pytest.mark.parametrize(
    "given",
    [
        {"step": "ring", "id": "r", "bells": [{"strokes": 13}], "told": {}},
        {"step": "ring", "id": "r", "bells": [{"stroke": 1}], "told": {}},
        {"step": "ring", "id": "r", "bells": [], "told": {}, "volume": 3},
        {"step": "ring", "id": "../r", "bells": [], "told": {}},
        {"step": "ring", "id": "r", "bells": [], "told": {"a": "no such name!"}},
    ],
)
def test_what_a_dataclass_forbids_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        step_model(RingComponent()).model_validate(given)


@pytest.mark.parametrize(
    ("say", "said"),
    [
        ("welcome", (Utterance(prompt="welcome"),)),
        (["welcome", {"number": 3}], (Utterance(prompt="welcome"), Utterance(number=3))),
        ({"digits": 4711}, (Utterance(digits="4711"),)),
        ({"amount": "{due}", "currency": "EUR"}, (Utterance(amount="{due}", currency="EUR"),)),
    ],
)
def test_what_is_said_in_short_and_in_full(say: object, said: tuple[Utterance, ...]) -> None:
    step = step_of(step_model(BUILT_IN["play"]).model_validate({"step": "play", "id": "p", "say": say}))
    assert step == PlayStep(id="p", utterances=said)


@pytest.mark.parametrize(
    "say", [{"text": "{a b}"}, {"text": "{a"}, {"number": 1, "position": 1}, {"currency": "EUR"}, {}, {"tone": "../x"}]
)
def test_what_cannot_be_said_is_refused(say: object) -> None:
    with pytest.raises(ValidationError):
        step_model(BUILT_IN["play"]).model_validate({"step": "play", "id": "p", "say": say})


@pytest.mark.parametrize("when", ["__import__('os')", "a +", "(lambda: 1)()", "a.b()", "[x for x in y]", "a" * 1001])
def test_an_expression_that_is_none_is_refused_where_it_stands(when: str) -> None:
    given = {"step": "decide", "id": "d", "cases": [{"when": when, "next": "a"}]}
    with pytest.raises(ValidationError):
        step_model(BUILT_IN["decide"]).model_validate(given)
