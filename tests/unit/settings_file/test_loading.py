"""Settings files, good and hostile, into models and problems."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from settings_file import NumberText, Problem, SettingsModel, load


class Play(SettingsModel):
    step: Literal["play"]
    prompt: str


class Menu(SettingsModel):
    step: Literal["menu"]
    timeout: float = 1.0


class Top(SettingsModel):
    name: str
    number: NumberText = "1"
    steps: tuple[Annotated[Play | Menu, Field(discriminator="step")], ...] = ()
    others: dict[str, Play] = Field(default_factory=dict)
    maybe: list[Play] | None = None


def problems_of(tmp_path: Path, text: str | bytes) -> list[str]:
    file = tmp_path / "file.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    loaded, problems, _ = load(Top, file)
    assert (loaded is None) == bool(problems)
    return [str(problem).removeprefix(f"{file}:") for problem in problems]


def test_a_good_file_becomes_its_model(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(
        "name: x\nnumber: 0049\nsteps:\n  - step: play\n    prompt: welcome\n  - step: menu\n    timeout: 2\n"
    )
    loaded, problems, lines = load(Top, file)
    assert problems == []
    assert loaded == Top(
        name="x", number="0049", steps=(Play(step="play", prompt="welcome"), Menu(step="menu", timeout=2))
    )
    assert lines.of("steps", 1, "timeout") == 7
    assert lines.of("steps", 1, "missing") == 6
    assert lines.problem("wrong", "steps", 0, "prompt") == Problem(file, 5, "steps[0].prompt", "wrong")


@pytest.mark.parametrize(
    ("written", "meant"), [("0049", "0049"), ("+49", "+49"), ("7101", "7101"), ('"7101"', "7101"), ("'*61'", "*61")]
)
def test_numbers_are_kept_as_written(tmp_path: Path, written: str, meant: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(f"name: x\nnumber: {written}\n")
    loaded, problems, _ = load(Top, file)
    assert problems == []
    assert loaded is not None
    assert loaded.number == meant


def test_every_problem_is_shown_at_once_at_its_line(tmp_path: Path) -> None:
    text = (
        "steps:\n  - step: play\n    promt: 3\n  - step: meny\n  - timeout: 1\n  - 3\n"
        "numbr: 0049\nothers:\n  x: {step: play, prompt: a, prompd: b}\nmaybe: [{stop: 1, step: play, prompt: 3}]\n"
    )
    assert problems_of(tmp_path, text) == [
        "1: name: is missing",
        "2: steps[0].prompt: is missing",
        "3: steps[0].promt: unknown key; did you mean 'prompt'?",
        "4: steps[1].step: must be one of 'play', 'menu', not 'meny'; did you mean 'menu'?",
        "5: steps[2].step: is missing",
        "6: steps[3]: must be a mapping of keys to values, not 3",
        "7: numbr: unknown key; did you mean 'number'?",
        "9: others.x.prompd: unknown key; did you mean 'prompt'?",
        "10: maybe[0].prompt: input should be a valid string (given: 3)",
        "10: maybe[0].stop: unknown key; did you mean 'step'?",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: name: is missing"),
        ("- 1", "1: must be a mapping of keys to values, not [1]"),
        ("name: a\nsteps: 5", "2: steps: must be a list, not 5"),
        ("name: a\nothers: 5", "2: others: must be a mapping of keys to values, not 5"),
        ("name: a\nname: b\n", "2: name: is given twice (first in line 1)"),
        ("steps:\n - step: a\n   step: b\n", "3: steps[0].step: is given twice (first in line 2)"),
        ("name:\n\t- b", "2: a tab is used where YAML wants spaces"),
        ("name: [1", "1: is not YAML: expected ',' or ']', but got '<stream end>', while parsing a flow sequence"),
        ("name: b: c", "1: is not YAML: mapping values are not allowed here"),
        ("name: !!python/object:os.system 1", "1: the tag tag:yaml.org,2002:python/object:os.system is not supported"),
        ("name: a\n\x07", "2: contains the control character 0x07"),
        (b"name: a\nb: \xff\n", "2: is not UTF-8 text: byte 0xff is wrong; save it as UTF-8"),
        ("name: a\n---\nname: b\n", "2: a second document starts here; a settings file has one"),
        ("? [1, 2]\n: 3", "1: a list or mapping cannot be a key"),
        ("name: &a [*a]", "1: alias *a stands for nothing that is complete above it"),
        ("? *a\n: 1", "1: an alias cannot be a key"),
        ("<<: {name: x}", "1: <<: merge keys are not supported; write the keys out"),
        ("[" * 100_000, "1: nested deeper than 40 levels"),
        ("x" * (1 << 20) + "y", "1: is larger than 1048576 bytes"),
        ("name: a\nnumber: seven\n", "2: number: string should match pattern '^\\+?[0-9*#]+$' (given: 'seven')"),
    ],
)
def test_garbled_and_hostile_files_are_refused_readably(tmp_path: Path, text: str | bytes, problem: str) -> None:
    assert problems_of(tmp_path, text) == [problem]


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    rows = ["a0: &a0 [" + ",".join("1" * 10) + "]"]
    rows += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert problems_of(tmp_path, "\n".join(rows)) == ["5: more than 50000 values"]


def test_aliases_cannot_nest_beyond_the_limit(tmp_path: Path) -> None:
    rows = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert problems_of(tmp_path, "\n".join(rows)) == ["39: nested deeper than 40 levels"]


def test_an_honest_alias_stands_for_its_value(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("name: &n x\nothers:\n  a: &p {step: play, prompt: *n}\n  b: *p\n")
    loaded, problems, _ = load(Top, file)
    assert problems == []
    assert loaded is not None
    assert loaded.others["a"] == loaded.others["b"] == Play(step="play", prompt="x")


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    loaded, problems, _ = load(Top, tmp_path / "none.yaml")
    assert loaded is None
    assert [problem.message for problem in problems] == ["cannot be read: No such file or directory"]


class Music(SettingsModel):
    step: Literal["music"]
    music: str
    seconds: float


class Flow(SettingsModel):
    steps: Annotated[tuple[Annotated[Play | Music, Field(discriminator="step")], ...], Field(min_length=1)]


def test_a_key_spelt_like_its_steps_tag_is_no_trap(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("steps:\n  - step: music\n    music: waltz\n    seconds: long\n    second: 3\n")
    _, problems, _ = load(Flow, file)
    assert [(problem.line, problem.path) for problem in problems] == [(4, "steps[0].seconds"), (5, "steps[0].second")]
    assert problems[1].message == "unknown key; did you mean 'seconds'?"


def test_a_list_is_called_too_short_only_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("steps: []\n")
    assert [str(each) for each in load(Flow, file)[1]] == [f"{file}:1: steps: must have at least 1"]
    file.write_text("steps:\n  - step: play\n")
    assert [str(each) for each in load(Flow, file)[1]] == [f"{file}:2: steps[0].prompt: is missing"]
