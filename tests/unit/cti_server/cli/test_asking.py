"""The way to a PBX by its settings: profile, log-in, TLS, variations; what is wrong is told before any attempt."""

from pathlib import Path
from typing import Any

import pytest

from csta.session_settings import Credentials
from csta.transport import Address
from cti_server.cli.asking import UnreachableError, way_of
from cti_server.settings import LinkSettings


def link(**settings: Any) -> LinkSettings:
    return LinkSettings(
        **{"name": "pbx", "dialect": "openscape_business", "host": "192.0.2.7", "port": 8800, **settings}
    )


def test_profile_user_and_password_are_taken(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("geheim 77\n")
    way = way_of(link(profile="xml", user="max", password_file=secret, others=[{"host": "192.0.2.8", "port": 8801}]))
    assert (way.host, way.port, way.profile) == ("192.0.2.7", 8800, "xml")
    assert way.credentials == Credentials("max", "geheim 77")
    assert way.others == (Address("192.0.2.8", 8801),)
    assert way.tls is None
    assert "geheim" not in repr(way)


def test_tls_is_taken(tmp_path: Path) -> None:
    way = way_of(link(tls={"ca": tmp_path / "ca.pem", "server_name": "pbx.example"}))
    assert way.tls is not None
    assert (way.tls.ca, way.tls.server_name) == (tmp_path / "ca.pem", "pbx.example")


def test_the_sites_differences_from_the_dialect_are_taken() -> None:
    settings = link(dialect="openscape_voice", dialect_settings={"second_deflect": True})
    assert way_of(settings).dialect.capabilities.second_deflect
    assert not way_of(link(dialect="openscape_voice")).dialect.capabilities.second_deflect


@pytest.mark.parametrize(
    "settings",
    [
        {"dialect": "nonesuch"},
        {"dialect_settings": {"nonesuch": True}},
        {"user": "max"},
        {"user": "max", "password_env": "CALLWRIGHT_NO_SUCH_VARIABLE"},
        {"user": "max", "password_file": "/nonexistent/password"},
    ],
)
def test_what_is_wrong_is_told(settings: dict[str, Any]) -> None:
    with pytest.raises(UnreachableError):
        way_of(link(**settings))
