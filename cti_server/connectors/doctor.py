"""What ``callwright doctor`` finds: a line for each database, web service, mail server and PIN file."""

import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from cti_server.connectors.database.pool import open_read_only
from cti_server.connectors.pins.book import PinBook, PinsError
from cti_server.settings.connectors import (
    ConnectorsSettings,
    DatabaseSettings,
    MailSettings,
    PinSettings,
    SecretFault,
    WebServiceSettings,
)
from program.findings import Finding

REACH_SECONDS: Final = 2.0


def connector_findings(settings: ConnectorsSettings) -> Iterator[Finding]:
    """Try each of them once, without asking anything of it; blocks."""
    for database in settings.databases:
        yield _database(database)
    for service in settings.web:
        yield _web(service)
    if settings.mail is not None:
        yield _mail(settings.mail)
    if settings.pins is not None:
        yield _pins(settings.pins)


def _database(settings: DatabaseSettings) -> Finding:
    what = f"database {settings.name}"
    try:
        engine = open_read_only(settings.url.read(), 1)
        try:
            with engine.connect() as connection:
                kind = connection.dialect.name
        finally:
            engine.dispose()
    except SecretFault as fault:
        return Finding(what, good=False, text=str(fault))
    except (SQLAlchemyError, ImportError) as fault:
        said = str(getattr(fault, "orig", None) or type(fault).__name__).strip().splitlines()
        return Finding(what, good=False, text=said[0] if said else type(fault).__name__)
    return Finding(what, good=True, text=f"{kind} answers, {len(settings.queries)} queries")


def _web(settings: WebServiceSettings) -> Finding:
    what = f"web {settings.name}"
    address = urlsplit(settings.url)
    try:
        for secret in settings.secret_headers.values():
            secret.read()
    except SecretFault as fault:
        return Finding(what, good=False, text=str(fault))
    return _reach(what, address.hostname or "", address.port or (443 if address.scheme == "https" else 80))


def _mail(settings: MailSettings) -> Finding:
    missing = [str(folder) for folder in settings.recordings.values() if not folder.is_dir()]
    if missing:
        return Finding("mail", good=False, text=f"no folder of recordings: {', '.join(missing)}")
    try:
        if settings.password is not None:
            settings.password.read()
    except SecretFault as fault:
        return Finding("mail", good=False, text=str(fault))
    return _reach("mail", settings.host, settings.port)


def _pins(settings: PinSettings) -> Finding:
    try:
        known = len(PinBook(settings.file).read())
    except PinsError as fault:
        return Finding("pins", good=False, text=str(fault))
    hint = "" if known else " (callwright agent-pin AGENT adds one)"
    return Finding("pins", known > 0, f"{known} in {settings.file}{hint}")


def _reach(what: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=REACH_SECONDS):
            return Finding(what, good=True, text=f"{host}:{port} answers")
    except OSError as fault:
        return Finding(what, good=False, text=f"{host}:{port}: {fault.strerror or fault}")
