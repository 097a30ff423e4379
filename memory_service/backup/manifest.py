"""What a backup consists of: one manifest names every file, with its size and checksum."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from memory_service.domain.errors import BackupDamaged, BackupOfAnotherVersion, RequestInvalid
from memory_service.domain.ids import CommitId, OrgId, parse_org

FORMAT = 1
"""Of the manifest and of all that it names; a version of the service reads the one that it writes."""
MANIFEST = "manifest.json"
FILE_NAME = re.compile(r"memory\.\d{5,}\.db|orgs/[a-z0-9-]{1,63}/\d{5,}\.bundle")
"""The names that files of a backup have, beneath it."""
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBundle:
    """A bundle of a repository: what leads to one commit and not to an earlier one."""

    file: StoredFile
    base: CommitId | None
    """What the bundles before it lead to; None for the first."""
    tip: CommitId
    objects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrg:
    """The repository of an organisation."""

    name: OrgId
    commit: CommitId
    """What its branch ``main`` names, and so what the last bundle leads to."""
    config: str
    """Git's configuration of it."""
    bundles: tuple[StoredBundle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All of a backup."""

    number: int
    """Of the backup among those that were made at this place, from 1 on."""
    made_at: str
    made_by: str
    """The version of the service."""
    database: StoredFile
    orgs: tuple[StoredOrg, ...]

    def files(self) -> Iterator[StoredFile]:
        """Every file beside the manifest."""
        yield self.database
        for org in self.orgs:
            for bundle in org.bundles:
                yield bundle.file

    def org(self, name: OrgId) -> StoredOrg | None:
        """What there is of an organisation."""
        return next((org for org in self.orgs if org.name == name), None)

    def encode(self) -> bytes:
        """The file ``manifest.json``."""
        body = {"format": FORMAT, **asdict(self)}
        return json.dumps({**body, "checksum": _checksum(body)}, indent=1).encode() + b"\n"


def file_name(number: int, org: OrgId | None = None) -> str:
    """The name of a file that is written by a backup: the bundle of an organisation, or the database."""
    return f"orgs/{org}/{number:05}.bundle" if org else f"memory.{number:05}.db"


def parse_manifest(place: str, data: bytes) -> Manifest:
    """Read the manifest of the backup at a place, of which nothing is believed.

    Raises:
        BackupDamaged: it is none, or has been changed.
        BackupOfAnotherVersion: it is of a format that this version does not know.
    """
    try:
        body = json.loads(data)
        checksum = body.pop("checksum", None)
        if body["format"] != FORMAT:
            raise BackupOfAnotherVersion(place, body["format"], FORMAT, str(body.get("made_by", "unknown")))
        if checksum != _checksum(body):
            raise BackupDamaged(place, "its manifest has been changed")
        manifest = Manifest(
            number=int(body["number"]),
            made_at=datetime.fromisoformat(body["made_at"]).isoformat(),
            made_by=str(body["made_by"]),
            database=_file(body["database"]),
            orgs=tuple(map(_org, body["orgs"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RequestInvalid) as error:
        raise BackupDamaged(place, "its manifest cannot be read") from error
    return manifest


def _org(value: dict[str, Any]) -> StoredOrg:
    return StoredOrg(
        name=parse_org(value["name"]),
        commit=_commit(value["commit"]),
        config=str(value["config"]),
        bundles=tuple(map(_bundle, value["bundles"])),
    )


def _bundle(value: dict[str, Any]) -> StoredBundle:
    base = value["base"]
    return StoredBundle(
        file=_file(value["file"]),
        base=None if base is None else _commit(base),
        tip=_commit(value["tip"]),
        objects=int(value["objects"]),
    )


def _file(value: dict[str, Any]) -> StoredFile:
    return StoredFile(name=_matching(FILE_NAME, value["name"]), size=int(value["size"]), sha256=str(value["sha256"]))


def _commit(value: str) -> CommitId:
    return CommitId(_matching(_COMMIT, value))


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(value)
    return value


def _checksum(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
