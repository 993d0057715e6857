"""To which application belongs what the switch sends without a monitor: routing dialogues, segments, private services.

The switch's own references are used on both sides: they are unique on its link, and so they are among applications.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, TypeVar

from csta import messages as m
from csta.identifiers import DeviceID

Segment = m.SnapshotDeviceData | m.SnapshotCallData | m.SwitchingFunctionDevices
"""A part of an answer that comes in several."""
FromRouter = m.RouteSelect | m.RouteEnd | m.RouteReject
"""What an application says in a routing dialogue."""
FromSwitch = m.RouteRequest | m.ReRoute | m.RouteUsed | m.RouteEnd
"""What the switch says in one."""
Dialogue = FromRouter | FromSwitch

_MOST: Final = 20_000
"""Dialogues and segmented answers that are remembered; the oldest is forgotten for one more."""

_Application = Hashable
_K = TypeVar("_K", bound=Hashable)


class Owners:
    """Who owns what; filled from the answers that pass, asked when the switch speaks."""

    def __init__(self) -> None:
        self.routes: dict[str, tuple[_Application, DeviceID | None]] = {}
        """Registrations for routing, by their identity."""
        self.escapes: dict[str, _Application] = {}
        """Registrations for private services."""
        self._dialogues: OrderedDict[tuple[str | None, str], _Application] = OrderedDict()
        self._segments: OrderedDict[str, _Application] = OrderedDict()

    # --- what applications have

    def learn(self, application: _Application, request: m.Request, response: m.Response) -> None:
        """Take from a positive answer whose the thing is that it names."""
        match request, response:
            case m.RouteRegister(routeing_device=device), m.RouteRegisterResponse(route_register_req_id=identity):
                self.routes[identity] = application, device
            case m.RouteRegisterCancel(route_register_req_id=identity), _:
                self.routes.pop(identity, None)
            case _, m.EscapeRegisterResponse(escape_register_id=identity):
                self.escapes[identity] = application
            case m.EscapeRegisterCancel(escape_register_id=identity), _:
                self.escapes.pop(identity, None)
            case _:
                reference = getattr(response, "service_cross_ref_id", None)
                if reference is not None:
                    _remember(self._segments, reference, application)

    def may_cancel(self, application: _Application, request: m.Request) -> bool:
        """Whether the application may ask this: nobody cancels the registrations of others."""
        match request:
            case m.RouteRegisterCancel(route_register_req_id=identity):
                return self.routes.get(identity, (None, None))[0] == application
            case m.EscapeRegisterCancel(escape_register_id=identity):
                return self.escapes.get(identity) == application
        return True

    def registrations(self, application: _Application) -> tuple[m.RegistrationListEntry, ...]:
        """The registrations that an application has, but for that for system services."""
        routes = (
            m.RegistrationListEntry(
                registration_type=m.RegistrationType.ROUTE_REGISTER,
                registration_id=identity,
                registration_object=device,
            )
            for identity, (owner, device) in self.routes.items()
            if owner == application
        )
        escapes = (
            m.RegistrationListEntry(registration_type=m.RegistrationType.ESCAPE_REGISTER, registration_id=identity)
            for identity, owner in self.escapes.items()
            if owner == application
        )
        return (*routes, *escapes)

    # --- whose it is

    def router(self, notice: Dialogue) -> _Application | None:
        """The application that has a routing dialogue; None where there is none."""
        key = notice.route_register_req_id, notice.cross_ref_identifier
        if isinstance(notice, m.RouteRequest):
            owner = self._registered(notice.route_register_req_id)
            if owner is not None:
                _remember(self._dialogues, key, owner)
            return owner
        return self._dialogues.get(self._known(key))

    def ended(self, notice: m.RouteEnd | m.RouteReject) -> None:
        """A routing dialogue is over."""
        self._dialogues.pop(self._known((notice.route_register_req_id, notice.cross_ref_identifier)), None)

    def _known(self, key: tuple[str | None, str]) -> tuple[str | None, str]:
        """The dialogue's key: the registration may be left out by either side, later or from the beginning."""
        identity, reference = key
        if key in self._dialogues:
            return key
        if identity is not None:
            return None, reference
        return next((one for one in self._dialogues if one[1] == reference), key)

    def _registered(self, identity: str | None) -> _Application | None:
        if identity is not None:
            return self.routes.get(identity, (None, None))[0]
        # Without it there is no doubt only where one application alone routes.
        owners = {owner for owner, _ in self.routes.values()}
        return owners.pop() if len(owners) == 1 else None

    def of_segment(self, segment: Segment) -> _Application | None:
        """The application that asked for what this is a part of; forgotten after the last."""
        owner = self._segments.get(segment.service_cross_ref_id)
        if segment.last_segment:
            self._segments.pop(segment.service_cross_ref_id, None)
        return owner

    def of_escape(self, identity: str | None) -> _Application | None:
        """The application that takes the vendor's own services."""
        if identity is not None:
            return self.escapes.get(identity)
        owners = set(self.escapes.values())
        return owners.pop() if len(owners) == 1 else None

    # --- when it ends

    def release(self, application: _Application) -> tuple[list[m.Notice], list[m.Request]]:
        """The application went away: forget it; what to tell the switch, and what to ask it."""
        ends: list[m.Notice] = [
            m.RouteEnd(route_register_req_id=identity, cross_ref_identifier=reference)
            for (identity, reference), owner in self._dialogues.items()
            if owner == application
        ]
        cancels: list[m.Request] = [
            m.RouteRegisterCancel(route_register_req_id=identity)
            for identity, (owner, _) in self.routes.items()
            if owner == application
        ]
        cancels += [
            m.EscapeRegisterCancel(escape_register_id=identity)
            for identity, owner in self.escapes.items()
            if owner == application
        ]
        self.routes = {identity: one for identity, one in self.routes.items() if one[0] != application}
        self.escapes = {identity: owner for identity, owner in self.escapes.items() if owner != application}
        _forget(self._dialogues, application)
        _forget(self._segments, application)
        return ends, cancels

    def clear(self) -> list[tuple[_Application, m.Notice]]:
        """The link to the switch is gone: forget everything; what to tell whom."""
        told: list[tuple[_Application, m.Notice]] = [
            (owner, m.RouteRegisterAbort(route_register_req_id=identity))
            for identity, (owner, _) in self.routes.items()
        ]
        told += [(owner, m.EscapeRegisterAbort(escape_register_id=one)) for one, owner in self.escapes.items()]
        self.routes.clear()
        self.escapes.clear()
        self._dialogues.clear()
        self._segments.clear()
        return told


def _remember(kept: OrderedDict[_K, _Application], key: _K, owner: _Application) -> None:
    kept[key] = owner
    if len(kept) > _MOST:
        kept.popitem(last=False)


def _forget(kept: OrderedDict[_K, _Application], application: _Application) -> None:
    for key in [key for key, owner in kept.items() if owner == application]:
        del kept[key]
