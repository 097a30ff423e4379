"""A cache that can be thrown away: whatever happens to its file, the table is right or it is not there."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory_service.database import FileTables, file_rows
from memory_service.database.file_reader import FileTableReader
from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from tests.unit.database.threads import together

ACME = OrgId("acme")
FIRST, SECOND = (CommitId(digit * 40) for digit in "12")
PATH = MemoryPath("/a.md")
FILES = [
    File(path=path, blob=BlobId("b" * 40), content=b"text", updated_at=datetime(2026, 4, 15, tzinfo=UTC))
    for path in (PATH, *(MemoryPath(f"/d/{number:04d}.md") for number in range(500)))
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "derived" / "files.db"


@pytest.fixture
def tables(path: Path) -> Iterator[FileTables]:
    with closing(FileTables(path, lambda text: text)) as opened:
        opened.rebuild(ACME, FIRST, FILES)
        yield opened


def reader_of(tables: FileTables) -> FileTableReader:
    reader = tables.reader(ACME)
    assert reader is not None
    return reader


def knows_all(tables: FileTables) -> bool:
    with closing(reader_of(tables)) as reader:
        return len(reader.infos([file.path for file in FILES])) == len(FILES)


def overwrite(path: Path, start: int) -> None:
    """Damage a file from a byte on, with its write-ahead log brought in first."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:start] + b"\xff" * (len(content) - start))


def test_a_table_is_found_again_by_the_next_process(tables: FileTables, path: Path) -> None:
    tables.close()
    with closing(FileTables(path, lambda text: text)) as again:
        assert again.commit(ACME) == FIRST
        assert knows_all(again)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_file_that_is_no_database_counts_as_empty_and_is_made_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with closing(FileTables(path, lambda text: text)) as tables:
        assert tables.commit(ACME) is None
        assert not tables.apply(ACME, FIRST, SECOND, [], [])
        tables.rebuild(ACME, FIRST, FILES)
        assert tables.commit(ACME) == FIRST
        assert knows_all(tables)


def test_a_table_of_another_schema_counts_as_empty_and_is_made_anew(
    tables: FileTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_rows, "SCHEMA", file_rows.SCHEMA + 1)
    assert tables.commit(ACME) is None
    assert not tables.apply(ACME, FIRST, SECOND, [], [])
    tables.rebuild(ACME, FIRST, FILES)
    assert knows_all(tables)


def test_damage_that_a_reader_meets_throws_the_table_away(tables: FileTables, path: Path) -> None:
    overwrite(path, 4 * 4096)
    with closing(reader_of(tables)) as reader, pytest.raises(Overloaded) as refused:
        list(reader.files())
    assert refused.value.retryable
    assert tables.commit(ACME) is None
    tables.rebuild(ACME, SECOND, FILES)
    assert tables.commit(ACME) == SECOND
    assert knows_all(tables)


def test_damage_that_a_writer_meets_throws_the_table_away(tables: FileTables, path: Path) -> None:
    overwrite(path, 4 * 4096)
    assert not tables.apply(ACME, FIRST, SECOND, FILES, [])
    assert tables.commit(ACME) is None
    tables.rebuild(ACME, SECOND, FILES)
    assert knows_all(tables)


def test_a_folder_that_is_deleted_under_a_running_server_is_made_anew(tables: FileTables, path: Path) -> None:
    with closing(reader_of(tables)) as pinned:
        shutil.rmtree(path.parent)
        assert tables.commit(ACME) is None
        assert not tables.apply(ACME, FIRST, SECOND, [], [PATH])
        tables.rebuild(ACME, SECOND, FILES)
        assert pinned.commit == FIRST
        assert len(pinned.infos([PATH])) == 1
    assert tables.commit(ACME) == SECOND
    assert tables.apply(ACME, SECOND, FIRST, [], [PATH])
    assert tables.commit(ACME) == FIRST


def test_what_one_process_takes_in_another_sees(tables: FileTables, path: Path) -> None:
    with closing(FileTables(path, lambda text: text)) as other:
        assert other.apply(ACME, FIRST, SECOND, [], [PATH])
        assert tables.commit(ACME) == SECOND
        assert not tables.apply(ACME, FIRST, SECOND, [], [])


def test_processes_that_find_no_table_make_one(path: Path) -> None:
    orgs = [OrgId(name) for name in ("a", "b", "c", "d")]
    processes = [FileTables(path, lambda text: text) for _ in orgs]
    together(
        *(
            lambda process=process, org=org: process.rebuild(org, FIRST, FILES)
            for process, org in zip(processes, orgs, strict=True)
        )
    )
    assert [process.commit(org) for process in processes for org in orgs] == [FIRST] * 16
    for process in processes:
        process.close()


def test_readers_give_their_connections_back(tables: FileTables) -> None:
    pool = tables._readers.pool
    for _ in range(50):
        reader_of(tables).close()
        assert tables.reader(OrgId("nobody")) is None
    assert pool.checkedout() == 0  # type: ignore[attr-defined]  # of the kind of pool that is used
    assert pool.checkedin() == 1  # type: ignore[attr-defined]  # the same
