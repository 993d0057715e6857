"""Finds the TCP segment in a captured packet: link layer, IPv4 or IPv6, TCP (RFC 791, 8200, 9293)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from csta.captures.pcap import Packet

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN: Final = frozenset({0x8100, 0x88A8, 0x9100})
_TCP: Final = 6
_EXTENSIONS: Final = frozenset({0, 43, 60, 135})
_MAX_EXTENSIONS: Final = 8
_ETHERNET, _NULL, _LOOP, _COOKED, _COOKED_2 = 1, 0, 108, 113, 276
_RAW: Final = frozenset({12, 14, 101, 228, 229})
"""LINKTYPE numbers of packets that begin with the IP header (the registry of pcap link types)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment; addresses as ``host:port``, with brackets around an IPv6 host.

    ``missing`` counts the bytes of it that the capture cut off.
    """

    time: float
    source: str
    source_port: int
    destination: str
    destination_port: int
    sequence: int
    acknowledged: int
    flags: int
    data: bytes
    missing: int


def segment_of(packet: Packet) -> Segment | None:
    """The segment, or None where the packet holds none: another protocol, a fragment of IP, damaged, not known."""
    network = _network(packet)
    if not network:
        return None
    version = network[0] >> 4
    if version == 4:
        return _ipv4(packet.time, network)
    if version == 6:
        return _ipv6(packet.time, network)
    return None


def _network(packet: Packet) -> bytes:
    """What follows the link layer, if it is IP."""
    data, kind = packet.data, packet.link_type
    if kind in _RAW:
        return data
    if kind in {_NULL, _LOOP}:
        return data[4:]
    if kind == _COOKED:
        return data[16:] if int.from_bytes(data[14:16], "big") in {_IPV4, _IPV6} else b""
    if kind == _COOKED_2:
        return data[20:] if int.from_bytes(data[:2], "big") in {_IPV4, _IPV6} else b""
    return _ethernet(data) if kind == _ETHERNET else b""


def _ethernet(data: bytes) -> bytes:
    at = 12
    kind = int.from_bytes(data[at : at + 2], "big")
    while kind in _VLAN and at + 6 <= len(data):
        at += 4
        kind = int.from_bytes(data[at : at + 2], "big")
    return data[at + 2 :] if kind in {_IPV4, _IPV6} else b""


def _ipv4(time: float, data: bytes) -> Segment | None:
    if len(data) < 20:
        return None
    header = (data[0] & 0x0F) * 4
    total = int.from_bytes(data[2:4], "big")
    fragment = int.from_bytes(data[6:8], "big") & 0x3FFF
    if header < 20 or data[9] != _TCP or fragment:
        return None
    # Segments that the sender's network card was to cut up are captured with a length of 0.
    total = total or len(data)
    source, destination = IPv4Address(data[12:16]), IPv4Address(data[16:20])
    return _tcp(time, str(source), str(destination), data[header:total], total - header)


def _ipv6(time: float, data: bytes) -> Segment | None:
    if len(data) < 40:
        return None
    total = int.from_bytes(data[4:6], "big") or len(data) - 40
    following, at = data[6], 40
    for _ in range(_MAX_EXTENSIONS):
        if following not in _EXTENSIONS or at + 2 > len(data):
            break
        following, at = data[at], at + 8 + data[at + 1] * 8
    if following != _TCP:
        return None
    source, destination = IPv6Address(data[8:24]), IPv6Address(data[24:40])
    end = 40 + total
    return _tcp(time, f"[{source}]", f"[{destination}]", data[at:end], end - at)


def _tcp(time: float, source: str, destination: str, data: bytes, length: int) -> Segment | None:
    if len(data) < 20:
        return None
    header = (data[12] >> 4) * 4
    if header < 20 or header > length:
        return None
    source_port, destination_port = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    return Segment(
        time=time,
        source=f"{source}:{source_port}",
        source_port=source_port,
        destination=f"{destination}:{destination_port}",
        destination_port=destination_port,
        sequence=int.from_bytes(data[4:8], "big"),
        acknowledged=int.from_bytes(data[8:12], "big"),
        flags=data[13],
        data=data[header:],
        missing=max(0, length - max(len(data), header)),
    )
