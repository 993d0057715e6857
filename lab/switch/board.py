"""The parts of one switch, each made once: who delivers, holds, joins and picks up calls."""

from dataclasses import dataclass
from typing import Self

from lab.switch.apparatus import Phones
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange
from lab.switch.holding import Holding
from lab.switch.hunt import Hunt
from lab.switch.joining import Joining
from lab.switch.lines import Lines
from lab.switch.pickup import Pickup
from lab.switch.seats import Seats


@dataclass(frozen=True, slots=True)
class Board:
    """What services and feature codes act on."""

    exchange: Exchange
    seats: Seats
    hunt: Hunt
    delivery: Delivery
    holding: Holding
    joining: Joining
    pickup: Pickup
    lines: Lines
    phones: Phones

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """The parts that act on ``exchange``."""
        seats, hunt = Seats(exchange), Hunt(exchange)
        delivery = Delivery(exchange, hunt, seats)
        return cls(
            exchange,
            seats,
            hunt,
            delivery,
            Holding(exchange, delivery),
            Joining(exchange, delivery, seats),
            Pickup(exchange, delivery),
            Lines(exchange),
            Phones(exchange),
        )
