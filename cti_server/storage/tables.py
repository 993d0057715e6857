"""The tables as the newest migration leaves them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

METADATA = MetaData()

JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("contact", BigInteger),
    Column("agent", Text),
    Column("cause_seq", BigInteger),
    Column("body", Text, nullable=False),
    Column("checksum", BigInteger, nullable=False, server_default="0"),
    Column("token", BigInteger),
    Index("journal_contact", "contact", "seq"),
    Index("journal_agent", "agent", "seq"),
)

LEASE = Table(
    "lease",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("renewed_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("offered_to", Text, nullable=False),
    Column("offered_until", Double, nullable=False),
    Index("lease_token", "token", unique=True),
)
"""One row, ``writer``: who writes, under which token; times in Unix seconds by the database's clock."""

SERVERS = Table(
    "servers",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("since", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("links", Text, nullable=False),
)
"""The servers of a pair, as each says of itself."""

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("checksum", BigInteger),
)
"""``checksum`` is NULL in those that were saved before there was one."""

STORE = Table(
    "store",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("schema_version", String(16), nullable=False),
    Column("program_version", Text, nullable=False),
    Column("oldest_compatible", String(16), nullable=False),
)
"""One row: which schema this is, which program made it, and which schema a program must know at least to use it."""

RETENTION = Table(
    "retention",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("first_contact", BigInteger, nullable=False),
    Column("removed_at", Double),
)
"""One row: behind which row the journal begins (`cti_server.storage.retention.start`)."""

PARTIES = Table(
    "parties",
    METADATA,
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    Column("address", Text),
    Index("parties_address", "address"),
)
"""``address`` is NULL once erased."""

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("projection", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

CONTACTS = Table(
    "contacts",
    METADATA,
    Column("contact", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("pilot", Text, nullable=False),
    Column("party", BigInteger),
    Column("flow", Text, nullable=False),
    Column("arrived", Double, nullable=False),
    Column("stage", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("queued", Double),
    Column("answered", Double),
    Column("ended", Double),
    Column("closed", Double),
    Column("queue", Text),
    Column("agent", Text),
    Column("disposition", Text),
    Column("released_by", Text),
    Column("cause_text", Text, nullable=False),
    Column("offers", Integer, nullable=False),
    Column("flow_seconds", Double, nullable=False),
    Column("wait_seconds", Double, nullable=False),
    Column("ring_seconds", Double, nullable=False),
    Column("talk_seconds", Double, nullable=False),
    Column("wrap_seconds", Double, nullable=False),
    Column("held_since", Double),
    Column("wrap_since", Double),
    Column("hold_seconds", Double, nullable=False, server_default="0"),
    Column("scheduled_seconds", Double, nullable=False, server_default="0"),
    Column("ringing", Integer, nullable=False, server_default="0"),
    Column("wrapping", Integer, nullable=False, server_default="0"),
    Column("transfers", Integer, nullable=False, server_default="0"),
    Column("short", Boolean, nullable=False, server_default=false()),
    Index("contacts_arrived", "arrived"),
    Index("contacts_queue", "queue", "arrived"),
    Index("contacts_closed", "closed"),
)
"""Beside these, index ``contacts_interval`` on the quarter of an hour of ``queued``, in each database's own words."""

SEGMENTS = Table(
    "segments",
    METADATA,
    Column("contact", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("flow", Text),
    Column("queue", Text),
    Column("agent", Text),
    Column("offer", BigInteger),
    Column("outcome", Text),
    Column("device", Text),
    Column("held_since", Double),
    Column("hold_seconds", Double, nullable=False, server_default="0"),
    Index("segments_agent", "agent", "started"),
    Index("segments_started", "started"),
)

AGENT_ACTIVITY = Table(
    "agent_activity",
    METADATA,
    Column("agent", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("activity", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("phone_busy", Boolean, nullable=False),
    Column("contact", BigInteger),
    Column("work", Text, nullable=False, server_default=""),
    Index("agent_activity_started", "started"),
    Index("agent_activity_open", "ended"),
)
