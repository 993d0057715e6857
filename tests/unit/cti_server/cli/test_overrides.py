"""Settings given on the command line: the database goes with the data folder, unless it was named."""

from pathlib import Path

from cti_server.cli.overrides import override
from cti_server.settings import ServerSettings


def test_the_database_that_nobody_named_goes_with_the_data(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path / "run").resolved(tmp_path)
    elsewhere = override(settings, [f"data={tmp_path / 'demo'}"])
    assert elsewhere.database == f"sqlite:///{tmp_path / 'demo' / 'callwright.db'}"


def test_a_database_that_was_named_stays(tmp_path: Path) -> None:
    named = f"sqlite:///{tmp_path / 'named.db'}"
    settings = ServerSettings(data=tmp_path / "run", database=named).resolved(tmp_path)
    assert override(settings, [f"data={tmp_path / 'demo'}"]).database == named
    unnamed = ServerSettings(data=tmp_path / "run").resolved(tmp_path)
    assert override(unnamed, [f"data={tmp_path / 'demo'}", f"database={named}"]).database == named
