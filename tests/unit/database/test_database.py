"""Opening a database: made where there is none, refused where it cannot be trusted."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from memory_service.database import Database, Orgs, migrating
from memory_service.database.tables import REVISION, metadata
from memory_service.domain.errors import DataCorrupt, InternalError
from memory_service.domain.ids import OrgId
from memory_service.domain.pushes import PushMode
from tests.records import NOON
from tests.unit.database.threads import together

ACME = OrgId("acme")


def names(database: Database) -> list[str]:
    return [org.name for org in Orgs(database).list()]


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_database_is_made_where_there_is_none_and_found_again(path: Path) -> None:
    with closing(Database(path)) as database:
        Orgs(database).add(ACME, NOON)
        assert database.answers()
    with closing(Database(path)) as database:
        assert names(database) == ["acme"]


def test_what_is_answered_is_on_disk_and_read_beside_writers(database: Database) -> None:
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == 2  # FULL
    assert pragma(database, "foreign_keys") == 1


def test_the_migrations_make_the_tables_that_the_code_works_on(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert ScriptDirectory.from_config(migrating.config()).get_current_head() == REVISION


def test_a_database_of_an_older_version_is_brought_up_to_date_with_what_is_in_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = create_engine(f"sqlite:///{path}")
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", partial(_upgrade_to, command.upgrade, "0001"))
        migrating.upgrade(older)
    with older.begin() as connection:
        connection.exec_driver_sql("INSERT INTO orgs (name, created_at) VALUES ('acme', 1)")
    older.dispose()
    with closing(Database(path)) as database:
        assert names(database) == ["acme"]
        assert Orgs(database).push_mode(ACME) is PushMode.MERGE


def _upgrade_to(upgrade: Callable[[Config, str], None], revision: str, settings: Config, head: str) -> None:
    upgrade(settings, revision)


def test_an_up_to_date_database_is_opened_without_loading_alembic(database: Database, path: Path) -> None:
    script = (
        "import sys, pathlib; from memory_service.database import Database\n"
        "Database(pathlib.Path(sys.argv[1])).close(); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DataCorrupt, match=r"memory\.db") as refused:
        Database(path)
    assert "backup" in refused.value.message
    assert "git repositories are not touched" in refused.value.message
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE orgs (name)")
    with pytest.raises(DataCorrupt, match="is no database of this service"):
        Database(path)


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DataCorrupt, match=r'newer version of this service \(its schema is "9999"\)'):
        Database(path)


def test_a_database_that_a_newer_version_changes_meanwhile_answers_no_more(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not database.answers()


def test_a_torn_database_is_found_out_when_it_is_checked(path: Path) -> None:
    with closing(Database(path)) as database:
        for number in range(20):
            Orgs(database).add(OrgId(f"org-{number}" * 200), NOON)
    content = bytearray(path.read_bytes())
    # The last pages: those of the rows, not those of the schema, without which nothing can be opened.
    content[-4096 * 8 :: 4096] = b"\xff" * 8
    path.write_bytes(content)
    with closing(Database(path)) as database:
        assert database.integrity() != []


def test_a_sound_database_is_found_sound(database: Database) -> None:
    Orgs(database).add(ACME, NOON)
    assert database.integrity() == []


def test_a_row_whose_parent_is_missing_is_found_out(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as careless, careless:
        careless.execute("INSERT INTO sessions VALUES ('session_1', 'nobody', 't', 'api', 'execute', 'active', 1, 1)")
    with closing(Database(path)) as database:
        assert database.integrity() == ["sessions: row 1 has no orgs"]


def test_a_creation_that_was_cut_off_leaves_no_database_and_is_made_up_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(engine: Engine) -> None:
        path.with_name("memory.db.new").write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migrating, "upgrade", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Database(path)
    assert not path.exists()
    # The write-ahead log of a database that was deleted: it must not be read into the new one.
    path.with_name("memory.db-wal").write_bytes(b"old")
    with closing(Database(path)) as database:
        assert names(database) == []
        assert database.integrity() == []


def test_several_that_find_no_database_make_one(path: Path) -> None:
    def open_and_add(name: str) -> None:
        with closing(Database(path)) as database:
            Orgs(database).add(OrgId(name), NOON)

    together(*(lambda name=name: open_and_add(name) for name in ("a", "b", "c", "d")))
    with closing(Database(path)) as database:
        assert names(database) == ["a", "b", "c", "d"]


def test_a_migration_runs_without_foreign_keys_so_that_copying_a_table_deletes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def look(engine: Engine) -> None:
        with engine.connect() as connection:
            seen.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())

    with closing(Database(path)) as database:
        Orgs(database).add(ACME, NOON)
    monkeypatch.setattr("memory_service.database.database.REVISION", "9999")
    monkeypatch.setattr(migrating, "upgrade", look)
    Database(path).close()
    assert seen == [0]


def test_a_database_that_was_deleted_is_an_error_and_no_empty_database(path: Path) -> None:
    database = Database(path)
    database.close()
    path.unlink()
    with pytest.raises(InternalError), database.read():
        pass
    assert not database.answers()
    assert not path.exists()


def test_a_database_that_was_put_aside_is_left_alone_when_another_is_made(path: Path) -> None:
    Database(path).close()
    aside = path.rename(path.with_name("memory.db-2026-04-15"))
    kept = aside.read_bytes()
    Database(path).close()
    assert aside.read_bytes() == kept
