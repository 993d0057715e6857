"""What a stream peer may cost: connections, time and bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Limits of TCP, TLS and WebSocket connections; times in seconds.

    Args:
        connections: how many in all, those that we opened included.
        per_address: how many may come in from one address.
        first_message: from the connection to the first whole message or keep-alive, TLS and WebSocket handshakes
            included.
        message: from the first byte of a message to its last.
        idle: without a byte in either direction.
        ping: between the keep-alives that we send on connections that we opened (RFC 5626 3.5.1).
        pong: how long the answer to one may take, for a peer that has answered one before (RFC 5626 4.4.1).
        unsent: bytes that wait for a peer that does not read.
        connect: how long a connection may take to stand.

    Raises:
        ValueError: one is not above 0.
    """

    connections: int = 1000
    per_address: int = 250
    first_message: float = 30.0
    message: float = 15.0
    idle: float = 3600.0
    ping: float = 95.0
    pong: float = 10.0
    unsent: int = 1_000_000
    connect: float = 5.0

    def __post_init__(self) -> None:
        values = (self.connections, self.per_address, self.first_message, self.message, self.idle, self.ping)
        if min(*values, self.pong, self.unsent, self.connect) <= 0:
            raise ValueError("every limit of streams must be above 0")
