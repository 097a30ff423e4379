"""Making a repository of bundles."""

import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from dulwich.errors import ApplyDeltaError, ChecksumMismatch
from dulwich.object_format import SHA1
from dulwich.pack import PackData, UnresolvedDeltas

from memory_service.domain.errors import DataCorrupt
from memory_service.storage import disk
from memory_service.storage.bundling.making import SIGNATURE
from memory_service.storage.layout import make_bare, sync_all
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_files import UNFINISHED, land
from memory_service.storage.pack_writing import FinishedPack, PackEntry, index_of

_LINE = re.compile(rb"(-?)([0-9a-f]{40})(?: [^\n]*)?\n")
_LINES = 10
_CHUNK = 1 << 20
_CHECKSUM = 20
_DAMAGE = (
    AssertionError,
    ValueError,
    IndexError,
    KeyError,
    zlib.error,
    ApplyDeltaError,
    ChecksumMismatch,
    UnresolvedDeltas,
)
_UNREADABLE = "A bundle of the backup is damaged: its pack cannot be read"


def make_repository(folder: Path, tip: Oid, config: bytes, bundles: Iterable[BinaryIO]) -> None:
    """Make an empty folder a repository of bundles, each of which builds on those before; main names ``tip``.

    The name of each object is computed anew. Each bundle is read to its end before the next is asked for; the
    repository is durable, except for the name of its folder.

    Raises:
        DataCorrupt: a bundle is none, is damaged, or lacks what it builds on.
    """
    make_bare(folder, config)
    objects = ObjectStore(folder)
    for number, bundle in enumerate(bundles):
        _take(objects, bundle, number)
    objects.need(tip, Kind.COMMIT)
    disk.write_new(folder / "refs" / "heads" / "main", tip.hex().encode() + b"\n", 0o644)
    sync_all(folder)


def _take(objects: ObjectStore, bundle: BinaryIO, number: int) -> None:
    for base in _read_head(bundle):
        objects.need(base, Kind.COMMIT)
    staged = objects.pack_folder / f"{UNFINISHED}{number}-pack"
    with disk.create(staged) as file:
        while chunk := bundle.read(_CHUNK):
            file.write(chunk)
    disk.sync(staged)
    objects.add(land(objects.pack_folder, staged, _indexed(staged)))


def _read_head(bundle: BinaryIO) -> list[Oid]:
    """Read up to the pack; answers the commits that the bundle builds on."""
    if bundle.readline(_LINES * _CHECKSUM) != SIGNATURE:
        raise DataCorrupt("A file of the backup is no git bundle")
    bases: list[Oid] = []
    for _ in range(_LINES):
        line = bundle.readline(_CHUNK)
        if line == b"\n":
            return bases
        match = _LINE.fullmatch(line)
        if not match:
            break
        if match[1]:
            bases.append(bytes.fromhex(match[2].decode()))
    raise DataCorrupt("A bundle of the backup is damaged")


def _indexed(path: Path) -> FinishedPack:
    try:
        data = PackData(path, object_format=SHA1)
    except _DAMAGE as error:
        raise DataCorrupt(_UNREADABLE) from error
    try:
        return _index_of(data)
    except _DAMAGE as error:
        # Its frames hold what is mapped of the file, which could not be closed.
        cause = error.with_traceback(None)
        cause.__context__ = None
    finally:
        data.close()
    raise DataCorrupt(_UNREADABLE) from cause


def _index_of(data: PackData) -> FinishedPack:
    data.check()
    entries = [PackEntry(bytes(oid), crc or 0, offset) for oid, offset, crc in data.iterentries()]
    checksum = data.get_stored_checksum()
    return FinishedPack(checksum.hex(), index_of(entries, checksum))
