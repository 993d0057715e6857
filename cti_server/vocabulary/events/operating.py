"""What operators do: who did what at which door of the console."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationNoted(Event):
    """Somebody gave a command at a console, or tried to get in; ``outcome`` is done, failed, or the refusal's code.

    ``door`` is telnet, ssh or local, ``peer`` the address that they came from. ``line`` is the command with full words
    and without secrets and customers' numbers; ``log-in`` where somebody tried to get in.
    """

    user: str
    door: str
    peer: str
    line: str
    outcome: str
