"""What operators wish of the engine beside routing's own commands: to note who did what."""

from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import NoteOperation
from cti_server.vocabulary.events import OperationNoted


def note_operation(turn: Turn, command: NoteOperation) -> None:
    """Keep who did what; nothing comes of it."""
    turn.emit(
        OperationNoted(
            user=command.user, door=command.door, peer=command.peer, line=command.line, outcome=command.outcome
        )
    )
