"""The runtime as its adapters see it: plain synchronous calls on behalf of a principal."""

from collections.abc import Sequence

from memory_service.domain.calls import Principal, Scope
from memory_service.domain.capabilities import Capability
from memory_service.domain.errors import (
    ExecutionNotFound,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    ScopeRequired,
    SessionNotFound,
)
from memory_service.domain.executions import (
    DEFAULT_TITLE,
    Execution,
    ExecutionStatus,
    ListedExecution,
    Session,
    SessionStatus,
)
from memory_service.domain.ids import Clock, ExecutionId, NewId, RunId, SessionId
from memory_service.domain.steps import Earlier, IdempotencyKey, Start
from memory_service.runtime.ends import Ends, OnFault
from memory_service.runtime.event_log import EventLog
from memory_service.runtime.invocation import Invocation, Invoked, account_for
from memory_service.runtime.limits import RuntimeLimits
from memory_service.runtime.pages import Page, paged, read_cursor
from memory_service.runtime.ports import Instances, RuntimeStore
from memory_service.runtime.recording import Announce, Recording
from memory_service.runtime.recovery import Recovery
from memory_service.runtime.registry import Registry
from memory_service.runtime.running import Runner, Started


def ignore_fault(error: Exception) -> None:
    """Nobody is told."""


