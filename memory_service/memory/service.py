"""The five operations on an organisation's memory. Knows nothing of HTTP, executions or engines."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Any

from memory_service.domain.calls import Call
from memory_service.domain.errors import InputInvalid, MemoryNotFound, NotFound
from memory_service.domain.executions import Execution
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.progress import Progress, no_progress
from memory_service.domain.search import Query
from memory_service.domain.trees import Change, Entry, Published, Trailed
from memory_service.memory.catch_up import CatchUp
from memory_service.memory.earlier import EarlierIndexes
from memory_service.memory.editing import Addition, Expected, Replacement, bounded
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.lines import TO_THE_END, added_lines, count, decoded, window
from memory_service.memory.listing import Cursor, described, is_visible, walk
from memory_service.memory.messages import Appended, FileContent, Listing, SearchResult, Written
from memory_service.memory.ports import (
    FileTable,
    FileTableReader,
    SearchIndex,
    Snapshot,
    Store,
)
from memory_service.memory.publishing import Publisher
from memory_service.memory.searching import Searching
from memory_service.memory.suggestions import similar


class Memory:
    """The memories of all organisations: reads at one commit, writes by edits of the head.

    Every reading operation raises ``Overloaded`` while the mirror that it needs is built, and every operation
    ``Timeout`` past the deadline of its call and ``OrgNotFound`` where there is no repository.
    """

    def __init__(self, store: Store, index: SearchIndex, table: FileTable, limits: MemoryLimits | None = None) -> None:
        self._store = store
        self._limits = limits or MemoryLimits()
        self._publisher = Publisher(store, self._limits.max_diff_bytes)
        self._index = CatchUp(store, index, "search index", self._limits, stale=index.stale)
        self._searching = Searching(store, self._index, EarlierIndexes(store, index, self._limits))
        self._table = CatchUp(store, table, "file table", self._limits)

    # Reading: each operation pins one commit and never asks for the head again.

    def ls(self, call: Call, path: MemoryPath, *, depth: int = 1, limit: int = 200, cursor: str = "") -> Listing:
        """The entries below a folder, ``depth`` levels down, in the order of their paths; or the one file at ``path``.

        A cursor goes on at the commit of the first page, so that pages neither skip nor repeat anything. What has
        changed since that commit has its size, but neither title nor time.

        Raises:
            MemoryNotFound: nothing is at the path.
            InputInvalid: the cursor is of another listing, or its commit is gone.
        """
        with closing(self._table.reader(call.org)) as table:
            call.check()
            snapshot, after = (
                self._resumed(call, path, depth, cursor)
                if cursor
                else (self._store.snapshot(call.org, table.commit), ())
            )
            entry = self._entry(path, snapshot, table)
            below = walk(snapshot, path, depth, after) if entry.is_folder else iter([entry])
            found = list(islice(below, limit + 1))
            call.check()
            entries = described(found[:limit], snapshot, table)
        last = found[limit - 1].path.parts[len(path.parts) :] if len(found) > limit else None
        return Listing(
            path=path,
            commit=snapshot.commit,
            entries=entries,
            next_cursor=Cursor(commit=snapshot.commit, after=last).text(path, depth) if last else None,
        )

    def read(self, call: Call, path: MemoryPath, *, start_line: int = 1, end_line: int = TO_THE_END) -> FileContent:
        """Lines of a file, exactly as they are kept; ``end_line`` beyond the end means the end.

        ``start_line`` may be one past the last line, where nothing is yet.

        Raises:
            MemoryNotFound: no file is at the path.
            InputInvalid: ``start_line`` is further out.
        """
        with closing(self._table.reader(call.org)) as table:
            call.check()
            snapshot = self._store.snapshot(call.org, table.commit)
            entry = self._entry(path, snapshot, table)
            if entry.blob is None:
                raise self._missing(path, snapshot, table)
            (listed,) = described([entry], snapshot, table)
        content = snapshot.read(entry.blob)
        lines = window(content, start_line, end_line, self._limits.max_read_bytes)
        if lines is None:
            raise InputInvalid.of(call.capability, "startLine", f"the file has {count(content)} lines", "range")
        return FileContent(
            path=path,
            content=decoded(lines.content),
            version=entry.blob,
            commit=snapshot.commit,
            updated_at=listed.updated_at,
            start_line=lines.start,
            end_line=lines.end,
            total_lines=lines.total,
            truncated=lines.truncated,
        )

    def search(self, call: Call, query: Query, *, cursor: str = "", max_tokens: int | None = None) -> SearchResult:
        """The files that answer a query best, each with a snippet cut from it at the commit that was searched.

        A cursor goes on at the commit of the first page, see ``earlier``. ``max_tokens`` bounds the answer, see
        ``pages``.

        Raises:
            InputInvalid: the cursor is of another search, or its commit cannot be searched any more.
        """
        return self._searching.answer(call, query, cursor, max_tokens)

    # Writing: each operation describes an edit, which the store applies to the head in its writer's turn.

    def write(
        self, call: Call, path: MemoryPath, content: bytes, *, subject: str = "", expected: Expected = None
    ) -> Written:
        """Make ``content`` the content of a file.

        Raises:
            VersionMismatch: the file is not at the expected version; or, where none is expected, this session has
                seen the file, but not as it is now.
            MemoryExists: the file should be created, but is there; or a folder has its name, or a file a folder's.
            PayloadTooLarge: the content is over the limit.
            PathInvalid: the path is a twin of one that exists. QuotaExceeded, StorageFull, Overloaded: see the store.
        """
        bounded(content, self._limits.max_file_bytes)
        edit = Replacement(path=path, content=content, expected=expected, seen=call.seen(str(path)))
        done = self._publisher.publish(call, path, edit.apply, subject)
        return _written(path, done, changed=done.changed)

    def append(self, call: Call, path: MemoryPath, text: bytes, *, subject: str = "") -> Appended:
        """Put a text at the end of a file, which is created where there is none, after exactly one line break.

        Raises:
            PayloadTooLarge: the file would be over the limit.
            PathInvalid, MemoryExists, QuotaExceeded, StorageFull, Overloaded: as for ``write``.
        """
        seen = call.seen(str(path))
        edit = Addition(text=text, max_bytes=self._limits.max_file_bytes)
        done = self._publisher.publish(call, path, edit.apply, subject)
        known = not seen or done.previous is None or done.previous in seen
        return _appended(path, done, edit.old, edit.new, known=known)

    def recall_write(self, execution: Execution) -> Written | None:
        """What a write that was cut off would have answered; None when it changed nothing."""
        made = self._publisher.made_by(execution)
        return _written(made.path, made, changed=True) if made else None

    def recall_append(self, execution: Execution) -> Appended | None:
        """What an append that was cut off would have answered; None when it changed nothing."""
        made = self._publisher.made_by(execution)
        if made is None:
            return None
        snapshot = self._store.snapshot(execution.org, made.commit)
        old = snapshot.read(made.previous) if made.previous else b""
        return _appended(made.path, made, old, snapshot.read(made.blob), known=made.previous is None)

    def changes(self, org: OrgId, since: CommitId | None = None) -> tuple[CommitId, Sequence[Change] | None]:
        """The head, and what has changed in memory files from another commit to it: nothing, where none is named.

        None instead of changes where there is no commit ``since``.
        """
        head = self._store.head(org)
        if since in {None, head}:
            return head, ()
        changes = self._store.snapshot(org, head).changes(since)
        return head, None if changes is None else tuple(changes)

    # Keeping the mirrors true: right answers need none of it, quick ones do.

    def refresh(self, org: OrgId) -> None:
        """Bring the mirrors to the head, so that the next call need not.

        Raises:
            Overloaded: that takes longer than a call may wait; it goes on.
        """
        self._table.reader(org).close()
        self._index.reader(org).close()

    def reindex(self, org: OrgId, progress: Progress = no_progress) -> None:
        """Build the mirrors anew, in this thread."""
        mirrors: Sequence[CatchUp[Any]] = (self._table, self._index)
        for nth, mirror in enumerate(mirrors):
            mirror.rebuild(org, partial(_tell_part, progress, nth, len(mirrors)))

    def verify(self, org: OrgId) -> list[str]:
        """What the mirrors hold otherwise than the tree: a sentence for each. ``reindex`` mends all of it."""
        return [*self._table.problems(org), *self._index.problems(org)]

    def close(self) -> None:
        """Stop what runs in the background and wait for it."""
        self._index.close()
        self._table.close()

    def _resumed(self, call: Call, path: MemoryPath, depth: int, text: str) -> tuple[Snapshot, tuple[str, ...]]:
        cursor = Cursor.parse(text, path, depth)
        if cursor is None:
            raise InputInvalid.of(
                call.capability, "cursor", "is not one that a listing of this path and depth has given", "cursor"
            )
        try:
            return self._store.snapshot(call.org, cursor.commit), cursor.after
        except NotFound as error:
            raise InputInvalid.of(
                call.capability, "cursor", "cannot be continued; list again without it", "cursor"
            ) from error

    def _entry(self, path: MemoryPath, snapshot: Snapshot, table: FileTableReader) -> Entry:
        entry = snapshot.entry(path)
        if entry is None or not is_visible(entry):
            raise self._missing(path, snapshot, table)
        return entry

    def _missing(self, path: MemoryPath, snapshot: Snapshot, table: FileTableReader) -> MemoryNotFound:
        return MemoryNotFound(str(path), similar(path, snapshot, table, self._limits.similar))


def _written(path: MemoryPath, done: Published | Trailed, *, changed: bool) -> Written:
    return Written(
        path=path,
        version=done.blob,
        commit=done.commit,
        created=done.previous is None,
        changed=changed,
        previous=done.previous if changed else None,
    )


def _appended(path: MemoryPath, done: Published | Trailed, old: bytes, new: bytes, *, known: bool) -> Appended:
    start, end = added_lines(old, new)
    return Appended(
        path=path,
        version=done.blob,
        commit=done.commit,
        created=done.previous is None,
        start_line=start,
        end_line=end,
        known=known,
    )


def _tell_part(progress: Progress, nth: int, parts: int, done: int, total: int) -> None:
    progress(nth * total + done, parts * total)
