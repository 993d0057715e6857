"""Events and snapshots to bytes and back: kinds, versions and upgrades."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from cti_server.storage.errors import CodecError
from cti_server.storage.shapes import digest_of, is_native, shape_of
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Event

T = TypeVar("T")

Body = dict[str, Any]
"""An event's fields as plain JSON values."""

KINDS: Mapping[str, type[Event]] = {
    name: each
    for name, each in vars(events).items()
    if isinstance(each, type) and issubclass(each, Event) and each is not Event
}
"""Every event class by its kind."""

UPGRADES: Mapping[tuple[str, int], Callable[[Body], Body]] = {}
"""From a kind and an old version: what makes its body one of the next version."""

_DECODERS = {kind: msgspec.json.Decoder(each) for kind, each in KINDS.items() if is_native(each)}


def encode_event(event: Event) -> tuple[str, int, str]:
    """Give an event's kind, version and body (JSON)."""
    kind = type(event).__name__
    if kind in _DECODERS:
        return kind, event.VERSION, msgspec.json.encode(event).decode()
    if kind not in KINDS:
        raise CodecError(f"{kind} is no kind of event")
    return kind, event.VERSION, msgspec.json.encode(shape_of(KINDS[kind]).dump(event)).decode()


def decode_event(
    kind: str, version: int, body: str | bytes, upgrades: Mapping[tuple[str, int], Callable[[Body], Body]] = UPGRADES
) -> Event:
    """Read an event back; fields that are younger than the row take their defaults.

    Raises:
        CodecError: the kind is unknown, the version is newer than this program's, an upgrade is missing, or the
            body does not fit the class.
    """
    known = KINDS.get(kind)
    if known is None:
        raise CodecError(f"the journal has an event of unknown kind {kind!r}; is this program older than the journal?")
    if version > known.VERSION:
        raise CodecError(f"{kind} version {version} is newer than this program's version {known.VERSION}")
    try:
        if version == known.VERSION and kind in _DECODERS:
            return _DECODERS[kind].decode(body)
        plain = _upgraded(kind, version, known.VERSION, msgspec.json.decode(body), upgrades)
        event: Event = shape_of(known).load(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"the body of a {kind} (version {version}) cannot be read: {error}") from error
    return event


def _upgraded(
    kind: str, version: int, wanted: int, body: Body, upgrades: Mapping[tuple[str, int], Callable[[Body], Body]]
) -> Body:
    for step in range(version, wanted):
        upgrade = upgrades.get((kind, step))
        if upgrade is None:
            raise CodecError(f"nothing upgrades {kind} from version {step} to {step + 1}")
        body = upgrade(body)
    return body


def encode_state(state: object) -> tuple[str, bytes]:
    """Give a snapshot's digest of its type, and its bytes."""
    return digest_of(type(state)), msgspec.json.encode(shape_of(type(state)).dump(state))


def decode_state(kind: type[T], digest: str, body: bytes, *, lenient: bool = False) -> T | None:
    """Read a snapshot back; ``None`` where its type has changed since it was written (the journal tells it again).

    With ``lenient`` such a one is read all the same: fields that are younger take their defaults, former ones go. That
    is for where the journal does not tell it again.
    """
    if digest != digest_of(kind) and not lenient:
        return None
    try:
        state: T = shape_of(kind).load(msgspec.json.decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"a snapshot cannot be read: {error}") from error
    return state
