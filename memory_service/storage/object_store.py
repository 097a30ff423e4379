"""The objects of one repository, wherever they are stored."""

import threading
import zlib
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.objects import KIND_NAMES, Kind, Object, Oid
from memory_service.storage.pack_reading import Pack, PackIndex

# A repack by hand replaces all packs, in moments; nobody does so many times while one object is looked for.
_SCANS = 10
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}


class Objects(ABC):
    """Objects, wherever they are."""

    @abstractmethod
    def get(self, oid: Oid) -> Object | None:
        """An object, or None when it is not here."""

    def need(self, oid: Oid, kind: Kind) -> bytes:
        """The content of an object that something refers to.

        Raises:
            DataCorrupt: it is missing, or of another kind.
        """
        found = self.get(oid)
        if found is None or found.kind is not kind:
            raise DataCorrupt(f"The {kind.name.lower()} {oid.hex()} is missing")
        return found.data


class ObjectStore(Objects):
    """Reads objects by name; sees packs that others add and survives that they remove some. Usable from any thread."""

    def __init__(self, repository: Path) -> None:
        self._objects = repository / "objects"
        self._scanning = threading.Lock()
        self._packs: tuple[Pack, ...] = ()

    @property
    def pack_folder(self) -> Path:
        """Where packs are stored."""
        return self._objects / "pack"

    def packs(self) -> tuple[Pack, ...]:
        """The packs that are there now."""
        self._scan(self._packs)
        return self._packs

    @property
    def pack_count(self) -> int:
        """How many packs were there when last looked."""
        return len(self._packs)

    @property
    def mapped(self) -> int:
        """How many indexes of packs are held open."""
        return sum(pack.index.mapped for pack in self._packs)

    def add(self, pack: Pack) -> None:
        """Take note of a pack that this process has put there."""
        with self._scanning:
            self._packs = (pack, *(other for other in self._packs if other.path != pack.path))

    def get(self, oid: Oid) -> Object | None:
        """An object, or None when the repository does not have it."""
        for _ in range(_SCANS):
            packs = self._packs
            for pack in packs:
                with suppress(FileNotFoundError):
                    found = pack.get(oid)
                    if found:
                        return found
            if not self._scan(packs):
                break
        return self._loose(oid)

    @property
    def all_packed(self) -> bool:
        """Whether no object is in a file of its own."""
        return not any(len(path.name) == 2 for path in self._objects.iterdir())

    def __contains__(self, oid: Oid) -> bool:
        """Whether an object is in a pack that was there when last looked, or in a file of its own; it is not read."""
        return any(pack.index.offset(oid) is not None for pack in self._packs) or self._file(oid).exists()

    def _scan(self, seen: tuple[Pack, ...]) -> bool:
        """Read the list of packs anew; False when it is still the one that the caller has seen."""
        with self._scanning:
            if self._packs is not seen:
                return True
            known = {pack.path.name: pack for pack in seen}
            files = {path.name for path in self.pack_folder.iterdir()}
            # A pack that is being removed goes before its index.
            names = {name for name in files if name.endswith(".pack") and f"{name[:-5]}.idx" in files}
            if names == known.keys():
                return False
            packs = [known[name] for name in names & known.keys()]
            for name in names - known.keys():
                path = self.pack_folder / name
                with suppress(FileNotFoundError):
                    packs.append(Pack(path, PackIndex.open(path.with_suffix(".idx"))))
            self._packs = tuple(packs)
            return True

    def _loose(self, oid: Oid) -> Object | None:
        """An object in a file of its own: never written here, but by people who run git in the repository."""
        try:
            stored = self._file(oid).read_bytes()
        except FileNotFoundError:
            return None
        try:
            header, _, data = zlib.decompress(stored).partition(b"\0")
            return Object(_KINDS[header.partition(b" ")[0]], data)
        except (zlib.error, KeyError) as error:
            raise DataCorrupt(f"Object {oid.hex()} cannot be read") from error

    def _file(self, oid: Oid) -> Path:
        name = oid.hex()
        return self._objects / name[:2] / name[2:]
