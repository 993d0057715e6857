"""Stories of calls that are taken elsewhere, parked, or leave the switch."""

from csta import messages
from tests.stories.steps import Answers, At, Dials, HangsUp, Holds, Passes, Refuses, Rings, Told, asks, device

PICK_UP = Told(
    "picked up by application",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        asks(messages.DirectedPickupCall, call_to_be_picked_up=At("C1", "7101"), requesting_device=device("7202")),
        Answers("7202"),
        HangsUp("7201"),
    ),
)
PICK_UP_BY_PHONE = Told(
    "picked up by phone",
    (Dials("7201", "7101"), Rings("7101"), Dials("7202", "*59*7101"), HangsUp("7201")),
)
GROUP_PICK_UP = Told(
    "picked up in the group",
    (Dials("7201", "7101"), Rings("7101"), Dials("7102", "*57"), HangsUp("7102")),
)
PARK = Told(
    "parked and fetched",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        Answers("7101"),
        asks(messages.ParkCall, parking=At("C1", "7101"), park_to=device("7102")),
        Dials("7102", "*66"),
        HangsUp("7201"),
    ),
)
PARKED_TOO_LONG = Told(
    "parked too long",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        Answers("7101"),
        Holds("7101"),
        Dials("7101", "*65*7102", "code"),
        Passes(2),
        Passes(118),
        Rings("7101"),
        Answers("7101"),
    ),
)
TRUNK_CALL = Told(
    "trunk call",
    (Dials("7201", "0891234"), Rings("9000"), Answers("9000"), HangsUp("7201")),
)
TRUNK_BUSY = Told(
    "trunk call to busy",
    (Dials("7201", "0891234"), Refuses("9000", 486)),
)
FROM_OUTSIDE = Told(
    "from outside and out again",
    (
        Dials("0301234", "7101"),
        Rings("7101"),
        Answers("7101"),
        asks(messages.SingleStepTransferCall, active_call=At("C1", "7101"), transferred_to=device("0891234")),
        Rings("9000"),
        Answers("9000"),
        HangsUp("9000"),
    ),
)
PREDICTIVE = Told(
    "predictive call",
    (
        asks(
            messages.MakePredictiveCall,
            calling_device=device("7000"),
            called_directory_number=device("7201"),
        ),
        Rings("7201"),
        Answers("7201"),
        asks(messages.DeflectCall, call_to_be_diverted=At("C1", "7000"), new_destination=device("7101")),
        Rings("7101"),
        Answers("7101"),
        HangsUp("7101"),
    ),
)
