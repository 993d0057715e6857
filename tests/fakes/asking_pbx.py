"""A PBX on paper with routing services: it asks where each call of its route device shall go."""

from csta import messages as m
from csta.causes import EventCause
from csta.failures import Failure
from csta.identifiers import ConnectionID, DeviceID
from tests.fakes.pbx_on_paper import PaperLink


class AskingLink(PaperLink):
    """Carries out RouteSelect at once; ``unreachable`` devices make it ask again.

    ``names_calls`` says whether a RouteRequest tells the call's identifier.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[m.Notice] = []
        self.open: dict[str, str] = {}
        self.unreachable: set[str] = set()
        self.names_calls = True
        self._asked_for = 0

    def ask(self, caller: str, device: str = "7000") -> str:
        """A call arrives at the route device."""
        call = self._new_call(caller)
        self._asked_for += 1
        cross_ref = f"R{self._asked_for}"
        self.open[cross_ref] = call
        self.say(
            m.RouteRequest(
                cross_ref_identifier=cross_ref,
                route_register_req_id="G1",
                current_route=DeviceID(device),
                calling_device=DeviceID(caller),
                routeing_device=DeviceID(device),
                routed_call=ConnectionID(call, "") if self.names_calls else None,
                reply_timeout=5000,
            )
        )
        return call

    def say(self, notice: m.Notice) -> None:
        """Tell the application."""
        self.observer.notice_received(self, notice)

    def send_notice(self, notice: m.Notice) -> None:
        """What the application tells (`csta.transport.Link.send_notice`)."""
        self.told.append(notice)
        match notice:
            case m.RouteSelect(cross_ref_identifier=cross_ref) if cross_ref in self.open:
                self._route(notice)
            case m.RouteReject(cross_ref_identifier=cross_ref) if cross_ref in self.open:
                call = self.open.pop(cross_ref)
                del self.calls[call], self.callers[call]
            case _:
                pass

    def _route(self, select: m.RouteSelect) -> None:
        cross_ref = select.cross_ref_identifier
        for route in (select.route_selected, *select.alternate_routes):
            if route.number not in self.unreachable:
                call = self.open.pop(cross_ref)
                used = m.RouteUsed(cross_ref_identifier=cross_ref, route_register_req_id="G1", route_used=route)
                self.say(used)
                self._deliver(call, route.number, "7000", EventCause.DISTRIBUTED)
                self.say(m.RouteEnd(cross_ref_identifier=cross_ref, route_register_req_id="G1"))
                return
        self.say(m.ReRoute(cross_ref_identifier=cross_ref, route_register_req_id="G1", reply_timeout=5000))

    def give_up(self, cross_ref: str, value: str) -> None:
        """The dialogue ends with an error, and the call is gone."""
        call = self.open.pop(cross_ref)
        del self.calls[call], self.callers[call]
        self.say(m.RouteEnd(cross_ref_identifier=cross_ref, error_value=Failure("operation", value)))

    def selected(self) -> list[list[str]]:
        """The routes of every RouteSelect."""
        return [
            [one.route_selected.number, *(other.number for other in one.alternate_routes)]
            for one in self.told
            if isinstance(one, m.RouteSelect)
        ]
