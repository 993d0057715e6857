"""The collector of cycles is held back for a while, and runs again whatever comes between."""

import gc

import pytest

from program.cycles import no_collections


def test_it_waits_and_runs_again() -> None:
    with no_collections():
        assert not gc.isenabled()
        with no_collections():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_runs_again_after_a_fault() -> None:
    with pytest.raises(KeyError), no_collections():
        raise KeyError
    assert gc.isenabled()
