"""What tests of pushes look at."""

from memory_service.domain.paths import MemoryPath
from tests.push_client import Served
from tests.real_git import git
from tests.unit.storage.conftest import ACME

NOTE = "/daily/2026-04-15.md"


def content(served: Served, path: str) -> bytes | None:
    snapshot = served.store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath(path))
    return snapshot.read(entry.blob) if entry and entry.blob else None


def assert_sound(served: Served) -> None:
    """Nothing of any push is left beside what main leads to."""
    repository = served.root / f"{ACME}.git"
    assert not list(repository.glob("quarantine/*"))
    assert not [path for path in repository.rglob("*") if path.name.startswith(".new-") or path.suffix == ".keep"]
    assert git(repository, "fsck", "--full", "--strict", "--unreachable") == ""
    assert served.store.verify(ACME) == []
