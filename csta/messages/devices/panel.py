"""Physical-device services for what a user sees and presses: buttons, displays, lamps (ECMA-269 chapter 21.1)."""

from typing import ClassVar

from csta.identifiers import DeviceID
from csta.messages.base import Part, Request, Response
from csta.messages.enumerations import CharacterSet, LampBrightness
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Identifier, Integer, Need, Sequence, Text


@structure
class ButtonItem(Part):
    """One button, and what can be set of it."""

    button: str = element(Identifier())
    button_label: str | None = element(Text(), tag=0, default=None)
    button_label_settable: bool | None = element(Boolean(), tag=1, default=None)
    button_function: str | None = element(Text(), tag=2, default=None)
    button_associated_number: DeviceID | None = element(Device(), tag=3, default=None)
    button_associated_number_settable: bool | None = element(Boolean(), tag=4, default=None)
    button_press_indicator: bool | None = element(Boolean(), tag=5, default=None)
    lamp_list: tuple[str, ...] = element(Sequence("lampID", Identifier()), default=())


@structure
class DisplayListItem(Part):
    """One display: its size in characters, the part that is seen, its contents."""

    display_id: str = element(Identifier())
    logical_rows: int = element(Integer())
    logical_columns: int = element(Integer())
    physical_rows: int | None = element(Integer(), tag=0, default=None)
    physical_columns: int | None = element(Integer(), tag=1, default=None)
    physical_base_row_number: int | None = element(Integer(), tag=2, default=None)
    physical_base_column_number: int | None = element(Integer(), tag=3, default=None)
    character_set: CharacterSet | None = element(Enumerated(CharacterSet), default=None)
    contents_of_display: str = element(Text())


@structure
class LampItem(Part):
    """One lamp; ``lamp_color`` is 0 none, 1 red, 2 yellow, 3 green, 4 blue, 5 unknown, or the switch's own."""

    lamp: str = element(Identifier())
    lamp_label: str | None = element(Text(64, octets=True), tag=0, default=None)
    button: str | None = element(Identifier(), tag=1, default=None)
    lamp_color: int | None = element(Integer(100), default=None)


@structure
class LampModeItem(Part):
    """How one lamp is lit; the numbers are those of `LampMode` and `LampItem`."""

    lamp: str = element(Identifier())
    lamp_mode: int = element(Integer(100))
    lamp_brightness: LampBrightness | None = element(Enumerated(LampBrightness), tag=0, default=None)
    lamp_color: int | None = element(Integer(100), tag=1, default=None)
    button: str | None = element(Identifier(), tag=2, default=None)


@message(operation=260, no_data=True)
class ButtonPressResponse(Response):
    """Positive answer to ButtonPress."""


@message(operation=260)
class ButtonPress(Request):
    """Press a device's button (ECMA-269 21.1.1, operation 260)."""

    response: ClassVar[type[Response]] = ButtonPressResponse
    device: DeviceID = element(Device())
    button: str = element(Identifier())


@message(operation=262)
class GetButtonInformationResponse(Response):
    """Positive answer to GetButtonInformation."""

    button_list: tuple[ButtonItem, ...] = element(
        Sequence("buttonItem", structured(ButtonItem)), need=Need.TO_SEND, default=()
    )


@message(operation=262)
class GetButtonInformation(Request):
    """Ask for a device's buttons, or one of them (ECMA-269 21.1.3, operation 262)."""

    response: ClassVar[type[Response]] = GetButtonInformationResponse
    device: DeviceID = element(Device())
    button: str | None = element(Identifier(), default=None)


@message(operation=263)
class GetDisplayResponse(Response):
    """Positive answer to GetDisplay."""

    display_list: tuple[DisplayListItem, ...] = element(
        Sequence("displayListItem", structured(DisplayListItem)), need=Need.TO_SEND, default=()
    )


@message(operation=263)
class GetDisplay(Request):
    """Ask what a device's display shows (ECMA-269 21.1.4, operation 263)."""

    response: ClassVar[type[Response]] = GetDisplayResponse
    device: DeviceID = element(Device())
    display: str | None = element(Identifier(), default=None)