class Runtime:
    """Sessions, executions and the capabilities that they run.

    What takes a principal acts on its behalf. It raises ``ScopeRequired`` when its key may not use the
    runtime, and answers for another organisation's session or execution as for one that does not exist.
    """

    def __init__(
        self,
        store: RuntimeStore,
        registry: Registry,
        instances: Instances,
        clock: Clock,
        new_id: NewId,
        limits: RuntimeLimits,
        on_fault: OnFault = ignore_fault,
    ) -> None:
        self.registry = registry
        self.limits = limits
        self.on_fault = on_fault
        self.own = instances.own
        self.event_log = EventLog(store)
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._listeners: list[Announce] = []
        self._ends = Ends(store, self._announce, on_fault)
        self._runner = Runner(store, self._ends, clock, limits.execution_seconds, on_fault)
        self._recovery = Recovery(store, registry, instances, clock, self._announce, on_fault)

    def capabilities(self, principal: Principal) -> Sequence[Capability]:
        """What the principal may invoke, in a stable order."""
        _require(principal, Scope.RUNTIME_READ)
        return self.registry.listed(principal)

    def invoke(self, principal: Principal, invocation: Invocation) -> Invoked:
        """Run a tool to its end. That the execution failed is told in the answer; what is raised made no execution.

        Raises:
            ScopeRequired, CapabilityNotFound, AccountNotApplicable, AccountNotFound, AccountAmbiguous,
            IdempotencyKeyReused, IdempotencyInProgress, InvalidInput, SessionNotFound, SessionArchived, Unavailable:
            in the order in which they are looked for.
        """
        started = self.begin(principal, invocation, answered=False)
        return started if isinstance(started, Invoked) else self.run(started)

    def begin(self, principal: Principal, invocation: Invocation, *, answered: bool = True) -> Started | Invoked:
        """Do all of ``invoke`` but running the handler. Answers an earlier, same request where there was one.

        ``answered`` says whether anybody is told of the start: then it is on disk, as it is before anything is changed.

        Raises:
            as ``invoke`` does.
        """
        self._ends.keep_waiting()
        _require(principal, Scope.RUNTIME_READ)
        capability = self.registry.capability(principal.org, invocation.tool)
        _require(principal, capability.scope)
        account = account_for(capability, invocation.connected_account_id)
        key = invocation.key_of(principal)
        earlier = self._store.earlier(key) if key else None
        if key and earlier:
            return self._replayed(capability, key, earlier)
        argument = capability.parse(invocation.input)
        lasting = answered or not capability.read_only
        start, recording = self._start(principal, invocation, account, key, lasting=lasting)
        session, earlier = self._store.begin(start)
        if key and earlier:
            return self._replayed(capability, key, earlier)
        return Started(
            principal=principal,
            session=session,
            capability=capability,
            execution=start.execution,
            argument=argument,
            recording=recording,
            keyed=key is not None,
        )

    def run(self, started: Started) -> Invoked:
        """Run an execution that ``begin`` has begun. Raises nothing that the handler or the store raises."""
        return self._runner.run(started)

    def create_session(self, principal: Principal, title: str | None = None) -> Session:
        """Make an empty session."""
        _require(principal, Scope.RUNTIME_READ)
        session = self._new_session(principal, title)
        self._store.create_session(session)
        return session

    def session(self, principal: Principal, session_id: SessionId) -> Session:
        """A session.

        Raises:
            SessionNotFound: the organisation has no such session.
        """
        _require(principal, Scope.RUNTIME_READ)
        return _found(self._store.session(principal.org, session_id))

    def sessions(self, principal: Principal, limit: int, cursor: str | None = None) -> Page[Session]:
        """The organisation's sessions, newest first.

        Raises:
            RequestInvalid: the cursor is none of this list.
        """
        _require(principal, Scope.RUNTIME_READ)
        before = read_cursor(cursor, "session")
        return paged(self._store.sessions(principal.org, limit + 1, SessionId(before) if before else None), limit)

    def archive(self, principal: Principal, session_id: SessionId) -> Session:
        """Close a session for further executions; a second time changes nothing.

        Raises:
            SessionNotFound: the organisation has no such session.
        """
        _require(principal, Scope.RUNTIME_READ)
        return _found(self._store.archive_session(principal.org, session_id, self._clock()))

    def executions(
        self, principal: Principal, session_id: SessionId, limit: int, cursor: str | None = None
    ) -> Page[ListedExecution]:
        """The executions of a session, newest first, without their inputs and results.

        Raises:
            SessionNotFound: the organisation has no such session.
            RequestInvalid: the cursor is none of this list.
        """
        self.session(principal, session_id)
        before = read_cursor(cursor, "exec")
        older_than = ExecutionId(before) if before else None
        return paged(self._store.executions(principal.org, session_id, limit + 1, older_than), limit)

    def execution(self, principal: Principal, execution_id: ExecutionId) -> Execution:
        """An execution.

        Raises:
            ExecutionNotFound: the organisation has no such execution.
        """
        _require(principal, Scope.RUNTIME_READ)
        execution = self._store.execution(principal.org, execution_id)
        if execution is None:
            raise ExecutionNotFound
        return execution

    def settle(self) -> tuple[Execution, ...]:
        """End the executions that were cut off with their process (law 3); those that were ended by this call.

        Safe at any time, beside running executions and other processes.

        Raises:
            Unavailable: the store cannot write.
        """
        self._ends.keep_waiting()
        return self._recovery.settle()

    def expire(self) -> int:
        """Forget events and idempotency keys past their retention; answers of how many executions."""
        return self._store.expire(self._clock() - self.limits.retention)

    def listen(self, listener: Announce) -> None:
        """Have a listener told, in the thread that kept them, whenever an execution has new events."""
        self._listeners.append(listener)

    def _announce(self, execution_id: ExecutionId) -> None:
        for listener in self._listeners:
            listener(execution_id)

    def _start(
        self,
        principal: Principal,
        invocation: Invocation,
        account: str | None,
        key: IdempotencyKey | None,
        *,
        lasting: bool,
    ) -> tuple[Start, Recording]:
        new_session = self._new_session(principal, invocation.title) if invocation.joined is None else None
        execution = Execution(
            id=ExecutionId(self._new_id("exec")),
            run_id=RunId(self._new_id("run")),
            session_id=new_session.id if new_session else SessionId(str(invocation.joined)),
            org=principal.org,
            key_id=principal.key_id,
            capability=invocation.tool,
            connected_account_id=account,
            input=invocation.input,
            tool_use_id=self._new_id("runtime"),
            status=ExecutionStatus.EXECUTING,
            created_at=new_session.created_at if new_session else self._clock(),
            owner=self.own,
        )
        start = Start(execution=execution, new_session=new_session, idempotency=key, lasting=lasting)
        return start, Recording(self._store, self._announce, execution, invocation.on_checkpoint)

    def _new_session(self, principal: Principal, title: str | None) -> Session:
        now = self._clock()
        return Session(
            id=SessionId(self._new_id("session")),
            org=principal.org,
            title=title or DEFAULT_TITLE,
            status=SessionStatus.ACTIVE,
            created_at=now,
            updated_at=now,
        )

    def _replayed(self, capability: Capability, key: IdempotencyKey, earlier: Earlier) -> Invoked:
        if earlier.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused
        execution = earlier.execution
        if not execution.status.final:
            raise IdempotencyInProgress
        session = _found(self._store.session(execution.org, execution.session_id))
        return Invoked(session=session, capability=capability, execution=execution, replayed=True)


def _require(principal: Principal, scope: Scope) -> None:
    if not principal.allows(scope):
        raise ScopeRequired([Scope.RUNTIME.value])


def _found(session: Session | None) -> Session:
    if session is None:
        raise SessionNotFound
    return session
