"""The packet process's one loop: ticks on the monotonic clock, datagrams in between, commands when there are any.

Ports are spread over four slots of 5 ms. A slot that comes late is made up for, never left out: the far end counts on
50 packets for each second. Only after half a second in which the process did not run at all (a stopped virtual machine)
is time let go, for a burst that long would help nobody.
"""

import gc
import ipaddress
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from media_service.engine.arguments import even_ports
from media_service.engine.clips import Library
from media_service.engine.disk import Disk
from media_service.engine.encodings import FRAME_SECONDS
from media_service.engine.interface import Recording
from media_service.engine.pure import frames
from media_service.engine.pure.clip import Clip
from media_service.engine.pure.conference import Room
from media_service.engine.pure.player import Player
from media_service.engine.pure.port import Port
from media_service.engine.pure.recorder import Recorder

_SLOTS: Final = 4
_SLOT_SECONDS: Final = FRAME_SECONDS / _SLOTS
_TOO_LATE: Final = 0.5
_BATCH: Final = 64
"""Sockets served between two looks at the clock."""
_MAX_UNREAD: Final = 8 << 20
"""Octets of reports that wait for an owner who does not read; beyond it, the owner is taken for dead."""
_FILE_PATIENCE: Final = 2.0
_ROUNDS_PER_SECOND: Final = 200


