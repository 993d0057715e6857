"""A flow as a graph in the DOT language, and as a picture by Graphviz' program ``dot``."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cti_server.flows.component import FAILED, Component
from cti_server.settings.flow_checks import Drawn
from cti_server.vocabulary.plan import Step

SECONDS: Final = 30
"""How long the program may take."""
FORMATS: Final = ("svg", "png", "pdf", "dot")
_SHAPES: Final = {
    "menu": "diamond",
    "recognise": "diamond",
    "decide": "diamond",
    "schedule": "diamond",
    "collect": "parallelogram",
    "record": "parallelogram",
    "database": "cylinder",
    "web": "cylinder",
    "queue": "house",
    "requeue": "house",
    "transfer": "rarrow",
    "callback": "cds",
    "run": "component",
    "disconnect": "octagon",
}
_BOX: Final = "box"
_SHOWN: Final = 30


class DrawingError(Exception):
    """A flow cannot be drawn; the text says what to do."""


def dot_of(name: str, way: Drawn) -> str:
    """The flow in the DOT language: a node for each step, an edge for each exit with its name."""
    return "\n".join([f"digraph {_quoted(name)} {{", *_body(name, way), "}", ""])


def _body(name: str, way: Drawn) -> Iterator[str]:
    yield '  graph [fontname="sans-serif", labelloc=t, label=' + _quoted(f"{name} ({way.kind})") + "];"
    yield '  node [fontname="sans-serif", fontsize=11, style=filled, fillcolor="#f4f6fb"];'
    yield '  edge [fontname="sans-serif", fontsize=9];'
    yield "  start [shape=circle, label=start];"
    yield f"  start -> {_quoted(way.steps[0].id)};"
    leaves = False
    for step, component, exits in zip(way.steps, way.components, way.ways, strict=True):
        shape = _SHAPES.get(component.name, _BOX)
        yield f"  {_quoted(step.id)} [shape={shape}, label={_quoted(_label(step, component))}];"
        usual = exits.get("next")
        for exit_name, target in exits.items():
            if exit_name == FAILED and (target == usual or target in _others(exits)):
                continue  # where nothing can be heard, it goes a way that is drawn already
            leaves = leaves or target is None
            style = ", style=dashed" if exit_name == FAILED else ""
            text = "" if exit_name == "next" else exit_name
            yield f"  {_quoted(step.id)} -> {_quoted(target or '(end)')} [label={_quoted(text)}{style}];"
    if leaves:
        yield '  "(end)" [shape=doublecircle, label=end];'


def _others(exits: object) -> set[object]:
    return {target for name, target in exits.items() if name != FAILED} if isinstance(exits, dict) else set()


def _label(step: Step, component: Component) -> str:
    """The step's name, its kind, and what it is about in a few words."""
    about = next(
        (
            str(value)
            for name in ("queue", "calendar", "flow", "query", "service", "number", "music", "into", "seconds", "value")
            if (value := getattr(step, name, None)) is not None and value != ""
        ),
        "",
    )
    if not about:
        said = getattr(step, "utterances", ())
        about = ", ".join(str(each.prompt) for each in said if each.prompt is not None)
    short = about if len(about) <= _SHOWN else f"{about[: _SHOWN - 3]}..."
    return f"{step.id}\n{component.name} {short}".rstrip()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def draw(dot: str, file: Path) -> None:
    """Write a graph into ``file``, as the picture that its ending names.

    Raises:
        DrawingError: the ending names none, the program is not installed, or does not succeed.
    """
    form = file.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise DrawingError(f"{file}: the name must end in one of {', '.join('.' + each for each in FORMATS)}")
    if form == "dot":
        file.write_text(dot, encoding="utf-8")
        return
    program = shutil.which("dot")
    if program is None:
        raise DrawingError("pictures are drawn by Graphviz, which is not there: apt install graphviz")
    try:
        done = subprocess.run(  # noqa: S603 - the program found above, with no shell and no words of others
            [program, f"-T{form}"], input=dot.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise DrawingError(f"drawing took longer than {SECONDS} seconds") from fault
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise DrawingError(f"dot failed: {said[0] if said else f'status {done.returncode}'}")
    file.write_bytes(done.stdout)
