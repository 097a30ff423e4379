"""Reading everything that main leads to, to see whether it is there and whole."""

from collections.abc import Iterator

from memory_service.domain.errors import DataCorrupt, PathInvalid
from memory_service.domain.paths import MemoryPath
from memory_service.storage import object_checks
from memory_service.storage.commits import Commit
from memory_service.storage.drafts import Draft
from memory_service.storage.git_import import KEPT
from memory_service.storage.limits import StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid, oid_of
from memory_service.storage.trees import FILE, Tree


def problems(objects: ObjectStore, head: Oid, limits: StorageLimits) -> Iterator[str]:
    """Whatever is wrong with what a commit leads to, and with its files as a memory; one sentence each."""
    seen: set[Oid] = set()
    waiting = [(head, Kind.COMMIT)]
    while waiting:
        oid, kind = waiting.pop()
        if oid in seen:
            continue
        seen.add(oid)
        try:
            data = objects.need(oid, kind)
        except DataCorrupt as error:
            yield error.message
            continue
        fault = object_checks.fault(kind, data) or ("its content has changed" if oid_of(kind, data) != oid else None)
        if fault:
            yield f"The {kind.name.lower()} {oid.hex()} is damaged: {fault}"
        elif kind is Kind.COMMIT:
            commit = Commit.parse(data)
            waiting += [(parent, Kind.COMMIT) for parent in commit.parents]
            waiting.append((commit.tree, Kind.TREE))
        elif kind is Kind.TREE:
            waiting += Tree.parse(data).children()
    yield from _invalid_files(objects, head, limits)


def _invalid_files(objects: ObjectStore, head: Oid, limits: StorageLimits) -> Iterator[str]:
    draft = Draft(limits.folder_entries)
    try:
        waiting = [(Commit.parse(objects.need(head, Kind.COMMIT)).tree, MemoryPath("/"))]
        while waiting:
            oid, folder = waiting.pop()
            for entry in Tree.parse(objects.need(oid, Kind.TREE)):
                path = folder.child(entry.name.decode("utf-8", "surrogateescape"))
                if entry.is_folder:
                    waiting.append((entry.oid, path))
                elif not (folder.is_root and entry.name in KEPT):
                    fault = "it is no plain file" if entry.mode != FILE else _name_fault(path, draft, entry.oid, limits)
                    if fault:
                        yield f"{path.text.encode('utf-8', 'backslashreplace').decode()} is no valid memory: {fault}"
    except DataCorrupt:
        return  # told already, by the walk through all objects


def _name_fault(path: MemoryPath, draft: Draft, blob: Oid, limits: StorageLimits) -> str | None:
    parse = MemoryPath.parse if path.text.endswith(limits.suffixes) else MemoryPath.parse_file
    try:
        parse(path.text)
    except PathInvalid as error:
        return error.sentence
    fault = draft.fault(path)
    if not fault:
        draft.put(path, blob)
    return fault
