"""Curves over time as a plain SVG: one panel below the other, each with its own scale from nought."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 150, 70, 40, 50
FONT: Final = 'font-family="sans-serif" font-size="12"'
COLOURS: Final = ("#1f5fa8", "#c0561b", "#2f8f4e", "#7a4fa3")

Panel = Mapping[str, Sequence[float | None]]


def svg(title: str, minutes: Sequence[float], panels: Mapping[str, Panel]) -> str:
    """The picture; each panel has curves by their names, a value for each of the ``minutes``, None for none."""
    height = TOP + len(panels) * (HEIGHT + GAP)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" {FONT}>',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
    ]
    for number, (name, panel) in enumerate(panels.items()):
        body += _panel(TOP + number * (HEIGHT + GAP), name, minutes, panel)
    return "\n".join([*body, "</svg>", ""])


def _panel(top: float, name: str, minutes: Sequence[float], panel: Panel) -> list[str]:
    most = max((value for curve in panel.values() for value in curve if value is not None), default=1.0) or 1.0
    last = max(minutes, default=1.0) or 1.0
    bottom = top + 20 + HEIGHT
    found = [
        f'<text x="{LEFT}" y="{top + 12}">{escape(name)}</text>',
        f'<rect x="{LEFT}" y="{top + 20}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>',
        f'<text x="{LEFT - 6}" y="{top + 32}" text-anchor="end">{most:g}</text>',
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{LEFT + WIDTH}" y="{bottom + 14}" text-anchor="end">{last:g} min</text>',
    ]
    for number, (label, curve) in enumerate(panel.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{LEFT + WIDTH * at / last:.1f},{bottom - HEIGHT * value / most:.1f}"
            for at, value in zip(minutes, curve, strict=True)
            if value is not None
        )
        found.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        found.append(f'<text x="{LEFT + 260 + 140 * number}" y="{top + 12}" fill="{colour}">{escape(label)}</text>')
    return found
