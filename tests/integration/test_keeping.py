"""The running server, its journal rebuilt, backed up and checked from the shell; restored to a new place."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, house

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as one:
        yield one


def callwright(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cti_server", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_all_of_it_while_the_server_runs_and_after(home: House, tmp_path: Path) -> None:
    config = ("--config", str(home.config))
    since = home.mark()
    with home.console() as console:
        console.ask("agent logon anna 7101")
        assert "rows" in console.ask("journal")
    home.expect("AgentLoggedOn", since=since)

    rebuilt = callwright("rebuild", *config)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "the reports are rebuilt" in rebuilt.stdout
    checked = callwright("check-journal", *config)
    assert checked.returncode == 0, checked.stderr
    assert "journal rows fit their check sums" in checked.stdout
    told = callwright("console", "journal", "--json", *config)
    facts = json.loads(told.stdout)
    assert facts["last"] > 0
    assert facts["waiting"] == 0
    assert not facts["stalled"]
    file = tmp_path / "one.backup"
    done = callwright("backup", "--to", str(file), *config)
    assert done.returncode == 0, done.stderr
    assert callwright("backup", "--to", str(file), *config).returncode == 1
    refused = callwright("restore", str(file), "--replace", *config)
    assert refused.returncode == 1
    assert "already writes this journal" in refused.stderr

    assert home.stop_server() == 0
    refused = callwright("restore", str(file), *config)
    assert refused.returncode == 1
    assert "with --replace they are deleted" in refused.stderr
    assert callwright("restore", str(file), "--replace", *config).returncode == 0
    assert (
        "configuration files written" in callwright("restore", str(file), "--config-to", str(tmp_path / "new")).stdout
    )
    assert (tmp_path / "new" / "server.yaml").read_bytes() == (home.config / "server.yaml").read_bytes()
    assert callwright("rebuild", *config).returncode == 0
    since = home.mark()
    home.start_server()
    with home.console() as console:
        assert "anna" in console.ask("show agents")
