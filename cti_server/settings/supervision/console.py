"""The ``console`` part of ``config/server.yaml``: its doors, and what each role and user may do."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cti_server.settings.names import Host, Name, Port
from settings_file import SettingsModel

RoleName = Literal["administrator", "manager", "master-administrator", "supervisor", "telecommunications-specialist"]
RightName = Literal["watch", "report", "work", "route", "system", "outside", "users"]


class SshSettings(SettingsModel):
    """The console's SSH door."""

    host: Host = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for all of the machine's."""
    port: Port = 7822
    host_key: Path | None = None
    """File with the server's own key, made where it is missing; ssh_host_key in the data directory without it."""
    keys: Path = Path("secrets/console-keys")
    """Directory with one file a user, named after them, in the format of OpenSSH's authorized_keys."""
    passwords: bool = True
    """Whether passwords are taken as well; false: keys alone."""


class ConsoleSettings(SettingsModel):
    """The operators' console: telnet at host and port, SSH where its part is there, and the local door always."""

    host: Host = "127.0.0.1"
    """Address where telnet listens. Telnet is not encrypted: keep it on this machine, and come in over SSH."""
    port: Port = 7823
    telnet: bool = True
    """Whether telnet is offered at all."""
    ssh: SshSettings | None = None
    """SSH, encrypted, with keys and passwords; `ssh: {}` takes what is usual."""
    users: Path = Path("secrets/console-users")
    """File with one user:hash:roles a line; `callwright console-user NAME --role ROLE` adds one."""
    roles: dict[RoleName, tuple[RightName, ...]] = Field(default_factory=dict)
    """Roles that are to have other rights than usual, for example supervisor: [watch, work, report]."""
    queues: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    """Users who are limited to named queues, for example anna: [sales]; whoever is not named sees all of them."""
    sessions: Annotated[int, Field(ge=1, le=200)] = 20
    """Most sessions at the same time, telnet and SSH together."""
    idle_minutes: Annotated[float, Field(ge=0.1, le=1440)] = 60.0
    """Minutes without a key after which a session is ended."""

    def resolved(self, base: Path, data: Path) -> "ConsoleSettings":
        """Give the same settings with absolute paths."""
        ssh = None
        if self.ssh is not None:
            own = data / "ssh_host_key" if self.ssh.host_key is None else (base / self.ssh.host_key).resolve()
            ssh = self.ssh.model_copy(update={"host_key": own, "keys": (base / self.ssh.keys).resolve()})
        return self.model_copy(update={"users": (base / self.users).resolve(), "ssh": ssh})
