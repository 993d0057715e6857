"""A second server that stands by: its name, and how long a server that is silent keeps the right to act."""

import socket
from typing import Annotated

from pydantic import Field

from cti_server.settings.names import Text
from settings_file import SettingsModel

NAME_LENGTH = 64


class StandbySettings(SettingsModel):
    """Two servers with the same configuration on one PostgreSQL database: one acts, the other one follows."""

    name: Annotated[Text, Field(max_length=NAME_LENGTH)] | None = None
    """This server's name, not the other one's; without it the name of the machine."""
    address: Text | None = None
    """Where people reach this server, as the console shows it; without it the name of the machine."""
    lease: Annotated[float, Field(ge=1, le=60)] = 3.0
    """Seconds after which the other server takes over from one that is silent, and after which a server that cannot
    reach the database stops acting. It is renewed four times in that time."""

    @property
    def own_name(self) -> str:
        """The name of this server in its pair."""
        return self.name or socket.gethostname()[:NAME_LENGTH]

    @property
    def own_address(self) -> str:
        """Where people reach this server."""
        return self.address or socket.gethostname()
