"""TLS on a link, for both roles: certificates from files, the peer's name checked, failures explained.

The files are looked at with each new connection, and read again where they have changed: a renewed certificate needs no
restart. Links that stand keep what they began with.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from OpenSSL.SSL import Error as OpenSslError
from service_identity import VerificationError
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]  # zope has no types

from csta.errors import LocalError

T = TypeVar("T")

_OLDEST: Final = TLSVersion.TLSv1_2


class TlsError(LocalError):
    """The TLS settings cannot be used; the text names the file and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Certificates of one link, as PEM files; TLS 1.2 is the oldest version spoken.

    An application trusts the authorities in ``ca`` and nobody else (without it those of the system), and checks that
    the peer's certificate is for ``server_name`` (without it: for the host that it connects to). ``certificate`` is our
    own, its chain after it, with ``key`` in a file of its own or in the same one; a switch must have it, an application
    only where the switch asks for it. A switch with ``ca`` asks every application for a certificate of these.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str | None = None
    check_name: bool = True
    """Off for a PBX whose certificate has no usable name; its signature is still checked."""


@dataclass(frozen=True, slots=True)
class _Identity:
    """Our own certificate, its key, and the chain above it."""

    key: PrivateKeyTypes
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]

    def options(self) -> dict[str, Any]:
        """Arguments for CertificateOptions."""
        return {"privateKey": self.key, "certificate": self.certificate, "extraCertChain": list(self.chain)}


def client_options(settings: TlsSettings, host: str) -> Any:  # noqa: ANN401 - an interface that zope declares
    """What Twisted needs to connect to ``host`` by these settings.

    Raises:
        TlsError: A file cannot be used.
    """
    own = _identity(settings)
    extra = {"raiseMinimumTo": _OLDEST, **(own.options() if own else {})}
    name = settings.server_name or host
    if settings.check_name:
        return optionsForClientTLS(name, trustRoot=_trust(settings), extraCertificateOptions=extra)
    return CertificateOptions(trustRoot=_trust(settings), **extra)


def server_options(settings: TlsSettings) -> CertificateOptions:
    """What Twisted needs to listen by these settings.

    Raises:
        TlsError: There is no certificate, or a file cannot be used.
    """
    own = _identity(settings)
    if own is None:
        raise TlsError("a switch that listens with TLS needs a certificate: name its PEM file, and that of its key")
    trust = None if settings.ca is None else _trust(settings)
    return CertificateOptions(raiseMinimumTo=_OLDEST, trustRoot=trust, **own.options())


# --- files that change


class Renewing(Generic[T]):
    """What ``make`` gives for files as they are now, made anew once one of them has changed.

    Files that are no use any more are told of in the log, once, and what was made of the former ones stays in use.

    Raises:
        TlsError: ``make`` finds no use in them at the beginning.
    """

    _log = Logger()

    def __init__(self, settings: TlsSettings, make: Callable[[], T]) -> None:
        self._settings = settings
        self._make = make
        self._signature = _signature(settings)
        self._made = make()

    def now(self) -> T:
        """What there is for the next connection; looks at the files."""
        signature = _signature(self._settings)
        if signature != self._signature:
            self._signature = signature
            try:
                self._made = self._make()
            except (TlsError, OpenSslError) as fault:
                self._log.warn("a link goes on with its former certificates: {fault}", fault=str(fault))
            else:
                files = self._settings.certificate or self._settings.ca
                self._log.info("a link's new connections have other certificates: {files}", files=str(files))
        return self._made


@implementer(IOpenSSLContextFactory)
class ServerContexts:
    """Asked by Twisted for each connection to a switch that listens.

    Raises:
        TlsError: there is no certificate, or a file cannot be used.
    """

    def __init__(self, settings: TlsSettings) -> None:
        self._contexts: Renewing[object] = Renewing(settings, lambda: server_options(settings).getContext())

    def getContext(self) -> object:  # noqa: N802 - Twisted's
        """The context of the files as they are now."""
        return self._contexts.now()


def _signature(settings: TlsSettings) -> tuple[object, ...]:
    """What changes when one of the files is written anew, replaced or made readable."""
    return tuple(_written(file) for file in (settings.certificate, settings.key, settings.ca))


def _written(file: Path | None) -> tuple[int, ...]:
    if file is None:
        return ()
    try:
        found = file.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ctime_ns, found.st_size, found.st_ino


# --- files


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TlsError(f"the {what} {file} cannot be read: {error.strerror or error}") from error


def _certificates(file: Path, what: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(_read(file, what))
    except ValueError as error:
        raise TlsError(f"the {what} {file} has no certificate in PEM form (BEGIN CERTIFICATE): {error}") from error
    return found


def _trust(settings: TlsSettings) -> Any:  # noqa: ANN401 - an interface that zope declares
    system: Any = platformTrust  # both untyped in Twisted
    only: Any = trustRootFromCertificates
    if settings.ca is None:
        return system()
    pems = [one.public_bytes(Encoding.PEM) for one in _certificates(settings.ca, "CA file")]
    return only([Certificate.loadPEM(pem) for pem in pems])


def _identity(settings: TlsSettings) -> _Identity | None:
    if settings.certificate is None:
        if settings.key is not None:
            raise TlsError(f"the key {settings.key} has no certificate: name the certificate's file too")
        return None
    first, *chain = _certificates(settings.certificate, "certificate")
    file = settings.key or settings.certificate
    try:
        key = load_pem_private_key(_read(file, "key"), password=None)
    except TypeError as error:
        raise TlsError(f"the key {file} is encrypted: give it without a passphrase, readable by us alone") from error
    except ValueError as error:
        raise TlsError(f"{file} has no private key in PEM form (BEGIN PRIVATE KEY): {error}") from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != first.public_key().public_bytes(*form):
        raise TlsError(f"the key {file} does not belong to the first certificate of {settings.certificate}")
    return _Identity(key, first, chain)


# --- what went wrong

_CAUSES: Final = (
    (
        r"certificate verify failed|self.signed",
        (
            "the peer's certificate is not accepted: not signed by the trusted CA, expired, or for another name "
            "(settings: ca, server_name)"
        ),
    ),
    (
        r"wrong version number|packet length too long|record layer failure|http request|unexpected message",
        "the peer does not speak TLS on this port",
    ),
    (
        r"certificate required|did not return a certificate",
        "the peer wants a certificate of us (settings: certificate, key)",
    ),
    (
        r"alert (unknown ca|bad certificate|certificate (unknown|expired|revoked)|access denied)",
        "the peer does not accept our certificate, or distrusts its CA",
    ),
    (
        r"alert protocol version|unsupported protocol|no shared cipher|handshake failure",
        "no version or cipher of TLS is common to both",
    ),
)


def explain(reason: Failure) -> str:
    """Give the reason why a connection ended in one line; for TLS also what to look at."""
    error = reason.value
    if isinstance(error, VerificationError):
        mismatches = ", ".join(str(getattr(one, "mismatched_id", one)) for one in error.errors)
        return f"TLS: the peer's certificate is for another name (setting: server_name) [expected {mismatches}]"
    if not isinstance(error, OpenSslError):
        return reason.getErrorMessage()
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = ", ".join(dict.fromkeys(str(entry[-1]) for entry in entries)) or "connection cut short"
    for pattern, text in _CAUSES:
        if re.search(pattern, words, re.IGNORECASE):
            return f"TLS: {text} [{words}]"
    return f"TLS: {words}"
