"""Octets of any kind at a port of the native core, without sockets: parser, buffer, reports, protection, recorder."""

import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from media_service.engine.native._core import Core
from media_service.engine.native.running import g711_tables

HOST, PORT = "127.0.0.1", 40000
ROUNDS = int(os.environ.get("CALLWRIGHT_HOSTILE_ROUNDS", "20000"))
"""Packets for each kind of port; set it higher to search longer, as under AddressSanitizer."""


@contextmanager
def running() -> Iterator[Core]:
    core = Core(*g711_tables())
    core.start()
    try:
        yield core
    finally:
        core.shutdown()


def opened(core: Core, udp_port: int) -> int:
    return core.open(HOST, udp_port)


def connect(core: Core, port: int, encoding: int, payload_type: int, profile: int = -1, key: bytes = b"") -> None:
    core.connect(port, HOST, PORT, encoding, payload_type, 101, True, "", 0, profile, key, key)


class Hostile:
    """A far end that begins well and then sends what it likes."""

    def __init__(self, seed: int, payload_types: tuple[int, ...]) -> None:
        self._chance = random.Random(seed)
        self._payload_types = payload_types
        self._sequence = 65000
        self._timestamp = 2**32 - 50000
        self._ssrc = 1

    def datagram(self) -> tuple[bytes, bool]:
        """One datagram, and whether it goes to the RTCP port."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.6:
            return self._media(), False
        if kind < 0.75:
            return self._report(), chance.random() < 0.5
        if kind < 0.9:
            media = bytearray(self._media())
            for _ in range(chance.randrange(1, 8)):
                media[chance.randrange(len(media))] = chance.randrange(256)
            return bytes(media[: chance.randrange(1, len(media) + 1)]), False
        return chance.randbytes(chance.choice((0, 1, 11, 12, 40, 300, 2047, 2048))), chance.random() < 0.2

    def _media(self) -> bytes:
        chance = self._chance
        self._sequence = (self._sequence + chance.choice((1, 1, 1, 1, 2, 0, -1, 700, 40000))) % 65536
        self._timestamp = (self._timestamp + chance.choice((160, 160, 160, 80, 960, 0, -160, 2**31, 77777))) % 2**32
        if chance.random() < 0.01:
            self._ssrc = chance.randrange(2**32)
        first = 0x80 | chance.choice((0, 0, 0, 0, 0x10, 0x20, 0x30)) | chance.choice((0, 0, 0, 1, 15))
        payload_type = chance.choice(self._payload_types)
        header = struct.pack("!BBHII", first, payload_type, self._sequence, self._timestamp, self._ssrc)
        return header + chance.randbytes(chance.choice((0, 1, 2, 4, 20, 160, 160, 160, 320, 480, 1600, 2036)))

    def _report(self) -> bytes:
        chance = self._chance
        report = b""
        for _ in range(chance.randrange(1, 4)):
            words = chance.choice((0, 1, 6, 6, 7, 12, 65535))
            report += struct.pack("!BBH", 0x80 | chance.randrange(64), chance.randrange(198, 210), words)
            report += chance.randbytes(4 * min(words, 40) - chance.choice((0, 0, 0, 1, 3)) * (words > 0))
        return report


KINDS = [pytest.param(encoding, id=name) for encoding, name in enumerate(("mu-law", "a-law", "g722", "opus", "l16"))]


@pytest.mark.parametrize("encoding", KINDS)
def test_any_octets_leave_the_core_as_it_was(encoding: int) -> None:
    foe = Hostile(encoding, (96, 96, 96, 101, 0, 8, 13, 72))
    with running() as core:
        port, partner, guest = (opened(core, udp) for udp in (43900, 43902, 43904))
        connect(core, port, encoding, 96)
        connect(core, partner, 1, 8)
        connect(core, guest, 0, 0)
        core.listen(port, True, True, True)
        for count in range(ROUNDS):
            data, on_rtcp = foe.datagram()
            core.hear(port, data, HOST, PORT, on_rtcp)
            if count % 1000 == 0:
                core.record(port, count + 1, count // 1000 % 3)
            if count % 1500 == 0:
                core.bridge(port, partner)
            if count % 1500 == 700:
                core.join(port, 1, count % 3, guest)
                core.join(guest, 1, 0, 0)
            if count % 300 == 0:
                core.collect()
        figures = core.figures(port)
        assert figures[1] > ROUNDS // 10
        assert 0 <= figures[5] <= figures[1]
        for kind, _, number, value, at, source in core.collect():
            assert 0 < kind < 10, (kind, number, value, at, source)
        core.close(port)
        assert core.figures(partner)[1] == 0


@pytest.mark.parametrize(("profile", "octets"), [(0, 30), (1, 30), (2, 28), (3, 44)])
def test_nothing_that_is_not_protected_is_heard(profile: int, octets: int) -> None:
    foe = Hostile(profile, (0, 101, 72))
    with running() as core:
        port = opened(core, 43910)
        connect(core, port, 0, 0, profile, bytes(range(octets)))
        core.listen(port, True, True, True)
        for _ in range(ROUNDS // 4):
            data, on_rtcp = foe.datagram()
            core.hear(port, data, HOST, PORT, on_rtcp)
        figures = core.figures(port)
        assert figures[1] == 0
        assert figures[6:9] == (None, None, None)


def test_what_the_core_cannot_take_is_refused() -> None:
    with running() as core:
        port = opened(core, 43912)
        for encoding, payload_type, profile, key in ((5, 0, -1, b""), (-1, 0, -1, b""), (0, 128, -1, b"")):
            with pytest.raises(ValueError, match=r"encoding|payload types"):
                connect(core, port, encoding, payload_type, profile, key)
        for profile, key in ((4, b""), (-3, b""), (0, bytes(29)), (3, bytes(30))):
            with pytest.raises(ValueError, match="profile"):
                connect(core, port, 0, 0, profile, key)
        with pytest.raises(ValueError, match="no numeric address"):
            core.send_packet(port, b"x", "phone.example", 4000)
        with pytest.raises(ValueError, match="no numeric address"):
            core.hear(port, b"x", HOST, 65536, False)
        with pytest.raises(ValueError, match="way of recording"):
            core.record(port, 1, 3)
        with pytest.raises(ValueError, match="role"):
            core.join(port, 1, 3, 0)
        with pytest.raises(TypeError):
            core.prepare(b"no clip", 0)
        with pytest.raises(ValueError, match="encoding"):
            core.prepare(core.clip(b"\0\0" * 100), 9)


def test_a_clip_is_as_long_as_its_samples() -> None:
    with running() as core:
        for samples in (0, 1, 159, 160, 161, 16000):
            clip = core.clip(bytes(2 * samples))
            assert clip.samples == samples
            for encoding in range(5):
                core.prepare(clip, encoding)
                assert core.prepared(clip, encoding)
