"""The kept inputs of fuzzing, each of which must still do no harm and cost little (`tests/fuzz`)."""

from pathlib import Path
from random import Random

import pytest

from csta.codec import ber
from csta.errors import MessageError
from tests.fuzz.bounds import run_within_memory, run_within_time
from tests.fuzz.corpus_files import CORPUS, files
from tests.fuzz.targets import TARGETS

PATIENCE = 5.0
"""Whoever else uses the machine."""
CASES = [(name, path) for name in TARGETS for path in files(name)]


@pytest.mark.parametrize(("name", "path"), CASES, ids=[f"{name}-{path.name}" for name, path in CASES])
def test_input_does_no_harm(name: str, path: Path) -> None:
    run_within_time(TARGETS[name], path.read_bytes(), PATIENCE)


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_take_little_memory(name: str) -> None:
    longest = sorted(files(name), key=lambda path: path.stat().st_size)[-5:]
    assert longest
    for path in longest:
        run_within_memory(TARGETS[name], path.read_bytes())


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.swell])
def test_long_inputs_cost_no_more_for_each_byte(name: str) -> None:
    target, random = TARGETS[name], Random(name)
    swell = target.swell
    assert swell is not None
    for path in random.sample(files(name), 12):
        data = swell(path.read_bytes(), random)
        run_within_time(target, data, PATIENCE)
        run_within_memory(target, data)


def test_thousands_of_elements_without_a_place_are_refused() -> None:
    apdu = (CORPUS / "ber" / "element_without_place_thousands").read_bytes()
    with pytest.raises(MessageError, match="more than 1000 elements without a place"):
        ber.decode(apdu)


def test_the_corpus_is_small() -> None:
    paths = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert len(paths) < 400
    assert sum(path.stat().st_size for path in paths) < 500_000
    assert {path.parent.name for path in paths} == set(TARGETS)
