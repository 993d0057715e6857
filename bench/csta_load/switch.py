"""The switch of the link that is measured, in a process of its own: sends prepared events at their times.

It speaks with its parent in lines of JSON: first the port that it listens on, then one answer to each order. Times are
those of the system-wide steady clock, so that another process can compare them.
"""

import json
import socket
import sys
from collections.abc import Iterator
from random import Random
from select import select
from time import monotonic, process_time
from typing import Any, Final

from bench.csta_load.calls import Traffic, lean, numbers
from bench.csta_load.timing import quantile
from bench.csta_load.ways import WAYS, EventWriter, Way
from csta import messages
from csta.messages import Event, Request, Response
from csta.session import Session
from csta.session_events import RequestReceived, Role
from csta.session_settings import SessionSettings

ACCEPT_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 3.0
"""How long the last commands are waited for."""
SEND_BYTES: Final = 1 << 18

Packet = tuple[bytes, int, tuple[tuple[str, str], ...]]
"""The frames of one step, how many, and the call and device of each that asks for a command."""


class Switch:
    """One link to an application."""

    def __init__(self, way: Way, devices: int, connection: socket.socket) -> None:
        self._way = way
        self._socket = connection
        self._session = Session(Role.SWITCHING_FUNCTION, way.dialect, SessionSettings(), profile=way.profile)
        self._references = {device: f"{number + 1:04X}" for number, device in enumerate(numbers(devices))}
        site = way.site(self._references)
        # One after the other, so that no identifier of a call comes twice.
        self._traffic = {False: Traffic(site, lean), True: Traffic(site, way.full, first_call=1 << 15)}
        self._sent_at: dict[tuple[str, str], float] = {}
        self._took: list[float] = []
        self._session.connection_made(monotonic())
        self._flush()

    def serve(self, seconds: float) -> None:
        """Answer what comes for so long."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._listen(left)

    def _listen(self, seconds: float) -> None:
        if not select([self._socket], [], [], max(0.0, seconds))[0]:
            return
        data = self._socket.recv(1 << 16)
        came = monotonic()
        if not data:
            raise SystemExit("the application has gone")
        self._session.receive_data(data, came)
        while (event := self._session.next_event()) is not None:
            if isinstance(event, RequestReceived):
                self._session.send_response(event.invoke_id, self._answer(event.request, came), came)
        self._flush()

    def _answer(self, request: Request, came: float) -> Response:
        match request:
            case messages.MonitorStart(monitor_object=messages_object):
                return messages.MonitorStartResponse(monitor_cross_ref_id=self._references[str(messages_object)])
            case messages.SnapshotDevice():
                return messages.SnapshotDeviceResponse()
            case messages.GetAgentState():
                return messages.GetAgentStateResponse()
            case messages.DeflectCall(call_to_be_diverted=call):
                self._took.append(came - self._sent_at.pop((call.call_id, call.device_id)))
        return request.response()

    def _flush(self) -> None:
        data = self._session.data_to_send()
        if data:
            self._socket.sendall(data)

    # --- orders

    def run(self, rate: float, events: int, *, full: bool, commanding: bool) -> dict[str, Any]:
        """Send so many events at a rate, at random moments; infinite: as fast as the application reads.

        The calls go on from run to run; a run of no events at all ends them.
        """
        traffic = self._traffic[full]
        steps = traffic.steps(events) if events else traffic.ends()
        writer = EventWriter(self._way)
        packets = [_packet(writer, step) for step in steps]
        self._sent_at.clear()
        self._took.clear()
        used, began = process_time(), monotonic()
        due = list(_moments(began + 0.02, rate, packets, Random(len(packets))))
        late = self._send(packets, due)
        took = monotonic() - began
        used = process_time() - used
        end = monotonic() + (ANSWER_SECONDS if commanding else 0.0)
        while self._sent_at and monotonic() < end:
            self._listen(end - monotonic())
        return {
            "events": sum(count for _, count, _ in packets),
            "bytes": sum(len(data) for data, _, _ in packets),
            "seconds": took,
            "cpu_seconds": used,
            "late_p99_ms": round(quantile(late, 0.99) * 1e3, 3),
            "due": [moment for moment, (_, count, _) in zip(due, packets, strict=True) for _ in range(count)],
            "command_seconds": self._took,
            "unanswered": len(self._sent_at) if commanding else 0,
        }

    def _send(self, packets: list[Packet], due: list[float]) -> list[float]:
        late = []
        place = 0
        while place < len(packets):
            now = monotonic()
            if due[place] > now:
                self._listen(due[place] - now)
                continue
            batch = bytearray()
            while place < len(packets) and due[place] <= now and len(batch) < SEND_BYTES:
                data, _, triggers = packets[place]
                batch += data
                late.append(now - due[place])
                for trigger in triggers:
                    self._sent_at[trigger] = now
                place += 1
            self._socket.sendall(batch)
            self._listen(0.0)
        return late


def _packet(writer: EventWriter, step: list[Event]) -> Packet:
    triggers: list[tuple[str, str]] = []
    for event in step:
        match event:
            case messages.Queued(queued_connection=at):
                triggers.append((at.call_id, at.device_id))
            case messages.Delivered(connection=at, local_connection_info=local) if local == "alerting":
                triggers.append((at.call_id, at.device_id))
    return b"".join([writer.frame(event) for event in step]), len(step), tuple(triggers)


def _moments(start: float, rate: float, packets: list[Packet], chance: Random) -> Iterator[float]:
    """When each step is due: a Poisson process of so many events per second."""
    at = start
    for _, count, _ in packets:
        yield at
        at += chance.expovariate(rate / count)


def main(name: str, devices: int) -> None:
    """Listen, tell the port, serve one application as the parent orders."""
    way = next(one for one in WAYS if one.name == name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(json.dumps({"port": server.getsockname()[1]}), flush=True)
        server.settimeout(ACCEPT_SECONDS)
        connection, _ = server.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        switch = Switch(way, devices, connection)
        while True:
            if not select([sys.stdin], [], [], 0.0)[0]:
                switch.serve(0.02)
                continue
            line = sys.stdin.readline()
            if not line:
                return
            order = json.loads(line)
            done = switch.run(order["rate"], order["events"], full=order["full"], commanding=order["commanding"])
            print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
