"""The door of the services: each request finds who performs it."""

from csta.messages import Request
from lab.switch.board import Board
from lab.switch.services.agents import AgentServices
from lab.switch.services.answers import NOT_SUPPORTED, Outcome, refused
from lab.switch.services.calls import CallServices
from lab.switch.services.data import DataServices
from lab.switch.services.lines import LineServices
from lab.switch.services.multiple import MultipleCallServices
from lab.switch.services.phones import PhoneServices
from lab.switch.services.pickup import PickupServices
from lab.switch.services.snapshots import SnapshotServices


class Services:
    """The switching function's side of the services that this PBX knows; any other is refused as not supported."""

    def __init__(self, board: Board) -> None:
        tables = (
            SnapshotServices(board.exchange).table(),
            CallServices(board).table(),
            MultipleCallServices(board).table(),
            PickupServices(board).table(),
            DataServices(board).table(),
            LineServices(board).table(),
            AgentServices(board.seats).table(),
            PhoneServices(board).table(),
        )
        self._performers = {kind: performer for table in tables for kind, performer in table.items()}

    def supported(self) -> frozenset[type[Request]]:
        """The requests that are performed."""
        return frozenset(self._performers)

    def perform(self, request: Request) -> Outcome:
        """Answer ``request``; the deed that comes with the answer is to be done once the answer is on its way."""
        performer = self._performers.get(type(request))
        return refused(NOT_SUPPORTED) if performer is None else performer(request)
