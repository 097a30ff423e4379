"""Restoring: into an empty folder, whole or not at all, and only what was written."""

import fcntl
import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memory_service.backup import is_being_restored
from memory_service.database.tables import REVISION
from memory_service.domain.errors import (
    BackupDamaged,
    BackupNotFound,
    BackupOfAnotherVersion,
    BackupPlaceUnusable,
    DataCorrupt,
    DataFolderNotEmpty,
    DataFolderUnusable,
    MemoryServiceError,
)
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.unit.backup.places import assert_same, back_up, files, made_data, manifest_of, restored, sealed


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return made_data(tmp_path / "data")


@pytest.fixture
def place(data: Path, tmp_path: Path) -> Path:
    back_up(data, tmp_path / "place")
    return tmp_path / "place"


def refused(kind: type[MemoryServiceError], place: Path, folder: Path) -> None:
    """Restoring fails, and leaves the folder as it was."""
    before = files(folder) if folder.exists() else None
    with pytest.raises(kind) as caught:
        restored(place, folder)
    assert type(caught.value) is kind
    assert (files(folder) if folder.exists() else None) == before
    assert not is_being_restored(folder)


def test_what_is_restored_serves_and_its_derived_stores_are_made_again(place: Path, tmp_path: Path) -> None:
    restored(place, tmp_path / "again")
    with open_service(Settings(data_dir=tmp_path / "again")) as service:
        assert [finding for finding in service.examination.run(lambda done, total: None) if not finding.mended] == []
        assert service.examination.run(lambda done, total: None) == []


@pytest.mark.parametrize("file", ["memory.db", "notes.txt", "orgs/acme.git/HEAD", "derived/files.db"])
def test_nothing_is_restored_into_a_folder_that_holds_a_file(place: Path, tmp_path: Path, file: str) -> None:
    path = tmp_path / "full" / file
    path.parent.mkdir(parents=True)
    path.write_text("x")
    refused(DataFolderNotEmpty, place, tmp_path / "full")


def test_folders_without_files_and_what_a_file_system_begins_with_do_not_stand_against_it(
    data: Path, place: Path, tmp_path: Path
) -> None:
    for name in ("orgs", "run", "lost+found"):
        (tmp_path / "again" / name).mkdir(parents=True)
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


@pytest.mark.parametrize("name", ["none", "none.tar"])
def test_where_no_backup_is_none_is_restored(tmp_path: Path, name: str) -> None:
    refused(BackupNotFound, tmp_path / name, tmp_path / "again")
    (tmp_path / "some").mkdir()
    refused(BackupNotFound, tmp_path / "some", tmp_path / "again")
    (tmp_path / "text").write_text("x" * 2000)
    refused(BackupNotFound, tmp_path / "text", tmp_path / "again")


def test_a_backup_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    refused(BackupPlaceUnusable, tmp_path / ("x" * 300), tmp_path / "again")


@pytest.mark.parametrize("name", ["memory.00001.db", "orgs/acme/00001.bundle", "orgs/beta/00001.bundle"])
@pytest.mark.parametrize("how", ["missing", "cut off", "changed", "a link"])
def test_a_file_that_is_not_what_was_written_is_not_restored(place: Path, tmp_path: Path, name: str, how: str) -> None:
    path = place / name
    data = path.read_bytes()
    path.unlink()
    if how == "cut off":
        path.write_bytes(data[:-1])
    elif how == "changed":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "a link":
        (tmp_path / "elsewhere").write_bytes(data)
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MemoryServiceError) as caught:
        restored(place, tmp_path / "again")
    assert caught.value.code in ({"backup_place_unusable"} if how == "a link" else {"backup_damaged"})
    assert not (tmp_path / "again").exists()


