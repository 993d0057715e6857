"""Faults of the pure rooms: what is raised when a journal or a caller breaks the law of a state machine."""


class RoutingError(Exception):
    """Root of all faults that the pure rooms raise; a refusal is never one of them."""


class IllegalTransitionError(RoutingError):
    """A state machine was asked for a move that its table does not have: a defect or a damaged journal."""

    def __init__(self, what: str, state: str, move: str) -> None:
        super().__init__(f"{what}: no move '{move}' from state '{state}'")
        self.what = what
        self.state = state
        self.move = move


class UnknownEventError(RoutingError):
    """The fold met an event class or an identifier that it has no place for."""
