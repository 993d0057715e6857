"""How a link is secured and logged in: what is taken from the settings, and what is said of mistakes."""

from pathlib import Path

import pytest

from csta.session_settings import Credentials
from csta.transport import Address, TlsSettings
from cti_server.channels.voice.channel import access_of
from cti_server.channels.voice.link import Access
from cti_server.settings import load_settings
from cti_server.settings.links import SecretError, credentials
from cti_server.settings.server import LinkSettings
from tests.unit.cti_server.settings.configs import Config

HEARTBEAT = "    heartbeat: 30\n"


def with_link(config: Config, text: str) -> None:
    config.edit("server.yaml", HEARTBEAT, f"{HEARTBEAT}{text}")


def link_of(config: Config) -> LinkSettings:
    loaded = load_settings(config.home)
    assert loaded.settings is not None
    return loaded.settings.links[0]


def secret(config: Config, text: str) -> Path:
    (config.home / "secrets").mkdir(exist_ok=True)
    file = config.home / "secrets" / "pbx"
    file.write_text(text)
    return file


def test_a_plain_link_needs_nothing(config: Config) -> None:
    assert access_of(link_of(config)) == Access()


def test_everything_that_a_link_may_have(config: Config) -> None:
    secret(config, "s3cret\n")
    with_link(
        config,
        "    others: [{host: pbx-b.example.net, port: 1040}]\n    warm_standby: true\n"
        "    user: amhost\n    password_file: secrets/pbx\n    tls: {server_name: pbx.example.net}\n",
    )
    assert config.problems() == []
    access = access_of(link_of(config))
    assert access == Access(
        tls=TlsSettings(server_name="pbx.example.net"),
        credentials=Credentials("amhost", "s3cret"),
        others=(Address("pbx-b.example.net", 1040),),
        warm_standby=True,
    )
    assert "s3cret" not in repr(access)


def test_paths_start_at_the_files_folder(config: Config) -> None:
    with_link(config, "    tls: {ca: secrets/ca.pem}\n")
    tls = link_of(config).tls
    assert tls is not None
    assert tls.ca == config.home / "secrets" / "ca.pem"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("    user: amhost\n", "a user needs either password_file or password_env"),
        ("    password_env: PBX\n", "has a password but no user"),
        ("    user: a\n    password_file: secrets/none\n", "secrets/none cannot be read"),
        ("    user: a\n    password_env: CALLWRIGHT_NOT_SET\n", "variable CALLWRIGHT_NOT_SET is not set"),
        ("    profile: morse\n", "has no profile 'morse'"),
        ("    tls: {ca: secrets/none.pem}\n", "none.pem cannot be read"),
        ("    tls: {key: secrets/own.key}\n", "has no certificate"),
    ],
)
def test_mistakes_are_told_at_their_line(config: Config, text: str, told: str) -> None:
    with_link(config, text)
    (problem,) = config.problems()
    assert told in problem
    assert problem.startswith("server.yaml:")
    assert "links[0]" in problem


def test_a_password_file_with_more_than_a_password(config: Config) -> None:
    link = link_of(config).model_copy(update={"user": "a", "password_file": secret(config, "one\ntwo\n")})
    with pytest.raises(SecretError, match="in one line"):
        credentials(link, Path())


def test_a_password_from_the_environment(config: Config) -> None:
    link = link_of(config).model_copy(update={"user": "a", "password_env": "PBX"})
    assert credentials(link, Path(), {"PBX": "x"}) == Credentials("a", "x")
