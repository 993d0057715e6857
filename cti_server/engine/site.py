"""The site: its plan and its links to PBXs."""

from collections.abc import Mapping

from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import LoadPlan, ReportLinkDown, ReportLinkUp, SetCalendar
from cti_server.vocabulary.events import CalendarSet, LinkCameUp, LinkWentDown, PlanLoaded
from cti_server.vocabulary.operator_commands import SetQueue
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import ChangeKind, DoorState


def load_plan(turn: Turn, command: LoadPlan) -> Refusal | None:
    """Work by the plan, if it is another one; where the plan in force stands after an undo, that it does no more.

    A start does not bring back what was undone: the plan in force stands until somebody applies another one.
    """
    state, version = turn.state, turn.state.plan.version
    facts = {"running": version, "plan": command.plan.version}
    if command.expected is not None and command.expected != version:
        text = f"the plan in force is {version or 'none'} by now, and not {command.expected}"
        return Refusal(RefusalCode.PLAN_CHANGED, text, facts)
    same = command.plan.version == version
    if command.kind is ChangeKind.START and state.undone and not same:
        text = "the plan in force was brought back by an undo, and stands until another one is applied"
        return Refusal(RefusalCode.PLAN_STANDS, text, facts)
    if same and not (state.undone and command.kind is ChangeKind.APPLY):
        return None
    turn.emit(
        PlanLoaded(
            plan=command.plan,
            number=(state.changes[-1].number if state.changes else 0) + 1,
            by=command.by,
            why=command.why,
            kind=command.kind,
            back_to=command.back_to,
        )
    )
    return None


def link_up(turn: Turn, command: ReportLinkUp) -> None:
    """The link carries requests; a second report means that it was away unnoticed, and is recorded like the first."""
    turn.emit(LinkCameUp(link=command.link))


def link_down(turn: Turn, command: ReportLinkDown) -> Refusal | None:
    """The link carries nothing."""
    if not turn.state.link_up(command.link):
        return Refusal(RefusalCode.NO_CHANGE, f"link {command.link} is not up", {"link": command.link})
    turn.emit(LinkWentDown(link=command.link, reason=command.reason))
    return None


def set_calendar(turn: Turn, command: SetCalendar) -> Refusal | None:
    """A calendar is opened or closed by hand, or goes by its hours again."""
    name, facts = command.calendar, {"calendar": command.calendar}
    if name not in turn.state.plan.calendars:
        return Refusal(RefusalCode.UNKNOWN_CALENDAR, f"no calendar {name} in the plan", facts)
    refusal = door_refusal(turn, command, f"calendar {name}", "hours", facts, by_hand=name in turn.state.doors)
    if refusal is None:
        turn.emit(CalendarSet(calendar=name, state=command.state, until=command.until, origin=command.origin))
    return refusal


def door_refusal(
    turn: Turn, command: SetCalendar | SetQueue, what: str, rule: str, facts: Mapping[str, str], *, by_hand: bool
) -> Refusal | None:
    """Why a door cannot be set as wished; ``rule`` is what it goes by where it is not set ``by_hand``."""
    if command.until is not None and command.until <= turn.now:
        return Refusal(RefusalCode.TOO_LATE, f"{what} cannot be set until a time that is over", facts)
    if command.state is DoorState.AUTOMATIC and not by_hand:
        return Refusal(RefusalCode.NO_CHANGE, f"{what} goes by its {rule} already", facts)
    return None
