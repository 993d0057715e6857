"""What is wrong below ``connectors:`` is told with its line; secrets are read from where they are."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cti_server.settings.connectors import ConnectorsSettings, SecretFault, SecretSettings, check_connectors
from cti_server.settings.server import ServerSettings
from settings_file import load

BROKEN = """\
connectors:
  databases:
    - name: crm
      url: {file: missing}
      queries:
        - {name: one, sql: select 1}
        - {name: one, sql: select 2}
  web:
    - {name: shop, url: "http://shop.example.net/{number}", ca: nowhere.pem}
    - name: shop
      url: http://shop.example.net/
      secret_headers: {Key: {env: NO_SUCH_VARIABLE}}
"""


def settings(**parts: Any) -> ConnectorsSettings:
    return ConnectorsSettings.model_validate(parts)


def web(**more: Any) -> dict[str, Any]:
    return {"name": "shop", "url": "https://shop.example.net/{number}", **more}


def mail(**more: Any) -> dict[str, Any]:
    return {"host": "mail.example.net", "sender": "a@example.net", **more}


def test_problems_have_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    file.write_text(BROKEN)
    loaded, problems, places = load(ServerSettings, file)
    assert loaded is not None, problems
    found = [str(one) for one in check_connectors(loaded.connectors, places)]
    lines = [int(text.removeprefix(f"{file}:").partition(":")[0]) for text in found]
    assert sorted(lines) == [4, 7, 9, 10, 12]
    assert any("query one is given twice" in text for text in found)


@pytest.mark.parametrize(
    "parts",
    [
        {"databases": [{"name": "crm", "url": {"file": "x", "env": "Y"}}]},
        {"databases": [{"name": "crm", "url": {}}]},
        {"databases": [{"name": "crm", "url": "sqlite:///x"}]},
        {"databases": [{"name": "crm", "url": {"file": "x"}, "queries": [{"name": "a", "sql": "delete from x"}]}]},
        {"web": [web(url="https://{host}/x")]},
        {"web": [web(url="https://user:password@shop.example.net/")]},
        {"web": [web(url="https://shop.example.net/{number")]},
        {"web": [web(url="ftp://shop.example.net/")]},
        {"web": [web(values={"name": "a..b"})]},
        {"mail": mail(user="me")},
        {"mail": mail(user="me", password={"file": "x"}, security="none")},
        {"mail": mail(sender="nobody")},
        {"pins": {"attempts": 0}},
        {"ldap": {}},
    ],
)
def test_what_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**parts)


def test_only_what_is_configured_is_active(tmp_path: Path) -> None:
    assert settings().active() == ()
    some = settings(web=[web(ca="ca.pem")], pins={}).resolved(tmp_path)
    assert some.active() == ("web", "pins")
    assert some.service_names() == ["shop"]
    assert some.web[0].ca == tmp_path / "ca.pem"
    assert some.pins is not None
    assert some.pins.file == tmp_path / "secrets" / "agent-pins"


def test_a_secret_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\r\n")
    assert SecretSettings(file=file).read() == "s3cret"
    assert SecretSettings(env="KEY").read({"KEY": "abc"}) == "abc"
    for text in ("", "one\ntwo\n"):
        file.write_text(text)
        with pytest.raises(SecretFault, match="one line"):
            SecretSettings(file=file).read()
    with pytest.raises(SecretFault, match="KEY is not set"):
        SecretSettings(env="KEY").read({})
    file.write_bytes(b"\xff")
    with pytest.raises(SecretFault, match="cannot be read"):
        SecretSettings(file=file).read()
