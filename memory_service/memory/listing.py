"""Walking a tree page by page: entries in the order of their paths, folders before what they hold."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from memory_service.domain.ids import CommitId
from memory_service.domain.paths import MAX_DEPTH, MemoryPath
from memory_service.domain.search import FileInfo
from memory_service.domain.trees import Entry
from memory_service.memory.messages import Listed
from memory_service.memory.ports import FileTableReader, Snapshot

_COMMIT_BYTES = 20
_CHECK_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a listing goes on: after which entry, at the commit that its first page was read at."""

    commit: CommitId
    after: tuple[str, ...]
    """The names of the last entry given, from the listed folder down."""

    def text(self, folder: MemoryPath, depth: int) -> str:
        """The cursor as the wire has it: short, since a model copies it, and bound to the listing it belongs to."""
        packed = bytes.fromhex(self.commit) + _check(folder, depth) + "/".join(self.after).encode()
        return urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str, folder: MemoryPath, depth: int) -> "Cursor | None":
        """Read a cursor that ``text`` gave; None for one of another listing, or of none."""
        try:
            packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            after = packed[_COMMIT_BYTES + _CHECK_BYTES :].decode()
        except (binascii.Error, ValueError):
            return None
        if packed[_COMMIT_BYTES : _COMMIT_BYTES + _CHECK_BYTES] != _check(folder, depth):
            return None
        return cls(commit=CommitId(packed[:_COMMIT_BYTES].hex()), after=tuple(after.split("/")))


def walk(
    snapshot: Snapshot, folder: MemoryPath, depth: int = MAX_DEPTH, after: tuple[str, ...] = ()
) -> Iterator[Entry]:
    """The memory files and folders below a folder, ``depth`` levels down, that follow the one named ``after``.

    An entry comes before those it holds; siblings are in the order of their names' UTF-8 bytes.
    """
    for entry in snapshot.entries(folder):
        if not is_visible(entry):
            continue
        name = entry.path.name
        # Code points are in the order of their UTF-8 bytes, so names compare as text.
        if not after or name > after[0]:
            yield entry
            below: tuple[str, ...] = ()
        elif name == after[0]:
            below = after[1:]
        else:
            continue
        if entry.is_folder and depth > 1:
            yield from walk(snapshot, entry.path, depth - 1, below)


def described(entries: Sequence[Entry], snapshot: Snapshot, table: FileTableReader) -> tuple[Listed, ...]:
    """What a listing shows of entries of a snapshot.

    The table may stand at another commit than the snapshot; of files that differ there it knows nothing.
    """
    infos = {info.path: info for info in table.infos([entry.path for entry in entries if not entry.is_folder])}
    return tuple(_described(entry, snapshot, infos.get(entry.path)) for entry in entries)


def _described(entry: Entry, snapshot: Snapshot, info: FileInfo | None) -> Listed:
    if entry.blob is None:
        return Listed(path=entry.path)
    if info is None or info.blob != entry.blob:
        return Listed(path=entry.path, version=entry.blob, size=len(snapshot.read(entry.blob)))
    return Listed(path=entry.path, version=entry.blob, size=info.size, title=info.title, updated_at=info.updated_at)


def is_visible(entry: Entry) -> bool:
    """Whether the tools know an entry: ``/.gitattributes`` and whatever else is no memory is kept for people."""
    return entry.is_folder or entry.path.is_memory


def _check(folder: MemoryPath, depth: int) -> bytes:
    return crc32(f"{folder}\n{depth}".encode()).to_bytes(_CHECK_BYTES, "big")
