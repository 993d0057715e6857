"""The config folder of a benchmark's house: a pilot, a queue, so many agents and media ports, and their passwords."""

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from cti_server.console.users import Users

ROOT: Final = Path(__file__).resolve().parents[2]
HOST: Final = "127.0.0.1"
CALLERS: Final = "127.0.0.12"
AGENTS: Final = "127.0.0.13"
PILOT: Final = "7000"
FIRST_AGENT: Final = 72001
FIRST_PORT: Final = 81001
DOMAIN: Final = "lab.callwright.example"
USER: Final = "bench"
REGISTERED: Final = 86_400
"""Seconds for which the agents' phones are registered: longer than any run."""
DEFAULT_PORTS: Final = {"pbx": 25160, "csta": 21140, "media": 25180, "control": 27811, "console": 27823}

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a house stands on.

    ``agents`` and ``media_ports`` are how many there are; ``wrap_up`` is in seconds; ``ports`` says who listens where;
    ``rtp`` is the first UDP port of the media service's audio, the switch's tones follow behind it. Phones at
    ``open_registration`` need no password, ``callers`` need not be registered. ``pilots`` are further ones with their
    flows; the agent of their queue ``nobody`` never logs on.
    """

    folder: Path
    agents: int
    media_ports: int = 40
    wrap_up: float = 0.0
    ports: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    rtp: int = 40_000
    open_registration: str = ""
    callers: tuple[str, ...] = (CALLERS,)
    pilots: dict[str, Document] = field(default_factory=dict)
    prompts: Path = ROOT / "prompts"

    @property
    def config(self) -> Path:
        """The config folder."""
        return self.folder / "config"

    @property
    def data(self) -> Path:
        """Where the journal, the black box and the logs are."""
        return self.folder / "data"

    @property
    def phones(self) -> list[str]:
        """The agents' extensions; each agent's name is ``a`` and the extension."""
        return [str(FIRST_AGENT + place) for place in range(self.agents)]

    @property
    def media_extensions(self) -> list[str]:
        """The extensions of the media ports."""
        return [str(FIRST_PORT + place) for place in range(self.media_ports)]


def furnish(ground: Ground) -> dict[str, str]:
    """Write the folder anew; give the passwords by extension, and the console's under `USER`."""
    shutil.rmtree(ground.folder, ignore_errors=True)
    config = ground.config
    (config / "secrets").mkdir(parents=True)
    passwords = {number: secrets.token_hex(6) for number in (*ground.media_extensions, *ground.phones)}
    passwords[USER] = secrets.token_hex(8)
    _write(config / "secrets" / "extensions.yaml", {"passwords": {k: v for k, v in passwords.items() if k != USER}})
    ports = config / "secrets" / "media-ports"
    ports.write_text("".join(f"{one}: {passwords[one]}\n" for one in ground.media_extensions), encoding="utf-8")
    ports.chmod(0o600)
    Users(config / "secrets" / "console-users").add(USER, passwords[USER])
    _write(config / "lab.yaml", lab(ground))
    _write(config / "media.yaml", media(ground))
    _write(config / "server.yaml", server(ground))
    for name, document in site(ground).items():
        _write(config / name, document)
    return passwords


def lab(ground: Ground) -> Document:
    """The settings of the lab PBX."""
    tones = ground.prompts / "tones"
    sip: Document = {"host": HOST, "port": ground.ports["pbx"], "domain": DOMAIN, "trusted": [HOST, *ground.callers]}
    sip["max_expires"] = REGISTERED
    if ground.open_registration:
        sip["open_registration"] = [ground.open_registration]
    first = ground.rtp + 2 * ground.media_ports + 2
    return {
        "sip": sip,
        "csta": {"host": HOST, "port": ground.ports["csta"]},
        "rtp": {"host": HOST, "ports": f"{first}-{first + 8 * ground.agents + 400}"},
        "tones": {"ringback": str(tones / "ringback.wav"), "confirmation": str(tones / "confirmation.wav")},
        "passwords": "secrets/extensions.yaml",
        "extensions": [
            *({"number": number} for number in ground.media_extensions),
            *({"number": number, "agent": f"a{number}"} for number in ground.phones),
        ],
        # Nobody but the CTI server distributes these calls.
        "pilots": [{"number": number, "members": [], "unattended_after": 3600} for number in (PILOT, *ground.pilots)],
        "log": {"level": "info", "format": "json"},
    }


def media(ground: Ground) -> Document:
    """The settings of the media service."""
    numbers = ground.media_extensions
    return {
        "name": "media",
        "control": {"host": HOST, "port": ground.ports["control"]},
        "sip": {"host": HOST, "port": ground.ports["media"]},
        "registrar": {"host": HOST, "port": ground.ports["pbx"], "domain": DOMAIN, "expires": 600},
        "ports": [{"number": f"{numbers[0]}-{numbers[-1]}", "password_file": "secrets/media-ports"}],
        "rtp": {"ports": f"{ground.rtp}-{ground.rtp + 2 * ground.media_ports + 1}"},
        "prompts": {"directory": str(ground.prompts), "language": "en"},
        "log": {"level": "info", "format": "json"},
    }


def server(ground: Ground) -> Document:
    """The settings of the CTI server: SQLite, black box and log as they are by default."""
    return {
        "name": "bench",
        "data": str(ground.data),
        "channels": ["voice"],
        "links": [
            {
                "name": "pbx",
                "dialect": "openscape_voice",
                "host": HOST,
                "port": ground.ports["csta"],
                "agent_state": "pbx",
                "extensions": ground.phones,
            }
        ],
        "media_services": [{"name": "media", "host": HOST, "port": ground.ports["control"]}],
        "console": {"host": HOST, "port": ground.ports["console"], "users": "secrets/console-users"},
        "prompts": {"directory": str(ground.prompts), "language": "en"},
        "log": {"level": "info", "format": "json"},
    }


def site(ground: Ground) -> dict[str, Document]:
    """Queue, agents, pilot and flows: straight into the queue, music while waiting."""
    queue = {"name": "queue", "groups": ["all"], "flow": "waiting", "wrap_up": ground.wrap_up, "ring_time": 20}
    straight = {
        "name": "straight",
        "kind": "routing-strategy",
        "steps": [{"id": "enter", "step": "queue", "queue": "queue"}],
    }
    waiting = {
        "name": "waiting",
        "kind": "queue-processing",
        "steps": [{"id": "listen", "step": "music", "music": "hold_music", "seconds": 600, "next": "listen"}],
    }
    agents = [{"id": f"a{number}", "name": f"Agent {number}", "groups": ["all"]} for number in ground.phones]
    agents.append({"id": "nobody", "name": "Never there", "groups": ["none"]})
    more = [{"link": "pbx", "number": number, "flow": flow["name"]} for number, flow in ground.pilots.items()]
    return {
        "site/queues.yaml": {"queues": [queue, queue | {"name": "nobody", "groups": ["none"]}]},
        "site/agents.yaml": {"groups": ["all", "none"], "agents": agents},
        "site/pilots.yaml": {"pilots": [{"link": "pbx", "number": PILOT, "flow": "straight"}, *more]},
        "flows/straight.yaml": straight,
        "flows/waiting.yaml": waiting,
        **{f"flows/{flow['name']}.yaml": flow for flow in ground.pilots.values()},
    }


def _write(file: Path, document: Document) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(document, stream)
    file.chmod(0o600)
