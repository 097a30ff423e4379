"""What ``doctor`` looks at: everything that is kept is checked, everything derived is mended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from memory_service.database import Database, Orgs
from memory_service.domain.errors import DataCorrupt, MemoryServiceError
from memory_service.domain.ids import OrgId
from memory_service.domain.progress import Progress
from memory_service.memory import Memory
from memory_service.runtime import Runtime
from memory_service.storage import Repositories

CHECKED_AT_START_BYTES = 256 * 1024 * 1024
"""A larger database is read as a whole by ``doctor`` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be."""

    subject: str
    problem: str
    mended: bool


class Examination:
    """Looks at the database, at each repository, at what is derived from it, and at unfinished executions."""

    def __init__(
        self, database: Database, repositories: Repositories, orgs: Orgs, memory: Memory, runtime: Runtime
    ) -> None:
        self._database = database
        self._repositories = repositories
        self._orgs = orgs
        self._memory = memory
        self._runtime = runtime

    def refuse_damage(self) -> None:
        """Read the whole database before it is served from, unless that would hold up the start for long.

        Raises:
            DataCorrupt: it is damaged.
        """
        if self._database.size() <= CHECKED_AT_START_BYTES:
            for problem in self._database.integrity():
                raise DataCorrupt(
                    f"The database is damaged ({problem}): restore memory.db from a backup "
                    "(the git repositories are not touched)"
                )

    def run(self, progress: Progress) -> list[Finding]:
        """Check everything and mend what can be mended; works beside running servers."""
        orgs = [org.name for org in self._orgs.list()]
        steps: list[Callable[[], Iterator[Finding]]] = [self._examine_database, self._settle_executions]
        for org in orgs:
            steps += [partial(self._examine_repository, org), partial(self._examine_mirrors, org)]
        findings: list[Finding] = []
        for done, step in enumerate(steps):
            progress(done, len(steps))
            findings += step()
        progress(len(steps), len(steps))
        return findings

    def _examine_database(self) -> Iterator[Finding]:
        for problem in self._database.integrity():
            yield Finding(subject="database", problem=problem, mended=False)

    def _settle_executions(self) -> Iterator[Finding]:
        for execution in self._runtime.settle():
            yield Finding(
                subject=f"execution {execution.id}",
                problem=f"was cut off with its server; settled as {execution.status}",
                mended=True,
            )

    def _examine_repository(self, org: OrgId) -> Iterator[Finding]:
        if not self._repositories.exists(org):
            yield Finding(subject=f"repository {org}", problem="is missing; restore it from a backup", mended=False)
            return
        for problem in self._repositories.verify(org):
            yield Finding(subject=f"repository {org}", problem=problem, mended=False)

    def _examine_mirrors(self, org: OrgId) -> Iterator[Finding]:
        if not self._repositories.exists(org):
            return
        try:
            problems = self._memory.verify(org)
            if problems:
                self._memory.reindex(org)
        except MemoryServiceError as error:
            yield Finding(subject=f"index {org}", problem=f"cannot be built: {error.message}", mended=False)
            return
        for problem in problems:
            yield Finding(subject=f"index {org}", problem=problem, mended=True)
