"""From one rate to the other where a stream needs it; at no cost where it does not."""

from media_service.signal.resample import Halfband


class Resampler:
    """One stream of PCM16 between 8 and 16 kHz. Another direction than before begins anew."""

    def __init__(self) -> None:
        self._direction = (0, 0)
        self._filter: Halfband | None = None

    def convert(self, pcm: bytes, rate: int, wanted: int) -> bytes:
        """The samples at the wanted rate."""
        if rate == wanted:
            return pcm
        if self._filter is None or self._direction != (rate, wanted):
            self._filter, self._direction = Halfband(), (rate, wanted)
        return self._filter.up(pcm) if rate < wanted else self._filter.down(pcm)
