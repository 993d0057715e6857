"""One-shot commands where there is no server, and where somebody does not want to wait for it."""

import socket
from pathlib import Path
from typing import Any

import click
import pytest

from cti_server.cli import oneshot
from cti_server.cli.door import DoorError, ask
from cti_server.console.doors.frames import SOCKET_NAME
from cti_server.settings import ServerSettings


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    return ServerSettings.model_construct(data=tmp_path)


def test_without_a_server_it_is_said_how_to_start_one(settings: ServerSettings) -> None:
    with pytest.raises(click.ClickException, match=r"no server runs here: .*callwright run") as told:
        oneshot.tell(settings, "show queues")
    assert told.value.exit_code == 1


def test_what_a_killed_server_left_is_no_server(settings: ServerSettings) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(settings.data / SOCKET_NAME))
    with pytest.raises(DoorError, match=r"Connection refused; start it with callwright run"):
        ask(settings, "show queues")


def test_ctrl_c_ends_the_waiting_with_the_status_that_shells_have_for_it(
    settings: ServerSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(oneshot, "ask", interrupted)
    assert oneshot.tell(settings, "journal rebuild") == 130
    assert "may still be carried out" in capsys.readouterr().err
