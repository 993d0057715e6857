"""Treatment: carries contacts through their flows, from one step that has to be awaited to the next."""

from cti_server.engine.treatment.going_on import (
    fail_treatment,
    forward_failed,
    queue_time_over,
    repeat_step,
    request_ended,
    run_flow,
    run_waiting_flows,
    step_over,
    verb_done,
)
from cti_server.engine.treatment.walk import within_limits

__all__ = [
    "fail_treatment",
    "forward_failed",
    "queue_time_over",
    "repeat_step",
    "request_ended",
    "run_flow",
    "run_waiting_flows",
    "step_over",
    "verb_done",
    "within_limits",
]
