"""The vendor's own services and events (ECMA-269, vendor specific extensions)."""

from typing import ClassVar

from csta.messages.base import Event, Notice, PrivateValue, Request, Response, Security
from csta.schema.elements import element, message
from csta.schema.kinds import Identifier, Integer, PrivateContent, SecurityData


@message(operation=51, no_data=True)
class EscapeResponse(Response):
    """Positive answer to Escape."""


@message(operation=51)
class Escape(Request):
    """A service of the vendor's own (operation 51); its meaning is in the private data."""

    response: ClassVar[type[Response]] = EscapeResponse
    escape_register_id: str | None = element(Identifier(), tag=0, explicit=True, default=None)
    security: Security | None = element(SecurityData(), default=None)
    private_data: PrivateValue = element(PrivateContent())


@message(operation=365)
class EscapeRegisterResponse(Response):
    """Positive answer to EscapeRegister, with the registration's identity."""

    escape_register_id: str = element(Identifier(), tag=0, explicit=True)


@message(operation=365, no_data=True)
class EscapeRegister(Request):
    """Register for the vendor's own services that the switch sends (operation 365)."""

    response: ClassVar[type[Response]] = EscapeRegisterResponse


@message(operation=366)
class EscapeRegisterAbort(Notice):
    """The switch ends a registration for its own services (operation 366)."""

    escape_register_id: str = element(Identifier(), tag=0, explicit=True)


@message(operation=367, no_data=True)
class EscapeRegisterCancelResponse(Response):
    """Positive answer to EscapeRegisterCancel."""


@message(operation=367)
class EscapeRegisterCancel(Request):
    """Give up a registration for the vendor's own services (operation 367)."""

    response: ClassVar[type[Response]] = EscapeRegisterCancelResponse
    escape_register_id: str = element(Identifier(), tag=0, explicit=True)


@message(operation=368, no_data=True)
class PrivateDataVersionSelectionResponse(Response):
    """Positive answer to PrivateDataVersionSelection."""


@message(operation=368, bare=True)
class PrivateDataVersionSelection(Request):
    """Choose the version of private data, out of those that the switch lists in its capabilities (operation 368)."""

    response: ClassVar[type[Response]] = PrivateDataVersionSelectionResponse
    private_data_version: int = element(Integer(), name="privateDataVersionSelectionArgument")


@message(root="PrivateEvent", event=(7, 0))
class PrivateEvent(Event):
    """An event of the vendor's own; its meaning is in the private data."""

    security: Security | None = element(SecurityData(), default=None)
    private_data: PrivateValue = element(PrivateContent())
