"""Stories of one call: answered, busy, not answered, abandoned, held, deflected, forwarded, refused."""

from csta import messages
from csta.messages.enumerations import ForwardingType
from tests.stories.steps import (
    Answers,
    At,
    Dials,
    HangsUp,
    Holds,
    Passes,
    Refuses,
    Resumes,
    Rings,
    Told,
    asks,
    device,
)

BASIC_CALL = Told("basic call", (Dials("7201", "7202"), Rings("7202"), Answers("7202"), HangsUp("7202")))
BUSY = Told("busy", (Dials("7201", "7202"), Rings("7202"), Answers("7202"), Dials("7101", "7202")))
NO_ANSWER = Told("no answer", (Dials("7201", "7202"), Rings("7202"), Passes(60)))
REJECTED = Told("rejected", (Dials("7201", "7202"), Rings("7202"), Refuses("7202", 603)))
ABANDONED = Told("abandoned", (Dials("7201", "7202"), Rings("7202"), HangsUp("7201")))
MADE_BY_APPLICATION = Told(
    "made by application",
    (
        asks(messages.MakeCall, calling_device=device("7101"), called_directory_number=device("7202")),
        Answers("7101"),
        Rings("7202"),
        Answers("7202"),
        asks(messages.ClearConnection, connection_to_be_cleared=At("C1", "7101")),
    ),
)
ANSWERED_BY_APPLICATION = Told(
    "answered by application",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        asks(messages.AnswerCall, call_to_be_answered=At("C1", "7101")),
        Answers("7101"),
    ),
)
HOLD_AND_RETRIEVE = Told(
    "hold and retrieve",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        Answers("7101"),
        asks(messages.HoldCall, call_to_be_held=At("C1", "7101")),
        asks(messages.HoldCall, call_to_be_held=At("C1", "7101"), refused="invalidConnectionState"),
        asks(messages.RetrieveCall, call_to_be_retrieved=At("C1", "7101")),
        HangsUp("7201"),
    ),
)
HELD_AT_THE_PHONE = Told(
    "held at the phone",
    (Dials("7201", "7101"), Rings("7101"), Answers("7101"), Holds("7101"), Resumes("7101"), HangsUp("7101")),
)
DEFLECT_CHAIN = Told(
    "deflect chain",
    (
        Dials("7201", "7000"),
        asks(messages.DeflectCall, call_to_be_diverted=At("C1", "7000"), new_destination=device("7101")),
        Rings("7101"),
        asks(messages.DeflectCall, call_to_be_diverted=At("C1", "7101"), new_destination=device("7102")),
        Rings("7102"),
        Refuses("7102", 486),
        asks(messages.DeflectCall, call_to_be_diverted=At("C1", "7000"), new_destination=device("7001")),
        Rings("7001"),
        Answers("7001"),
        HangsUp("7201"),
    ),
)
FORWARDED_AT_ONCE = Told(
    "forwarded at once",
    (
        asks(
            messages.SetForwarding,
            device=device("7202"),
            forwarding_type=ForwardingType.FORWARD_IMMEDIATE,
            activate_forward=True,
            forward_dn=device("7101"),
        ),
        Dials("7201", "7202"),
        Rings("7101"),
        Answers("7101"),
        HangsUp("7201"),
        asks(messages.SetForwarding, device=device("7202"), activate_forward=False),
    ),
)
FORWARDED_BUSY = Told(
    "forwarded when busy",
    (
        Dials("7202", "*22*7101"),
        Passes(2),
        Dials("7202", "7001"),
        Rings("7001"),
        Answers("7001"),
        Dials("7201", "7202"),
        Rings("7101"),
        Answers("7101"),
        HangsUp("7101"),
    ),
)
FORWARDED_NO_ANSWER = Told(
    "forwarded without answer",
    (
        Dials("7202", "*23*7101"),
        Passes(2),
        Dials("7201", "7202"),
        Rings("7202"),
        Passes(15),
        Rings("7101"),
        Answers("7101"),
        HangsUp("7201"),
        Dials("7202", "#21"),
        Passes(2),
    ),
)
DO_NOT_DISTURB = Told(
    "do not disturb",
    (
        asks(messages.SetDoNotDisturb, device=device("7202"), do_not_disturb_on=True),
        Dials("7201", "7202"),
        Dials("7202", "#25"),
        Passes(2),
        Dials("7201", "7202"),
        Rings("7202"),
    ),
)
DATA = Told(
    "data and digits",
    (
        Dials("7201", "7101"),
        Rings("7101"),
        Answers("7101"),
        asks(messages.AssociateData, existing_call=At("C1", "7101"), correlator_data=b"order 7"),
        asks(messages.SendUserInformation, existing_call=At("C1", "7101"), user_data=b"hello"),
        asks(messages.GenerateDigits, connection_to_send_digits=At("C1", "7101"), characters_to_send="12#"),
        asks(
            messages.GenerateDigits,
            connection_to_send_digits=At("C1", "7101"),
            characters_to_send="12x",
            refused="invalidParameterValue",
        ),
        HangsUp("7101"),
    ),
)
