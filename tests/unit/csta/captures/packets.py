"""Packets and capture files made by hand, for the tests of their readers."""

import struct
from ipaddress import ip_address

SWITCH, APPLICATION = ("192.0.2.7", 1040), ("192.0.2.9", 50123)
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


def tcp(
    source: tuple[str, int],
    destination: tuple[str, int],
    sequence: int,
    data: bytes = b"",
    flags: int = ACK,
    ack: int = 0,
) -> bytes:
    """An IP packet with one TCP segment; IPv6 where the addresses are."""
    segment = (
        struct.pack(">HHIIBBHHH", source[1], destination[1], sequence % 2**32, ack % 2**32, 5 << 4, flags, 8192, 0, 0)
        + data
    )
    first, second = ip_address(source[0]), ip_address(destination[0])
    if first.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(segment), 6, 64) + first.packed + second.packed + segment
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0)
    return header + first.packed + second.packed + segment


def ethernet(packet: bytes, *, vlan: bool = False) -> bytes:
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return bytes(12) + (b"\x81\x00\x00\x05" if vlan else b"") + kind + packet


def pcap(
    packets: list[tuple[float, bytes]], *, link_type: int = 1, order: str = "<", nanoseconds: bool = False
) -> bytes:
    """A classic pcap file."""
    per_second = 1_000_000_000 if nanoseconds else 1_000_000
    out = struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for time, data in packets:
        seconds = int(time)
        out += struct.pack(f"{order}IIII", seconds, round((time - seconds) * per_second), len(data), len(data)) + data
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def pcapng(packets: list[tuple[float, bytes]], *, link_type: int = 1, order: str = "<", resolution: int = 6) -> bytes:
    """A pcapng file with one section and one interface."""
    out = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    options = struct.pack(f"{order}HHB3x", 9, 1, resolution) + struct.pack(f"{order}HH", 0, 0)
    out += block(1, struct.pack(f"{order}HHI", link_type, 0, 65535) + options, order)
    out += block(0x0BAD, b"something else", order)
    for time, data in packets:
        ticks = round(time * 10**resolution)
        out += block(
            6, struct.pack(f"{order}IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data, order
        )
    return out
