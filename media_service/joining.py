"""Calls that are connected with each other: bridges of two, and conferences."""

from typing import TYPE_CHECKING

from media_service.control.messages import Bridge, Conference, LeaveConference, Unbridge, VerbResult
from media_service.engine.errors import EngineError
from media_service.engine.interface import Role

if TYPE_CHECKING:
    from media_service.call import Call

FINISHED = VerbResult("finished")


def connect(call: "Call", action: Bridge | Unbridge | Conference | LeaveConference) -> VerbResult:
    """Do what the verb says; a bridge or conference that stands in its way is left first."""
    match action:
        case Bridge(other=other):
            return _bridge(call, call.around.find(other), other)
        case Conference():
            return _confer(call, action)
        case Unbridge():
            return _part(call) if call.session.partner is not None else _not_so("the call is not bridged")
        case LeaveConference():
            return _part(call) if call.session.room is not None else _not_so("the call is in no conference")


def part(call: "Call") -> None:
    """Take the call out of its bridge or conference; a partner is told, and silent from then on."""
    around, session = call.around, call.session
    try:
        if session.partner is not None:
            around.engine.unbridge(call.port)
        elif session.room is not None:
            around.engine.leave(call.port)
    except EngineError as error:
        call.log.warning("the engine refuses", reason=str(error))
    partner = around.find(session.partner) if session.partner is not None else None
    now = around.clock()
    session.parted(now)
    if partner is not None and partner.session.partner == call.port:
        partner.parted(now)


def _part(call: "Call") -> VerbResult:
    part(call)
    return FINISHED


def _bridge(call: "Call", other: "Call | None", name: str) -> VerbResult:
    if other is None or other is call or not other.session.answered:
        return _not_so(f"session {name[:80]} is none that this one can be bridged with")
    if call.session.partner == other.port:
        return FINISHED
    part(call)
    part(other)
    try:
        call.around.engine.bridge(call.port, other.port)
    except EngineError as error:
        return _not_so(str(error))
    call.session.joined(partner=other.port, room=None)
    other.joined(partner=call.port, by=call.port)
    return FINISHED


def _confer(call: "Call", action: Conference) -> VerbResult:
    target = action.whisper_to
    if target is not None:
        other = call.around.find(target)
        if other is None or other is call or other.session.room != action.room:
            return _not_so(f"session {target[:80]} is not in room {action.room}")
    if call.session.partner is not None or call.session.room not in {None, action.room}:
        part(call)
    try:
        call.around.engine.join(call.port, action.room, Role(action.role), whisper_to=target)
    except EngineError as error:
        return _not_so(str(error))
    if call.session.room != action.room:
        call.session.joined(partner=None, room=action.room)
    return FINISHED


def _not_so(detail: str) -> VerbResult:
    return VerbResult("failed", detail=detail)
