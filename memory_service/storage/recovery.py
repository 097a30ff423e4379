"""Doing what the journal says, where a process died, or the machine lost power, before it was done."""

from collections.abc import Sequence

from memory_service.storage import pack_files
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_reading import PackIndex
from memory_service.storage.records import KeptPack, Record
from memory_service.storage.refs import Main


def restore(records: Sequence[Record], objects: ObjectStore, main: Main) -> None:
    """Let packs and main be what the records of the journal say; in the writer's turn. The journal keeps it durable.

    Raises:
        DataCorrupt: what main should name is missing.
    """
    folder = objects.pack_folder
    missing: list[KeptPack] = []
    for record in records:
        for pack in record.packs:
            pack_files.let_go(folder, pack.finished.name)
            try:
                whole = not pack.data or pack_files.is_whole(folder, pack)
            except FileNotFoundError:
                missing.append(pack)
                continue
            if not whole:
                objects.add(pack_files.put_back(folder, pack))
    objects.packs()
    for pack in missing:
        # Packs that are put together are removed, and what is made of them is durable.
        if not all(entry.oid in objects for entry in PackIndex(pack.finished.index).entries()):
            objects.add(pack_files.put_back(folder, pack))
    _name(records, objects, main)


def _name(records: Sequence[Record], objects: ObjectStore, main: Main) -> None:
    """Let main name what the last record says, if what it names is older than that."""
    found, new = main.found(), records[-1].new
    older = {oid for record in records for oid in (record.old, record.new)}
    if found == new or (found is not None and (found not in older or main.was_moved(new, found))):
        return
    _move(objects, main, found, new)


def write_again(packs: Sequence[KeptPack], objects: ObjectStore, main: Main) -> None:
    """Write packs, where they have not been put together, and main into new files, which are then to be synced; in the
    writer's turn."""
    for pack in packs:
        if pack.data and pack_files.is_there(objects.pack_folder, pack):
            objects.add(pack_files.put_back(objects.pack_folder, pack))
    head = main.read()
    _move(objects, main, head, head)


def _move(objects: ObjectStore, main: Main, found: Oid | None, new: Oid) -> None:
    time = Commit.parse(objects.need(new, Kind.COMMIT)).time
    with main.moving(new) as move:
        move(found, b"%b %d +0000\tmemory: recovered" % (SERVICE, time))
