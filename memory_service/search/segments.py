"""The part of whoosh that is used: schema, storage, columns, posting blocks; neither its writer nor its search.

A segment holds the sections of an index as the documents of whoosh. It is written once, from complete posting lists:
that leaves out the pool in which whoosh's own writer sorts single postings, where it spends most of its time.
"""

import io
import os
import warnings
import weakref
from array import array
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # whoosh 2.7.4 is from 2016, and Python warns of it where it is first compiled
    from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3LeafMatcher, W3PostingsWriter, W3Segment
    from whoosh.columns import NumericColumn, VarBytesColumn
    from whoosh.fields import COLUMN, FieldType, Schema
    from whoosh.filedb.compound import CompoundStorage
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import BufferFile, StructFile
    from whoosh.formats import Format
    from whoosh.reading import TermNotFound

_NAME = "sections"
_SEGMENT = "0"
_NOTE = "note"
_BLOCK = 4096
"""Postings of a block: nearly always a whole list, since whole lists are what is read."""


class _Byte(Format):  # type: ignore[misc] # whoosh has no types
    """Each posting carries one byte."""

    posting_size = 1


class _Nothing(Format):  # type: ignore[misc] # whoosh has no types
    """A posting says only that it is there."""

    posting_size = 0


SCHEMA = Schema(
    impact=FieldType(_Byte(), analyzer=None),  # what a term tells of the sections that hold it
    place=FieldType(_Nothing(), analyzer=None),  # its postings are not sections but words, counted through all files
    start_line=COLUMN(NumericColumn("I")),
    end_line=COLUMN(NumericColumn("I")),
    heading=COLUMN(VarBytesColumn()),
)

PostingList = tuple["array[int]", bytes]
"""Ascending ids, and for each the byte that it carries (none in ``place``)."""


class _Codec(W3Codec):  # type: ignore[misc] # whoosh has no types
    """Whoosh's third codec, whose posting lists are written and read as a whole."""

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:  # noqa: FBT001, FBT002 - whoosh's signature
        return _ListWriter(dbfile, blocklimit=_BLOCK, byteids=byteids, compression=0, inlinelimit=0)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        # Whoosh reads through a file with one position, which threads must not share: a list is read into memory.
        offset, (length,) = terminfo.extent()  # whoosh 2.7.4 leaves the length in the tuple that it unpacks
        return _ListReader(BufferFile(dbfile.get(offset, length)), 0, length, format_, term=term, scorer=scorer)


class _ListWriter(W3PostingsWriter):  # type: ignore[misc] # whoosh has no types
    def add_list(self, ids: "array[int]", payload: bytes) -> None:
        """Take in all postings of the term that was started."""
        for first in range(0, len(ids), _BLOCK):
            if first:
                self._write_block()
            self._ids = ids[first : first + _BLOCK]
            self._values = [payload[first : first + _BLOCK]]


class _FieldWriter(W3FieldWriter):  # type: ignore[misc] # whoosh has no types
    def add_list(self, term: bytes, ids: "array[int]", payload: bytes) -> None:
        """Add a term, after all smaller ones, with its postings."""
        self.start_term(term)
        self._postwriter.add_list(ids, payload)
        self.finish_term()


class _ListReader(W3LeafMatcher):  # type: ignore[misc] # whoosh has no types
    def read_list(self) -> PostingList:
        """All postings of the term."""
        ids, payload = array("I"), bytearray()
        while not self._atend:
            self._read_data()
            steps, _, values = self._data
            ids.extend(accumulate(steps))
            payload += values or b""
            self._next_block()
        return ids, bytes(payload)


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

    def add_fields(self, fields: Mapping[str, Iterable[tuple[bytes, "array[int]", bytes]]]) -> None:
        """Add the postings of each field: terms in ascending order, with ids and payload."""
        writer = _FieldWriter(_Codec(), self._storage, self._segment)
        for name, lists in fields.items():
            writer.start_field(name, SCHEMA[name])
            for term, ids, payload in lists:
                writer.add_list(term, ids, payload)
            writer.finish_field()
        writer.close()

    def finish(self, note: bytes, file: BinaryIO) -> None:
        """Write everything, with a note to be read back, to a file from where it stands, and close it."""
        self._sections.close()
        with self._storage.create_file(_NOTE) as noted:
            noted.write(note)
        names = [name for name in self._storage.list() if Path(self._storage.folder, name).is_file()]
        CompoundStorage.assemble(StructFile(file), self._storage, sorted(names))


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

    def postings(self, field: str, term: bytes) -> PostingList:
        """The postings of a term, none when there is no such term."""
        try:
            reader: _ListReader = self._terms.matcher(field, term, SCHEMA[field].format)
        except TermNotFound:
            return array("I"), b""
        return reader.read_list()


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
