"""Reading the file table at one commit."""

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection, Engine

from memory_service.database import file_rows
from memory_service.database.encoding import moment
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MEMORY_SUFFIX, MemoryPath, fold
from memory_service.domain.search import FileInfo

_LEAST_LIKENESS = 0.6
"""The likeness from which ``difflib`` calls two names close (its ``get_close_matches``)."""

Guard = Callable[[], AbstractContextManager[None]]


class FileTableReader:
    """The table at one commit; usable by one thread, until closed. It keeps a transaction open, so close it soon."""

    def __init__(self, connection: Connection, org: OrgId, commit: CommitId, guard: Guard) -> None:
        self._connection = connection
        self._org = org
        self._commit = commit
        self._guard = guard

    @classmethod
    def open(cls, engine: Engine, org: OrgId, guard: Guard) -> Self | None:
        """A reader of the organisation's table as it is now; None when there is none of this schema.

        Everything that is read later is read inside a ``guard``.
        """
        connection = engine.connect()
        try:
            connection.begin()
            if file_rows.VERSION.row(connection, {}) == (file_rows.SCHEMA,):
                found = file_rows.COMMIT.row(connection, {"of_org": org})
                if found:
                    return cls(connection, org, found[0], guard)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    @property
    def commit(self) -> CommitId:
        """The commit whose files are described."""
        return self._commit

    def infos(self, paths: Sequence[MemoryPath]) -> Sequence[FileInfo]:
        """What is known of some files, in the order asked; files that are not there are left out.

        Raises:
            Overloaded: the table has turned out to be damaged, and is made anew by the next who needs it.
        """
        wanted = json.dumps([path.text for path in paths])
        with self._guard():
            row = file_rows.INFOS.row(self._connection, {"of_org": self._org, "paths": wanted})
        found = {path: values for path, *values in json.loads(row[0] if row else "[]")}
        return [_info(path, *found[path.text]) for path in paths if path.text in found]

    def similar(self, name: str, limit: int) -> Sequence[MemoryPath]:
        """Files whose name (the last part, without suffix) is close to one that was asked for, the closest first.

        Raises:
            Overloaded: as for ``infos``.
        """
        asked = stem(name)
        values = {"of_org": self._org, "asked": asked}
        with self._guard():
            near = {
                (other, path)
                for query in (file_rows.AT_OR_AFTER, file_rows.BEFORE, file_rows.HOLDING)
                for other, path in query.rows(self._connection, values)
            }
        scored = ((_likeness(asked, other), path) for other, path in near)
        close = sorted((-score, path) for score, path in scored if score >= _LEAST_LIKENESS)
        return [MemoryPath(path) for _, path in close[:limit]]

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        """Every file that is described, in any order: what a check compares with the tree.

        Raises:
            Overloaded: as for ``infos``.
        """
        with self._guard():
            rows = file_rows.ALL.rows(self._connection, {"of_org": self._org})
        return [(MemoryPath(path), blob) for path, blob in rows]

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()


def stem(name: str) -> str:
    """The form in which names of files are compared: without the suffix, and without case."""
    return fold(name.removesuffix(MEMORY_SUFFIX))


def _info(path: MemoryPath, blob: BlobId, size: int, title: str | None, updated_at: int) -> FileInfo:
    return FileInfo(path=path, blob=blob, size=size, title=title, updated_at=moment(updated_at))


def _likeness(asked: str, name: str) -> float:
    """From 0 to 1; a name that holds the other is close, the closer the more of it is the other."""
    ratio = difflib.SequenceMatcher(a=asked, b=name, autojunk=False).ratio()
    shorter, longer = sorted((len(asked), len(name)))
    if shorter < file_rows.SHORTEST_HELD or (asked not in name and name not in asked):
        return ratio
    return max(ratio, _LEAST_LIKENESS + (1 - _LEAST_LIKENESS) * shorter / longer)
