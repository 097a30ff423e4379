"""The part of whoosh that is used: schema, storage, columns, posting blocks; neither its writer nor its search.

A segment holds the sections of an index as the documents of whoosh. It is written once, from complete posting lists:
that leaves out the pool in which whoosh's own writer sorts single postings, where it spends most of its time.
"""

import io
import os
import struct
import warnings
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # whoosh 2.7.4 is from 2016, and Python warns of it where it is first compiled
    from whoosh.codec.base import PostingsWriter
    from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3Segment, W3TermInfo
    from whoosh.columns import NumericColumn, VarBytesColumn
    from whoosh.fields import COLUMN, FieldType, Schema
    from whoosh.filedb.compound import CompoundStorage
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import StructFile
    from whoosh.formats import Format

_NAME = "sections"
_SEGMENT = "0"
_NOTE = "note"
_WORDS = "words"
_WORD_SIZE = 4
NO_WORD = 0xFFFFFFFF
"""In the place of its number, for a term that is no word of a text: a whole name, a pair of characters, a title."""
_LIST = struct.Struct("=IIc")  # the term's number as a word, how many sections hold it, type code of the steps between


class _Told(Format):  # type: ignore[misc] # whoosh has no types
    """A posting is a section and what the term tells of it, one byte."""


SCHEMA = Schema(
    text=FieldType(_Told(), analyzer=None),
    start_line=COLUMN(NumericColumn("I")),
    end_line=COLUMN(NumericColumn("I")),
    heading=COLUMN(VarBytesColumn()),
)
_TEXT = "text"


class TermList(NamedTuple):
    """What is written of a term."""

    term: str
    sections: Sequence[int]
    """At least one; ascending."""
    impacts: bytes
    """What the term tells of each section."""
    number: int
    """What the term is called among the words, or ``NO_WORD``."""


class _Codec(W3Codec):  # type: ignore[misc] # whoosh has no types
    """Whoosh's third codec, but for its posting lists: they are written and read as a whole, without pickling."""

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:  # noqa: FBT001, FBT002 # whoosh's signature
        return _ListWriter(dbfile)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        return _ListReader(dbfile, terminfo.extent()[0])


class _ListWriter(PostingsWriter):  # type: ignore[misc] # whoosh has no types
    def __init__(self, file: StructFile) -> None:
        self._file = file
        self._written: W3TermInfo | None = None

    def start_postings(self, format_: Format, terminfo: W3TermInfo) -> None:
        self._written = terminfo

    def add_list(self, postings: TermList) -> None:
        """Write the one and whole list of the term."""
        start = self._file.tell()
        sections = postings.sections
        steps = [section - before for before, section in zip((0, *sections), sections)]  # noqa: B905 # one is longer
        code = "B" if max(steps) < 1 << 8 else "H" if max(steps) < 1 << 16 else "I"
        self._file.write(_LIST.pack(postings.number, len(sections), code.encode()))
        self._file.write(array(code, steps).tobytes() + postings.impacts)
        self._written = W3TermInfo(df=len(sections), minid=sections[0], maxid=sections[-1])
        self._written.set_extent(start, self._file.tell() - start)

    def finish_postings(self) -> W3TermInfo:
        return self._written


class _ListReader:
    """A posting list. It reads at given places only, so threads can share the file."""

    def __init__(self, file: StructFile, start: int) -> None:
        self._file = file
        self._start = start + _LIST.size
        self.number, self._count, code = _LIST.unpack(file.get(start, _LIST.size))
        self._code = code.decode()

    def read(self) -> tuple["array[int]", bytes]:
        """Sections, ascending, and an impact for each."""
        steps = array(self._code)
        width = steps.itemsize * self._count
        data = self._file.get(self._start, width + self._count)
        steps.frombytes(data[:width])
        return array("I", accumulate(steps)), data[width:]


class _FieldWriter(W3FieldWriter):  # type: ignore[misc] # whoosh has no types
    def add_list(self, postings: TermList) -> None:
        """Add a term, after all smaller ones."""
        self.start_term(postings.term.encode())
        self._postwriter.add_list(postings)
        self.finish_term()


