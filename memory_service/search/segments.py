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
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, BinaryIO

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
_LIST = struct.Struct("=IIcc")  # how many sections and places there are, and the type codes of the steps between them


class _Told(Format):  # type: ignore[misc] # whoosh has no types
    """A posting is a section, what the term tells of it (one byte), and where the term stands."""


SCHEMA = Schema(
    text=FieldType(_Told(), analyzer=None),
    start_line=COLUMN(NumericColumn("I")),
    end_line=COLUMN(NumericColumn("I")),
    heading=COLUMN(VarBytesColumn()),
)
_TEXT = "text"


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

    def add_list(self, sections: Sequence[int], impacts: bytes, places: Sequence[int]) -> None:
        """Write the one and whole list of the term."""
        start = self._file.tell()
        section_steps, place_steps = _steps(sections), _steps(places)
        codes = section_steps.typecode.encode(), place_steps.typecode.encode()
        self._file.write(_LIST.pack(len(section_steps), len(place_steps), *codes))
        self._file.write(section_steps.tobytes() + impacts + place_steps.tobytes())
        self._written = W3TermInfo(df=len(sections), minid=sections[0], maxid=sections[-1])
        self._written.set_extent(start, self._file.tell() - start)

    def finish_postings(self) -> W3TermInfo:
        return self._written


class _ListReader:
    """A posting list. It reads at given places only, so threads can share the file."""

    def __init__(self, file: StructFile, start: int) -> None:
        self._file = file
        self._start = start + _LIST.size
        self._count, self._place_count, code, place_code = _LIST.unpack(file.get(start, _LIST.size))
        self._code, self._place_code = code.decode(), place_code.decode()

    def sections(self) -> tuple["array[int]", bytes]:
        width = array(self._code).itemsize * self._count
        data = self._file.get(self._start, width + self._count)
        return _summed(self._code, data[:width]), data[width:]

    def places(self) -> "array[int]":
        skipped = (array(self._code).itemsize + 1) * self._count
        width = array(self._place_code).itemsize * self._place_count
        return _summed(self._place_code, self._file.get(self._start + skipped, width))


def _steps(numbers: Sequence[int]) -> "array[int]":
    """The differences of ascending numbers, in the smallest type that holds them."""
    steps = [number - before for before, number in zip(chain((0,), numbers), numbers)]  # noqa: B905 # one is longer
    largest = max(steps, default=0)
    return array("B" if largest < 1 << 8 else "H" if largest < 1 << 16 else "I", steps)


def _summed(code: str, data: bytes) -> "array[int]":
    steps = array(code)
    steps.frombytes(data)
    return array("I", accumulate(steps))


class _FieldWriter(W3FieldWriter):  # type: ignore[misc] # whoosh has no types
    def add_list(self, term: bytes, sections: Sequence[int], impacts: bytes, places: Sequence[int]) -> None:
        """Add a term, after all smaller ones, with its postings."""
        self.start_term(term)
        self._postwriter.add_list(sections, impacts, places)
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

    def add_terms(self, lists: Iterable[tuple[str, Sequence[int], bytes, Sequence[int]]]) -> None:
        """Add all terms in ascending order: sections that hold it, an impact for each, places where it stands."""
        writer = _FieldWriter(_Codec(), self._storage, self._segment)
        writer.start_field(_TEXT, SCHEMA[_TEXT])
        for term, sections, impacts, places in lists:
            writer.add_list(term.encode(), sections, impacts, places)
        writer.finish_field()
        writer.close()

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
        self._storage = storage

    def columns(self, sections: int) -> dict[str, Any]:
        """The columns of so many sections: name → what maps the number of a section to its value."""
        segment = W3Segment(_Codec(), _NAME, doccount=sections, segid=_SEGMENT)
        reader = _Codec().per_document_reader(self._storage, segment)
        names = [name for name, field in SCHEMA.items() if not field.indexed and sections]
        return {name: reader.column_reader(name, SCHEMA[name].column_type) for name in names}

    def sections(self, term: str) -> tuple["array[int]", bytes]:
        """The sections that hold a term, ascending, and what it tells of each; none when there is no such term."""
        found = self._list(term)
        return found.sections() if found else (array("I"), b"")

    def places(self, term: str) -> "array[int]":
        """The places where a term stands, ascending."""
        found = self._list(term)
        return found.places() if found else array("I")

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
