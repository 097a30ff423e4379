"""The files of a folder on disk, as candidates for a memory."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from memory_service.storage.candidates import Candidate


def files_in(folder: Path) -> Iterator[Candidate]:
    """All files below a folder in order of path; hidden folders are passed over.

    Raises:
        OSError: a folder cannot be read.
    """
    waiting = [(folder, "")]
    while waiting:
        place, prefix = waiting.pop()
        with os.scandir(place) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        folders = []
        for entry in entries:
            path = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield Candidate(path, partial(_read, Path(entry.path)), _fault(entry))
            elif not entry.name.startswith("."):
                folders.append((Path(entry.path), path + "/"))
        waiting.extend(reversed(folders))


def _fault(entry: os.DirEntry[str]) -> str | None:
    if entry.is_symlink():
        return "it is a symbolic link"
    return None if entry.is_file(follow_symlinks=False) else "it is no regular file"


def _read(path: Path, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(size)
