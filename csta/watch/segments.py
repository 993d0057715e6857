"""Snapshots that a switch sends in segments: collected until the last one, in limits of size and time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from csta import messages as m
from csta.watch.tasks import Task

SnapshotResponse = m.SnapshotDeviceResponse | m.SnapshotCallResponse
SnapshotData = m.SnapshotDeviceData | m.SnapshotCallData


@dataclass(slots=True)
class _Collection:
    task: Task
    response: SnapshotResponse
    due: float
    last_id: int | None = None
    items: list[m.SnapshotDeviceItem | m.SnapshotCallItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Complete:
    """The whole answer to a task, as if it had come in one."""

    task: Task
    response: SnapshotResponse


@dataclass(frozen=True, slots=True)
class Broken:
    """The answer to a task will not be complete."""

    task: Task
    reason: str


@dataclass(slots=True)
class Segments:
    """The answers that are coming in segments, by the reference that names them (serviceCrossRefID)."""

    timeout: float
    max_items: int
    _open: dict[str, _Collection] = field(default_factory=dict)

    def begin(self, reference: str, task: Task, response: SnapshotResponse, now: float) -> None:
        """An answer says that its contents follow under this reference."""
        self._open[reference] = _Collection(task, response, now + self.timeout)

    def add(self, data: SnapshotData, now: float) -> Complete | Broken | None:
        """Take a segment; give what comes of it, None while more are to come. A repeated segment is passed over."""
        found = self._open.get(data.service_cross_ref_id)
        if found is None:
            return None
        if data.segment_id is not None and found.last_id is not None:
            if data.segment_id <= found.last_id:
                return None
            if data.segment_id != found.last_id + 1:
                return self._break(data, f"segment {found.last_id + 1} is missing")
        found.last_id, found.due = data.segment_id, now + self.timeout
        found.items += data.snapshot_data
        if len(found.items) > self.max_items:
            return self._break(data, f"more than {self.max_items} items")
        if not data.last_segment:
            return None
        del self._open[data.service_cross_ref_id]
        return Complete(found.task, _whole(found.response, found.items))

    def _break(self, data: SnapshotData, reason: str) -> Broken:
        return Broken(self._open.pop(data.service_cross_ref_id).task, f"segmented snapshot: {reason}")

    def next_due(self) -> float | None:
        """When `expired` has something to give."""
        return min((one.due for one in self._open.values()), default=None)

    def expired(self, now: float) -> list[Broken]:
        """Give the tasks whose next segment did not come in time."""
        late = [reference for reference, one in self._open.items() if one.due <= now]
        return [Broken(self._open.pop(one).task, "segmented snapshot: the next segment did not come") for one in late]

    def clear(self) -> None:
        """No more segments will come."""
        self._open.clear()


def _whole(response: SnapshotResponse, items: Sequence[object]) -> SnapshotResponse:
    match response:
        case m.SnapshotDeviceResponse():
            devices = tuple(one for one in items if isinstance(one, m.SnapshotDeviceItem))
            return replace(response, service_cross_ref_id=None, snapshot_data=devices)
        case _:
            calls = tuple(one for one in items if isinstance(one, m.SnapshotCallItem))
            return replace(response, service_cross_ref_id=None, snapshot_data=calls)
