"""The figures as Prometheus reads them: its text format, or OpenMetrics where that is asked for."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder

from cti_server.telemetry.metrics.figures import Figures
from cti_server.telemetry.metrics.gauges import Gauges


class Exposition:
    """All figures of a server; exemplars (traces of contacts) are in the OpenMetrics form alone.

    Args:
        figures: the counters and histograms.
        gauges: how things stand now.
    """

    def __init__(self, figures: Figures, gauges: Gauges) -> None:
        self._registry: CollectorRegistry = figures.registry
        self._gauges = gauges
        # Memory, descriptors and processor time of this process (process_...), and Python's own (python_...).
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def expose(self, accept: str) -> Callable[[], tuple[bytes, str]]:
        """Read the state now, and give what writes the figures down: that takes longer and may be on any thread.

        It gives them in the form that the header ``Accept`` asks for, with the content type of it.
        """
        encode, kind = choose_encoder(accept)
        read = _Read(self._registry, list(self._gauges.collect()))
        return lambda: (encode(read), kind)


class _Read(CollectorRegistry):
    """The counters as they are when they are written down, and the gauges as they were read."""

    def __init__(self, counted: CollectorRegistry, gauges: Sequence[Metric]) -> None:
        super().__init__()
        self._counted = counted
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._counted.collect()
        yield from self._gauges