@message(operation=265)
class GetLampInformationResponse(Response):
    """Positive answer to GetLampInformation."""

    lamp_list: tuple[LampItem, ...] = element(Sequence("lampItem", structured(LampItem)), need=Need.TO_SEND, default=())


@message(operation=265)
class GetLampInformation(Request):
    """Ask for a device's lamps (ECMA-269 21.1.6, operation 265)."""

    response: ClassVar[type[Response]] = GetLampInformationResponse
    device: DeviceID = element(Device())
    lamp: str | None = element(Identifier(), default=None)


@message(operation=266)
class GetLampModeResponse(Response):
    """Positive answer to GetLampMode."""

    lamp_mode_list: tuple[LampModeItem, ...] = element(
        Sequence("lampModeItem", structured(LampModeItem)), need=Need.TO_SEND, default=()
    )
    lamp: str | None = element(Identifier(), default=None)


@message(operation=266)
class GetLampMode(Request):
    """Ask how a device's lamps are lit (ECMA-269 21.1.7, operation 266)."""

    response: ClassVar[type[Response]] = GetLampModeResponse
    device: DeviceID = element(Device())
    lamp: str | None = element(Identifier(), default=None)


@message(operation=267)
class GetMessageWaitingIndicatorResponse(Response):
    """Positive answer to GetMessageWaitingIndicator; ``device_for_message`` has the messages."""

    message_waiting_on: bool = element(Boolean())
    device_for_message: DeviceID | None = element(Device(), default=None)
    lamp_is_present: bool | None = element(Boolean(), default=None)


@message(operation=267)
class GetMessageWaitingIndicator(Request):
    """Ask whether a device shows that messages wait (ECMA-269 21.1.8, operation 267)."""

    response: ClassVar[type[Response]] = GetMessageWaitingIndicatorResponse
    device: DeviceID = element(Device())


@message(operation=273, no_data=True)
class SetButtonInformationResponse(Response):
    """Positive answer to SetButtonInformation."""


@message(operation=273)
class SetButtonInformation(Request):
    """Give a button a label or a number (ECMA-269 21.1.14, operation 273)."""

    response: ClassVar[type[Response]] = SetButtonInformationResponse
    device: DeviceID = element(Device())
    button: str = element(Identifier())
    button_label: str | None = element(Text(64), default=None)
    button_associated_number: DeviceID | None = element(Device(), default=None)


@message(operation=274, no_data=True)
class SetDisplayResponse(Response):
    """Positive answer to SetDisplay."""


@message(operation=274)
class SetDisplay(Request):
    """Show a text on a device's display (ECMA-269 21.1.15, operation 274).

    ``offset`` counts characters of the display's contents.
    """

    response: ClassVar[type[Response]] = SetDisplayResponse
    device: DeviceID = element(Device())
    display: str | None = element(Identifier(), default=None)
    physical_base_row_number: int | None = element(Integer(), tag=0, default=None)
    physical_base_column_number: int | None = element(Integer(), tag=1, default=None)
    contents_of_display: str = element(Text(240))
    offset: int | None = element(Integer(), tag=2, default=None)
    character_set: CharacterSet | None = element(Enumerated(CharacterSet), tag=3, default=None)


@message(operation=276, no_data=True)
class SetLampModeResponse(Response):
    """Positive answer to SetLampMode."""


@message(operation=276)
class SetLampMode(Request):
    """Light a lamp or put it out (ECMA-269 21.1.17, operation 276)."""

    response: ClassVar[type[Response]] = SetLampModeResponse
    device: DeviceID = element(Device())
    lamp: str = element(Identifier())
    lamp_mode: int = element(Integer(100))
    lamp_brightness: LampBrightness | None = element(Enumerated(LampBrightness), default=None)
    lamp_color: int | None = element(Integer(100), default=None)


@message(operation=277, no_data=True)
class SetMessageWaitingIndicatorResponse(Response):
    """Positive answer to SetMessageWaitingIndicator."""


@message(operation=277)
class SetMessageWaitingIndicator(Request):
    """Show at a device that messages wait, or no longer (ECMA-269 21.1.18, operation 277)."""

    response: ClassVar[type[Response]] = SetMessageWaitingIndicatorResponse
    device: DeviceID = element(Device())
    message_waiting_on: bool = element(Boolean())
    device_for_message: DeviceID | None = element(Device(), default=None)
