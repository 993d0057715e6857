"""Which parts of former plans open contacts still need: a contact finishes on the flow version that it began with."""

from collections.abc import Iterable

from cti_server.contacts.contact import Contact, standing
from cti_server.engine.state import State
from cti_server.vocabulary.ids import FlowName, QueueName
from cti_server.vocabulary.plan import FlowPlan, QueuePlan, QueueStep, SitePlan


def load_plan(state: State, plan: SitePlan) -> None:
    """Make ``plan`` the state's plan and keep of the former ones what open contacts need."""
    for flow in state.plan.flows.values():
        state.old_flows.setdefault(flow.name, {})[flow.version] = flow
    state.old_queues = {**state.old_queues, **state.plan.queues}
    state.plan = plan
    forget_unused(state)


def forget_unused(state: State) -> None:
    """Drop the old flows and queues that no open contact can reach any more."""
    if not state.old_flows and not state.old_queues:
        return
    flows: dict[FlowName, dict[str, FlowPlan]] = {}
    queues: dict[QueueName, QueuePlan] = {}
    for contact in state.contacts.values():
        if contact.queue is not None:
            _keep_queue(state, contact.queue, queues)
        if standing(contact):
            _keep_flow(state, contact, flows, queues)
    for queue in queues.values():
        _keep_flow_of_queue(state, queue, flows)
    state.old_flows, state.old_queues = flows, queues


def _keep_queue(state: State, name: QueueName, queues: dict[QueueName, QueuePlan]) -> None:
    old = state.old_queues.get(name)
    if name not in state.plan.queues and old is not None:
        queues[name] = old


def _keep_flow(
    state: State, contact: Contact, flows: dict[FlowName, dict[str, FlowPlan]], queues: dict[QueueName, QueuePlan]
) -> None:
    flow = state.flow(contact.cursor.flow, contact.cursor.flow_version)
    if flow is None:
        return
    if state.plan.flows.get(flow.name) != flow:
        flows.setdefault(flow.name, {})[flow.version] = flow
    for name in _queues_of(flow):
        _keep_queue(state, name, queues)


def _keep_flow_of_queue(state: State, queue: QueuePlan, flows: dict[FlowName, dict[str, FlowPlan]]) -> None:
    flow = state.newest_flow(queue.flow)
    if flow is not None and queue.flow not in state.plan.flows:
        flows.setdefault(flow.name, {})[flow.version] = flow


def _queues_of(flow: FlowPlan) -> Iterable[QueueName]:
    return (step.queue for step in flow.steps if isinstance(step, QueueStep))
