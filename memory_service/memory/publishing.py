"""Law 3: an edit is published as one commit that names the call which wants it, and is found again by that name."""

from collections.abc import Callable

from memory_service.domain.calls import Call
from memory_service.domain.errors import NotFound, VersionMismatch
from memory_service.domain.executions import Execution
from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit, Found, Published, Trailed
from memory_service.memory.diffs import unified
from memory_service.memory.editing import Unseen
from memory_service.memory.ports import Store

_EXECUTION = "Execution-Id"


class Publisher:
    """Publishes the edits of calls."""

    def __init__(self, store: Store, max_diff_bytes: int) -> None:
        self._store = store
        self._max_diff_bytes = max_diff_bytes

    def publish(
        self, call: Call, path: MemoryPath, apply: Callable[[Found | None], bytes | None], subject: str
    ) -> Published:
        """Apply an edit to the head and publish it as one commit; without a subject, that names tool and path.

        Raises:
            VersionMismatch: the edit met a version that it was not made for.
            Timeout: the deadline of the call has passed, and nothing was published.
            whatever ``apply`` and the store raise.
        """

        def apply_in_time(found: Found | None) -> bytes | None:
            call.check()
            return apply(found)

        edit = Edit(
            path=path,
            apply=apply_in_time,
            author=call.principal.key_name,
            author_id=call.principal.key_id,
            subject=subject or f"{call.capability} {path}",
            trailers={
                "Capability": call.capability,
                "Session-Id": call.session_id,
                _EXECUTION: call.execution_id,
                "Run-Id": call.run_id,
                "Key-Id": call.principal.key_id,
            },
            lane=(call.principal.key_id, call.session_id),
        )
        try:
            return self._store.write(call.org, edit)
        except Unseen as unseen:
            raise self._mismatch(call.org, path, unseen) from unseen

    def made_by(self, execution: Execution) -> Trailed | None:
        """The commit that an execution has made."""
        return self._store.find(execution.org, _EXECUTION, execution.id, since=execution.created_at)

    def _mismatch(self, org: OrgId, path: MemoryPath, unseen: Unseen) -> VersionMismatch:
        # Not in the writer's turn: a diff takes its time.
        found = unseen.found
        try:
            base = self._store.snapshot(org).read(unseen.base)
        except NotFound:
            diff = ""
        else:
            diff = unified(str(path), base, found.content if found else b"", self._max_diff_bytes)
        return VersionMismatch(str(path), found.blob if found else None, diff)
