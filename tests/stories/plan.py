"""The number plan of all stories: media ports, agents, callers, a pilot for applications, a queue of the switch."""

from lab.switch.plan import Extension, Feature, Hunting, NumberPlan, Pilot, Timers, Trunk

NAMES = {"7101": "Anna", "7102": "Ben", "7201": "Carol", "7202": "Dave"}
AGENTS = {"7101": "anna", "7102": "ben"}
PORTS = ("7001", "7002")
GROUP = ("7301", "7302", "7303")
FEATURES = {
    "*61": Feature.LOG_ON,
    "*62": Feature.READY,
    "*63": Feature.NOT_READY,
    "*64": Feature.LOG_OFF,
    "*67": Feature.WORK,
    "*21*": Feature.FORWARD_ALL,
    "*22*": Feature.FORWARD_BUSY,
    "*23*": Feature.FORWARD_NO_ANSWER,
    "#21": Feature.FORWARD_OFF,
    "*25": Feature.DO_NOT_DISTURB,
    "#25": Feature.DISTURB,
    "*59*": Feature.PICK_UP,
    "*57": Feature.PICK_UP_GROUP,
    "*65*": Feature.PARK,
    "*66": Feature.RETRIEVE,
    "*70": Feature.TRANSFER,
    "*71": Feature.CONFERENCE,
}

PLAN = NumberPlan(
    extensions={
        number: Extension(
            number,
            NAMES.get(number, ""),
            agent=AGENTS.get(number),
            pickup_group="sales" if number in AGENTS else None,
        )
        for number in (*PORTS, *NAMES, *GROUP)
    },
    pilots={
        "7000": Pilot("7000", "Sales line", ("7101", "7102"), unattended_after=30, hunt_ring=15),
        "7500": Pilot(
            "7500", "Support", ("7101", "7102"), hunt_ring=15, distributes=True, places=2, work_after_call=10
        ),
        "7610": Pilot("7610", "First come", GROUP, hunt_ring=10, hunting=Hunting.LINEAR, distributes=True, places=1),
        "7620": Pilot("7620", "In turn", GROUP, hunt_ring=10, hunting=Hunting.CIRCULAR, distributes=True),
        "7630": Pilot("7630", "Rested first", GROUP, hunt_ring=10, hunting=Hunting.LONGEST_IDLE, distributes=True),
    },
    features=FEATURES,
    timers=Timers(no_answer=60, confirmation=1.5, forward_no_answer=15, park=120),
    trunks={"9000": Trunk("9000", "0", "192.0.2.9", name="Town", lines=2)},
)
