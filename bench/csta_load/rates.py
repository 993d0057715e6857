"""Rates of the pure parts: single messages in each encoding, and the mix of a busy site in each way of speaking."""

from collections.abc import Callable
from typing import Any, Final

from bench.csta_load.calls import Decorate, Traffic, lean, numbers
from bench.csta_load.timing import pass_rate, rate_of
from bench.csta_load.ways import EventWriter, Way
from csta import CallMirror, ConnectionID, DeviceID, Role, Session, messages
from csta.codec.framing import Frame
from csta.messages import Event, Message
from csta.session_events import EventReceived
from csta.session_settings import SessionSettings
from csta.states import SystemStatusValue

DEVICES: Final = 1000
MIX_EVENTS: Final = 2000
CHUNK: Final = 1 << 14
"""Bytes that come from the socket at once."""
_NOW: Final = 1.8e9
_CALL: Final = ConnectionID("FF000100000000002D65C85C1C750000", "302118840002")

REQUESTS: Final[tuple[Message, ...]] = (
    messages.DeflectCall(call_to_be_diverted=_CALL, new_destination=DeviceID("302118840003")),
    messages.DeflectCallResponse(),
    messages.SingleStepTransferCall(active_call=_CALL, transferred_to=DeviceID("302118840003")),
    messages.MonitorStart(monitor_object=DeviceID("302118840002")),
    messages.MonitorStartResponse(monitor_cross_ref_id="03E8"),
    messages.SnapshotDevice(snapshot_object=DeviceID("302118840002")),
    messages.SystemStatus(system_status=SystemStatusValue.NORMAL),
)
"""What an application sends most, and hears besides events."""


def references() -> dict[str, str]:
    """The cross-reference of each monitored device."""
    return {device: f"{number + 1:04X}" for number, device in enumerate(numbers(DEVICES))}


def by_message(way: Way) -> dict[str, dict[str, float]]:
    """For each call event, with all that the switch adds, and each hot request: bytes, and rates per second."""
    traffic = Traffic(way.site(references()), way.full)
    samples: dict[str, Message] = {}
    for step in traffic.steps(MIX_EVENTS):
        for event in step:
            samples.setdefault(type(event).__name__, event)
    samples |= {type(request).__name__: request for request in REQUESTS}
    return {name: _message_rates(way, message) for name, message in samples.items()}


def _message_rates(way: Way, message: Message) -> dict[str, float]:
    encoding = way.encoding()
    if isinstance(message, Event):
        data, invoke_id = EventWriter(way).payload(message)
    else:
        invoke_id = 7
        data = encoding.encode(message, invoke_id)
    frame = Frame(invoke_id, data)
    found = {
        "bytes": len(data),
        "encode_per_s": rate_of(lambda: encoding.encode(message, invoke_id)),
        "decode_per_s": rate_of(lambda: encoding.decode(frame, _nothing)),
    }
    if isinstance(message, Event):
        mirror = CallMirror()
        found["fold_per_s"] = rate_of(lambda: mirror.fold(message, _NOW))
    return found


def _nothing(_invoke_id: int) -> None:
    return None


def of_mix(way: Way, *, full: bool) -> dict[str, float]:
    """The mix: mean bytes; events per second encoded, decoded, folded, decoded and folded, and through a session."""
    decorate: Decorate = way.full if full else lean
    traffic = Traffic(way.site(references()), decorate)
    events = [event for step in traffic.steps(MIX_EVENTS) for event in step]
    writer, encoding = EventWriter(way), way.encoding()
    frames = [Frame(invoke_id, data) for data, invoke_id in map(writer.payload, events)]
    count = len(events)
    stream = b"".join([way.framer().frame(frame.payload, frame.invoke_id) for frame in frames])
    decoded = [encoding.decode(frame, _nothing).message for frame in frames]
    return {
        "events": count,
        "mean_bytes": round(len(stream) / count),
        "encode_per_s": pass_rate(lambda: lambda: [encoding.encode(event, 7) for event in events], count),
        "decode_per_s": pass_rate(lambda: lambda: [encoding.decode(frame, _nothing) for frame in frames], count),
        "fold_per_s": pass_rate(lambda: _folding(decoded), count),
        "decode_fold_per_s": pass_rate(lambda: _decoding(encoding.decode, frames), count),
        "session_fold_per_s": pass_rate(lambda: _receiving(way, stream, count), count),
    }


def _mirror() -> CallMirror:
    mirror = CallMirror()
    for device, reference in references().items():
        mirror.monitor_started(reference, device)
    return mirror


def _folding(events: list[Any]) -> Callable[[], None]:
    mirror = _mirror()

    def work() -> None:
        for event in events:
            if mirror.fold(event, _NOW):
                raise RuntimeError(f"the mirror cannot follow {event}")

    return work


def _decoding(decode: Callable[..., Any], frames: list[Frame]) -> Callable[[], None]:
    mirror = _mirror()

    def work() -> None:
        for frame in frames:
            if mirror.fold(decode(frame, _nothing).message, _NOW):
                raise RuntimeError(f"the mirror cannot follow {frame}")

    return work


def _receiving(way: Way, stream: bytes, count: int) -> Callable[[], None]:
    """The whole way of bytes without sockets: framing, decoding, session, mirror."""
    session, mirror = _session(way), _mirror()

    def work() -> None:
        folded = 0
        for start in range(0, len(stream), CHUNK):
            session.receive_data(stream[start : start + CHUNK], _NOW)
            while (event := session.next_event()) is not None:
                if not isinstance(event, EventReceived) or mirror.fold(event.event, _NOW):
                    raise RuntimeError(f"the session or the mirror stumbles over {event}")
                folded += 1
        if folded != count:
            raise RuntimeError(f"{folded} of {count} events came")

    return work


def _session(way: Way) -> Session:
    """An application's session that is up."""
    ours, theirs = (
        Session(role, way.dialect, SessionSettings(), profile=way.profile)
        for role in (Role.COMPUTING_FUNCTION, Role.SWITCHING_FUNCTION)
    )
    ours.connection_made(_NOW)
    theirs.connection_made(_NOW)
    while (out := ours.data_to_send()) + (back := theirs.data_to_send()):
        theirs.receive_data(out, _NOW)
        ours.receive_data(back, _NOW)
    while ours.next_event() is not None:
        pass
    return ours
