"""The tables of the main database. A change here needs a migration; a test holds the two against each other."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0003"
"""The newest migration: the schema that this code works on."""

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_unique_%(column_0_N_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

orgs = Table(
    "orgs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("push", Text, nullable=False, server_default="merge"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("org", Text, ForeignKey(orgs.c.name, ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("org", Text, ForeignKey(orgs.c.name, ondelete="CASCADE"), nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("interaction_mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "org", "id"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("org", Text, ForeignKey(orgs.c.name, ondelete="CASCADE"), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("commits", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "org", "id"),
)

executions = Table(
    "executions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("session_id", Text, ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False),
    Column("org", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("capability", Text, nullable=False),
    Column("connected_account_id", Text),
    Column("tool_use_id", Text, nullable=False, server_default=""),
    Column("input", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("has_events", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("finished_at", BigInteger),
    Column("summary", Text),
    Column("result", Text),
    Column("failure", Text),
    Column("commit_id", Text),
    Index(None, "session_id", "id"),
)
# Finds the executions that have not ended and those whose events are to be forgotten, and holds no others. Only the
# migration says so in other dialects, too: said here, it would have each process load them.
Index("executions_with_events", executions.c.finished_at, sqlite_where=executions.c.has_events)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("execution_id", Text, ForeignKey(executions.c.id, ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("summary", Text, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("org", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("tool", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("execution_id", Text, ForeignKey(executions.c.id, ondelete="CASCADE"), nullable=False, index=True),
)

seen = Table(
    "seen",
    metadata,
    # Grows with every sighting: the order in which versions were seen.
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("session_id", Text, ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False),
    Column("resource", Text, nullable=False),
    Column("version", Text, nullable=False),
    UniqueConstraint("session_id", "resource", "version"),
)
