"""What may have been reported or wished of agents and of the site, told from the first event of a turn."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.vocabulary import commands, events, operator_commands
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.values import Origin

Candidates = Iterator[Command]


def _logged_on(_state: State, row: Recorded, event: events.AgentLoggedOn) -> Candidates:
    yield commands.LogAgentOn(cause=row.cause_seq, agent=event.agent, device=event.device, origin=event.origin)


def _logged_off(_state: State, row: Recorded, event: events.AgentLoggedOff) -> Candidates:
    yield commands.LogAgentOff(cause=row.cause_seq, agent=event.agent, origin=event.origin)


def _ready(_state: State, row: Recorded, event: events.AgentBecameReady) -> Candidates:
    yield commands.SetAgentReady(cause=row.cause_seq, agent=event.agent, origin=event.origin)


def _not_ready(_state: State, row: Recorded, event: events.AgentBecameNotReady) -> Candidates:
    yield commands.SetAgentNotReady(cause=row.cause_seq, agent=event.agent, origin=event.origin, reason=event.reason)


def _wrap_up_ended(_state: State, row: Recorded, event: events.WrapUpEnded) -> Candidates:
    yield from of_agent(row.cause_seq, event.agent)


def of_agent(cause: int | None, agent: AgentId, reason: str = "") -> Candidates:
    """Whatever ends what an agent does with a contact; ``reason`` for which they may have become not ready."""
    for origin in Origin:
        yield commands.SetAgentReady(cause=cause, agent=agent, origin=origin)
        yield commands.EndWrapUp(cause=cause, agent=agent, origin=origin)
        yield commands.SetAgentNotReady(cause=cause, agent=agent, origin=origin, reason=reason)
        yield commands.LogAgentOff(cause=cause, agent=agent, origin=origin)


def _skills(_state: State, row: Recorded, event: events.AgentSkillsChanged) -> Candidates:
    yield commands.ChangeAgentSkills(cause=row.cause_seq, agent=event.agent, skills=event.skills, origin=event.origin)


def _groups(_state: State, row: Recorded, event: events.AgentGroupsChanged) -> Candidates:
    yield commands.ChangeAgentGroups(cause=row.cause_seq, agent=event.agent, groups=event.groups, origin=event.origin)


def _phone_free(_state: State, row: Recorded, event: events.PhoneBecameFree) -> Candidates:
    yield commands.ReportPhoneBusy(cause=row.cause_seq, device=event.device, busy=False)


def _phone_busy(_state: State, row: Recorded, event: events.PhoneBecameBusy) -> Candidates:
    yield commands.ReportPhoneBusy(cause=row.cause_seq, device=event.device, busy=True)


def _phone_silent(_state: State, row: Recorded, event: events.PhoneWentOutOfService) -> Candidates:
    yield commands.ReportPhoneService(cause=row.cause_seq, device=event.device, in_service=False)


def _phone_back(_state: State, row: Recorded, event: events.PhoneCameIntoService) -> Candidates:
    yield commands.ReportPhoneService(cause=row.cause_seq, device=event.device, in_service=True)


def _calendar(_state: State, row: Recorded, event: events.CalendarSet) -> Candidates:
    yield commands.SetCalendar(
        cause=row.cause_seq, calendar=event.calendar, state=event.state, until=event.until, origin=event.origin
    )


def _wrap_up_extended(_state: State, row: Recorded, event: events.WrapUpExtended) -> Candidates:
    left = event.deadline - row.at
    for seconds in dict.fromkeys((round(left, 3), left)):  # what was asked for had few decimals, and the sum has not
        for origin in Origin:
            yield commands.ExtendWrapUp(cause=row.cause_seq, agent=event.agent, seconds=seconds, origin=origin)


def _link_up(_state: State, row: Recorded, event: events.LinkCameUp) -> Candidates:
    yield commands.ReportLinkUp(cause=row.cause_seq, link=event.link)


def _link_down(_state: State, row: Recorded, event: events.LinkWentDown) -> Candidates:
    yield commands.ReportLinkDown(cause=row.cause_seq, link=event.link, reason=event.reason)


def _calls(_state: State, row: Recorded, event: events.CallsSurveyed) -> Candidates:
    if event.calls is not None:
        yield commands.ReportCalls(cause=row.cause_seq, link=event.link, calls=event.calls)


def _sessions(_state: State, row: Recorded, event: events.SessionsSurveyed) -> Candidates:
    yield commands.ReportSessions(cause=row.cause_seq, service=event.service, sessions=event.sessions)


def _plan(_state: State, row: Recorded, event: events.PlanLoaded) -> Candidates:
    yield commands.LoadPlan(
        cause=row.cause_seq,
        plan=event.plan,
        by=event.by,
        why=event.why,
        kind=event.kind,
        back_to=event.back_to,
    )


def _stopped(_state: State, row: Recorded, event: events.TrialStopped) -> Candidates:
    if event.by:
        yield commands.StopTrial(cause=row.cause_seq, trial=event.trial, by=event.by, why=event.reason)


def _finished(_state: State, row: Recorded, event: events.TrialFinished) -> Candidates:
    yield commands.FinishTrial(cause=row.cause_seq, trial=event.trial, by=event.by, why=event.why)


def _queue_set(_state: State, row: Recorded, event: events.QueueSet) -> Candidates:
    yield operator_commands.SetQueue(
        cause=row.cause_seq, queue=event.queue, state=event.state, until=event.until, origin=event.origin
    )


def _drained(_state: State, row: Recorded, event: events.LinkDrained) -> Candidates:
    yield operator_commands.DrainLink(
        cause=row.cause_seq, link=event.link, draining=event.draining, origin=event.origin
    )


def _noted(_state: State, row: Recorded, event: events.OperationNoted) -> Candidates:
    yield operator_commands.NoteOperation(
        cause=row.cause_seq,
        user=event.user,
        door=event.door,
        peer=event.peer,
        line=event.line,
        outcome=event.outcome,
    )


# The class of the event decides the function's third argument, which the type of a table cannot say.
OF_SITE: Final[Mapping[type[Event], Callable[[State, Recorded, Any], Candidates]]] = MappingProxyType(
    {
        events.AgentLoggedOn: _logged_on,
        events.AgentLoggedOff: _logged_off,
        events.AgentBecameReady: _ready,
        events.AgentBecameNotReady: _not_ready,
        events.WrapUpEnded: _wrap_up_ended,
        events.WrapUpExtended: _wrap_up_extended,
        events.AgentSkillsChanged: _skills,
        events.AgentGroupsChanged: _groups,
        events.PhoneBecameBusy: _phone_busy,
        events.PhoneBecameFree: _phone_free,
        events.PhoneWentOutOfService: _phone_silent,
        events.PhoneCameIntoService: _phone_back,
        events.CalendarSet: _calendar,
        events.LinkCameUp: _link_up,
        events.LinkWentDown: _link_down,
        events.CallsSurveyed: _calls,
        events.SessionsSurveyed: _sessions,
        events.PlanLoaded: _plan,
        events.TrialStopped: _stopped,
        events.TrialFinished: _finished,
        events.QueueSet: _queue_set,
        events.LinkDrained: _drained,
        events.OperationNoted: _noted,
    }
)
"""By the first event of a turn, what may have been reported or wished of agents, phones, links, and the site."""
