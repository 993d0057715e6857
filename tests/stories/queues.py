"""Stories of hunt groups and of the switch's own distribution to agents."""

from csta import messages
from csta.states import RequestedAgentState
from tests.stories.steps import Answers, Dials, HangsUp, Passes, Refuses, Rings, Step, Told, asks, device


def wants(number: str, state: str) -> Step:
    """An application sets the agent's state at a device."""
    return asks(messages.SetAgentState, device=device(number), requested_agent_state=RequestedAgentState(state))


UNATTENDED = Told(
    "unattended pilot",
    (
        Dials("7201", "7000"),
        Passes(30),
        Rings("7101"),
        Passes(15),
        Passes(0),
        Rings("7102"),
        Answers("7102"),
        HangsUp("7201"),
    ),
    attended=False,
)
LINEAR = Told(
    "linear hunting",
    (
        Dials("7201", "7610"),
        Passes(0),
        Rings("7301"),
        Answers("7301"),
        HangsUp("7301"),
        Dials("7201", "7610"),
        Passes(0),
        Refuses("7301", 486),
        Passes(0),
        Rings("7302"),
        Answers("7302"),
        HangsUp("7201"),
    ),
)
CIRCULAR = Told(
    "circular hunting",
    (
        Dials("7201", "7620"),
        Passes(0),
        Rings("7301"),
        Answers("7301"),
        HangsUp("7301"),
        Dials("7201", "7620"),
        Passes(0),
        Rings("7302"),
        Answers("7302"),
        HangsUp("7302"),
    ),
)
LONGEST_IDLE = Told(
    "longest idle",
    (
        Dials("7301", "7202"),
        Rings("7202"),
        HangsUp("7301"),
        Dials("7201", "7630"),
        Passes(0),
        Rings("7302"),
        Answers("7302"),
        HangsUp("7302"),
        Dials("7201", "7630"),
        Passes(0),
        Rings("7303"),
    ),
)
ALL_BUSY = Told(
    "group busy",
    (
        Dials("7301", "7001"),
        Rings("7001"),
        Answers("7001"),
        Dials("7201", "7610"),
        Passes(0),
        Dials("7202", "7610"),
        HangsUp("7301"),
        Passes(0),
        Rings("7301"),
        Answers("7301"),
    ),
    absent=("7302", "7303"),
)
AGENTS = Told(
    "agents and their states",
    (
        wants("7101", "loggedOn"),
        Dials("7201", "7500"),
        Passes(0),
        wants("7101", "ready"),
        Passes(0),
        Rings("7101"),
        Answers("7101"),
        wants("7101", "notReady"),
        HangsUp("7201"),
        Passes(2),
        wants("7101", "ready"),
        Dials("7202", "7500"),
        Passes(0),
        Rings("7101"),
        Answers("7101"),
        HangsUp("7202"),
        Passes(10),
    ),
)
AGENT_BY_PHONE = Told(
    "agent by phone",
    (
        Dials("7101", "*61"),
        Passes(2),
        Dials("7101", "*62"),
        Passes(2),
        Dials("7101", "*67"),
        Passes(2),
        Dials("7101", "*63"),
        Passes(2),
        Dials("7101", "*64"),
        Passes(2),
    ),
)
