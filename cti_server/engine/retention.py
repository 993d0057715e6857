"""Which parts of former plans open contacts still need: a contact finishes on the flow version that it began with.

Looking through all contacts costs time, so that it is done when a plan is loaded, and again only when half as many
contacts as there were then have gone on: the cost of it does not grow with the number of contacts.
"""

from collections.abc import Iterator

from cti_server.contacts.contact import Contact, Cursor, standing
from cti_server.engine.state import State
from cti_server.flows.references import flows_of, queues_of
from cti_server.vocabulary.ids import FlowName, QueueName
from cti_server.vocabulary.plan import FlowPlan, QueuePlan, SitePlan


def load_plan(state: State, plan: SitePlan) -> None:
    """Make ``plan`` the state's plan and keep of the former ones what open contacts need."""
    for flow in state.plan.flows.values():
        state.old_flows.setdefault(flow.name, {})[flow.version] = flow
    state.old_queues = {**state.old_queues, **state.plan.queues}
    state.plan = plan
    _forget_dropped(state)
    forget_unused(state)


def _forget_dropped(state: State) -> None:
    """Drop agents who are not at work, and customers' last agents, that the plan has no use for any more."""
    for agent in list(state.agents.values()):
        if agent.id not in state.plan.agents and agent.device is None and not agent.engagements:
            del state.agents[agent.id]
    for name in list(state.served):
        queue = state.plan.queues.get(name)
        if queue is None or queue.last_agent <= 0:
            del state.served[name]


def went_on(state: State) -> None:
    """A contact has gone on to another flow or is closed: forget what nobody needs, every so often."""
    if not state.old_flows and not state.old_queues:
        return
    state.old_left += 1
    if 2 * state.old_left >= state.old_holders:
        forget_unused(state)


def forget_unused(state: State) -> None:
    """Drop the old flows and queues that no open contact can reach any more."""
    state.old_left, state.old_holders = 0, len(state.contacts)
    if not state.old_flows and not state.old_queues:
        return
    kept = _Kept(state)
    for contact in state.contacts.values():
        if contact.queue is not None:
            kept.queue(contact.queue)
        if standing(contact):
            for name, version in _versions(contact):
                kept.flow(state.flow(name, version))
    state.old_flows, state.old_queues = kept.flows, kept.queues
    _forget_lines(state)


def _forget_lines(state: State) -> None:
    """Drop the lines and the waiting times of queues that neither the plan nor any open contact has a use for."""
    for name in [name for name in state.lines if state.queue(name) is None]:
        del state.lines[name]
    for name in [name for name in state.waits if state.queue(name) is None]:
        del state.waits[name]


class _Kept:
    """What is found to be needed: each old flow with the queues and flows that it leads to."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen: set[tuple[FlowName, str]] = set()
        self.flows: dict[FlowName, dict[str, FlowPlan]] = {}
        self.queues: dict[QueueName, QueuePlan] = {}

    def queue(self, name: QueueName) -> None:
        """Keep a queue that the plan does not know any more, and the flow of its callers."""
        old = self._state.old_queues.get(name)
        if name in self._state.plan.queues or old is None or name in self.queues:
            return
        self.queues[name] = old
        self.flow(self._state.newest_flow(old.flow))

    def flow(self, flow: FlowPlan | None) -> None:
        """Keep a flow, if it is an old one, and what it names and the plan does not know."""
        if flow is None or (flow.name, flow.version) in self._seen:
            return
        self._seen.add((flow.name, flow.version))
        if _is_old(self._state, flow.name, flow.version):
            self.flows.setdefault(flow.name, {})[flow.version] = flow
        for queue in queues_of(flow):
            self.queue(queue)
        for name in flows_of(flow):
            if name not in self._state.plan.flows:
                self.flow(self._state.newest_flow(name))


def _is_old(state: State, name: FlowName, version: str) -> bool:
    flow = state.plan.flows.get(name)
    return flow is None or flow.version != version


def _versions(contact: Contact) -> Iterator[tuple[FlowName, str]]:
    """Every flow that the contact is in or comes back to."""
    yield from _versions_of(contact.cursor)
    if contact.came_from is not None:
        yield from _versions_of(contact.came_from)


def _versions_of(cursor: Cursor) -> Iterator[tuple[FlowName, str]]:
    yield cursor.flow, cursor.flow_version
    for frame in cursor.stack:
        yield frame.flow, frame.flow_version
