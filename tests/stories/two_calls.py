"""Stories of two calls of one device: consult, alternate, reconnect, transfer, conference, single steps."""

from csta import messages
from tests.stories.steps import Answers, At, Dials, HangsUp, Holds, Passes, Rings, Step, Told, asks, device

TALK: tuple[Step, ...] = (Dials("7201", "7101"), Rings("7101"), Answers("7101"))
CONSULT: tuple[Step, ...] = (
    *TALK,
    asks(messages.ConsultationCall, existing_call=At("C1", "7101"), consulted_device=device("7102")),
    Rings("7102"),
    Answers("7102"),
)
BY_PHONE: tuple[Step, ...] = (
    *TALK,
    Holds("7101"),
    Dials("7101", "7102", "second"),
    Rings("7102"),
    Answers("7102"),
    Holds("7101", "second"),
)

CONSULT_TRANSFER = Told(
    "consultation and transfer",
    (
        *CONSULT,
        asks(messages.TransferCall, held_call=At("C1", "7101"), active_call=At("C2", "7101")),
        HangsUp("7201"),
    ),
)
TRANSFER_WHILE_RINGING = Told(
    "transfer while ringing",
    (
        *CONSULT[:-1],
        asks(messages.TransferCall, held_call=At("C1", "7101"), active_call=At("C2", "7101")),
        Answers("7102"),
        HangsUp("7102"),
    ),
)
TRANSFER_BY_PHONE = Told(
    "transfer by feature code",
    (*BY_PHONE, Dials("7101", "*70", "code"), Passes(2), HangsUp("7102")),
)
CONSULT_CONFERENCE = Told(
    "consultation and conference",
    (
        *CONSULT,
        asks(messages.ConferenceCall, held_call=At("C1", "7101"), active_call=At("C2", "7101")),
        HangsUp("7101"),
        HangsUp("7201"),
    ),
)
CONFERENCE_BY_PHONE = Told(
    "conference by feature code",
    (*BY_PHONE, Dials("7101", "*71", "code"), HangsUp("7102"), HangsUp("7201")),
)
ALTERNATE_AND_RECONNECT = Told(
    "alternate and reconnect",
    (
        *CONSULT,
        asks(messages.AlternateCall, held_call=At("C1", "7101"), active_call=At("C2", "7101")),
        asks(messages.AlternateCall, held_call=At("C2", "7101"), active_call=At("C1", "7101")),
        asks(messages.ReconnectCall, active_call=At("C2", "7101"), held_call=At("C1", "7101")),
    ),
)
CONSULTED_BUSY = Told(
    "consulted busy",
    (
        Dials("7202", "7102"),
        Rings("7102"),
        Answers("7102"),
        *TALK,
        asks(messages.ConsultationCall, existing_call=At("C2", "7101"), consulted_device=device("7102")),
        asks(messages.RetrieveCall, call_to_be_retrieved=At("C2", "7101")),
    ),
)
SINGLE_STEP_TRANSFER = Told(
    "single-step transfer",
    (
        *TALK,
        asks(messages.SingleStepTransferCall, active_call=At("C1", "7101"), transferred_to=device("7102")),
        Rings("7102"),
        Answers("7102"),
        HangsUp("7102"),
    ),
)
SINGLE_STEP_CONFERENCE = Told(
    "single-step conference",
    (
        *TALK,
        asks(messages.SingleStepConferenceCall, active_call=At("C1", "7101"), device_to_join=device("7102")),
        Rings("7102"),
        Answers("7102"),
        HangsUp("7101"),
        HangsUp("7102"),
    ),
)
