"""One short line for each event, the same whatever dialect it came by: calls are named C1, C2... as they appear."""

from csta import messages
from csta.identifiers import ConnectionID, Presentation
from csta.messages import ConnectionListItem, Event


class Names:
    """Story names of calls, given in the order of their first appearance."""

    def __init__(self) -> None:
        self.calls: dict[str, str] = {}

    def call(self, call_id: str) -> str:
        """The name of a call."""
        return self.calls.setdefault(call_id, f"C{len(self.calls) + 1}")

    def connection(self, connection: ConnectionID) -> str:
        """The name of a connection."""
        return f"{{{self.call(connection.call_id)},{connection.device_id}}}"

    @property
    def identifiers(self) -> dict[str, str]:
        """The real identifiers by their names."""
        return {name: call_id for call_id, name in self.calls.items()}


def line(event: Event, names: Names) -> str:
    """Tell an event in one line."""
    match event:
        case messages.Transferred():
            facts = [
                _old(event, names),
                f"to {event.transferred_to_device}",
                *_moved(event.transferred_connections, names),
            ]
        case messages.Conferenced():
            facts = [_old(event, names), f"adds {event.added_party}", *_moved(event.conference_connections, names)]
        case messages.ConnectionCleared():
            facts = [names.connection(event.dropped_connection), f"by {event.releasing_device}"]
        case messages.Diverted():
            facts = [names.connection(event.connection), f"to {event.new_destination}"]
        case messages.CallEvent():
            facts = [names.connection(_subject(event)), *_parties(event)]
        case _:
            return " ".join([type(event).__name__, *_beside_calls(event, names)])
    local = event.local_connection_info
    return " ".join([type(event).__name__, *facts, str(event.cause), f"local={local or '-'}"])


def _beside_calls(event: Event, names: Names) -> list[str]:
    match event:
        case messages.AgentBusy() | messages.AgentWorkingAfterCall():
            pending = event.pending_agent_state
            facts = [str(event.agent_id), *([] if pending is None else [f"then {pending}"])]
        case messages.AgentEvent():
            facts = [str(event.agent_id)]
        case messages.Forwarding():
            facts = [str(event.forwarding_type), f"to {event.forward_to}" if event.forward_status else "off"]
        case messages.DoNotDisturb():
            facts = ["on" if event.do_not_disturb_on else "off"]
        case messages.CallInformation():
            data = event.correlator_data or event.user_data or b""
            facts = [names.connection(event.connection), data.hex()]
        case messages.DigitsGenerated():
            facts = [names.connection(event.connection), event.digit_generated_list]
        case messages.CallBackEvent():
            facts = [
                f"{event.originating_device}>{event.target_device}",
                "set" if event.call_back_set_canceled else "off",
            ]
        case messages.OutOfService() | messages.BackInService():
            facts = [str(event.device)]
        case messages.MessageWaiting():
            facts = ["on" if event.message_waiting_on else "off"]
        case _:
            raise AssertionError(event)
    return facts


def _old(event: messages.Transferred | messages.Conferenced, names: Names) -> str:
    old = [event.primary_old_call, event.secondary_old_call]
    return "+".join(names.connection(each) for each in old if each is not None)


def _moved(items: tuple[ConnectionListItem, ...], names: Names) -> list[str]:
    return [
        f"{names.connection(item.old_connection) if item.old_connection else 'new'}->"
        f"{names.connection(item.new_connection) if item.new_connection else 'gone'}"
        for item in items
    ]


def _subject(event: messages.CallEvent) -> ConnectionID:
    found = [value for name in event.__slots__ if isinstance(value := getattr(event, name), ConnectionID)]
    assert len(found) == 1
    return found[0]


def _parties(event: messages.CallEvent) -> list[str]:
    calling, called = getattr(event, "calling_device", None), getattr(event, "called_device", None)
    last = getattr(event, "last_redirection_device", Presentation.NOT_REQUIRED)
    route = [] if last is Presentation.NOT_REQUIRED else [f"from {last}"]
    return [] if calling is None else [f"{calling}>{called}", *route]
