"""How fast the CSTA codecs are: messages encoded and decoded per second on one core, message by message.

Run it as ``python -m bench.csta_codec``; it prints a table and writes ``bench/results/csta-codec.json``. The messages
are those that a busy link carries most, as OpenScape Voice sends them where it is known; each rate is the best of
several runs, because whatever else the machine does makes them only slower.
"""

import json
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from csta import ConnectionID, DeviceID, messages
from csta.causes import EventCause
from csta.codec import ber, xml
from csta.messages import Message
from csta.states import ConnectionState, SystemStatusValue

RUNS: Final = 7
SECONDS_PER_RUN: Final = 0.25
INVOKE_ID: Final = 7
ENCODINGS: Final = ("xml", "ber")
RESULTS: Final = Path(__file__).parent / "results" / "csta-codec.json"

CALL: Final = "FF000100000000002D65C85C1C750000"
CALLER: Final = DeviceID("N<302118840101>;displayNumber=302118840101")
AGENT: Final = DeviceID("N<302118840102>;displayNumber=302118840102;noa=nk")
AT_CALLER: Final = ConnectionID(CALL, CALLER.number)
AT_AGENT: Final = ConnectionID(CALL, AGENT.number)
SERVICES: Final = messages.ServicesPermitted(
    call_control_services=frozenset({messages.CallControlService.CLEAR_CONNECTION})
)
VOICE: Final = messages.MediaCallCharacteristics(media_class=frozenset({messages.MediaClass.VOICE}))

SAMPLES: Final[dict[str, Message]] = {
    "Originated": messages.Originated(
        monitor_cross_ref_id="03",
        originated_connection=AT_CALLER,
        calling_device=CALLER,
        called_device=AGENT,
        local_connection_info=ConnectionState.CONNECTED,
        cause=EventCause.NEW_CALL,
        services_permitted=SERVICES,
        media_call_characteristics=VOICE,
        extensions=messages.Extensions(
            private_data=(messages.ForeignElement("{http://www.siemens.com/schema/csta}extendedServicesPermitted"),)
        ),
    ),
    "Delivered": messages.Delivered(
        monitor_cross_ref_id="03",
        connection=AT_AGENT,
        alerting_device=AGENT,
        calling_device=CALLER,
        called_device=AGENT,
        local_connection_info=ConnectionState.ALERTING,
        cause=EventCause.NEW_CALL,
        services_permitted=SERVICES,
        media_call_characteristics=VOICE,
    ),
    "Established": messages.Established(
        monitor_cross_ref_id="03",
        established_connection=AT_AGENT,
        answering_device=AGENT,
        calling_device=CALLER,
        called_device=AGENT,
        local_connection_info=ConnectionState.CONNECTED,
        cause=EventCause.NEW_CALL,
    ),
    "ConnectionCleared": messages.ConnectionCleared(
        monitor_cross_ref_id="03",
        dropped_connection=AT_AGENT,
        releasing_device=CALLER,
        local_connection_info=ConnectionState.NULL,
        cause=EventCause.NORMAL_CLEARING,
    ),
    "DeflectCall": messages.DeflectCall(call_to_be_diverted=AT_AGENT, new_destination=DeviceID("7001")),
    "MonitorStart": messages.MonitorStart(monitor_object=DeviceID("7001")),
    "SystemStatus": messages.SystemStatus(system_status=SystemStatusValue.NORMAL),
}


def rates(encoding: str) -> dict[str, float]:
    """Messages per second of each kind in an encoding, ``xml`` or ``ber``, under ``encode X`` and ``decode X``."""
    found = {}
    for name, message in SAMPLES.items():
        data = _encoder(encoding)(message)
        found[f"encode {name}"] = _per_second(partial(_encoder(encoding), message))
        found[f"decode {name}"] = _per_second(partial(_decoder(encoding), data))
    return found


def sizes(encoding: str) -> dict[str, int]:
    """How many bytes each message takes in an encoding."""
    return {name: len(_encoder(encoding)(message)) for name, message in SAMPLES.items()}


def _encoder(encoding: str) -> Callable[[Message], bytes]:
    return xml.encode if encoding == "xml" else lambda message: ber.encode(message, INVOKE_ID)


def _decoder(encoding: str) -> Callable[[bytes], object]:
    return xml.decode if encoding == "xml" else ber.decode


def _per_second(work: Callable[[], object]) -> float:
    work()
    count, best = 1, 0.0
    for _ in range(RUNS):
        before = perf_counter()
        for _ in range(count):
            work()
        seconds = perf_counter() - before
        best = max(best, count / seconds)
        count = max(1, int(best * SECONDS_PER_RUN))
    return round(best, 1)


def main() -> None:
    """Measure, print, and keep the figures."""
    result: dict[str, object] = {"python": platform.python_version()}
    for encoding in ENCODINGS:
        found, bytes_of = rates(encoding), sizes(encoding)
        result[encoding] = {"bytes": bytes_of, "per_second": found}
        print(f"{encoding:20}{'bytes':>8}{'encode/s':>12}{'decode/s':>12}")
        for name in SAMPLES:
            print(f"{name:20}{bytes_of[name]:>8}{found[f'encode {name}']:>12.0f}{found[f'decode {name}']:>12.0f}")
        print()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
