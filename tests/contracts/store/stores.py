"""The stores of commits that one suite is for, and what it looks at in them."""

from pathlib import Path

from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.memory.ports import Store
from memory_service.storage import Repositories, StorageLimits
from tests.clocks import ManualClock
from tests.fakes.store import MemoryStore

ACME = OrgId("acme")
ROOT = MemoryPath("/")
FILE_BYTES = 1000
FOLDER_ENTRIES = 6


def in_memory(folder: Path, clock: ManualClock) -> Store:
    store = MemoryStore(clock, file_bytes=FILE_BYTES, fan_out=FOLDER_ENTRIES)
    store.create(ACME)
    return store


def on_disk(folder: Path, clock: ManualClock) -> Store:
    store = Repositories(folder / "orgs", clock, StorageLimits(file_bytes=FILE_BYTES, folder_entries=FOLDER_ENTRIES))
    store.create(ACME, author="Ada", author_id="key_1")
    return store


def content_of(store: Store, path: str) -> bytes | None:
    snapshot = store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath(path))
    return snapshot.read(entry.blob) if entry and entry.blob else None


def names(store: Store, folder: str = "/") -> list[str]:
    return [entry.path.text for entry in store.snapshot(ACME).entries(MemoryPath(folder))]
