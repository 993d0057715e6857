"""What doctor says of connectors that are there, and of those that are not."""

import sqlite3
from pathlib import Path
from typing import Any

from cti_server.connectors.doctor import connector_findings
from cti_server.connectors.pins.book import PinBook
from program.findings import Finding
from tests.unit.cti_server.connectors.asking import site
from tests.unit.cti_server.connectors.web_peer import peer


def look(base: Path, **connectors: Any) -> list[Finding]:
    return list(connector_findings(site(base, **connectors).settings.connectors))


def mail(port: int, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@example.net", **more}


def test_all_is_well(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "crm.db").close()
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path / 'crm.db'}")
    PinBook(tmp_path / "pins").set("anna", "4711")
    with peer() as server:
        found = look(
            tmp_path,
            databases=[{"name": "crm", "url": {"file": "url"}}],
            web=[{"name": "shop", "url": f"http://127.0.0.1:{server.port}/x"}],
            mail=mail(server.port),
            pins={"file": "pins"},
        )
    assert [(one.what, one.good) for one in found] == [
        ("database crm", True),
        ("web shop", True),
        ("mail", True),
        ("pins", True),
    ]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path / 'missing.db'}")
    (tmp_path / "pins").write_text("anna\n")
    found = look(
        tmp_path,
        databases=[{"name": "crm", "url": {"file": "url"}}, {"name": "old", "url": {"file": "nothing"}}],
        web=[
            {"name": "shop", "url": "http://127.0.0.1:1/x"},
            {"name": "key", "url": "http://127.0.0.1:1/x", "secret_headers": {"Key": {"env": "NO_SUCH_VARIABLE"}}},
        ],
        mail=mail(1, recordings={"media-1": "nowhere"}),
        pins={"file": "pins"},
    )
    assert not any(one.good for one in found)
    said = ["unable to open", "cannot be read", "refused", "NO_SUCH_VARIABLE", "nowhere", "agent:hash"]
    for one, words in zip(found, said, strict=True):
        assert words in one.text
    assert look(tmp_path, pins={"file": "none"})[0].text.startswith("0 in")
