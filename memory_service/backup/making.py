"""Making a backup of a data folder that others go on working in; docs/decisions/0013-backups.md says in which order."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from memory_service.backup.manifest import Manifest, StoredBundle, StoredFile, StoredOrg, file_name
from memory_service.backup.places import Target
from memory_service.database import Database, HeldState, Orgs
from memory_service.domain.errors import BackupPlaceTaken, DataCorrupt, OrgNotFound
from memory_service.domain.ids import Clock, CommitId, OrgId
from memory_service.domain.progress import Progress, Stages
from memory_service.storage import Bundles, Repositories, disk

_GROWTH = 2
"""A bundle is written anew together with what came after it once that is half as much: so there are never many, and
how often each object is written grows with the logarithm of all there are."""


class Written(StrEnum):
    """What became of a repository."""

    NOTHING = "unchanged"
    NEW = "new"
    """What the backup did not have yet."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made."""

    manifest: Manifest
    written: Mapping[OrgId, Written]
    size: int
    """Bytes that were written."""


class Backups:
    """Makes backups of one data folder."""

    def __init__(self, database: Database, repositories: Repositories, clock: Clock, version: str) -> None:
        self._database = database
        self._repositories = repositories
        self._orgs = Orgs(database)
        self._bundles = Bundles(repositories)
        self._clock = clock
        self._version = version

    def make(self, target: Target, place: str, stages: Stages) -> Backup:
        """Bring a place up to what is kept now; works beside running servers.

        Raises:
            BackupPlaceTaken: the backup there has an organisation that is not here.
            DataCorrupt: a repository is missing or damaged; what is at the place stays.
            StorageFull: there is no room at the place; the same.
        """
        previous = target.previous
        number = previous.number + 1 if previous else 1
        with self._captured() as (state, commits):
            missing = {org.name for org in previous.orgs} - commits.keys() if previous else ()
            if missing:
                raise BackupPlaceTaken(
                    place, f'it has the organisation "{min(missing)}", which is not in this data folder'
                )
            with stages("Copying the database") as progress:
                state.copy(target.scratch, progress)
        database = target.take_in(file_name(number))
        orgs = [
            self._saved(target, number, org, commit, previous.org(org) if previous else None, stages)
            for org, commit in commits.items()
        ]
        manifest = Manifest(
            number=number,
            made_at=self._clock().isoformat(timespec="seconds"),
            made_by=self._version,
            database=database,
            orgs=tuple(orgs),
        )
        target.finish(manifest)
        return _told(manifest, previous)

    @contextmanager
    def _captured(self) -> Iterator[tuple[HeldState, Mapping[OrgId, CommitId]]]:
        """The database at one moment, and the commit of each repository that belongs to it."""
        while True:
            before = {org.name: self._head(org.name) for org in self._orgs.list()}
            with self._database.held() as state:
                orgs = state.orgs()
                if before.keys() >= set(orgs):
                    yield state, {org: self._bundles.last_recorded(org, before[org], state) for org in orgs}
                    return

    def _head(self, org: OrgId) -> CommitId:
        try:
            return self._repositories.head(org)
        except (OrgNotFound, FileNotFoundError) as error:
            raise DataCorrupt(f"The repository of {org} is missing: see memory-service doctor") from error

    def _saved(
        self, target: Target, number: int, org: OrgId, commit: CommitId, former: StoredOrg | None, stages: Stages
    ) -> StoredOrg:
        bundles = former.bundles if former and target.holds(bundle.file for bundle in former.bundles) else ()
        if not bundles or bundles[-1].tip != commit:
            with stages(f"Bundling {org}") as progress:
                bundles = self._bundled(target, file_name(number, org), org, commit, bundles, progress)
        config = self._bundles.config(org).decode("utf-8", "surrogateescape")
        return StoredOrg(name=org, commit=commit, config=config, bundles=bundles)

    def _bundled(
        self,
        target: Target,
        name: str,
        org: OrgId,
        commit: CommitId,
        kept: tuple[StoredBundle, ...],
        progress: Progress,
    ) -> tuple[StoredBundle, ...]:
        bundle = self._bundles.of(org, commit, kept[-1].tip if kept else None)
        while kept and (bundle.base is None or kept[-1].objects < _GROWTH * len(bundle.new)):
            kept = kept[:-1]
            bundle = self._bundles.of(org, commit, kept[-1].tip if kept else None)
        objects, parts = bundle.open()
        file = target.fill(name, _told_of(parts, objects, progress))
        return (*kept, StoredBundle(file=file, base=bundle.after, tip=commit, objects=objects))


def _told_of(parts: Iterable[bytes], objects: int, progress: Progress) -> Iterator[bytes]:
    with disk.told():
        for done, part in enumerate(parts):
            progress(min(done, objects), objects)
            yield part
    progress(objects, objects)


def _told(manifest: Manifest, previous: Manifest | None) -> Backup:
    former = set(previous.files()) if previous else set[StoredFile]()
    written: dict[OrgId, Written] = {}
    for org in manifest.orgs:
        files = {bundle.file for bundle in org.bundles}
        written[org.name] = Written.NOTHING if files <= former else Written.NEW if files & former else Written.ALL
    return Backup(manifest=manifest, written=written, size=sum(file.size for file in set(manifest.files()) - former))
