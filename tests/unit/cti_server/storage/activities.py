"""Reads an agent's stretches from their table, of which the program itself reads no more than integrators see."""

from sqlalchemy import select

from cti_server.storage import Store
from cti_server.storage.rows import ActivityRow
from cti_server.storage.tables import AGENT_ACTIVITY
from cti_server.vocabulary.ids import AgentId


def activities(store: Store, agent: AgentId) -> list[ActivityRow]:
    query = select(AGENT_ACTIVITY).where(AGENT_ACTIVITY.c.agent == agent).order_by(AGENT_ACTIVITY.c.seq)
    with store._engine.connect() as connection:
        return [ActivityRow(**row) for row in connection.execute(query).mappings()]
