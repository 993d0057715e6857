"""The contracted views, version 1: columns may be added at the end; none is renamed, removed or given a new meaning."""

from typing import Final

from cti_server.storage.contracted.shape import View, boolean, integer, number, text

INTERVAL_SECONDS: Final = 900

CONTACTS: Final = View(
    "v1_contacts",
    "one contact from its arrival to the last wrap-up",
    (
        integer("contact", "number of the contact"),
        text("channel", "`voice`, `callback`, `email`, `chat` or `message`"),
        text("pilot", "number or address that it came to"),
        integer("party", "number of the customer; the address is in `v1_parties`"),
        text("flow", "flow that it began with"),
        number("arrived", "when it arrived, Unix seconds"),
        text("stage", "what it does now, `closed` at last"),
        number("queued", "when it first waited in a queue"),
        number("answered", "when an agent first answered it"),
        number("ended", "when the call was over"),
        number("closed", "when the last wrap-up was over"),
        text("queue", "last queue that it waited in"),
        text("agent", "last agent who talked"),
        text("disposition", "how it ended: `answered`, `abandoned`, ..."),
        text("released_by", "who ended it"),
        integer("offers", "how often an agent rang for it"),
        integer("transfers", "how often a talk was given on"),
        number("flow_seconds", "seconds in flows before a queue"),
        number("wait_seconds", "seconds in queues without ringing"),
        number("ring_seconds", "seconds in which an agent rang"),
        number("talk_seconds", "seconds of talk, holds among them"),
        number("hold_seconds", "seconds on hold"),
        number("wrap_seconds", "seconds of wrap-up, all agents together"),
        number("scheduled_seconds", "seconds until a callback was due"),
        boolean(
            "short", "whether it gave up sooner than the queue's `short_calls`, so that the queue does not count it"
        ),
    ),
    "FROM {main}contacts",
)

SEGMENTS: Final = View(
    "v1_segments",
    "a stretch of a contact with one handler",
    (
        integer("contact", "number of the contact"),
        integer("number", "place among the contact's stretches"),
        text("kind", "`scheduled`, `flow`, `queue`, `ring`, `talk`, `forward`, `wrap-up` or `supervision`"),
        number("started", "when it began, Unix seconds"),
        number("ended", "when it was over; NULL while it lasts"),
        text("flow", "flow that handled it"),
        text("queue", "queue that it waited in"),
        text("agent", "agent who handled it"),
        integer("offer", "number of the offer, for `ring`"),
        text("outcome", "how the offer ended, how the queue was left, ..."),
        number("hold_seconds", "seconds on hold within it"),
    ),
    "FROM {main}segments",
)

AGENT_ACTIVITY: Final = View(
    "v1_agent_activity",
    "a stretch of an agent's time, from log-on to log-off without gaps",
    (
        text("agent", "the agent"),
        integer("seq", "number of the change that began it"),
        number("started", "when it began, Unix seconds"),
        number("ended", "when it was over; NULL while it lasts"),
        text("activity", "`idle`, `busy`, `away`, `ring`, `talk` or `wrap-up`"),
        boolean("ready", "whether the agent wants contacts once the contact at hand is over"),
        text("reason", "why the agent is away"),
        boolean("phone_busy", "whether the phone has a call of its own"),
        integer("contact", "contact at hand"),
    ),
    "FROM {main}agent_activity",
)

AGENTS: Final = View(
    "v1_agents",
    "an agent who has worked here, as they are now",
    (
        text("agent", "the agent"),
        text(
            "activity",
            "as in `v1_agent_activity`, or `logged-off`",
            "CASE WHEN ended IS NULL THEN activity ELSE 'logged-off' END",
        ),
        number("since", "since when, Unix seconds", "COALESCE(ended, started)"),
        text("reason", "why the agent is away", "CASE WHEN ended IS NULL THEN reason ELSE '' END"),
        integer("contact", "contact at hand", "CASE WHEN ended IS NULL THEN contact END"),
    ),
    # From one agent's name to the next by the index, and of each the newest stretch: few agents have many stretches.
    "FROM (WITH RECURSIVE known(name) AS (SELECT MIN(agent) FROM {main}agent_activity UNION ALL "
    "SELECT (SELECT MIN(later.agent) FROM {main}agent_activity AS later WHERE later.agent > known.name) "
    "FROM known WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL) AS named "
    "JOIN {main}agent_activity AS newest ON newest.agent = named.name AND newest.seq = "
    "(SELECT MAX(other.seq) FROM {main}agent_activity AS other WHERE other.agent = named.name)",
)

QUEUE_INTERVALS: Final = View(
    "v1_queue_intervals",
    "a queue in a quarter of an hour: contacts by their last queue and the moment in which they were first queued",
    (
        text("queue", "the queue"),
        number("started", "beginning of the quarter of an hour, Unix seconds", "{interval}"),
        integer("queued", "contacts that came", "COUNT(*)"),
        integer("answered", "of these, answered by an agent", "COUNT(answered)"),
        integer("abandoned", "of these, given up", "COUNT(CASE WHEN disposition = 'abandoned' THEN 1 END)"),
        number("wait_seconds", "sum of their waits, ringing included", "SUM(wait_seconds + ring_seconds)"),
        number("longest_wait", "longest of these waits", "MAX(wait_seconds + ring_seconds)"),
        number("talk_seconds", "sum of their talks", "SUM(talk_seconds)"),
        integer(
            "short",
            "of those given up, short calls: neither `queued` nor `abandoned` in the queue's own figures",
            "COUNT(CASE WHEN short AND disposition = 'abandoned' THEN 1 END)",
        ),
    ),
    "FROM {main}contacts WHERE queue IS NOT NULL AND queued IS NOT NULL GROUP BY queue, {interval}",
)

PARTIES: Final = View(
    "v1_parties",
    "a customer's address; NULL once it was erased",
    (
        integer("party", "number of the customer"),
        text("address", "`tel:`, `sip:`, `mailto:` or `chat:` address"),
    ),
    "FROM {main}parties",
    personal=True,
)

JOURNAL: Final = View(
    "v1_journal",
    "where the changes begin; there is one",
    (
        integer("first", "number from which on no change was removed by retention; 1 where none was", "seq + 1"),
        number("removed_at", "when older ones were removed last, Unix seconds; NULL where none were"),
    ),
    "FROM {main}retention",
)

VIEWS: Final = (CONTACTS, SEGMENTS, AGENT_ACTIVITY, AGENTS, QUEUE_INTERVALS, PARTIES, JOURNAL)
"""All but the change feed, which is made from its kinds."""
