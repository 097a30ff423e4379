"""An index on disk: one file that holds everything at one commit, is never changed, and is replaced as a whole.

The file begins with a mark of what wrote it and a checksum of the rest. Both are looked at before anything else is,
so whatever is damaged, half written or of another version is as good as absent.
"""

import json
import struct
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hit
from memory_service.search.documents import analyse
from memory_service.search.filters import FileFacts
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings, PostingsCache
from memory_service.search.segments import NO_WORD, OpenFile, Segment, SegmentWriter, TermList

SCHEMA_VERSION = 5
"""To be raised whenever the file would be written otherwise (by another analysis, other impacts or another layout), and
whenever searches of the same file would be answered otherwise: a cursor carries it, so that no two pages disagree."""

_HEADER = struct.Struct(">8sII")
_MAGIC = b"memidx-" + sys.byteorder[:1].encode()
_CHUNK = 1 << 20
_OVERHEAD, _PER_FILE, _PER_SECTION = 40_000, 700, 16
"""Bytes of memory, about, of what is open: of a generation without files, and of each file and section."""
_owners = count()


class Unusable(Exception):
    """The file is absent, damaged, half written or of another version."""


class GenerationWriter:
    """Collects documents in memory and writes them as one generation."""

    NAME = "generation"
    """What the file is called that is written."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is empty and the writer's own."""
        self._folder = folder
        self._segment = SegmentWriter(folder)
        self._files: list[list[Any]] = []
        self._sections = 0
        self._told: dict[str, array[int]] = defaultdict(partial(array, "Q"))
        """Term → section and impact in one number. Arrays hold no objects that the garbage collector would visit."""
        self._words = array("I")
        """The words of all files, as numbers."""
        self._numbers: dict[str, int] = defaultdict(count().__next__)

    def add(self, file: File) -> None:
        """Add a file; they come in order of path.

        Raises:
            ValueError: it comes after a larger path.
        """
        path = file.path.text
        if self._files and path <= self._files[-1][0]:
            raise ValueError(f"{path} comes after {self._files[-1][0]}")
        document = analyse(file)
        for part in document.parts:
            self._segment.add_section(part.start_line, part.end_line, part.heading or "")
        for section, impacts in enumerate(document.impacts, self._sections):
            above = section << 8
            for term, impact in impacts.items():
                self._told[term].append(above | impact)
        self._sections += len(document.parts)
        self._words.extend(map(self._numbers.__getitem__, document.words))
        lengths = [part.length for part in document.parts]
        moment = document.updated_at.isoformat()
        self._files.append([path, document.blob, moment, document.title, document.tags, lengths])

    def finish(self, commit: CommitId) -> Path:
        """Write what was added, as the state of a commit, to a file in the folder."""
        self._segment.add_terms(map(self._list, sorted(self._told)))
        self._segment.add_words(self._words)
        path = self._folder / self.NAME
        with path.open("wb") as file:
            file.write(bytes(_HEADER.size))
            self._segment.finish(json.dumps({"commit": commit, "files": self._files}).encode(), file)
        header = _HEADER.pack(_MAGIC, SCHEMA_VERSION, _checksum(OpenFile(path)))
        with path.open("r+b") as file:
            file.write(header)
        return path

    def close(self) -> None:
        """Let go of the files in the folder."""
        self._segment.close()

    def _list(self, term: str) -> TermList:
        told = self._told[term]
        sections = [number >> 8 for number in told]
        return TermList(term, sections, bytes(number & 255 for number in told), self._numbers.get(term, NO_WORD))


class Generation(Layer):
    """A layer on disk."""

    def __init__(self, file: OpenFile, cache: PostingsCache) -> None:
        """Open a file.

        Raises:
            Unusable: it is damaged, half written or of another version.
        """
        if file.read(0, _HEADER.size) != _HEADER.pack(_MAGIC, SCHEMA_VERSION, _checksum(file)):
            raise Unusable
        self._owner = next(_owners)
        self._cache = cache
        self._segment = Segment(file, _HEADER.size)
        note = json.loads(self._segment.note)
        self.commit = CommitId(note["commit"])
        paths, blobs, moments, titles, tags, lengths = zip(*note["files"], strict=True) if note["files"] else [()] * 6
        self._blobs: Sequence[BlobId] = blobs
        self._moments = list(map(datetime.fromisoformat, moments))
        self._titles: Sequence[str | None] = titles
        super().__init__(FileFacts(list(paths), self._moments, tags), lengths)
        self._columns = self._segment.columns(len(self.file_of))

    @property
    def size(self) -> int:
        """Bytes of memory that it takes while it is open, about, without lists that were read."""
        return _OVERHEAD + _PER_FILE * len(self.paths) + _PER_SECTION * len(self.file_of)

    def blobs(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file, in order of path."""
        for path, blob in zip(self.paths, self._blobs, strict=True):
            yield MemoryPath(path), blob

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        return self._cache.get((self._owner, term), lambda: self.postings(*self._segment.postings(term)))

    def terms(self, prefix: str) -> Iterator[str]:
        """All terms that begin in some way."""
        return self._segment.terms(prefix)

    def occurrences(self, words: Sequence[str], files: Iterable[int]) -> Iterator[int]:
        """Where some words stand one after another in some files, counted through all files."""
        return self._segment.find(words, map(self.span, files))

    def hit(self, section: int, score: float, matched: tuple[str, ...]) -> Hit:
        """A section as a hit."""
        number = self.file_of[section]
        return Hit(
            path=MemoryPath(self.paths[number]),
            blob=self._blobs[number],
            updated_at=self._moments[number],
            score=score,
            title=self._titles[number],
            heading=self._columns["heading"][section].decode() or None,
            start_line=self._columns["start_line"][section],
            end_line=self._columns["end_line"][section],
            matched=matched,
        )


def _checksum(file: OpenFile) -> int:
    checksum, position = 0, _HEADER.size
    while chunk := file.read(position, _CHUNK):
        checksum = zlib.crc32(chunk, checksum)
        position += len(chunk)
    return checksum
