"""Organisations, keys, sessions, executions with their events, idempotency keys, and what sessions have seen."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _make_orgs_and_keys()
    _make_sessions()
    _make_executions()
    _make_what_executions_leave()


def _make_orgs_and_keys() -> None:
    op.create_table(
        "orgs",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="orgs_pkey"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="keys_pkey"),
        sa.ForeignKeyConstraint(["org"], ["orgs.name"], name="keys_org_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("secret_hash", name="keys_unique_secret_hash"),
    )
    op.create_index("keys_by_org", "keys", ["org"])


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("interaction_mode", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="sessions_pkey"),
        sa.ForeignKeyConstraint(["org"], ["orgs.name"], name="sessions_org_fkey", ondelete="CASCADE"),
    )
    op.create_index("sessions_by_org_id", "sessions", ["org", "id"])
    op.create_table(
        "seen",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", name="seen_pkey"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="seen_session_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("session_id", "resource", "version", name="seen_unique_session_id_resource_version"),
    )


def _make_executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("capability", sa.Text, nullable=False),
        sa.Column("connected_account_id", sa.Text),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("has_events", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("summary", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("commit_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="executions_pkey"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="executions_session_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("executions_by_session_id_id", "executions", ["session_id", "id"])
    op.create_index(
        "executions_with_events",
        "executions",
        ["finished_at"],
        sqlite_where=sa.text("has_events = 1"),
        postgresql_where=sa.text("has_events"),
    )


def _make_what_executions_leave() -> None:
    op.create_table(
        "events",
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution_id", "seq", name="events_pkey"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="events_execution_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "idempotency",
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("org", "key_id", "tool", "value", name="idempotency_pkey"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="idempotency_execution_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("idempotency_by_execution_id", "idempotency", ["execution_id"])
