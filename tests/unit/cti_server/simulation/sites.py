"""Small sites for simulations, written as an administrator writes them, and days made by hand."""

from pathlib import Path

from cti_server.settings import load_settings
from cti_server.simulation.day import Arrival, Day, Duty, RosterEntry
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.plan import SitePlan

PROMPTS = Path(__file__).parents[4] / "prompts"
SERVER = """
links:
  - {{name: pbx, dialect: openscape_voice, host: 127.0.0.1, port: 11040, extensions: [7101]}}
prompts: {{directory: {prompts}}}
database: sqlite:///{folder}/journal.db
"""
LINK, PILOT = LinkName("pbx"), DeviceNumber("7000")


def write_site(folder: Path, agents: int = 3, *, wrap_up: float = 0.0, second_queue: bool = False) -> Path:
    """A pilot whose callers go straight into ``sales``, or choose between two queues that the same agents serve."""
    (folder / "site").mkdir(parents=True)
    (folder / "flows").mkdir()
    queue = "{{name: {}, groups: [all], flow: waiting, ring_time: 20, wrap_up: {}, service_level: 20}}"
    names = ["sales", "service"] if second_queue else ["sales"]
    rows = "\n".join(f"  - {queue.format(name, wrap_up)}" for name in names)
    people = "\n".join(f"  - {{id: a{number:02}, name: Agent {number}, groups: [all]}}" for number in range(agents))
    menu = "  - {id: ask, step: menu, say: menu, choices: {1: sales, 2: service}, otherwise: sales}\n"
    steps = (menu if second_queue else "") + "".join(
        f"  - {{id: {name}, step: queue, queue: {name}}}\n" for name in names
    )
    files = {
        "server.yaml": SERVER.format(prompts=PROMPTS, folder=folder),
        "site/queues.yaml": f"queues:\n{rows}\n",
        "site/agents.yaml": f"groups: [all]\nagents:\n{people}\n",
        "site/pilots.yaml": "pilots:\n  - {link: pbx, number: 7000, flow: in}\n",
        "flows/in.yaml": f"name: in\nkind: routing-strategy\nsteps:\n{steps}",
        "flows/waiting.yaml": "name: waiting\nkind: queue-processing\nsteps:\n"
        "  - {id: music, step: music, music: hold_music, seconds: 3600, next: music}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def plan_of(folder: Path) -> SitePlan:
    """What the files say."""
    loaded = load_settings(folder)
    assert loaded.problems == []
    assert loaded.plan is not None
    return loaded.plan


def caller(number: int, at: float, **more: object) -> Arrival:
    """A caller of the pilot."""
    return Arrival(number=number, at=at, link=LINK, pilot=PILOT, **more)  # type: ignore[arg-type]  # a test's own fields


def at_work(agents: int, *changes: tuple[float, str, Duty]) -> tuple[RosterEntry, ...]:
    """So many agents who are ready from 0 on, and what changes then."""
    first = [(0.0, f"a{number:02}", Duty.READY) for number in range(agents)]
    return tuple(
        RosterEntry(at=at, agent=AgentId(agent), duty=duty, device=DeviceNumber(f"desk-{agent}"), reason="pause")
        for at, agent, duty in [*first, *changes]
    )


def day(*arrivals: Arrival, roster: tuple[RosterEntry, ...]) -> Day:
    """A day made by hand."""
    return Day(name="by hand", start=0.0, arrivals=arrivals, roster=roster)