class PacketLoop:
    """Moves the packets of all ports until its owner says `Shutdown` or is gone."""

    def __init__(self, door: socket.socket, host: str, udp_ports: range) -> None:
        self._door = door
        self._host = host
        self._family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        self._candidates = even_ports(udp_ports)
        self._next_candidate = 0
        self._ports: dict[int, Port] = {}
        self._by_descriptor: dict[int, Callable[[float], None]] = {}
        self._slots: list[list[Port]] = [[] for _ in range(_SLOTS)]
        self._epoll = select.epoll()
        self._disk = Disk()
        self._library = Library(self._disk, Clip)
        self._rooms: dict[str, Room] = {}
        self._decoder = frames.CommandDecoder()
        self._unread = bytearray()
        self._running = True
        door.setblocking(False)
        self._watch(door.fileno(), self._read_commands)
        self._watch(self._disk.fileno(), lambda _: self._disk.collect())

    def run(self) -> None:
        """Serve until the end."""
        self._report(frames.Ready())
        due = time.monotonic()
        rounds = 0
        while self._running:
            self._write_reports()
            if not self._ports:
                self._serve(None)
                due = time.monotonic()
                continue
            self._serve(max(due - time.monotonic(), 0.0))
            now = time.monotonic()
            if now - due > _TOO_LATE:
                due += self._let_go(now - due)
            while due <= now:
                self._tick(rounds)
                rounds += 1
                due += _SLOT_SECONDS
        self._end()

    def _serve(self, timeout: float | None) -> None:
        for descriptor, _ in self._epoll.poll(timeout, _BATCH):
            serve = self._by_descriptor.get(descriptor)
            if serve is not None:  # closed by a command that came a moment before
                serve(time.monotonic())

    def _tick(self, rounds: int) -> None:
        slot = self._slots[rounds % _SLOTS]
        for port in slot:
            port.tick(time.monotonic())
        if rounds % _ROUNDS_PER_SECOND < _SLOTS:
            now = time.monotonic()
            for port in slot:
                port.every_second(now)

    def _let_go(self, late: float) -> float:
        lost_frames = int(late / FRAME_SECONDS)
        for port in self._ports.values():
            port.skip(lost_frames)
        return lost_frames * FRAME_SECONDS

    # Talking to the owner

    def _watch(self, descriptor: int, serve: Callable[[float], None]) -> None:
        self._by_descriptor[descriptor] = serve
        self._epoll.register(descriptor, select.EPOLLIN)

    def _report(self, report: frames.FromChild) -> None:
        self._unread += frames.encode(report)

    def _write_reports(self) -> None:
        if not self._unread:
            return
        try:
            del self._unread[: self._door.send(self._unread)]
        except BlockingIOError:
            pass  # the owner is busy; the next round tries again
        except OSError:
            self._running = False
        if len(self._unread) > _MAX_UNREAD:
            self._running = False

    def _read_commands(self, _: float) -> None:
        try:
            data = self._door.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._running = False
            return
        for command in self._decoder.feed(data):
            self._obey(command)

    def _obey(self, command: frames.ToChild) -> None:
        match command:
            case frames.Shutdown():
                self._running = False
            case frames.Open():
                self._open(command)
            case frames.Bridge(one, other):
                self._bridge(one, other)
            case _ if command.port in self._ports:
                self._obey_at(self._ports[command.port], command)
            case frames.StopRecording() | frames.AskFigures():
                self._report(frames.Refused(command.request, "the port is closed"))
            case _:
                pass  # meant for a port that its owner has closed meanwhile

    def _obey_at(self, port: Port, command: frames.ToChild) -> None:
        match command:
            case frames.Connect(_, stream):
                port.connect(stream)
            case frames.Play():
                self._play(port, command)
            case frames.Stop():
                port.stop()
            case frames.SendDigits(_, digits, token):
                port.send_digits(digits, token)
            case frames.SendPacket(_, data, target):
                port.sender.datagram(data, (target.host, target.port))
            case frames.AskFigures(request, _):
                self._report(frames.Figures(request, port.figures()))
            case frames.Close():
                self._close(port)
            case _:
                self._obey_about_hearing(port, command)

    def _obey_about_hearing(self, port: Port, command: frames.ToChild) -> None:
        match command:
            case frames.Listen(_, listening):
                port.listen(listening)
            case frames.Unbridge():
                port.unbridge()
            case frames.Join():
                self._join(port, command)
            case frames.Leave():
                self._leave(port)
            case frames.Record(_, file, form, stereo, both, trim):
                self._stop_recording(port, None)
                port.recorder = Recorder(self._disk, Recording(Path(file), form, stereo, both, trim))
            case frames.PauseRecording(_, paused) if port.recorder is not None:
                port.recorder.pause(paused=paused)
            case frames.StopRecording(request, _):
                self._stop_recording(port, request)

    # Ports

    def _open(self, command: frames.Open) -> None:
        try:
            sock, above = self._bind()
        except OSError as error:
            self._report(frames.Refused(command.request, f"no UDP port is free at {self._host} ({error.strerror})"))
            return
        port = Port(command.port, sock, above, self._report)
        slot = min(self._slots, key=len)
        slot.append(port)
        self._ports[port.number] = port
        self._watch(sock.fileno(), port.receive)
        self._watch(above.fileno(), port.reports.receive)
        self._report(frames.Opened(command.request, sock.getsockname()[1]))

    def _bind(self) -> tuple[socket.socket, socket.socket]:
        """A port for RTP and the one above it for RTCP (RFC 3550 section 11)."""
        fault = OSError(0, "none was given")
        for candidate in self._candidate_ports():
            try:
                sock = self._bound(candidate)
            except OSError as error:
                fault = error  # somebody else's, or one of ours: try the next
                continue
            try:
                return sock, self._bound(candidate + 1)
            except OSError as error:
                sock.close()
                fault = error
        raise fault

    def _bound(self, number: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            sock.bind((self._host, number))
        except OSError:
            sock.close()
            raise
        return sock

    def _candidate_ports(self) -> Iterator[int]:
        """Each port once, beginning behind the last one taken: a port rests before it is used again."""
        for _ in range(len(self._candidates)):
            candidate = self._candidates[self._next_candidate]
            self._next_candidate = (self._next_candidate + 1) % len(self._candidates)
            yield candidate

    def _play(self, port: Port, command: frames.Play) -> None:
        player = Player(command.token, command.loop, command.start)
        port.play(player)

        def done(clips: list[Clip] | str) -> None:
            if not port.plays(player):
                return
            if isinstance(clips, str):
                port.stop(clips)
                return
            player.load(clips)
            if player.over:
                port.player_over()

        self._library.load(command.sounds, done)

    def _stop_recording(self, port: Port, request: int | None) -> None:
        recorder, port.recorder = port.recorder, None

        def done(problem: str, seconds: float = 0.0, paused: float = 0.0) -> None:
            if request is not None:
                refused = frames.Refused(request, problem)
                self._report(refused if problem else frames.Finished(request, seconds, paused))

        if recorder is None:
            done("nothing is being recorded")
        else:
            recorder.finish(done)

    def _bridge(self, one: int, other: int) -> None:
        first, second = self._ports.get(one), self._ports.get(other)
        if first is None or second is None:
            return  # one of them was closed meanwhile
        for port in (first, second):
            port.unbridge()
            self._leave(port)
        first.bridge(second)
        second.bridge(first)

    def _join(self, port: Port, command: frames.Join) -> None:
        """A port is in one room at most, and in none while it is bridged."""
        port.unbridge()
        room = self._rooms.get(command.room)
        if room is None or port.room is not room:
            self._leave(port)
        port.room = room = self._rooms.setdefault(command.room, Room())
        room.join(port.number, command.role, command.whisper_to)

    def _leave(self, port: Port) -> None:
        room, port.room = port.room, None
        if room is not None:
            room.leave(port.number)
            self._rooms = {name: one for name, one in self._rooms.items() if len(one)}

    def _close(self, port: Port) -> None:
        self._stop_recording(port, None)
        port.unbridge()
        self._leave(port)
        del self._ports[port.number]
        for slot in self._slots:
            if port in slot:
                slot.remove(port)
        port.reports.send(time.monotonic(), goodbye=True)
        for sock in (port.sock, port.reports.sock):
            del self._by_descriptor[sock.fileno()]
            self._epoll.unregister(sock.fileno())
            sock.close()
        if not self._ports:
            gc.collect()  # it is off while packets move; now nobody hears the pause

    def _end(self) -> None:
        for port in list(self._ports.values()):
            self._close(port)
        self._disk.finish(_FILE_PATIENCE)
        self._door.close()
        self._epoll.close()
