"""Live change by the real doors: plan, apply, undo and SIGHUP against a running house with callers in it."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result

from cti_server.cli.door import ask
from cti_server.settings import load_settings
from tests.integration.house import House, house

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    alarms = "\nalarms:\n  rules:\n    plan-differs: {hold: 0}\n\nchannels:"
    with house(tmp_path_factory.mktemp("change"), changes={"\nchannels:": alarms}) as running:
        yield running


def callwright(home: House, *words: str) -> Result:
    return home.ran(*words)


def edit(home: House, file: str, before: str, after: str) -> None:
    path = home.config / file
    text = path.read_text(encoding="utf-8")
    assert before in text, file
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def told(home: House, line: str) -> Any:
    """What a console line comes to, asked at the local door."""
    settings = load_settings(home.config).settings
    assert settings is not None
    return json.loads(ask(settings, line, form="json").text)


def running_wrap_up(home: House) -> str:
    return f"{told(home, 'config show queue sales')['wrap_up']:g}"


def test_a_change_is_shown_made_undone_and_made_again_while_callers_wait(home: House) -> None:
    assert told(home, "config plan")["same"] is True
    caller = home.caller("7201", "--press", "1@0.3")
    queued = home.expect("ContactQueued", within=30, contact=1)
    version = queued["flow_version"]

    edit(home, "site/queues.yaml", "wrap_up: 8", "wrap_up: 33")
    edit(home, "flows/waiting.yaml", "seconds: ", "seconds: 1")
    shown = callwright(home, "plan", "--detailed", "--json")
    assert shown.exit_code == 3, shown.stderr
    found = json.loads(shown.stdout)
    assert "queue sales: wrap_up 8 -> 33" in found["changes"]
    touched = {(one["kind"], one["name"]): one for one in found["touched"]}
    assert touched["queue", "sales"]["waiting"] == 1
    assert touched["flow", "waiting"]["contacts"] == 1
    assert running_wrap_up(home) == "8"

    stale = callwright(home, "apply", "--yes", "--expect", "000000000000")
    assert (stale.exit_code, running_wrap_up(home)) == (1, "8")
    assert "another one by now" in stale.stderr

    applied = callwright(home, "apply", "--yes", "--why", "more time after talks", "--expect", found["digest"])
    assert applied.exit_code == 0, applied.stderr
    assert "plan 2 is in force" in applied.stdout
    loaded = home.expect("PlanLoaded", number=2)
    assert (loaded["why"], loaded["kind"]) == ("more time after talks", "apply")
    assert loaded["by"]
    assert told(home, "config plan")["same"] is True

    undone = callwright(home, "undo", "--yes", "--why", "not so long")
    assert undone.exit_code == 0, undone.stderr
    assert "plan 1 again" in undone.stdout
    assert "the files say something else" in undone.stdout
    home.expect("alarm raised", alarm="plan-differs")
    assert running_wrap_up(home) == "8"
    history = told(home, "config history")
    assert [(row["number"], row["kind"], row["why"]) for row in history] == [
        (3, "undo to 1", "not so long"),
        (2, "apply", "more time after talks"),
        (1, "start", "start"),
    ]

    agent = home.agent("7101")
    told(home, "agent logon anna 7101")
    told(home, "agent ready anna")
    home.expect("ContactAnswered", within=30, contact=1)
    entered = home.log.find("StepEntered", contact=1)
    assert {one["flow_version"] for one in entered if one["flow"] == "waiting"} == {version}
    caller.stop()
    agent.stop()
    home.contact(1)


def test_wrong_files_leave_the_system_as_it_was(home: House) -> None:
    before = running_wrap_up(home)
    edit(home, "site/queues.yaml", "groups: [sales]", "groups: [salse]")
    done = callwright(home, "apply", "--yes")
    assert done.exit_code == 2
    assert "queues.yaml" in done.stderr
    assert "salse" in done.stderr
    for line in ("config plan", "config apply", "reload"):
        assert told(home, line)["refused"] == "wrong-files"
    since = home.mark()
    assert home.server is not None
    home.server.signal(signal.SIGHUP)
    heard = home.expect("nothing was reloaded; the system stays as it was", since=since)
    assert "salse" in heard["reason"]
    assert running_wrap_up(home) == before
    edit(home, "site/queues.yaml", "groups: [salse]", "groups: [sales]")


def test_an_undone_change_stands_over_a_restart_until_it_is_applied_and_sighup_applies(home: House) -> None:
    assert running_wrap_up(home) == "8"
    home.stop_server()
    since = home.mark()
    home.start_server()
    home.expect("running plan differs from files; it stands until they are applied", since=since, undone=True)
    home.expect("alarm raised", since=since, alarm="plan-differs")
    assert running_wrap_up(home) == "8"
    edit(home, "server.yaml", "level: info", "level: debug")
    since = home.mark()
    assert home.server is not None
    home.server.signal(signal.SIGHUP)
    assert home.expect("PlanLoaded", since=since)["why"] == "SIGHUP"
    assert running_wrap_up(home) == "33"
    home.expect("reloaded", since=since)
    home.expect("alarm over", since=since, alarm="plan-differs")
    assert "debug" in json.dumps(told(home, "log level"))
    home.stop_server()
    since = home.mark()
    home.start_server()
    assert running_wrap_up(home) == "33"
    assert not home.log.find("PlanLoaded", since)
