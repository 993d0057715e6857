"""Every counter and histogram that the server keeps while it runs, with its labels; in a registry of its own."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

WAITS: Final = (1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600)
"""Upper edges in seconds for waits and rings."""
TALKS: Final = (10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
SHORT: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper edges in seconds for what takes the server itself time."""


class Figures:
    """One object for each running server; labels are of closed sets, or names of the plan, never of people.

    Args:
        registry: where they are collected; its own without one.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = CollectorRegistry() if registry is None else registry
        self._routing()
        self._treatment()
        self._server()

    def _routing(self) -> None:
        self.opened = self._counter("contacts_opened", "Contacts that arrived.", "channel")
        self.closed = self._counter("contacts_closed", "Contacts that ended, by disposition.", "channel", "disposition")
        self.waits = self._histogram(
            "queue_wait_seconds", "Time in line of contacts that left a queue.", WAITS, "queue", "outcome"
        )
        self.offers = self._counter("offers", "Offers to agents that ended, by outcome.", "queue", "outcome")
        self.rings = self._histogram("ring_seconds", "From an offer to its end.", WAITS, "outcome")
        self.talks = self._histogram("talk_seconds", "Talks of contacts, holds included.", TALKS, "queue")
        self.moves = self._counter("transfers", "Talks that were given on, by where to.", "kind")
        self.log_ons = self._counter("agent_log_ons", "Agents who logged on.")
        self.events = self._counter("events", "Rows of the journal, by kind of event.", "kind")

    def _treatment(self) -> None:
        self.verbs = self._counter("prompts", "What was played to callers or asked of them, by how it ended.", "result")
        self.treatments = self._counter("treatment_failures", "Callers who did not hear what they should have.")
        self.refused_media = self._counter("media_refused", "Calls for which no media port could be had.")
        self.requests = self._counter("requests", "What flows asked of the outside, by result.", "result")
        self.forwards = self._counter("forwards", "Calls sent to numbers outside.")
        self.failed_forwards = self._counter("failed_forwards", "Calls that could not be sent there.")

    def _server(self) -> None:
        self.decisions = self._histogram("engine_decision_seconds", "The engine handles one command.", SHORT)
        self.appends = self._histogram("journal_append_seconds", "Rows become durable, in one go.", SHORT)
        self.rows = self._counter("journal_rows", "Rows that became durable.")
        self.defects = self._counter("engine_defects", "Commands that met a defect and were set aside.")
        self.lags = self._histogram("loop_lag_seconds", "How late the server's loop reacts.", SHORT)
        self.failed_log_ins = self._counter("failed_log_ins", "Log-ins that failed, by door.", "door")
        self.links_lost = self._counter("link_losses", "How often a link went down.", "link")
        self.alarms = self._counter("alarms_raised", "Alarms that were raised, by kind.", "kind", "severity")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace="callwright", registry=self.registry)

    def _histogram(self, name: str, text: str, edges: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, namespace="callwright", registry=self.registry, buckets=edges)