class SegmentWriter:
    """Writes one segment, in an empty folder for its parts and from there into one file."""

    def __init__(self, folder: Path) -> None:
        self._storage = FileStorage(str(folder))
        self._segment = W3Segment(_Codec(), _NAME, segid=_SEGMENT)
        self._sections = _Codec().per_document_writer(self._storage, self._segment)
        self._count = 0

    def add_section(self, start_line: int, end_line: int, heading: str) -> None:
        """Add the next section: they are numbered from 0 in the order of these calls."""
        self._sections.start_doc(self._count)
        for name, value in (("start_line", start_line), ("end_line", end_line), ("heading", heading.encode())):
            self._sections.add_column_value(name, SCHEMA[name].column_type, value)
        self._sections.finish_doc()
        self._count += 1

    def add_terms(self, lists: Iterable[TermList]) -> None:
        """Add all terms, in ascending order."""
        writer = _FieldWriter(_Codec(), self._storage, self._segment)
        writer.start_field(_TEXT, SCHEMA[_TEXT])
        for postings in lists:
            writer.add_list(postings)
        writer.finish_field()
        writer.close()

    def add_words(self, words: "array[int]") -> None:
        """Add the words of all sections, one after another, by their numbers."""
        with self._storage.create_file(_WORDS) as file:
            words.tofile(file.raw_file())

    def finish(self, note: bytes, file: BinaryIO) -> None:
        """Write everything, with a note to be read back, to a file from where it stands, and close it."""
        self.close()
        with self._storage.create_file(_NOTE) as noted:
            noted.write(note)
        names = [name for name in self._storage.list() if Path(self._storage.folder, name).is_file()]
        CompoundStorage.assemble(StructFile(file), self._storage, sorted(names))

    def close(self) -> None:
        """Let go of the files in the folder."""
        if not self._sections.is_closed:
            self._sections.close()


class OpenFile:
    """A file that is read at given places, by any number of threads; closed when it is forgotten."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def stat(self) -> os.stat_result:
        """What the system knows of it."""
        return os.fstat(self._descriptor)

    def read(self, position: int, length: int) -> bytes:
        """What stands at a place; less than was asked for at the end of the file."""
        return os.pread(self._descriptor, length, position)


class Segment:
    """Reads a segment. Safe for any number of threads."""

    def __init__(self, file: OpenFile, offset: int) -> None:
        whole = _SharedFile(_Stretch(file, 0, file.stat().st_size))
        storage = CompoundStorage(whole, use_mmap=False, basepos=offset)
        self.note: bytes = storage.open_file(_NOTE).get(0, storage.file_length(_NOTE))
        codec = _Codec()
        self._terms = codec.terms_reader(storage, W3Segment(codec, _NAME, segid=_SEGMENT))
        self._words = storage.open_file(_WORDS)
        self._storage = storage

    def columns(self, sections: int) -> dict[str, Any]:
        """The columns of so many sections: name → what maps the number of a section to its value."""
        segment = W3Segment(_Codec(), _NAME, doccount=sections, segid=_SEGMENT)
        reader = _Codec().per_document_reader(self._storage, segment)
        names = [name for name, field in SCHEMA.items() if not field.indexed and sections]
        return {name: reader.column_reader(name, SCHEMA[name].column_type) for name in names}

    def postings(self, term: str) -> tuple["array[int]", bytes]:
        """The sections that hold a term, ascending, and what it tells of each; none when there is no such term."""
        found = self._list(term)
        return found.read() if found else (array("I"), b"")

    def terms(self, prefix: str) -> Iterator[str]:
        """All terms that begin in some way, ascending."""
        encoded = prefix.encode("utf-8", "surrogatepass")
        for _, term in self._terms.terms_from(_TEXT, encoded):
            if not term.startswith(encoded):
                break
            yield term.decode()

    def find(self, words: Sequence[str], spans: Iterable[tuple[int, int]]) -> Iterator[int]:
        """Where some words stand one after another in some spans, counting all words."""
        lists = [self._list(word) for word in words]
        sought = array("I", [found.number if found else NO_WORD for found in lists]).tobytes()
        for first, last in spans:
            line = self._words.get(first * _WORD_SIZE, (last - first) * _WORD_SIZE)
            place = line.find(sought)
            while place >= 0:
                if place % _WORD_SIZE == 0:
                    yield first + place // _WORD_SIZE
                place = line.find(sought, place + 1)

    def _list(self, term: str) -> _ListReader | None:
        # A query can hold half a surrogate pair, which is in no document.
        encoded = term.encode("utf-8", "surrogatepass")
        if (_TEXT, encoded) not in self._terms:
            return None
        found: _ListReader = self._terms.matcher(_TEXT, encoded, SCHEMA[_TEXT].format)
        return found


class _Stretch(io.RawIOBase):
    """A stretch of a file, with a position of its own."""

    def __init__(self, file: OpenFile, offset: int, length: int) -> None:
        self._file, self._offset, self._length = file, offset, length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        self._position = position + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self.at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def at(self, position: int, length: int) -> bytes:
        return self._file.read(self._offset + position, max(0, min(length, self._length - position)))

    def part(self, offset: int, length: int) -> "_Stretch":
        return _Stretch(self._file, self._offset + offset, length)


class _SharedFile(StructFile):  # type: ignore[misc] # whoosh has no types
    """A file of whoosh's whose ``get`` leaves no trace, so that threads can share it.

    Not mapped into memory: a file that somebody cuts short would then end the process.
    """

    def get(self, position: int, length: int) -> bytes:
        return self.file.at(position, length)  # type: ignore[no-any-return] # whoosh has no types

    def subset(self, offset: int, length: int, name: str | None = None) -> "_SharedFile":
        return _SharedFile(self.file.part(offset, length), name)
