"""The doors of a media service in its settings: control, SIP, registrar, ports, trunk and RTP."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from media_service.settings.values import (
    HostPort,
    NumericAddress,
    TcpPort,
    as_text,
    at_least_one,
    checked_numbers,
    is_numeric,
    networks,
    udp_range,
)
from settings_file import SettingsModel


class ControlSettings(SettingsModel):
    """Where CTI servers connect."""

    host: str = "127.0.0.1"
    port: TcpPort = 7801


class TlsSettings(SettingsModel):
    """Certificates for SIP over TLS and secure WebSocket, all PEM files."""

    certificate: Path | None = None
    """Ours, followed by those between it and its root; without it we only connect to others."""
    key: Path | None = None
    """Its private key; ``null``: it stands in the certificate's file."""
    authorities: Path | None = None
    """Who may vouch for peers; ``null``: those that the machine trusts."""
    clients_verified: bool = False
    """Peers that connect to us must show a certificate of these authorities."""
    server_name: str = ""
    """Whom the PBX's certificate must name, where that is not the name by which it is called."""


class SipSettings(SettingsModel):
    """Our own SIP address; calls come in here."""

    host: NumericAddress = "127.0.0.1"
    port: TcpPort = 15080
    tls: TlsSettings | None = None
    tls_port: TcpPort | None = None
    websocket_port: TcpPort | None = None
    secure_websocket_port: TcpPort | None = None
    calls_per_second: Annotated[float, Field(gt=0, le=100_000)] = 1000.0
    """New calls in a second; above it 503 with Retry-After, and calls that are there go on."""
    largest_datagram: Annotated[int, Field(ge=500, le=65_000)] = 1300
    """Octets above which a request goes by TCP where the PBX takes it (RFC 3261 18.1.1)."""
    session_timer: Annotated[int, Field(ge=90, le=604_800)] | None = 1800
    """Seconds after which a call without a sign of life is over (RFC 4028); ``null``: no such timer is asked for."""
    session_timer_minimum: Annotated[int, Field(ge=90)] = 90
    """The shortest timer that callers may ask for; the shorter, the more refreshes."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tls is None and (self.tls_port is not None or self.secure_websocket_port is not None):
            raise ValueError("tls_port and secure_websocket_port need tls with a certificate")
        if self.session_timer is not None and self.session_timer < self.session_timer_minimum:
            raise ValueError("session_timer is below session_timer_minimum")
        return self


class RegistrarSettings(SettingsModel):
    """The PBX at which the ports register as extensions."""

    host: str = "127.0.0.1"
    port: TcpPort | None = 15060
    """``null``: the host is a domain whose servers are found by DNS (RFC 3263)."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    domain: str | None = None
    """Domain of the extensions' addresses; the registrar's host where it is not given."""
    expires: Annotated[int, Field(ge=30, le=86400)] = 120
    backups: tuple[HostPort, ...] = ()
    """Where the ports register while the first cannot be reached, best first: host, or host:port."""
    second_call: bool = False
    """A port that has a call takes another one beside it, as its extension must at the PBX; ring-all needs it."""

    @model_validator(mode="after")
    def _numeric_with_port(self) -> Self:
        if self.port is None and is_numeric(self.host):
            raise ValueError("port is needed where host is numeric: no DNS knows it")
        return self


class PortSettings(SettingsModel):
    """One media port, or a range of them with the same kind of password."""

    number: Annotated[str, BeforeValidator(as_text), AfterValidator(checked_numbers)]
    user: str | None = None
    """Name for digest authentication; the number where it is not given."""
    password_file: Path | None = None
    password_env: str | None = None


class TrunkSettings(SettingsModel):
    """Calls that come without registration, as over a trunk."""

    peers: Annotated[tuple[str, ...], AfterValidator(at_least_one), AfterValidator(networks)]
    """Who may call: numeric addresses, or networks such as 192.0.2.0/24."""
    numbers: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], AfterValidator(at_least_one)]
    """User parts that are served; one that ends in * stands for all that begin so."""
    lines: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Calls at once; above it 503."""
    gateway: HostPort | None = None
    """Where calls that we place go: host, or host:port."""


class RtpSettings(SettingsModel):
    """Where audio goes in and out."""

    host: NumericAddress | None = None
    """The SIP host where it is not given."""
    ports: Annotated[str, AfterValidator(udp_range)] = "21000-21199"
