"""The site: its plan and its links to PBXs."""

from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import LoadPlan, ReportLinkDown, ReportLinkUp
from cti_server.vocabulary.events import LinkCameUp, LinkWentDown, PlanLoaded
from cti_server.vocabulary.refusals import Refusal, RefusalCode


def load_plan(turn: Turn, command: LoadPlan) -> None:
    """Work by the plan, if it is another one."""
    if command.plan.version != turn.state.plan.version:
        turn.emit(PlanLoaded(plan=command.plan))


def link_up(turn: Turn, command: ReportLinkUp) -> None:
    """The link carries requests; a second report means that it was away unnoticed, and is recorded like the first."""
    turn.emit(LinkCameUp(link=command.link))


def link_down(turn: Turn, command: ReportLinkDown) -> Refusal | None:
    """The link carries nothing."""
    if not turn.state.link_up(command.link):
        return Refusal(RefusalCode.NO_CHANGE, f"link {command.link} is not up", {"link": command.link})
    turn.emit(LinkWentDown(link=command.link, reason=command.reason))
    return None
