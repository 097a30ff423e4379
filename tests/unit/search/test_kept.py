"""How much the states may take that searches go on in."""

from collections.abc import Iterator
from pathlib import Path

from memory_service.domain.ids import CommitId, OrgId
from memory_service.search import SearchIndexes
from memory_service.search.indexes import Reader
from memory_service.search.views import MANY_RECENT
from tests.unit.search.builders import ACME, ONE, file, files, numbered

FILES = numbered(30)


def commit(number: int) -> CommitId:
    return CommitId(f"{number:040x}")


def current(index: SearchIndexes, org: OrgId = ACME) -> Reader:
    reader = index.reader(org)
    assert reader
    return reader


def states(index: SearchIndexes, numbers: range, org: OrgId = ACME) -> Iterator[Reader]:
    """The index after each of some changes, each kept."""
    for number in numbers:
        before = current(index, org).commit
        assert index.apply(org, before, commit(number), [file(f"/{number:04}.md", "ostrich")], [])
        current(index, org).keep()
        yield current(index, org)


def kept(index: SearchIndexes, numbers: range, org: OrgId = ACME) -> list[int]:
    return [number for number in numbers if index.reader(org, commit(number))]


def test_what_states_share_is_counted_once(tmp_path: Path) -> None:
    index = SearchIndexes(tmp_path)
    index.rebuild(ACME, ONE, files(FILES))
    views = [reader._view for reader in states(index, range(MANY_RECENT + 3))]
    current(index).keep()
    parts = {id(part): part for view in views for part in view.shared}
    assert len(parts) < sum(len(list(view.shared)) for view in views)
    assert index._kept._size == sum(part.size for part in parts.values()) + sum(view.own_size for view in views)
    index.close()
    assert kept(index, range(5)) == []
    assert index._kept._size == 0


def test_states_take_so_much_memory_and_those_stay_that_were_asked_for(tmp_path: Path) -> None:
    measured = SearchIndexes(tmp_path)
    measured.rebuild(ACME, ONE, files(FILES))
    list(states(measured, range(4)))
    index = SearchIndexes(tmp_path, kept_bytes=measured._kept._size)
    for _ in states(index, range(6)):
        index.reader(ACME, commit(0))
        assert index._kept._size <= measured._kept._size
    held = kept(index, range(6))
    assert held[0] == 0
    assert held[1:] == list(range(6))[-len(held) + 1 :]
    assert len(held) < 6


def test_the_last_state_is_kept_however_large_it_is(tmp_path: Path) -> None:
    index = SearchIndexes(tmp_path, kept_bytes=0)
    index.rebuild(ACME, ONE, files(FILES))
    for number, reader in enumerate(states(index, range(3))):
        assert kept(index, range(3)) == [number]
        assert reader.commit == commit(number)


def test_states_hold_so_many_files_open_whatever_organisations_they_are_of(tmp_path: Path) -> None:
    index = SearchIndexes(tmp_path, open_indexes=6)
    orgs = [OrgId(f"org-{number}") for number in range(10)]
    before = descriptors()
    for org in orgs:
        index.rebuild(org, ONE, files({"/a.md": "walrus"}))
        assert len(list(states(index, range(4), org))) == 4
        assert descriptors() <= before + 6 + 3
    assert [len(kept(index, range(4), org)) for org in orgs] == [0] * 7 + [4] * 3


def descriptors() -> int:
    links = [link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return links.count("generation")
