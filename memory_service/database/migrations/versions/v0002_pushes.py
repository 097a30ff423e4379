"""Pushes, and what becomes of one whose author has not seen the newest commits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the setting to organisations, with what it is by default, and the table of pushes."""
    op.add_column("orgs", sa.Column("push", sa.Text, nullable=False, server_default="merge"))
    op.create_table(
        "pushes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("commits", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pushes_pkey"),
        sa.ForeignKeyConstraint(["org"], ["orgs.name"], name="pushes_org_fkey", ondelete="CASCADE"),
    )
    op.create_index("pushes_by_org_id", "pushes", ["org", "id"])
