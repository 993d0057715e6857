"""How good a call sounds: the E-model (ITU-T G.107) with what a media service can know.

R = 93.2 - Id - Ie,eff, all that is not known taken at its default (G.107 table 2):

- Id, for the delay from mouth to ear: 0.024 d + 0.11 (d - 177.3) for what is above 177.3 ms, d in ms (the usual
  approximation of G.107 7.4 for an echo-free line);
- Ie,eff, for what is lost: Ie + (95 - Ie) p / (p / BurstR + Bpl), p in percent (G.107 7.5). Ie and Bpl are those of
  G.113 appendix I for G.711 with concealment (0 and 25.1). It names none for Opus, and for G.722 and L16 on a scale of
  their own (G.107.1); G.711's stand for them too, so a figure does not say how much wider their sound is.

MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6 (G.107 annex B).
"""

from dataclasses import dataclass
from typing import Final

BEST: Final = 93.2


@dataclass(frozen=True, slots=True)
class Robustness:
    """Equipment impairment ``Ie`` and packet-loss robustness ``Bpl`` of a codec (G.113 appendix I)."""

    impairment: float
    loss: float


CODECS: Final = {
    "PCMU": Robustness(0.0, 25.1),
    "PCMA": Robustness(0.0, 25.1),
    "G722": Robustness(0.0, 25.1),
    "opus": Robustness(0.0, 25.1),
    "L16": Robustness(0.0, 25.1),
}


def rating(delay: float, loss: float, codec: str = "PCMA", burst_ratio: float = 1.0) -> float:
    """R (0-93.2) by the delay from mouth to ear (seconds) and the loss after the jitter buffer (0-1).

    ``burst_ratio``: 1 where losses fall at random, 2 where they come in runs twice as long (G.107 3.5). An unknown
    codec counts as G.711.
    """
    milliseconds, percent = 1000.0 * max(delay, 0.0), 100.0 * min(max(loss, 0.0), 1.0)
    waiting = 0.024 * milliseconds + 0.11 * max(milliseconds - 177.3, 0.0)
    kind = CODECS.get(codec, CODECS["PCMA"])
    broken = kind.impairment + (95.0 - kind.impairment) * percent / (percent / max(burst_ratio, 1.0) + kind.loss)
    return max(BEST - waiting - broken, 0.0)


def mos(delay: float, loss: float, codec: str = "PCMA", burst_ratio: float = 1.0) -> float:
    """The opinion (1-4.5) that listeners would have on average: `rating` by annex B of G.107."""
    r = rating(delay, loss, codec, burst_ratio)
    if r <= 0.0:
        return 1.0
    return max(1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6, 1.0)
