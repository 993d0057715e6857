"""The component library: one module for each component, its settings beside what it does."""

from collections.abc import Mapping
from typing import Final

from cti_server.flows.component import Component
from cti_server.flows.steps.agent_line import AGENT_LINE, AgentLineStep
from cti_server.flows.steps.asking.collect import COLLECT, CollectStep
from cti_server.flows.steps.asking.menu import MENU, MenuStep
from cti_server.flows.steps.asking.recognise import RECOGNISE, RecogniseStep
from cti_server.flows.steps.asking.record import RECORD, RecordStep
from cti_server.flows.steps.deciding.assign import SET, SetStep
from cti_server.flows.steps.deciding.decide import DECIDE, DecideStep
from cti_server.flows.steps.deciding.run import RUN, RunStep
from cti_server.flows.steps.deciding.schedule import SCHEDULE, ScheduleStep
from cti_server.flows.steps.leaving.disconnect import DISCONNECT, DisconnectStep
from cti_server.flows.steps.leaving.transfer import TRANSFER, TransferStep
from cti_server.flows.steps.looking_up.database import DATABASE, DatabaseStep
from cti_server.flows.steps.looking_up.web import WEB, WebStep
from cti_server.flows.steps.queueing.callback import CALLBACK, CallbackStep
from cti_server.flows.steps.queueing.change import CHANGE, ChangeStep
from cti_server.flows.steps.queueing.enqueue import QUEUE, QueueStep
from cti_server.flows.steps.queueing.requeue import REQUEUE, RequeueStep
from cti_server.flows.steps.speaking.music import MUSIC, MusicStep
from cti_server.flows.steps.speaking.play import PLAY, PlayStep
from cti_server.flows.steps.speaking.position import POSITION, PositionStep
from cti_server.flows.steps.speaking.say import SAY, SayStep
from cti_server.flows.steps.speaking.wait import WAIT, WaitStep
from cti_server.flows.steps.speaking.wait_time import WAIT_TIME, WaitTimeStep

_ALL: Final[tuple[Component, ...]] = (
    PLAY,
    SAY,
    MENU,
    COLLECT,
    RECOGNISE,
    RECORD,
    SCHEDULE,
    DECIDE,
    SET,
    RUN,
    DATABASE,
    WEB,
    QUEUE,
    REQUEUE,
    CHANGE,
    CALLBACK,
    POSITION,
    WAIT_TIME,
    WAIT,
    MUSIC,
    TRANSFER,
    DISCONNECT,
    AGENT_LINE,
)

BUILT_IN: Final[Mapping[str, Component]] = {each.name: each for each in _ALL}
"""Every built-in component by the word in the files."""

__all__ = [
    "AGENT_LINE",
    "BUILT_IN",
    "CALLBACK",
    "CHANGE",
    "COLLECT",
    "DATABASE",
    "DECIDE",
    "DISCONNECT",
    "MENU",
    "MUSIC",
    "PLAY",
    "POSITION",
    "QUEUE",
    "RECOGNISE",
    "RECORD",
    "REQUEUE",
    "RUN",
    "SAY",
    "SCHEDULE",
    "SET",
    "TRANSFER",
    "WAIT",
    "WAIT_TIME",
    "WEB",
    "AgentLineStep",
    "CallbackStep",
    "ChangeStep",
    "CollectStep",
    "DatabaseStep",
    "DecideStep",
    "DisconnectStep",
    "MenuStep",
    "MusicStep",
    "PlayStep",
    "PositionStep",
    "QueueStep",
    "RecogniseStep",
    "RecordStep",
    "RequeueStep",
    "RunStep",
    "SayStep",
    "ScheduleStep",
    "SetStep",
    "TransferStep",
    "WaitStep",
    "WaitTimeStep",
    "WebStep",
]
