"""How one site's PBX differs from its dialect: settings by name that change the data, checked before use.

Much of what a dialect says was never confirmed on every release; a site that knows better says so in its config
instead of in code. `docs/dialects.md` lists the defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from csta import messages as m
from csta.codec.ber.rules import BerRules, EventNumbering
from csta.dialects.dialect import Dialect, Encoding, Framing, Profile
from csta.dialects.rewrites import EMPTY_PRIVATE_DATA, NO_REOFFER, Rewrites, Rule
from csta.errors import SessionError
from csta.messages import Request

Value = bool | int | float | str

_ROUTING: Final[frozenset[type[Request]]] = frozenset({m.RouteRegister, m.RouteRegisterCancel})


def _flag(name: str, value: Value) -> bool:
    if not isinstance(value, bool):
        raise SessionError(f"{name} must be true or false, not {value!r}")
    return value


def _count(name: str, value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SessionError(f"{name} must be a positive whole number, not {value!r}")
    return value


def _seconds(name: str, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise SessionError(f"{name} must be a positive number of seconds, not {value!r}")
    return float(value)


def _words(name: str, value: Value) -> list[str]:
    if not isinstance(value, str) or not value.split():
        raise SessionError(f"{name} must be words with blanks between them, not {value!r}")
    return value.split()


def _each_profile(dialect: Dialect, encoding: Encoding, change: Callable[[Profile], Profile]) -> Dialect:
    """Change the profiles of one encoding."""
    profiles = {
        name: change(profile) if profile.encoding is encoding else profile for name, profile in dialect.profiles.items()
    }
    return replace(dialect, profiles=MappingProxyType(profiles))


def _second_deflect(dialect: Dialect, value: Value) -> Dialect:
    allowed = _flag("second_deflect", value)
    return replace(dialect, capabilities=replace(dialect.capabilities, second_deflect=allowed))


def _routing_services(dialect: Dialect, value: Value) -> Dialect:
    """The routing dialogue, with the services by which an application asks for it."""
    offered, able = _flag("routing_services", value), dialect.capabilities
    services = able.services | _ROUTING if offered else able.services - _ROUTING
    return replace(dialect, capabilities=replace(able, routing_services=offered, services=services))


def _monitored_devices(dialect: Dialect, value: Value) -> Dialect:
    return replace(dialect, limits=replace(dialect.limits, monitored_devices=_count("monitored_devices", value)))


def _links(dialect: Dialect, value: Value) -> Dialect:
    return replace(dialect, limits=replace(dialect.limits, links=_count("links", value)))


def _without(dialect: Dialect, value: Value) -> Dialect:
    """Services, by their names, that this PBX does not take."""
    gone = {_service(name) for name in _words("without", value)}
    services = dialect.capabilities.services - gone
    return replace(dialect, capabilities=replace(dialect.capabilities, services=services))


def _with(dialect: Dialect, value: Value) -> Dialect:
    """Services, by their names, that this PBX takes beside those of its dialect."""
    more = {_service(name) for name in _words("with", value)}
    services = dialect.capabilities.services | more
    return replace(dialect, capabilities=replace(dialect.capabilities, services=services))


def _service(name: str) -> type[Request]:
    found = getattr(m, name, None)
    if not (isinstance(found, type) and issubclass(found, Request)):
        raise SessionError(f"{name!r} is no service")
    return found


def _no_reoffer(dialect: Dialect, value: Value) -> Dialect:
    return _switched(dialect, NO_REOFFER, on=_flag("no_reoffer", value))


def _empty_private_data(dialect: Dialect, value: Value) -> Dialect:
    return _switched(dialect, EMPTY_PRIVATE_DATA, on=_flag("empty_private_data", value))


def _switched(dialect: Dialect, rule: Rule, *, on: bool) -> Dialect:
    known = dialect.outbound if isinstance(dialect.outbound, Rewrites) else Rewrites()
    return replace(dialect, outbound=known.switched(rule, on=on))


def _framing(dialect: Dialect, value: Value) -> Dialect:
    """How BER is framed, by the words of `Framing`."""
    words = {framing.value: framing for framing in Framing if framing is not Framing.XML_HEADER}
    if value not in words:
        raise SessionError(f"framing must be one of {', '.join(words)}, not {value!r}")
    return _each_profile(dialect, Encoding.BER, lambda profile: replace(profile, framing=words[str(value)]))


def _context(dialect: Dialect, value: Value) -> Dialect:
    """The application context of the ACSE log-in, an object identifier in dotted form."""
    if not isinstance(value, str) or not all(arc.isdigit() for arc in value.split(".")) or value.count(".") < 1:
        raise SessionError(f"context must be an object identifier such as 1.3.12.0.285, not {value!r}")
    return _each_profile(dialect, Encoding.BER, lambda profile: replace(profile, context=value))


def _version_bits(dialect: Dialect, value: Value) -> Dialect:
    """The bits of CSTAVersion that the log-in offers."""
    words = [str(value)] if isinstance(value, int) and not isinstance(value, bool) else _words("version_bits", value)
    if not all(word.isdigit() and int(word) <= 31 for word in words):
        raise SessionError(f"version_bits must be numbers from 0 to 31, not {value!r}")
    bits = frozenset(int(word) for word in words)
    return _each_profile(dialect, Encoding.BER, lambda profile: replace(profile, versions=bits))


def _event_numbering(dialect: Dialect, value: Value) -> Dialect:
    words = {"ecma-285": EventNumbering.ECMA_285, "ecma-218": EventNumbering.ECMA_218}
    if value not in words:
        raise SessionError(f"event_numbering must be one of {', '.join(words)}, not {value!r}")
    numbering = words[str(value)]
    return _each_rules(dialect, lambda rules: replace(rules, event_numbering=numbering))


def _bare_devices(dialect: Dialect, value: Value) -> Dialect:
    bare = _flag("bare_devices", value)
    return _each_rules(dialect, lambda rules: replace(rules, bare_devices=bare))


def _each_rules(dialect: Dialect, change: Callable[[BerRules], BerRules]) -> Dialect:
    return _each_profile(dialect, Encoding.BER, lambda profile: replace(profile, ber=change(profile.ber)))


def _namespace(dialect: Dialect, value: Value) -> Dialect:
    (namespace,) = _words("namespace", value)[:1]
    return _each_profile(
        dialect,
        Encoding.XML,
        lambda profile: replace(profile, namespace=namespace, protocol_versions=(namespace,)),
    )


def _session_duration(dialect: Dialect, value: Value) -> Dialect:
    seconds = _seconds("session_duration", value)
    return _each_profile(dialect, Encoding.XML, lambda profile: replace(profile, session_duration=seconds))


def _application_id(dialect: Dialect, value: Value) -> Dialect:
    (word,) = _words("application_id", value)[:1]
    return _each_profile(dialect, Encoding.XML, lambda profile: replace(profile, application_id=word))


VARIATIONS: Final[Mapping[str, Callable[[Dialect, Value], Dialect]]] = MappingProxyType(
    {
        "second_deflect": _second_deflect,
        "routing_services": _routing_services,
        "monitored_devices": _monitored_devices,
        "links": _links,
        "without": _without,
        "with": _with,
        "no_reoffer": _no_reoffer,
        "empty_private_data": _empty_private_data,
        "framing": _framing,
        "context": _context,
        "version_bits": _version_bits,
        "event_numbering": _event_numbering,
        "bare_devices": _bare_devices,
        "namespace": _namespace,
        "session_duration": _session_duration,
        "application_id": _application_id,
    }
)
"""Every setting that a site may make, by its name."""


def varied(dialect: Dialect, settings: Mapping[str, Value]) -> Dialect:
    """The dialect with a site's settings.

    Raises:
        SessionError: A name is unknown, or a value is none for its name; the text says what may stand there.
    """
    for name, value in settings.items():
        change = VARIATIONS.get(name)
        if change is None:
            raise SessionError(f"{dialect.name} has no setting {name!r}, but {', '.join(sorted(VARIATIONS))}")
        dialect = change(dialect, value)
    return dialect
