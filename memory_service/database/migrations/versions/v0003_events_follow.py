"""Of the events of an execution, only what does not follow from the execution: its checkpoints, and a name."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AT_ONCE = 50
"""Events in memory at a time: each can hold as much as a request."""

_events = sa.table("events", *(sa.column(name) for name in ("execution_id", "seq", "type", "data")))
_executions = sa.table("executions", sa.column("id"), sa.column("tool_use_id"))
_checkpoints = sa.table("checkpoints", *(sa.column(name) for name in ("execution_id", "seq", "summary")))


def upgrade() -> None:
    """Keep the ids of tool uses with their executions and the checkpoints by themselves, and drop the events."""
    op.add_column("executions", sa.Column("tool_use_id", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "checkpoints",
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution_id", "seq", name="checkpoints_pkey"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="checkpoints_execution_id_fkey", ondelete="CASCADE"
        ),
    )
    kept = sa.select(_events).where(_events.c.type.in_(["tool_use", "checkpoint"]))
    for part in op.get_bind().execute(kept, execution_options={"yield_per": AT_ONCE}).partitions():
        _keep(part)
    op.drop_table("events")


def _keep(events: Sequence[Any]) -> None:
    uses, checkpoints = [], []
    for execution_id, seq, type_, data in events:
        told = json.loads(data)
        if type_ == "tool_use":
            uses.append({"of_execution": execution_id, "of_use": told["id"]})
        else:
            checkpoints.append({"execution_id": execution_id, "seq": seq, "summary": json.dumps(told["summary"])})
    connection = op.get_bind()
    if uses:
        name = sa.update(_executions).where(_executions.c.id == sa.bindparam("of_execution"))
        connection.execute(name.values(tool_use_id=sa.bindparam("of_use")), uses)
    if checkpoints:
        connection.execute(sa.insert(_checkpoints), checkpoints)
