"""Services of lines: forwarding, do not disturb, auto-answer, the last number dialled (ECMA-269 22.1)."""

from csta import messages
from csta.identifiers import DeviceID
from csta.messages.devices.logical import ForwardListItem
from csta.messages.enumerations import ForwardingType
from lab.switch.board import Board
from lab.switch.exchange import Forward, Line
from lab.switch.lines import TYPES
from lab.switch.services.answers import (
    NO_SUCH_DESTINATION,
    NO_SUCH_DEVICE,
    WRONG_PARAMETER,
    Outcome,
    Table,
    nothing,
    refused,
)

KINDS = {kind: forward for forward, kind in TYPES.items()}


class LineServices:
    """Asks for and sets what an extension does with its calls."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._lines = board.lines

    def table(self) -> Table:
        """Who performs which request."""
        return {
            messages.GetForwarding: self._get_forwarding,
            messages.SetForwarding: self._set_forwarding,
            messages.GetDoNotDisturb: self._get_undisturbed,
            messages.SetDoNotDisturb: self._set_undisturbed,
            messages.GetAutoAnswer: self._get_auto_answer,
            messages.SetAutoAnswer: self._set_auto_answer,
            messages.GetLastNumberDialed: self._last_number,
        }

    def _line(self, device: DeviceID) -> Line | None:
        return self._exchange.lines.get(device.number)

    def _get_forwarding(self, request: messages.GetForwarding) -> Outcome:
        line = self._line(request.device)
        if line is None:
            return refused(NO_SUCH_DEVICE)
        items = [
            ForwardListItem(
                forwarding_type=TYPES[kind],
                forward_status=kind in line.forwards,
                forward_dn=DeviceID(line.forwards[kind]) if kind in line.forwards else None,
            )
            for kind in Forward
        ]
        return messages.GetForwardingResponse(forwarding_list=tuple(items)), nothing

    def _set_forwarding(self, request: messages.SetForwarding) -> Outcome:
        device = request.device.number
        if self._line(request.device) is None:
            return refused(NO_SUCH_DEVICE)
        kind = KINDS.get(request.forwarding_type or ForwardingType.FORWARD_IMMEDIATE)
        if kind is None:
            return refused(WRONG_PARAMETER)
        to = None if request.forward_dn is None else request.forward_dn.number
        if request.activate_forward and (to is None or not self._lines.may_forward(device, to)):
            return refused(NO_SUCH_DESTINATION)
        to = to if request.activate_forward else None
        return messages.SetForwardingResponse(), lambda: self._lines.forward(device, kind, to)

    def _get_undisturbed(self, request: messages.GetDoNotDisturb) -> Outcome:
        line = self._line(request.device)
        if line is None:
            return refused(NO_SUCH_DEVICE)
        return messages.GetDoNotDisturbResponse(do_not_disturb_on=line.undisturbed), nothing

    def _set_undisturbed(self, request: messages.SetDoNotDisturb) -> Outcome:
        if self._line(request.device) is None:
            return refused(NO_SUCH_DEVICE)
        if request.call_origination is not None or request.calling_device_list:
            return refused(WRONG_PARAMETER)  # it is all calls here or none

        def deed() -> None:
            self._lines.disturb(request.device.number, undisturbed=request.do_not_disturb_on)

        return messages.SetDoNotDisturbResponse(), deed

    def _get_auto_answer(self, request: messages.GetAutoAnswer) -> Outcome:
        line = self._line(request.device)
        if line is None:
            return refused(NO_SUCH_DEVICE)
        return messages.GetAutoAnswerResponse(auto_answer_on=line.answers), nothing

    def _set_auto_answer(self, request: messages.SetAutoAnswer) -> Outcome:
        if self._line(request.device) is None:
            return refused(NO_SUCH_DEVICE)

        def deed() -> None:
            self._lines.answer(request.device.number, by_itself=request.auto_answer_on)

        return messages.SetAutoAnswerResponse(), deed

    def _last_number(self, request: messages.GetLastNumberDialed) -> Outcome:
        line = self._line(request.device)
        if line is None:
            return refused(NO_SUCH_DEVICE)
        if line.dialled is None:
            return refused(WRONG_PARAMETER)
        return messages.GetLastNumberDialedResponse(number_dialed=DeviceID(line.dialled)), nothing
