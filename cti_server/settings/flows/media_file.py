"""What the media service's own file says, where it lies beside the server's: enough to compare a site's plan with it.

The file is the media service's to check: what cannot be read here, is another service's, or is not there, says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_server.settings.flows.ports import needs_of
from cti_server.vocabulary.plan import SitePlan
from settings_file import read_document

MEDIA_FILE: Final = "media.yaml"
TRUNK_LINES: Final = 100
"""Lines of a trunk whose file does not say how many."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """``ports`` are calls at once, a trunk's lines among them; ``second_call``: a port takes one beside that it has."""

    file: Path
    ports: int
    second_call: bool


def media_file(config: Path) -> MediaFile | None:
    """The file in the config directory, or None where there is none that can be read."""
    file = config / MEDIA_FILE
    if not file.is_file():
        return None
    document = read_document(file)
    content = document.value
    if document.problems or not isinstance(content, dict):
        return None
    ports, trunk, registrar = content.get("ports"), content.get("trunk"), content.get("registrar")
    count = (
        sum(_calls(port.get("number")) for port in ports if isinstance(port, dict)) if isinstance(ports, list) else 0
    )
    if isinstance(trunk, dict):
        lines = trunk.get("lines", TRUNK_LINES)
        count += lines if isinstance(lines, int) else 0
    return MediaFile(file, count, isinstance(registrar, dict) and registrar.get("second_call") is True)


def _calls(number: object) -> int:
    """How many ports an entry stands for: one, or a range such as 7001-7004; none where it is neither."""
    first, dash, last = str(number).partition("-")
    if not dash:
        return 1 if first.isdecimal() else 0
    return max(int(last) - int(first) + 1, 0) if first.isdecimal() and last.isdecimal() else 0


def warnings_of(plan: SitePlan, config: Path) -> Iterator[str]:
    """What works, but not as it is meant, with the media service as its file in the config directory has it."""
    media = media_file(config)
    if media is None:
        return
    ringing = sorted(name for name, queue in plan.queues.items() if queue.ring_all)
    if ringing and not media.second_call:
        yield (
            f"{media.file}: registrar.second_call is not set, so that the phones of {', '.join(ringing)} ring in turn "
            "and not at once, though they have ring_all"
        )
    waiting = sum(need.calls for need in needs_of(plan) if need.heard and need.calls is not None)
    if media.ports and waiting > media.ports:
        yield (
            f"{media.file}: {media.ports} ports, but {waiting} callers may wait at once by the queues' limits.waiting: "
            "who finds no port hears nothing"
        )
