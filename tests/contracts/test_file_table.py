"""What every table of files does, in memory and on disk."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory_service.database import FileTables
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, FileInfo
from memory_service.memory.ports import FileTable
from tests.fakes.file_table import InMemoryFileTable

ACME = OrgId("acme")
RIVAL = OrgId("rival")
FIRST, SECOND, THIRD = (CommitId(digit * 40) for digit in "123")
NOON = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)


def first_line(text: str) -> str | None:
    return text.partition("\n")[0] or None


def in_memory(folder: Path) -> Iterator[FileTable]:
    yield InMemoryFileTable(first_line)


def on_disk(folder: Path) -> Iterator[FileTable]:
    with closing(FileTables(folder / "derived" / "files.db", first_line)) as table:
        yield table


@pytest.fixture(params=[in_memory, on_disk])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileTable]:
    open_table: Callable[[Path], Iterator[FileTable]] = request.param
    yield from open_table(tmp_path)


def file(path: str, content: bytes = b"Title\ntext\n") -> File:
    return File(path=MemoryPath(path), blob=blob(content), content=content, updated_at=NOON)


def blob(content: bytes) -> BlobId:
    return BlobId(content.hex().ljust(40, "0")[:40])


def info(path: str, content: bytes = b"Title\ntext\n") -> FileInfo:
    return FileInfo(
        path=MemoryPath(path),
        blob=blob(content),
        size=len(content),
        title=first_line(content.decode("utf-8", "replace")),
        updated_at=NOON,
    )


def infos(table: FileTable, *paths: str, org: OrgId = ACME) -> list[FileInfo]:
    reader = table.reader(org)
    assert reader is not None
    with closing(reader):
        return list(reader.infos([MemoryPath(path) for path in paths]))


def similar(table: FileTable, name: str, limit: int = 5) -> list[str]:
    reader = table.reader(ACME)
    assert reader is not None
    with closing(reader):
        return [path.text for path in reader.similar(name, limit)]


def all_files(table: FileTable, org: OrgId = ACME) -> set[tuple[str, BlobId]]:
    reader = table.reader(org)
    assert reader is not None
    with closing(reader):
        return {(path.text, found) for path, found in reader.files()}


def test_an_organisation_that_was_never_mirrored_has_no_table(table: FileTable) -> None:
    assert table.commit(ACME) is None
    assert table.reader(ACME) is None
    table.rebuild(RIVAL, FIRST, [])
    assert table.commit(ACME) is None
    assert table.reader(ACME) is None


def test_a_rebuilt_table_describes_the_files_of_its_commit(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/a.md"), file("/b/c.md", b"")])
    assert table.commit(ACME) == FIRST
    assert infos(table, "/b/c.md", "/a.md") == [info("/b/c.md", b""), info("/a.md")]
    assert all_files(table) == {("/a.md", info("/a.md").blob), ("/b/c.md", info("/b/c.md", b"").blob)}


def test_an_empty_commit_is_a_table_too(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [])
    assert table.commit(ACME) == FIRST
    assert infos(table, "/a.md") == []
    assert all_files(table) == set()


def test_files_that_are_not_there_are_left_out(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/a.md")])
    assert infos(table, "/x.md", "/a.md", "/A.md") == [info("/a.md")]
    assert infos(table) == []


def test_a_file_asked_for_twice_is_described_twice(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/a.md")])
    assert infos(table, "/a.md", "/a.md") == [info("/a.md"), info("/a.md")]


def test_hundreds_of_files_are_described_in_the_order_asked(table: FileTable) -> None:
    paths = [f"/d/{number:03d}.md" for number in range(400)]
    table.rebuild(ACME, FIRST, map(file, paths))
    assert infos(table, *reversed(paths)) == [info(path) for path in reversed(paths)]


def test_content_that_is_no_text_has_a_title_all_the_same(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/a.md", b"caf\xe9\n")])
    assert infos(table, "/a.md") == [info("/a.md", b"caf\xe9\n")]


def test_changes_are_taken_in(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/kept.md"), file("/changed.md"), file("/gone.md")])
    changed = [file("/changed.md", b"New\n"), file("/added.md")]
    assert table.apply(ACME, FIRST, SECOND, changed, [MemoryPath("/gone.md"), MemoryPath("/never.md")])
    assert table.commit(ACME) == SECOND
    asked = ("/kept.md", "/changed.md", "/gone.md", "/added.md")
    assert infos(table, *asked) == [info("/kept.md"), info("/changed.md", b"New\n"), info("/added.md")]


@pytest.mark.parametrize("mirrored", [None, SECOND])
def test_changes_to_another_commit_than_the_mirrored_are_refused(table: FileTable, mirrored: CommitId | None) -> None:
    if mirrored:
        table.rebuild(ACME, mirrored, [file("/a.md")])
    assert not table.apply(ACME, FIRST, THIRD, [file("/b.md")], [MemoryPath("/a.md")])
    assert table.commit(ACME) == mirrored
    if mirrored:
        assert infos(table, "/a.md", "/b.md") == [info("/a.md")]


def test_a_rebuild_forgets_what_was_there_and_leaves_other_organisations_alone(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/old.md")])
    table.rebuild(RIVAL, SECOND, [file("/old.md")])
    table.rebuild(ACME, THIRD, [file("/new.md")])
    assert (table.commit(ACME), table.commit(RIVAL)) == (THIRD, SECOND)
    assert infos(table, "/old.md", "/new.md") == [info("/new.md")]
    assert infos(table, "/old.md", "/new.md", org=RIVAL) == [info("/old.md")]


def test_files_that_cannot_be_read_leave_the_table_as_it_was(table: FileTable) -> None:
    def torn() -> Iterable[File]:
        yield file("/b.md")
        raise OSError("cannot be read")

    table.rebuild(ACME, FIRST, [file("/a.md")])
    with pytest.raises(OSError, match="cannot be read"):
        table.apply(ACME, FIRST, SECOND, torn(), [MemoryPath("/a.md")])
    with pytest.raises(OSError, match="cannot be read"):
        table.rebuild(ACME, SECOND, torn())
    assert table.commit(ACME) == FIRST
    assert infos(table, "/a.md", "/b.md") == [info("/a.md")]


def test_a_reader_goes_on_seeing_the_commit_it_was_opened_at(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [file("/a.md")])
    reader = table.reader(ACME)
    assert reader is not None
    assert table.apply(ACME, FIRST, SECOND, [file("/b.md")], [MemoryPath("/a.md")])
    table.rebuild(ACME, THIRD, [file("/c.md")])
    paths = [MemoryPath(path) for path in ("/a.md", "/b.md", "/c.md")]
    assert reader.commit == FIRST
    assert list(reader.infos(paths)) == [info("/a.md")]
    assert [path.text for path in reader.similar("a", 5)] == ["/a.md"]
    reader.close()
    assert infos(table, "/a.md", "/b.md", "/c.md") == [info("/c.md")]


def test_a_reader_can_be_closed_twice(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, [])
    reader = table.reader(ACME)
    assert reader is not None
    reader.close()
    reader.close()


NAMES = [
    "/MEMORY.md",
    "/topics/pricing.md",
    "/topics/icp.md",
    "/old/icp.md",
    "/topics/enterprise-pricing.md",
    "/x/zebra.md",
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("icp", ["/old/icp.md", "/topics/icp.md"]),
        ("ICP.md", ["/old/icp.md", "/topics/icp.md"]),
        ("memory", ["/MEMORY.md"]),
        ("pricng", ["/topics/pricing.md"]),
        ("qricing", ["/topics/pricing.md"]),
        ("pricing", ["/topics/pricing.md", "/topics/enterprise-pricing.md"]),
        ("pricing-2026", ["/topics/pricing.md"]),
        ("unheard-of", []),
        ("", []),
    ],
)
def test_close_names_are_found_the_closest_first(table: FileTable, asked: str, found: list[str]) -> None:
    table.rebuild(ACME, FIRST, map(file, NAMES))
    table.rebuild(RIVAL, FIRST, [file("/icp.md"), file("/pricing.md")])
    assert similar(table, asked)[: len(found)] == found
    assert similar(table, asked, 1) == found[:1]


def test_among_many_files_a_name_with_one_wrong_letter_is_found(table: FileTable) -> None:
    table.rebuild(ACME, FIRST, (file(f"/daily/2026-{number:05d}.md") for number in range(500)))
    for asked in ("2026-00123", "2027-00123", "x026-00123", "202-00123"):
        assert "/daily/2026-00123.md" in similar(table, asked, 3)
