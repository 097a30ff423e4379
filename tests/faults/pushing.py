"""A push to a store in which things go wrong; it is looked at in the same process, so that every step can fail."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.storage import Repositories
from memory_service.storage.receive.inspection import inspect
from tests.clocks import ManualClock
from tests.faults.storage_faults import ACME
from tests.packs import Made, Tree
from tests.push_client import MAIN, ZERO, Answer, Served, request

OTHER = "/daily/other.md"
PUSHED = "/topics/pushed.md"
_REQUEST = "request"
ATTRIBUTES = b"daily/*.md merge=union\n"


def prepare_push(root: Path) -> None:
    """Write down a push of one file onto main."""
    store = Repositories(root, ManualClock())
    made = Made()
    note = store.snapshot(ACME).read(_blob(store, "/daily/note.md"))
    files: Tree = {".gitattributes": ATTRIBUTES, "daily": {"note.md": note}, "topics": {"pushed.md": b"pushed\n"}}
    tip = made.commit(made.tree(files), store.head(ACME))
    (root / _REQUEST).write_bytes(request([(ZERO, tip.hex(), MAIN)], made.pack()))
    store.close()


def pushed(root: Path) -> Answer:
    """Push it; what the client reads."""
    with closing(Served(root, ManualClock())) as served:
        served.server._surroundings = replace(served.server._surroundings, inspect=inspect)
        return served.send(ACME, (root / _REQUEST).read_bytes())


def pushed_file(store: Repositories) -> bytes | None:
    """What the pushed file holds, if it is there."""
    entry = store.snapshot(ACME).entry(MemoryPath(PUSHED))
    return store.snapshot(ACME).read(entry.blob) if entry and entry.blob else None


def _blob(store: Repositories, path: str) -> BlobId:
    entry = store.snapshot(ACME).entry(MemoryPath(path))
    assert entry
    assert entry.blob
    return entry.blob
