"""What extensions have set for their calls: forwarding and do not disturb, by feature code or by an application."""

from lab.switch.exchange import Exchange, Forward


class Lines:
    """The lines of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def may_forward(self, device: str, number: str) -> bool:
        """Whether calls of ``device`` can be forwarded to ``number``."""
        return number != device and self._exchange.plan.reaches(number)

    def forward(self, device: str, kind: Forward, to: str | None) -> None:
        """Forward the device's calls to ``to``, or no longer where that is ``None``; a repeat changes nothing."""
        line = self._exchange.lines[device]
        if line.forwards.get(kind) == to:
            return
        if to is None:
            del line.forwards[kind]
        else:
            line.forwards[kind] = to

    def disturb(self, device: str, *, undisturbed: bool) -> None:
        """Set whether the device is not to be disturbed; a repeat changes nothing."""
        line = self._exchange.lines[device]
        if line.undisturbed is not undisturbed:
            line.undisturbed = undisturbed
            self._exchange.stir()
