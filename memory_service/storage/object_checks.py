"""Whether objects that others made are such as ``git fsck --strict`` lets pass."""

import re
from functools import lru_cache
from itertools import pairwise

from dulwich.errors import ObjectFormatException
from dulwich.objects import ShaFile

from memory_service.domain.errors import DataCorrupt
from memory_service.domain.paths import is_git_file, name_fault
from memory_service.storage.objects import Kind
from memory_service.storage.trees import EXECUTABLE, FILE, FOLDER, SUBMODULE, SYMLINK, Tree, sort_key

_MODES = {FILE, EXECUTABLE, FOLDER, SYMLINK, SUBMODULE}
_UNSAFE = {"empty", "dots", "git"}
# ``fsck_ident`` in git's ``fsck.c``; dulwich lets more pass.
_IDENTITY = re.compile(rb"[^<>]* <[^<>]*> (0|[1-9][0-9]*) [+-][0-9]{4}")


def fault(kind: Kind, data: bytes) -> str | None:
    """What is wrong with an object in itself, or None."""
    if kind is Kind.TREE:
        return _tree_fault(data)
    if kind is Kind.COMMIT:
        return _commit_fault(data)
    return None


def _tree_fault(data: bytes) -> str | None:
    try:
        entries = list(Tree.parse(data))
    except DataCorrupt as error:
        return error.message
    keys = [sort_key(entry) for entry in entries]
    if any(one >= other for one, other in pairwise(keys)):
        return "its entries are not in git's order"
    if len({entry.name for entry in entries}) < len(entries):
        return "it has a name twice"
    for entry in entries:
        if _unsafe(entry.name) or (entry.is_folder and is_git_file(entry.name.decode("utf-8", "replace"))):
            return f"it has the name {entry.name!r}"
        if entry.mode not in _MODES or not any(entry.oid):
            return f"its entry {entry.name!r} is of no kind that git knows"
    return None


@lru_cache(maxsize=1 << 16)
def _unsafe(name: bytes) -> bool:
    broken = name_fault(name.decode("utf-8", "replace"))
    return b"/" in name or (broken is not None and broken[0] in _UNSAFE)


def _commit_fault(data: bytes) -> str | None:
    try:
        ShaFile.from_raw_string(Kind.COMMIT, data).check()
    except (ObjectFormatException, ValueError) as error:
        return str(error)
    for line in data.partition(b"\n\n")[0].split(b"\n"):
        kind, _, value = line.partition(b" ")
        if kind in {b"author", b"committer"} and not _IDENTITY.fullmatch(value):
            return f"its {kind.decode()} is none that git can read"
    return "it holds a NUL byte" if b"\0" in data else None
