"""A module that is loaded late is not there before it is used, and then is the module itself."""

import subprocess
import sys

import pytest

from program.late import LateModule


def test_it_is_loaded_at_the_first_use_and_not_before() -> None:
    told = (
        "import sys; from program.late import LateModule; late = LateModule('wave'); before = 'wave' in sys.modules; "
        "first = late.open; print(before, first is sys.modules['wave'].open, 'open' in vars(late))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True"]


def test_what_is_not_there_is_raised_where_it_is_used() -> None:
    with pytest.raises(ImportError):
        _ = LateModule("no_such_module_at_all").thing
    with pytest.raises(AttributeError):
        _ = LateModule("json").no_such_thing
