"""The figures as Prometheus reads them: its text format, or OpenMetrics where that is asked for."""

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
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
        self._registry.register(gauges)
        # Memory, descriptors and processor time of this process (process_...), and Python's own (python_...).
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def expose(self, accept: str) -> tuple[bytes, str]:
        """The figures in the form that the header ``Accept`` asks for, and the content type of it."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind
