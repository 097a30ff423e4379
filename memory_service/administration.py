"""What an operator does from the command line: organisations and keys."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from memory_service.access import KeyStore, mint, parse_scopes
from memory_service.database import Org, Orgs
from memory_service.domain.errors import OrgExists, OrgNotFound
from memory_service.domain.ids import Clock, KeyId, NewId, OrgId, parse_org
from memory_service.domain.keys import Key
from memory_service.domain.progress import Progress, no_progress
from memory_service.domain.pushes import PushMode
from memory_service.storage import Created, Repositories

_IMPORTER = "memory-service org create"
_IMPORTER_ID = "operator"


class Organisations:
    """The organisations of a data folder. One exists once both its repository and its row do."""

    def __init__(self, orgs: Orgs, repositories: Repositories, clock: Clock) -> None:
        self._orgs = orgs
        self._repositories = repositories
        self._clock = clock

    def create(self, name: str, source: Path | None = None, progress: Progress = no_progress) -> Created:
        """Create an organisation: empty, from a folder of markdown, or from a git repository.

        Raises:
            RequestInvalid: the name cannot be one, or the source is no folder.
            OrgExists: there is one of the name.
        """
        org = parse_org(name)
        if self._orgs.exists(org):
            raise OrgExists(org)
        if self._repositories.exists(org):
            created = self._adopted(org, source)
        else:
            created = self._repositories.create(
                org, author=_IMPORTER, author_id=_IMPORTER_ID, source=source, progress=progress
            )
        self._orgs.add(org, self._clock())
        return created

    def _adopted(self, org: OrgId, source: Path | None) -> Created:
        """Take over a repository that no organisation has: of a lost database, or of a creation that was cut off."""
        if source is not None:
            raise OrgExists(org, "its repository is there already; create it without a source to take that over")
        snapshot = self._repositories.snapshot(org)
        files = len(list(snapshot.changes(None) or ()))
        return Created(org=org, commit=snapshot.commit, files=files, skipped=())

    def list(self) -> Sequence[Org]:
        """All organisations, by name."""
        return self._orgs.list()

    def set_push_mode(self, name: str, mode: PushMode) -> None:
        """Say what becomes of pushes whose authors have not seen the newest commits.

        Raises:
            OrgNotFound: there is none of the name.
        """
        (org,) = self.chosen(name)
        self._orgs.set_push_mode(org, mode)

    def chosen(self, name: str | None) -> Sequence[OrgId]:
        """The one organisation of a name, or all.

        Raises:
            OrgNotFound: there is none of the name.
        """
        names = [org.name for org in self._orgs.list()]
        if name is None:
            return names
        if name not in names:
            raise OrgNotFound(name)
        return [OrgId(name)]


class Keyring:
    """The keys of a data folder."""

    def __init__(self, keys: KeyStore, clock: Clock, new_id: NewId) -> None:
        self._keys = keys
        self._clock = clock
        self._new_id = new_id

    def create(self, org: str, name: str, scopes: Sequence[str], expires_days: int | None = None) -> tuple[Key, str]:
        """Make a key; answers it with its secret, which is kept nowhere.

        Raises:
            OrgNotFound: the organisation does not exist.
            RequestInvalid: the label is no single line, or a scope is unknown.
        """
        now = self._clock()
        key, secret = mint(
            KeyId(self._new_id("key")),
            parse_org(org),
            name,
            parse_scopes(scopes),
            now,
            now + timedelta(days=expires_days) if expires_days else None,
        )
        self._keys.add(key)
        return key, secret

    def list(self, org: str | None = None) -> Sequence[Key]:
        """The keys of one organisation, or of all, oldest first."""
        return self._keys.keys(parse_org(org) if org else None)

    def revoke(self, key_id: str) -> Key:
        """Revoke a key; a second time changes nothing.

        Raises:
            KeyNotFound: no key has the id.
        """
        return self._keys.revoke(KeyId(key_id), self._clock())
