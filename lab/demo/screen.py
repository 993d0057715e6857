"""What the demo shows: a line for each thing that happens, with the seconds since its start and who tells it."""

from collections.abc import Callable
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from lab.demo.programs import LogEntry

_WIDTH: Final = 13
_STYLES: Final = {"lab PBX": "cyan", "media service": "magenta", "CTI server": "green", "story": "bold yellow"}


def _step(entry: LogEntry) -> str:
    position = entry.get("position")
    if position is not None:
        return f"contact {entry['contact']} is told: position {position}"
    return f"contact {entry['contact']} hears step {entry['step']}"


def _offer(entry: LogEntry) -> str:
    passed = entry.get("passed_over")
    return f"contact {entry['contact']} is offered to {entry['agent']}" + (f" ({passed})" if passed else "")


_NARRATED: Final[dict[str, Callable[[LogEntry], str]]] = {
    "ContactOpened": lambda e: f"contact {e['contact']} opened: a call at pilot {e['pilot']}, flow {e['flow']}",
    "MediaJoined": lambda e: f"contact {e['contact']} is at media port {e['port']}",
    "StepEntered": _step,
    "ContactQueued": lambda e: f"contact {e['contact']} waits in queue {e['queue']}",
    "OfferMade": _offer,
    "OfferAlerted": lambda e: f"{e['agent']}'s phone rings for contact {e['contact']}",
    "OfferEnded": lambda e: f"offer of contact {e['contact']} to {e['agent']}: {e['outcome']}",
    "ContactAnswered": lambda e: f"contact {e['contact']} talks with {e['agent']}",
    "ContactReleased": lambda e: f"contact {e['contact']} released by {e['released_by']}: {e['disposition']}",
    "WrapUpStarted": lambda e: f"{e['agent']} wraps up contact {e['contact']}",
    "WrapUpEnded": lambda e: f"{e['agent']} is idle",
    "AgentLoggedOn": lambda e: f"{e['agent']} logged on at {e['device']}",
    "AgentBecameReady": lambda e: f"{e['agent']} is ready",
    "AgentBecameNotReady": lambda e: f"{e['agent']} is not ready" + (f": {e['reason']}" if e.get("reason") else ""),
}


class Screen:
    """Writes to the terminal; plain text where it is none.

    Args:
        seconds: the clock, in seconds.
        console: where to write.
    """

    def __init__(self, seconds: Callable[[], float], console: Console | None = None) -> None:
        self._seconds = seconds
        self._began = seconds()
        self._console = console or Console(highlight=False)

    def tell(self, who: str, text: str) -> None:
        """One line: when, who, what."""
        line = Text(f"{self._seconds() - self._began:6.1f}  ")
        line.append(f"{who:<{_WIDTH}}  ", style=_STYLES.get(who, "blue"))
        line.append(text)
        self._console.print(line, soft_wrap=True)

    def chapter(self, title: str) -> None:
        """A heading between two parts of the story."""
        self._console.print()
        self._console.rule(title, align="left", style="dim")

    def narrate(self, entry: LogEntry) -> None:
        """Tell a program's log entry where it is part of the story, or a warning; the rest is in the log files."""
        kind = str(entry.get("event", ""))
        if kind in _NARRATED:
            self.tell("CTI server", _NARRATED[kind](entry))
        elif entry.get("level") in {"error", "critical"}:
            self.tell("log", f"{kind}: {_facts(entry)}")

    def text(self, text: str) -> None:
        """Text as it is, for tables that are laid out already."""
        self._console.print(text, markup=False, soft_wrap=True)


def _facts(entry: dict[str, Any]) -> str:
    left_out = {"event", "level", "timestamp", "trace", "exception"}
    return ", ".join(f"{name} {value}" for name, value in entry.items() if name not in left_out)
