"""What a dialect's switch adds to its events: time, permitted services, media, private data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from csta.dialects import Dialect, Encoding, Profile
from csta.dialects.private_data import SCX
from csta.messages import CallEvent, Event, Extensions, ForeignElement, Security
from csta.messages.enumerations import CallAssociatedService, CallControlService, MediaClass, RouteingService
from csta.messages.structures import MediaCallCharacteristics, ServicesPermitted
from csta.states import ConnectionState

_C = CallControlService
_S = ConnectionState
_E = TypeVar("_E", bound=Event)

PERMITTED: Final[Mapping[ConnectionState, frozenset[CallControlService]]] = {
    _S.INITIATED: frozenset({_C.CLEAR_CONNECTION}),
    _S.ALERTING: frozenset({_C.ANSWER_CALL, _C.CLEAR_CONNECTION, _C.DEFLECT_CALL}),
    _S.QUEUED: frozenset({_C.CLEAR_CONNECTION, _C.DEFLECT_CALL}),
    _S.CONNECTED: frozenset({_C.CLEAR_CONNECTION, _C.CONSULTATION_CALL, _C.HOLD_CALL, _C.SINGLE_STEP_TRANSFER}),
    _S.HOLD: frozenset({_C.CLEAR_CONNECTION, _C.RETRIEVE_CALL}),
    _S.FAIL: frozenset({_C.CLEAR_CONNECTION}),
}
"""What a device may ask for, by the state of its connection; while the connection is null nothing is left to ask."""

_SERVICE_NAMES: Final = {_C.SINGLE_STEP_TRANSFER: "SingleStepTransferCall"}
_NOTHING: Final = Extensions()
_VOICE: Final = MediaCallCharacteristics(media_class=frozenset({MediaClass.VOICE}))
_SCX_PERMITTED: Final = f"{{{SCX}}}extendedServicesPermitted"


class Decoration:
    """What one kind of PBX adds; quirks that only one encoding can carry are left out in the other."""

    def __init__(self, dialect: Dialect, profile: Profile) -> None:
        quirks = dialect.quirks
        self._timestamps = "event_timestamps" in quirks and profile.encoding is Encoding.BER
        self._scx = "scx" in quirks and profile.encoding is Encoding.XML
        self._permitted = "services_permitted" in quirks
        self._names = frozenset(service.__name__ for service in dialect.capabilities.services)
        states: tuple[ConnectionState | None, ...] = (None, *ConnectionState)
        self._services = {state: self._services_in(state) for state in states}

    def event(self, event: _E, now: float) -> _E:
        """The event with all that such a switch adds to it; ``now`` in Unix seconds."""
        changes: dict[str, Any] = {}
        if self._permitted and isinstance(event, CallEvent):
            known = type(event).__dataclass_fields__
            if "services_permitted" in known:
                changes["services_permitted"] = self._services[getattr(event, "local_connection_info", None)]
            if "media_call_characteristics" in known:
                changes["media_call_characteristics"] = _VOICE
        extensions = self._extended(event, now)
        if extensions is not event.extensions:
            changes["extensions"] = extensions
        return replace(event, **changes) if changes else event

    def _extended(self, event: Event, now: float) -> Extensions | None:
        extensions = event.extensions or _NOTHING
        if self._timestamps:
            security = replace(extensions.security or Security(), timestamp=datetime.fromtimestamp(int(now), UTC))
            extensions = replace(extensions, security=security)
        if self._scx and isinstance(event, CallEvent):
            # The names of its children stand in no public text, so that it names none.
            extensions = replace(extensions, private_data=(*extensions.private_data, ForeignElement(_SCX_PERMITTED)))
        return event.extensions if extensions is _NOTHING else extensions

    def _services_in(self, state: ConnectionState | None) -> ServicesPermitted:
        there = PERMITTED.get(state, frozenset()) if state is not None else frozenset()
        digits = state is ConnectionState.CONNECTED and "GenerateDigits" in self._names
        return ServicesPermitted(
            call_control_services=frozenset(word for word in there if _service_name(word) in self._names),
            call_associated_services=frozenset({CallAssociatedService.GENERATE_DIGITS} if digits else ()),
            routeing_services=frozenset[RouteingService](),
        )


def _service_name(word: CallControlService) -> str:
    return _SERVICE_NAMES.get(word, f"{str(word)[:1].upper()}{str(word)[1:]}")