def test_an_archive_that_is_cut_off_anywhere_is_not_restored(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "x.tar")
    whole = (tmp_path / "x.tar").read_bytes()
    for size in range(0, len(whole) - 2 * 512, len(whole) // 20):
        (tmp_path / "x.tar").write_bytes(whole[:size])
        with pytest.raises((BackupDamaged, BackupNotFound)):
            restored(tmp_path / "x.tar", tmp_path / "again")
        assert not (tmp_path / "again").exists()


def test_a_byte_that_was_changed_anywhere_in_an_archive_is_noticed(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "x.tar")
    whole = (tmp_path / "x.tar").read_bytes()
    with tarfile.open(tmp_path / "x.tar") as archive:
        inside = [member.offset_data + member.size * part // 7 for member in archive for part in range(7)]
    for place in inside:
        (tmp_path / "x.tar").write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(BackupDamaged):
            restored(tmp_path / "x.tar", tmp_path / "again")
        assert not (tmp_path / "again").exists()


def test_no_name_in_an_archive_becomes_a_path(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "x.tar")
    with tarfile.open(tmp_path / "x.tar", "a") as archive:
        for name in ("../escaped", "/tmp/escaped", "orgs/../../escaped"):  # noqa: S108 - it is not to be written
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
        link = tarfile.TarInfo("orgs/acme/00001.bundle")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    restored(tmp_path / "x.tar", tmp_path / "deep" / "again")
    assert_same(data, tmp_path / "deep" / "again")
    assert not list(tmp_path.rglob("escaped"))


def _renamed(manifest: dict[str, Any]) -> None:
    manifest["database"]["name"] = "../data/memory.db"


def _outside(manifest: dict[str, Any]) -> None:
    manifest["orgs"][0]["bundles"][0]["file"]["name"] = "orgs/acme/../../../x.bundle"


def _other_org(manifest: dict[str, Any]) -> None:
    manifest["orgs"][0]["name"] = "../acme"


def _no_org(manifest: dict[str, Any]) -> None:
    manifest["orgs"].pop()


def _other_commit(manifest: dict[str, Any]) -> None:
    manifest["orgs"][0]["commit"] = "0" * 40


def _no_commit(manifest: dict[str, Any]) -> None:
    manifest["orgs"][0]["commit"] = "--help"


def _no_database(manifest: dict[str, Any]) -> None:
    del manifest["database"]


@pytest.mark.parametrize("spoil", [_renamed, _outside, _other_org, _no_org, _other_commit, _no_commit, _no_database])
def test_a_manifest_that_somebody_has_made_is_not_believed(
    place: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    manifest = manifest_of(place)
    spoil(manifest)
    (place / "manifest.json").write_bytes(sealed(manifest))
    refused(BackupDamaged, place, tmp_path / "again")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 1}', "[" * 100_000, "\udcff"])
def test_a_manifest_that_is_none_is_told(place: Path, tmp_path: Path, text: str) -> None:
    (place / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(BackupDamaged, place, tmp_path / "again")


def test_a_manifest_that_was_changed_is_told(place: Path, tmp_path: Path) -> None:
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(text.replace("bare = true", "bare = TRUE"))
    refused(BackupDamaged, place, tmp_path / "again")


@pytest.mark.parametrize("number", [0, 2, "1"])
def test_a_backup_of_another_format_names_the_version_that_made_it(place: Path, tmp_path: Path, number: object) -> None:
    manifest = {**manifest_of(place), "format": number, "made_by": "9.9.9"}
    (place / "manifest.json").write_bytes(sealed(manifest))
    with pytest.raises(BackupOfAnotherVersion, match=r"9\.9\.9"):
        restored(place, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_database_of_a_newer_version_is_not_restored(data: Path, tmp_path: Path) -> None:
    with open_service(Settings(data_dir=data)), closing(sqlite3.connect(data / "memory.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
        with closing(sqlite3.connect(tmp_path / "newer.db")) as copy:
            database.backup(copy)
        database.execute("UPDATE alembic_version SET version_num = ?", [REVISION])
        database.commit()
    place = tmp_path / "place"
    back_up(data, place)
    manifest = manifest_of(place)
    _replace_database(place, manifest, (tmp_path / "newer.db").read_bytes())
    refused(DataCorrupt, place, tmp_path / "again")


def test_a_database_that_is_not_sound_is_not_restored(place: Path, tmp_path: Path) -> None:
    manifest = manifest_of(place)
    _replace_database(place, manifest, b"x" * 5000)
    refused(DataCorrupt, place, tmp_path / "again")


def _replace_database(place: Path, manifest: dict[str, Any], content: bytes) -> None:
    (place / "memory.00001.db").write_bytes(content)
    manifest["database"].update(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    (place / "manifest.json").write_bytes(sealed(manifest))


def test_nobody_works_on_a_folder_while_it_is_being_restored(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    (folder / ".restoring").mkdir(parents=True)
    (folder / ".restoring" / "unfinished").touch()
    with pytest.raises(DataFolderUnusable):
        open_service(Settings(data_dir=folder))
    restored(place, folder)
    open_service(Settings(data_dir=folder)).close()


def test_two_restores_into_one_folder_do_not_meet(place: Path, tmp_path: Path) -> None:
    (tmp_path / "again" / ".restoring").mkdir(parents=True)
    descriptor = os.open(tmp_path / "again" / ".restoring", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(DataFolderUnusable):
        restored(place, tmp_path / "again")
    os.close(descriptor)
    restored(place, tmp_path / "again")
