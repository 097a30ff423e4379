"""Packs that are written here are read here, by dulwich and by git."""

import io
from pathlib import Path

import pytest
from dulwich.object_format import SHA1
from dulwich.pack import PackIndex2

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Object
from memory_service.storage.pack_order import stored_entries
from memory_service.storage.pack_reading import Pack, PackIndex, undeflated
from memory_service.storage.pack_writing import FinishedPack, PackEntry, PackWriter, index_of
from tests.real_git import git

CONTENTS = [b"", b"x", b"y" * 15, b"z" * 16, b"w" * 5000, bytes(range(256)) * 9000]


def written(folder: Path, contents: list[bytes]) -> tuple[FinishedPack, Pack]:
    with (folder / "a.pack").open("w+b") as file:
        writer = PackWriter(file)
        for content in contents:
            writer.add(Kind.BLOB, content)
        finished = writer.finish()
    (folder / "a.idx").write_bytes(finished.index)
    return finished, Pack(folder / "a.pack", PackIndex(finished.index))


def test_what_is_written_is_read_back_and_git_finds_no_fault(tmp_path: Path) -> None:
    finished, pack = written(tmp_path, CONTENTS)
    entries = list(pack.index.entries())
    assert {pack.get(entry.oid) for entry in entries} == {Object(Kind.BLOB, content) for content in CONTENTS}
    assert finished.name in git(tmp_path, "index-pack", "--strict", "-o", str(tmp_path / "b.idx"), "a.pack")
    assert (tmp_path / "b.idx").read_bytes() == finished.index


def test_an_object_is_written_once(tmp_path: Path) -> None:
    _, pack = written(tmp_path, [b"x", b"x", b"y", b"x"])
    assert len(pack.index) == 2


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_worth_deflating_is_deflated_once(content: bytes, tmp_path: Path) -> None:
    for level, worth in ((0, Object(Kind.BLOB, content)), (2, None)):
        with (tmp_path / str(level)).open("w+b") as file:
            writer = PackWriter(file, level)
            writer.add(Kind.BLOB, content)
            finished = writer.finish()
        ((_, stored),) = stored_entries(Pack(tmp_path / str(level), PackIndex(finished.index)))
        assert undeflated(stored) == worth


def test_an_object_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    _, pack = written(tmp_path, CONTENTS)
    assert pack.get(b"\0" * 20) is None
    assert pack.get(b"\xff" * 20) is None


def test_offsets_beyond_two_gibibytes_are_kept() -> None:
    entries = [PackEntry(bytes([number]) * 20, number, number << 30) for number in range(6)]
    index = index_of(reversed(entries), b"\0" * 20)
    assert list(PackIndex(index).entries()) == entries
    with PackIndex2("a.idx", SHA1, file=io.BytesIO(index), contents=index, size=len(index)) as theirs:
        found = [(bytes(oid), crc, offset) for oid, offset, crc in theirs.iterentries()]
    assert found == [(entry.oid, entry.crc, entry.offset) for entry in entries]


def test_a_large_index_is_mapped_and_reads_the_same(tmp_path: Path) -> None:
    entries = [PackEntry(number.to_bytes(20, "big"), 0, number) for number in range(1 << 15, 1 << 16)]
    (tmp_path / "a.idx").write_bytes(index_of(entries, b"\0" * 20))
    index = PackIndex.open(tmp_path / "a.idx")
    assert index.offset((40_000).to_bytes(20, "big")) == 40_000
    assert index.offset((1).to_bytes(20, "big")) is None


def test_a_damaged_pack_is_told_as_such(tmp_path: Path) -> None:
    _, pack = written(tmp_path, CONTENTS)
    whole = pack.path.read_bytes()
    (entry,) = [entry for entry in pack.index.entries() if len((pack.get(entry.oid) or CONTENTS)[1]) == 5000]
    for damaged in (whole[: entry.offset + 5], whole[: entry.offset + 2] + bytes(len(whole))):
        pack.path.write_bytes(damaged)
        with pytest.raises(DataCorrupt):
            pack.get(entry.oid)


@pytest.mark.parametrize("data", [b"", b"\377tOc\0\0\0\1" + bytes(2000), b"\377tOc\0\0\0\2" + b"\0\0\0\1" * 256])
def test_a_damaged_index_is_told_as_such(data: bytes) -> None:
    with pytest.raises(DataCorrupt):
        PackIndex(data)


def test_an_index_whose_pack_is_being_removed_counts_for_nothing(tmp_path: Path) -> None:
    packs = tmp_path / "objects" / "pack"
    packs.mkdir(parents=True)
    written(packs, CONTENTS)
    objects = ObjectStore(tmp_path)
    assert len(objects.packs()) == 1
    (packs / "a.pack").unlink()
    assert not objects.packs()
