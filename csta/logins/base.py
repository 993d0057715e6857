"""What a login may do with its association, and what it is told."""

from typing import Protocol

from csta.dialects.dialect import Profile
from csta.errors import RemoteError
from csta.messages import Message, Request, Response
from csta.session_events import Ending
from csta.session_settings import Credentials, Role, SessionSettings, Verifier
from csta.states import SystemStatusValue


class Association(Protocol):
    """The session as its login sees it."""

    role: Role
    profile: Profile
    settings: SessionSettings
    credentials: Credentials | None
    verify: Verifier | None

    @property
    def own_status(self) -> SystemStatusValue:
        """What we say of ourselves."""

    @property
    def opening(self) -> bool:
        """Whether the link is not up yet."""

    def ask(self, request: Request, now: float) -> None:
        """Send a request of the login; `LoginSteps.answered` or `failed` is told what becomes of it."""

    def asking(self, service: type[Request]) -> bool:
        """Whether such a request is sent and unanswered."""

    def answer(self, invoke_id: int, response: Message) -> None:
        """Answer a request of the peer."""

    def say(self, message: Message) -> None:
        """Send what nobody answers."""

    def come_up(self, register_id: str, now: float) -> None:
        """The link is up."""

    def end(self, reason: str, ending: Ending = Ending.LOST) -> None:
        """The association is over."""

    def report(self, text: str) -> None:
        """Tell of something odd."""


class LoginSteps:
    """One login; what a kind of login does not know is left to the session by returning False."""

    speaks_first: Role
    """Whose side begins to speak."""
    carries_secrets = True
    """Whether its messages carry passwords, which no report may show."""

    def __init__(self, association: Association) -> None:
        self._association = association

    @property
    def _is_switch(self) -> bool:
        return self._association.role is Role.SWITCHING_FUNCTION

    def start(self, now: float) -> None:
        """The stream is open."""

    def take_request(self, invoke_id: int, request: Request, now: float) -> bool:  # noqa: ARG002 - for those that do
        """The peer asks: answer if it belongs to the login, also when the link is up already."""
        return False

    def take_message(self, message: Message, now: float) -> bool:  # noqa: ARG002 - for those that do
        """Something came that has no answer: take it if it belongs to the login."""
        return False

    def status_received(self, status: SystemStatusValue, now: float) -> None:
        """The peer told its status, and has its answer."""

    def answered(self, request: Request, response: Response, now: float) -> bool:  # noqa: ARG002 - for those that do
        """A request of the session has a response, perhaps a negative one or another service's."""
        return False

    def failed(self, request: Request, error: RemoteError, now: float) -> bool:  # noqa: ARG002 - for those that do
        """A request of the session was refused or not answered."""
        return False

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        return None

    def handle_timer(self, now: float) -> None:
        """Do what is due."""

    def close(self, now: float) -> bool:  # noqa: ARG002 - for those that do
        """Release the association; False where nothing needs to be said before the stream is closed."""
        return False
