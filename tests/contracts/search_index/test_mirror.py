"""What every search index does: the one on disk, and the one that looks at every file for every query."""

from collections.abc import Iterator

import pytest

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hits, Query
from memory_service.memory.ports import SearchIndex
from tests.contracts.search_index.indexes import (
    ACME,
    DAYS,
    FILES,
    ONE,
    OTHER,
    THREE,
    TWO,
    file,
    files,
    found,
    paths,
)
from tests.unit.search.builders import changes


def test_an_index_that_was_never_built_is_not_usable(index: SearchIndex) -> None:
    assert index.commit(ACME) is None
    assert index.reader(ACME) is None
    assert not index.stale(ACME)
    assert not index.apply(ACME, ONE, TWO, [], [])
    assert index.commit(ACME) is None


def test_an_index_of_nothing_is_usable(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, [])
    assert index.commit(ACME) == ONE
    assert found(index, "anything") == Hits(hits=(), total=0, terms=("anyth",))


def test_a_reader_tells_the_commit_and_every_file(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    assert reader.commit == library.commit(ACME) == ONE
    assert set(reader.files()) == {(given.path, given.blob) for given in files(FILES)}


def test_organisations_know_nothing_of_one_another(library: SearchIndex) -> None:
    library.rebuild(OTHER, TWO, [file("/a.md", "fintech")])
    assert paths(found(library, "fintech", org=OTHER)) == ["/a.md"]
    assert "/a.md" not in paths(found(library, "fintech"))
    assert library.commit(ACME) == ONE


def test_a_change_is_taken_in_as_one_step(library: SearchIndex) -> None:
    changed = [file("/MEMORY.md", "Walrus"), file("/new.md", "Walrus")]
    assert library.apply(ACME, ONE, TWO, changed, [MemoryPath("/topics/icp.md")])
    assert library.commit(ACME) == TWO
    assert paths(found(library, "walrus")) == ["/MEMORY.md", "/new.md"]
    assert paths(found(library, "software")) == []
    assert paths(found(library, "ideal customer profile")) == []
    assert paths(found(library, "fox")) == ["/daily/2026-04-15.md"]


def test_a_change_from_another_commit_is_not_taken_in(library: SearchIndex) -> None:
    assert not library.apply(ACME, TWO, THREE, [file("/new.md", "Walrus")], [])
    assert library.commit(ACME) == ONE
    assert paths(found(library, "walrus")) == []


def test_a_file_comes_back_after_it_was_gone(library: SearchIndex) -> None:
    path = MemoryPath("/MEMORY.md")
    assert library.apply(ACME, ONE, TWO, [], [path])
    assert paths(found(library, "clinics banks")) == ["/topics/icp.md"]
    assert library.apply(ACME, TWO, THREE, [file(path.text, FILES[path.text])], [])
    assert paths(found(library, "banks")) == [path.text]


def test_what_never_was_can_be_gone(library: SearchIndex) -> None:
    assert library.apply(ACME, ONE, TWO, [], [MemoryPath("/absent.md")])
    reader = library.reader(ACME)
    assert reader
    assert len(list(reader.files())) == len(FILES)


def test_a_reader_stays_at_its_commit(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    before = reader.search(Query(text="fintech pricing", limit=10))
    library.apply(ACME, ONE, TWO, [file("/topics/pricing.md", "fintech")], [MemoryPath("/topics/icp.md")])
    library.rebuild(ACME, THREE, [file("/a.md", "fintech")])
    assert reader.commit == ONE
    assert reader.search(Query(text="fintech pricing", limit=10)) == before
    assert paths(found(library, "fintech")) == ["/a.md"]


def test_the_index_of_any_commit_is_made_from_what_it_was_built_of(library: SearchIndex) -> None:
    now = {**FILES, "/MEMORY.md": "Walrus", "/z.md": "fintech", "/new.md": "Pricing of fintech"}
    del now["/topics/icp.md"]
    library.apply(ACME, ONE, TWO, files({**now, "/later.md": "fintech"}), [MemoryPath("/topics/icp.md")])
    head = library.reader(ACME)
    assert head
    asked: list[BlobId] = []
    contents = {given.blob: given.content for given in files(now)}

    def read(blob: BlobId) -> bytes:
        asked.append(blob)
        return contents[blob]

    made = head.at(THREE, changes(files(FILES), files(now)), read)
    library.rebuild(OTHER, THREE, files(now))
    built = library.reader(OTHER)
    assert built
    assert (made.commit, made.built_of, head.built_of) == (THREE, ONE, ONE)
    for text in ("fintech", "enterprise pricing clinics", '"compliance team"', "walruss", "pricing acme"):
        assert made.search(Query(text=text, limit=10)) == built.search(Query(text=text, limit=10))
    assert set(made.files()) == set(built.files())
    assert not asked, "the head has all of them"
    assert library.commit(ACME) == TWO


def test_only_contents_that_are_not_known_are_read(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/a.md", "walrus"), file("/b.md", "walrus")], [])
    head = library.reader(ACME)
    assert head
    old = [file("/a.md", "walrus", DAYS[3]), file("/b.md", "fox"), file("/c.md", "fox")]

    def read(blob: BlobId) -> bytes:
        assert blob == file("/b.md", "fox").blob
        return b"fox"

    made = head.at(THREE, changes([], old), read)
    assert [hit.updated_at for hit in made.search(Query(text="walrus", limit=9)).hits] == [DAYS[3]]
    assert [str(hit.path) for hit in made.search(Query(text="fox", folder=MemoryPath("/b.md"), limit=9)).hits]
    assert [hit.updated_at for hit in found(library, "walrus").hits] == [file("/a.md", "walrus").updated_at] * 2


def test_what_fails_to_be_read_ends_the_making(library: SearchIndex) -> None:
    head = library.reader(ACME)
    assert head
    with pytest.raises(KeyError):
        head.at(TWO, changes([], [file("/a.md", "walrus")]), dict[BlobId, bytes]().__getitem__)
    assert library.commit(ACME) == ONE


def test_a_state_that_is_kept_is_found_by_its_commit(library: SearchIndex) -> None:
    library.rebuild(OTHER, ONE, [file("/a.md", "walrus")])
    reader = library.reader(ACME)
    assert reader
    before = reader.search(Query(text="fintech", limit=10))
    assert library.reader(ACME, ONE) is None
    reader.keep()
    library.apply(ACME, ONE, TWO, [file("/new.md", "fintech")], [])
    library.rebuild(ACME, THREE, [file("/new.md", "fintech")])
    kept = library.reader(ACME, ONE)
    assert kept
    assert (kept.commit, kept.search(Query(text="fintech", limit=10))) == (ONE, before)
    assert library.reader(ACME, TWO) is None
    assert library.reader(OTHER, ONE) is None


def test_a_build_replaces_everything(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/new.md", "Walrus")], [])
    library.rebuild(ACME, THREE, [file("/only.md", "Ostrich")])
    assert library.commit(ACME) == THREE
    assert paths(found(library, "ostrich walrus fintech")) == ["/only.md"]


def test_a_build_that_fails_leaves_what_there_was(library: SearchIndex) -> None:
    def broken() -> Iterator[File]:
        yield file("/a.md", "Walrus")
        raise KeyError("the source is gone")

    with pytest.raises(KeyError):
        library.rebuild(ACME, TWO, broken())
    assert library.commit(ACME) == ONE
    assert paths(found(library, "fox walrus")) == ["/daily/2026-04-15.md"]


def test_the_way_to_a_commit_changes_no_answer(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, files({**FILES, "/gone.md": "fintech fintech", "/MEMORY.md": "Old words of fintech."}))
    index.apply(ACME, ONE, TWO, [file("/z.md", "fintech"), file("/MEMORY.md", FILES["/MEMORY.md"])], [])
    index.apply(ACME, TWO, THREE, [], [MemoryPath("/gone.md"), MemoryPath("/z.md")])
    index.rebuild(OTHER, THREE, files(FILES))
    for query in ("fintech", "enterprise pricing clinics", '"compliance team"', "the", "acme paper records"):
        assert found(index, query) == found(index, query, org=OTHER)
