"""Secrets stand nowhere that lasts: not in settings, not in the log, not in the journal, not in figures or alarms."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import structlog
from pydantic import ValidationError

from cti_server.settings import ServerSettings, load_settings
from cti_server.settings.connectors import SecretSettings
from cti_server.settings.supervision.alarms import AlarmWebhookSettings
from media_service.control import messages as c
from media_service.settings import MediaSettings
from settings_file import SettingsModel
from tests.house.test_docs import models_in
from tests.unit.cti_server.runtime import test_kernel as kernel_story
from tests.unit.cti_server.runtime.test_kernel import Server

DIGITS = "90417263"
CALLER = "4930123"


def fields_of(model: type[SettingsModel], path: str = "", seen: tuple[type, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield f"{path}{name}", field.annotation
        for inner in models_in(field.annotation):
            if inner not in seen and inner is not SecretSettings:
                yield from fields_of(inner, f"{path}{name}.", (*seen, model))


@pytest.mark.parametrize("model", [ServerSettings, MediaSettings])
def test_no_setting_is_a_secret_itself(model: type[SettingsModel]) -> None:
    words = ("password", "token", "secret", "key", "pin")
    checked = 0
    for path, kind in fields_of(model):
        name = path.rpartition(".")[2]
        if not any(word in name.split("_") or f"{word}s" in name.split("_") for word in words) or kind is bool:
            continue
        checked += 1
        parts = {kind, *get_args(kind)} - {type(None)}
        inner = {each for part in parts for each in (part, *get_args(part))}
        held = Path in inner or any(isinstance(one, type) and issubclass(one, SettingsModel) for one in inner)
        assert held or name.endswith("_env"), f"{path} would hold a secret: {kind}"
    assert checked > 1


@pytest.mark.parametrize("url", ["postgresql://me:hunter2@db/x", "postgresql+psycopg://me:hunter2@db/x"])
def test_a_password_in_the_database_url_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    (tmp_path / "server.yaml").write_text(f"database: {url}\n")
    (problem,) = [str(one) for one in load_settings(tmp_path).problems if "database" in str(one)]
    assert "password" in problem
    assert "hunter2" not in problem


def test_a_password_in_the_address_of_a_webhook_is_refused() -> None:
    with pytest.raises(ValidationError):
        AlarmWebhookSettings(name="ops", url="https://me:hunter2@ops.example.net/x")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    kept = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(file=kept),
        cache_logger_on_first_use=False,
    )
    yield kept
    structlog.reset_defaults()


def test_masked_digits_and_callers_numbers_reach_no_disk_but_the_table_of_parties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    config = copied(tmp_path / "config")
    monkeypatch.setattr(kernel_story, "CONFIG", config)
    (tmp_path / "data").mkdir()
    server = Server(tmp_path / "data", monkeypatch)
    server.up()
    server.pbx.dial_pilot(CALLER)
    server.media.end_verb(server.last_verb(c.Collect), "digits", DIGITS)
    contact = server.contact()
    assert contact.data["pin"] is not None
    assert "sales" in str(contact.queue)
    figures, _ = exposed(server)
    server.kernel.stop()

    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert b"ContactQueued" in kept
    assert DIGITS.encode() not in kept
    assert DIGITS not in log.getvalue()
    assert DIGITS.encode() not in figures
    assert CALLER.encode() not in figures
    assert "contact" in log.getvalue()
    assert CALLER not in log.getvalue()


def copied(target: Path) -> Path:
    """The demo's configuration with a flow that asks for a secret."""
    source = kernel_story.CONFIG
    for file in source.rglob("*.yaml"):
        place = file.relative_to(source)
        if place.parts[0] in {"examples", "secrets", "secrets.example"} or "tests" in place.parts:
            continue
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8").replace("../prompts", str(source.parent / "prompts"))
        (target / place).write_text(text, encoding="utf-8")
    (target / "flows" / "welcome.yaml").write_text(
        "name: welcome\nkind: routing-strategy\nsteps:\n"
        "  - {id: ask, step: collect, say: welcome, into: pin, masked: true, minimum: 4, maximum: 8,\n"
        "     otherwise: sales}\n"
        "  - {id: sales, step: queue, queue: sales, priority: 5}\n",
        encoding="utf-8",
    )
    loaded = load_settings(target)
    assert loaded.problems == []
    return target


def exposed(server: Server) -> tuple[bytes, str]:
    oversight = next(one for one in server.kernel.attendants if hasattr(one, "_exposition"))
    return oversight._exposition.expose("")()
