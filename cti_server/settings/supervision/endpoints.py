"""``web:`` in ``config/server.yaml``: the endpoints for monitors, health, readiness and figures."""

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from cti_server.settings.names import Host, Port
from settings_file import SettingsModel


class EndpointTlsSettings(SettingsModel):
    """TLS at the endpoints (1.2 or newer). Files are in PEM form."""

    certificate: Path
    """Our certificate, followed by those between it and its root."""
    key: Path
    """Its private key, readable by the server's user alone."""

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute; links stay links, as a renewal lets them lead to other files."""
        paths = {"certificate": (base / self.certificate).absolute(), "key": (base / self.key).absolute()}
        return self.model_copy(update=paths)


class WebSettings(SettingsModel):
    """The endpoints `/health`, `/ready` and `/metrics` over HTTP; there are none without this part."""

    host: Host = "127.0.0.1"
    """Address to listen on. Beyond this machine a token_file is needed."""
    port: Port = 7880
    tls: EndpointTlsSettings | None = None
    """TLS; without it the endpoints speak plain HTTP."""
    token_file: Path | None = None
    """File with one token of 16 characters or more, readable by the server's user alone. With it `/metrics`, and the
    parts that `/ready` tells of, are only for those who send `Authorization: Bearer TOKEN`."""
    metrics: bool = True
    """Whether `/metrics` is there."""
    agents: bool = False
    """Whether `/metrics` has a figure for each agent, by log-on name. Names of people leave the server by it."""
    requests: Annotated[int, Field(ge=1, le=10_000)] = 120
    """Requests that an address may make in a minute; those beyond are refused with 429."""
    connections: Annotated[int, Field(ge=1, le=1000)] = 50
    """Connections at once, of all together."""

    @model_validator(mode="after")
    def _known_abroad(self) -> Self:
        if not _at_home(self.host) and self.token_file is None:
            raise ValueError(f"{self.host} is not this machine alone: give a token_file")
        return self

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        return self.model_copy(
            update={
                "tls": None if self.tls is None else self.tls.resolved(base),
                "token_file": None if self.token_file is None else (base / self.token_file).resolve(),
            }
        )


def _at_home(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
