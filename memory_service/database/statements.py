"""The statements of the runtime's store, built once: building one costs more than running it."""

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select, update

from memory_service.database.prepared import Prepared
from memory_service.database.tables import checkpoints, executions, idempotency, seen, sessions
from memory_service.domain.executions import SessionStatus
from memory_service.domain.ids import ExecutionId, OrgId, SessionId

_OF_SESSION = (sessions.c.id == bindparam("of_session"), sessions.c.org == bindparam("of_org"))
_ACTIVE = sessions.c.status == SessionStatus.ACTIVE.value
_OF_KEY = (
    idempotency.c.org == bindparam("of_org"),
    idempotency.c.key_id == bindparam("of_key"),
    idempotency.c.tool == bindparam("of_tool"),
    idempotency.c.value == bindparam("of_value"),
)

_LARGE = ("input", "result")
LISTED = tuple(column for column in executions.c if column.name not in _LARGE)
"""The columns of an execution that a list shows."""
WHOLE = (*LISTED, *(executions.c[name] for name in _LARGE))
"""All columns of an execution."""

ADD_SESSION = Prepared(insert(sessions))
SESSION = Prepared(select(sessions).where(*_OF_SESSION))
TOUCH_ACTIVE_SESSION = Prepared(
    update(sessions).where(*_OF_SESSION, _ACTIVE).values(updated_at=bindparam("at")).returning(sessions)
)
TOUCH_SESSION = Prepared(
    update(sessions).where(sessions.c.id == bindparam("of_session")).values(updated_at=bindparam("at"))
)
ARCHIVE_SESSION = Prepared(
    update(sessions)
    .where(*_OF_SESSION, _ACTIVE)
    .values(status=SessionStatus.ARCHIVED.value, updated_at=bindparam("at"))
    .returning(sessions)
)

ADD_EXECUTION = Prepared(insert(executions))
EXECUTION = Prepared(
    select(*WHOLE).where(executions.c.id == bindparam("of_execution"), executions.c.org == bindparam("of_org"))
)
END_EXECUTION = Prepared(
    update(executions)
    .where(executions.c.id == bindparam("of_execution"), executions.c.finished_at.is_(None))
    .values(
        {column: bindparam(column) for column in ("status", "finished_at", "summary", "result", "failure", "commit_id")}
    )
)
# "has_events" adds nothing to the meaning: it lets the index be used that holds few executions.
UNFINISHED = Prepared(
    select(*WHOLE).where(executions.c.has_events, executions.c.finished_at.is_(None)).order_by(executions.c.id)
)

ADD_CHECKPOINT = Prepared(insert(checkpoints))
_all_checkpoints = checkpoints.alias()
# One statement, so that it sees one moment: no checkpoint is forgotten between the execution and what it told.
COURSE = Prepared(
    select(
        *LISTED,
        select(func.max(_all_checkpoints.c.seq))
        .where(_all_checkpoints.c.execution_id == executions.c.id)
        .scalar_subquery(),
        checkpoints.c.seq,
        checkpoints.c.summary,
    )
    .join_from(
        executions,
        checkpoints,
        and_(checkpoints.c.execution_id == executions.c.id, checkpoints.c.seq > bindparam("after")),
        isouter=True,
    )
    .where(executions.c.id == bindparam("of_execution"), executions.c.has_events)
    .order_by(checkpoints.c.seq)
)

ADD_IDEMPOTENCY_KEY = Prepared(insert(idempotency))
EARLIER = Prepared(
    select(idempotency.c.fingerprint, *WHOLE)
    .join_from(idempotency, executions, executions.c.id == idempotency.c.execution_id)
    .where(*_OF_KEY)
)
RELEASE_IDEMPOTENCY_KEY = Prepared(delete(idempotency).where(idempotency.c.execution_id == bindparam("of_execution")))

ADD_SEEN = Prepared(
    insert(seen).values({column: bindparam(column) for column in ("session_id", "resource", "version")})
)
FORGET_SEEN = Prepared(
    delete(seen).where(
        seen.c.session_id == bindparam("of_session"),
        seen.c.resource == bindparam("of_resource"),
        seen.c.version == bindparam("of_version"),
    )
)
SEEN = Prepared(
    select(seen.c.version)
    .where(seen.c.session_id == bindparam("of_session"), seen.c.resource == bindparam("of_resource"))
    .order_by(seen.c.place)
)

# Each of the three finds the same executions until the last one has marked them.
_ended = executions.alias("ended")
_expired = (
    select(_ended.c.id)
    .where(_ended.c.has_events, _ended.c.finished_at < bindparam("before"))
    .order_by(_ended.c.finished_at, _ended.c.id)
    .limit(bindparam("limit"))
)
EXPIRE_CHECKPOINTS = Prepared(delete(checkpoints).where(checkpoints.c.execution_id.in_(_expired)))
EXPIRE_IDEMPOTENCY_KEYS = Prepared(delete(idempotency).where(idempotency.c.execution_id.in_(_expired)))
MARK_EXPIRED = Prepared(update(executions).where(executions.c.id.in_(_expired)).values(has_events=False))


def sessions_before(org: OrgId, limit: int, before: SessionId | None) -> Select[tuple[object, ...]]:
    """Sessions of an organisation, newest first."""
    query = select(sessions).where(sessions.c.org == org).order_by(sessions.c.id.desc()).limit(limit)
    return query if before is None else query.where(sessions.c.id < before)


def executions_before(
    org: OrgId, session_id: SessionId, limit: int, before: ExecutionId | None
) -> Select[tuple[object, ...]]:
    """Executions of an organisation's session, newest first, each as ``LISTED``."""
    query = (
        select(*LISTED)
        .where(executions.c.org == org, executions.c.session_id == session_id)
        .order_by(executions.c.id.desc())
        .limit(limit)
    )
    return query if before is None else query.where(executions.c.id < before)
