"""Many applications on one link to a switch, without I/O: `SharedLink`, and the parts that it is made of."""

from csta.sharing.link import (
    Answer,
    AnswerSwitch,
    AskSwitch,
    Output,
    Remark,
    SayToSwitch,
    SharedLink,
    SharingSettings,
    Tell,
    TellStatus,
)
from csta.sharing.monitors import Reply, Resumed, SharedMonitors, SharedRequest, SwitchAsk, Told
from csta.sharing.refusals import (
    NO_ANSWER,
    NO_SUCH_MONITOR,
    NO_SUCH_REGISTRATION,
    NOT_OFFERED,
    TOO_MANY_MONITORS,
    TOO_MANY_REQUESTS,
    WAITED_TOO_LONG,
)
from csta.sharing.turns import Turn, Turns

__all__ = [
    "NOT_OFFERED",
    "NO_ANSWER",
    "NO_SUCH_MONITOR",
    "NO_SUCH_REGISTRATION",
    "TOO_MANY_MONITORS",
    "TOO_MANY_REQUESTS",
    "WAITED_TOO_LONG",
    "Answer",
    "AnswerSwitch",
    "AskSwitch",
    "Output",
    "Remark",
    "Reply",
    "Resumed",
    "SayToSwitch",
    "SharedLink",
    "SharedMonitors",
    "SharedRequest",
    "SharingSettings",
    "SwitchAsk",
    "Tell",
    "TellStatus",
    "Told",
    "Turn",
    "Turns",
]
