"""Repositories as git bundles, for whoever makes copies of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from memory_service.domain.errors import DataCorrupt
from memory_service.domain.ids import CommitId, OrgId
from memory_service.storage import disk
from memory_service.storage.bundling.making import Bundle, bundle_of
from memory_service.storage.bundling.moments import Ledger, last_recorded
from memory_service.storage.bundling.taking import make_repository
from memory_service.storage.layout import folder_of
from memory_service.storage.repositories import Repositories


class Bundles:
    """The repositories of all organisations, as something that can be carried away; usable beside writers."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def last_recorded(self, org: OrgId, before: CommitId, ledger: Ledger) -> CommitId:
        """The commit that belongs to a state of the database, before which main named ``before``.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with self._repositories.opened(org) as repository:
            oid = last_recorded(repository.history, bytes.fromhex(before), repository.main.read(), org, ledger)
            return CommitId(oid.hex())

    def config(self, org: OrgId) -> bytes:
        """What git has for the configuration of the repository."""
        with self._repositories.opened(org) as repository:
            return (repository.folder / "config").read_bytes()

    def of(self, org: OrgId, tip: CommitId, base: CommitId | None) -> Bundle:
        """A bundle of what leads to ``tip`` and not to ``base``; of all there is where ``base`` does not lead to it.

        Raises:
            DataCorrupt: something is missing or damaged.
        """
        with self._repositories.opened(org) as repository:
            return bundle_of(repository, bytes.fromhex(tip), bytes.fromhex(base) if base else None)


def restore_repository(root: Path, org: OrgId, tip: CommitId, config: bytes, bundles: Iterable[BinaryIO]) -> None:
    """Make the repository of an organisation from bundles, each of which builds on those before.

    What fails leaves a part of it behind: this is for a folder that is removed as a whole then.

    Raises:
        DataCorrupt: a bundle is none, is damaged, or lacks what it builds on.
        StorageFull: the disk has no room.
    """
    folder = folder_of(root, org)
    if folder is None:
        raise DataCorrupt(f'The backup names an organisation "{org}", which can be none')
    with disk.told():
        make_repository(folder, bytes.fromhex(tip), config, bundles)
        disk.sync(root)
