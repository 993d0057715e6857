"""What extensions have set for their calls: forwarding, do not disturb, auto-answer; by feature code or application."""

from csta import messages
from csta.identifiers import DeviceID
from csta.messages.enumerations import ForwardingType
from lab.switch.exchange import Exchange, Forward

TYPES = {
    Forward.IMMEDIATE: ForwardingType.FORWARD_IMMEDIATE,
    Forward.BUSY: ForwardingType.FORWARD_BUSY,
    Forward.NO_ANSWER: ForwardingType.FORWARD_NO_ANS,
}
"""The forwarding types that this switch has; none tells calls from inside and outside apart."""


class Lines:
    """The lines of one exchange. A repeat changes nothing and is not reported."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def may_forward(self, device: str, number: str) -> bool:
        """Whether calls of ``device`` can be forwarded to ``number``."""
        return number != device and self._exchange.plan.reaches(number)

    def forward(self, device: str, kind: Forward, to: str | None) -> None:
        """Forward the device's calls to ``to``, or no longer where that is ``None``."""
        line = self._exchange.lines[device]
        if line.forwards.get(kind) == to:
            return
        if to is None:
            del line.forwards[kind]
        else:
            line.forwards[kind] = to
        event = messages.Forwarding(
            monitor_cross_ref_id="",
            device=DeviceID(device),
            forwarding_type=TYPES[kind],
            forward_status=to is not None,
            forward_to=None if to is None else DeviceID(to),
        )
        self._exchange.announce([device], lambda _device: event)

    def disturb(self, device: str, *, undisturbed: bool) -> None:
        """Set whether the device is not to be disturbed."""
        line = self._exchange.lines[device]
        if line.undisturbed is undisturbed:
            return
        line.undisturbed = undisturbed
        event = messages.DoNotDisturb(monitor_cross_ref_id="", device=DeviceID(device), do_not_disturb_on=undisturbed)
        self._exchange.announce([device], lambda _device: event)
        self._exchange.stir()

    def answer(self, device: str, *, by_itself: bool) -> None:
        """Set whether the device's phone is asked to answer by itself."""
        line = self._exchange.lines[device]
        if line.answers is by_itself:
            return
        line.answers = by_itself
        event = messages.AutoAnswer(monitor_cross_ref_id="", invoking_device=DeviceID(device), auto_answer_on=by_itself)
        self._exchange.announce([device], lambda _device: event)
