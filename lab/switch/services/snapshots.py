"""Snapshot services: which calls there are (ECMA-269 16)."""

from csta import messages
from csta.identifiers import DeviceID
from lab.switch.exchange import Exchange
from lab.switch.services.answers import NO_SUCH_CONNECTION, NO_SUCH_DEVICE, Outcome, Table, nothing, refused


class SnapshotServices:
    """Tells of calls without touching them."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def table(self) -> Table:
        """Who performs which request."""
        return {messages.SnapshotDevice: self._device, messages.SnapshotCall: self._call}

    def _device(self, request: messages.SnapshotDevice) -> Outcome:
        device = request.snapshot_object
        if device.number not in self._exchange.plan.devices():
            return refused(NO_SUCH_DEVICE)
        items = []
        for call, party in self._exchange.parties_at(device.number):
            # The device's own connection first, then those of the other parties (ECMA-269 SnapshotDevice).
            states = (party.state, *(other.state for other in call.others(party)))
            items.append(messages.SnapshotDeviceItem(connection=call.connection(party), local_call_state=states))
        return messages.SnapshotDeviceResponse(snapshot_data=tuple(items)), nothing

    def _call(self, request: messages.SnapshotCall) -> Outcome:
        call = self._exchange.calls.get(request.snapshot_object.call_id)
        if call is None:
            return refused(NO_SUCH_CONNECTION)
        items = tuple(
            messages.SnapshotCallItem(
                device_on_call=DeviceID(party.device),
                call_identifier=call.connection(party),
                local_connection_info=party.state,
            )
            for party in call.parties
        )
        response = messages.SnapshotCallResponse(
            snapshot_data=items, calling_device=DeviceID(call.calling.number), called_device=DeviceID(call.called)
        )
        return response, nothing
