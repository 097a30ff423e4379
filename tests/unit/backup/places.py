"""A data folder with something in it, and backups of it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from memory_service.backup import Backup, opened_source, opened_target, restore
from memory_service.backup.manifest import MANIFEST, Manifest
from memory_service.domain.ids import OrgId
from memory_service.domain.progress import no_stages
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.edits import put
from tests.real_git import git

ACME = OrgId("acme")
BETA = OrgId("beta")


def made_data(folder: Path) -> Path:
    """A data folder with two organisations, one of them with notes, and a key."""
    with open_service(Settings(data_dir=folder)) as service:
        for org in (ACME, BETA):
            service.organisations.create(org)
        service.keyring.create(ACME, "agent", ["runtime"])
    write(folder, *range(20))
    return folder


def write(data: Path, *numbers: int, org: OrgId = ACME) -> None:
    """Write a note for each number."""
    with open_service(Settings(data_dir=data)) as service:
        for number in numbers:
            service.repositories.write(org, put(f"/notes/{number}.md", f"note {number}\n".encode()))


def back_up(data: Path, place: Path) -> Backup:
    """Make a backup."""
    with open_service(Settings(data_dir=data)) as service, opened_target(place) as target:
        return service.backups.make(target, str(place), no_stages)


def restored(place: Path, data: Path) -> Manifest:
    """Restore a backup."""
    with opened_source(place) as source:
        return restore(source, data, no_stages)


def rows(data: Path) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with closing(sqlite3.connect(data / "memory.db")) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608


def repositories(data: Path) -> dict[str, tuple[str, ...]]:
    """Refs, HEAD, configuration, history and objects of all repositories, which git finds without fault."""
    found: dict[str, tuple[str, ...]] = {}
    for repository in sorted((data / "orgs").glob("*.git")):
        git(repository, "fsck", "--full", "--strict")
        found[repository.name] = (
            git(repository, "show-ref", "--head"),
            (repository / "HEAD").read_text(),
            (repository / "config").read_text(),
            git(repository, "log", "--format=raw", "main"),
            git(repository, "rev-list", "--objects", "main"),
        )
    return found


def assert_same(data: Path, other: Path) -> None:
    """Two data folders keep the same."""
    assert rows(data) == rows(other)
    assert repositories(data) == repositories(other)


def files(place: Path) -> dict[str, tuple[int, int]]:
    """Names of files, each with its number on the disk and the moment of its last change."""
    paths = [path for path in place.rglob("*") if path.is_file()]
    return {p.relative_to(place).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}


def sealed(manifest: dict[str, Any]) -> bytes:
    """A manifest with a checksum that fits."""
    body = {name: value for name, value in manifest.items() if name != "checksum"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return json.dumps({**body, "checksum": hashlib.sha256(text).hexdigest()}).encode()


def manifest_of(place: Path) -> dict[str, Any]:
    """The manifest of a backup in a folder."""
    read: dict[str, Any] = json.loads((place / MANIFEST).read_bytes())
    return read
