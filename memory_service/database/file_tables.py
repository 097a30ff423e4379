"""What listings show of each file: a cache of the trees, in a database file of its own."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from memory_service.database import file_rows
from memory_service.database.encoding import milliseconds
from memory_service.database.file_reader import FileTableReader, stem
from memory_service.database.locks import locked
from memory_service.database.sqlite import domain_errors, follow, open_engine, reading, writing
from memory_service.domain.errors import DataCorrupt, InternalError, Overloaded
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File


class Damaged(Overloaded):
    """The file table has turned out to be damaged and was thrown away; whoever asks again finds none."""


class FileTables:
    """The file tables of all organisations, in one file that may be deleted at any time (law 2).

    A file that is absent, damaged or of another schema counts as empty; the next ``rebuild`` makes it anew.
    ``title_of`` tells the title of a text, or None.
    """

    def __init__(self, path: Path, title_of: Callable[[str], str | None]) -> None:
        self._path = path
        self._title_of = title_of
        # Readers cannot even write: a connection that can, when it is the last to close, deletes the write-ahead log
        # by its name, and that may be the log of the file that has taken the place of a damaged one.
        readers = open_engine(path, mode="ro", synchronous="NORMAL")
        writers = open_engine(path, synchronous="NORMAL")
        follow(readers, path)
        follow(writers, path)
        self._readers = reading(readers)
        self._writers = writing(writers)
        self._turn = threading.RLock()
        self._lock = path.with_name(path.name + ".lock")

    def commit(self, org: OrgId) -> CommitId | None:
        """The commit that is mirrored; None when there is nothing usable."""
        reader = self.reader(org)
        if reader is None:
            return None
        with closing(reader):
            return reader.commit

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        """Take in what changed from ``base`` to ``head``, as one step; False when the table is not at ``base``.

        Raises:
            Overloaded (another process writes for too long), StorageFull.
        """
        rows = [self._row(org, file) for file in files]
        old = [
            {"of_org": org, "of_path": path} for path in [*(path.text for path in gone), *(row["path"] for row in rows)]
        ]

        def work(connection: Connection) -> bool:
            if not file_rows.ADVANCE.run(connection, {"of_org": org, "base": base, "head": head}):
                return False
            file_rows.FORGET_FILE.run_each(connection, old)
            file_rows.ADD_FILE.run_each(connection, rows)
            return True

        with self._turn:
            return bool(self._write(work))

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        """Replace everything by the files of ``head``, as one step. Readers go on with what there was.

        Raises:
            Overloaded (another process writes for too long), StorageFull.
        """
        rows = [self._row(org, file) for file in files]

        def work(connection: Connection) -> bool:
            file_rows.FORGET_MIRROR.run(connection, {"of_org": org})
            file_rows.FORGET_FILES.run(connection, {"of_org": org})
            file_rows.ADD_FILE.run_each(connection, rows)
            file_rows.ADD_MIRROR.run(connection, {"org": org, "commit_id": head})
            return True

        with self._turn:
            if not self._write(work):
                self._create()
                if not self._write(work):
                    raise InternalError

    def reader(self, org: OrgId) -> FileTableReader | None:
        """The table as it is now, pinned; None when there is nothing usable."""
        if not self._path.exists():
            return None
        try:
            with self._guard():
                return FileTableReader.open(self._readers, org, self._guard)
        except Damaged:
            return None

    def close(self) -> None:
        """Close all connections."""
        self._readers.dispose()
        self._writers.dispose()

    def _row(self, org: OrgId, file: File) -> dict[str, Any]:
        return {
            "org": org,
            "path": file.path.text,
            "blob": file.blob,
            "size": len(file.content),
            "title": self._title_of(file.content.decode("utf-8", "replace")),
            "updated_at": milliseconds(file.updated_at),
            "stem": stem(file.path.name),
        }

    def _write(self, work: Callable[[Connection], bool]) -> bool | None:
        """Run work in a transaction; None, and nothing done, when there is no usable file."""
        if not self._path.exists():
            return None
        try:
            with self._guard(), self._writers.begin() as connection:
                return work(connection) if file_rows.VERSION.row(connection, {}) == (file_rows.SCHEMA,) else None
        except Damaged:
            return None

    def _create(self) -> None:
        """Make an empty file, unless another process has made one meanwhile: aside, so that nobody opens half of it."""
        made = self._path.with_name(f"{self._path.name}.new")
        with locked(self._lock):
            if self._usable():
                return
            self._remove()
            _clear(made)
            engine = open_engine(made, mode="rwc", synchronous="NORMAL")
            try:
                with domain_errors(self._path), writing(engine).begin() as connection:
                    file_rows.metadata.create_all(connection)
                    connection.exec_driver_sql(f"PRAGMA user_version={file_rows.SCHEMA}")
            finally:
                engine.dispose()
            made.rename(self._path)

    def _usable(self) -> bool:
        try:
            with domain_errors(self._path), self._readers.connect() as connection:
                return file_rows.VERSION.row(connection, {}) == (file_rows.SCHEMA,)
        except (DataCorrupt, InternalError):
            return False

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Throw the file away when what is done finds it damaged."""
        try:
            with domain_errors(self._path):
                yield
        except DataCorrupt as error:
            with self._turn, locked(self._lock):
                self._remove()
            raise Damaged("the file table is damaged and is made anew") from error

    def _remove(self) -> None:
        self._writers.dispose()
        _clear(self._path)


def _clear(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):  # the log goes after what it belongs to, never before
        path.with_name(path.name + suffix).unlink(missing_ok=True)
