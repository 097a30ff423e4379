"""Many threads over one index: right answers while it changes, and while nothing stays in the cache."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId
from memory_service.domain.search import Query
from memory_service.search import SearchIndexes
from tests.unit.search.builders import ACME, ONE, file, files, numbered

THREADS = 8
CHANGES = 60


def commit(number: int) -> CommitId:
    return CommitId(f"{number:040d}")


@pytest.fixture(autouse=True)
def _switching_all_the_time() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[], None]) -> None:
    """Run the same work in several threads at once; what one of them raises is raised here."""
    start = threading.Barrier(THREADS)
    raised: list[BaseException] = []

    def begin() -> None:
        try:
            start.wait(timeout=30)
            work()
        except BaseException as error:  # noqa: BLE001 # told by the thread that waits
            raised.append(error)

    threads = [threading.Thread(target=begin) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    if raised:
        raise raised[0]


def test_threads_that_decode_the_same_lists_get_the_same_answers(tmp_path: Path) -> None:
    SearchIndexes(tmp_path).rebuild(ACME, ONE, files(numbered(200)))
    index = SearchIndexes(tmp_path, cache_bytes=0)
    queries = [Query(text=text, limit=20) for text in ("walrus", "number 7", '"walrus of file"', "file 11 12 13")]
    reader = index.reader(ACME)
    assert reader
    expected = [reader.search(query) for query in queries]

    def ask() -> None:
        for _ in range(5):
            reader = index.reader(ACME)
            assert reader
            assert [reader.search(query) for query in queries] == expected

    in_threads(ask)


def test_every_answer_is_the_one_of_the_commit_that_it_names(tmp_path: Path) -> None:
    index = SearchIndexes(tmp_path, cache_bytes=2000)
    index.rebuild(ACME, commit(0), files(numbered(20)))
    seen: set[int] = set()
    overlap = threading.Barrier(THREADS)
    turn = threading.Lock()
    number = 0

    def change() -> None:
        nonlocal number
        with turn:
            number += 1
            changed = [file(f"/new-{number}.md", "One more walrus."), file("/0001.md", f"Ostrich {number}")]
            assert index.apply(ACME, commit(number - 1), commit(number), changed, [])
            if number == CHANGES // 2:
                index.rebuild(ACME, commit(number), files(contents_at(number)))

    def work() -> None:
        for step in range(CHANGES // THREADS + 1):
            if step % 2:
                overlap.wait(timeout=30)
            change()
            reader = index.reader(ACME)
            assert reader
            at = int(reader.commit)
            seen.add(at)
            assert reader.search(Query(text="walrus", limit=1)).total == 19 + at
            assert reader.search(Query(text=f'"ostrich {at}"', limit=1)).total == 1

    in_threads(work)
    assert len(seen) > THREADS


def contents_at(number: int) -> dict[str, str]:
    new = {f"/new-{new}.md": "One more walrus." for new in range(1, number + 1)}
    return numbered(20) | new | {"/0001.md": f"Ostrich {number}"}
