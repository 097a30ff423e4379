"""An index at one commit, as files change."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId
from memory_service.domain.search import Query
from memory_service.search import views
from memory_service.search.documents import analyse
from memory_service.search.generations import Generation, GenerationWriter
from memory_service.search.postings import PostingsCache
from memory_service.search.ranking import search
from memory_service.search.segments import OpenFile
from memory_service.search.views import View
from tests.unit.search.builders import ONE, TWO, file, numbered

ROUNDS = 20


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    """Of no files, and a change of more than two makes an overlay of its own."""
    monkeypatch.setattr(views, "MANY_RECENT", 2)
    return View.of(Generation(OpenFile(GenerationWriter(tmp_path).finish(ONE)), PostingsCache(1 << 20)))


def commits() -> Iterator[CommitId]:
    return (CommitId(f"{number:040x}") for number in count(16))


def written(view: View, contents: dict[str, str]) -> View:
    """A view after each of some files was written by itself."""
    for commit, (path, content) in zip(commits(), contents.items(), strict=False):
        view = view.after(commit, [analyse(file(path, content))], [])
    return view


def found(view: View, text: str) -> list[str]:
    return [hit.path.text for hit in search(view, Query(text=text, limit=50)).hits]


def test_what_changed_long_ago_is_found_like_what_changed_last(view: View) -> None:
    contents = numbered(ROUNDS)
    assert found(written(view, contents), "walrus") == sorted(contents)
    assert found(written(view, contents), "number 7") == ["/0007.md", *sorted(contents.keys() - {"/0007.md"})]


def test_what_is_written_again_or_removed_is_found_no_more_as_it_was(view: View) -> None:
    contents = numbered(ROUNDS)
    view = written(view, contents)
    view = written(view, dict.fromkeys(list(contents)[: ROUNDS // 2], "ostrich"))
    view = view.after(TWO, [], [analyse(file(path, "")).path for path in list(contents)[-3:]])
    assert found(view, "walrus") == list(contents)[ROUNDS // 2 : -3]
    assert found(view, "ostrich") == list(contents)[: ROUNDS // 2]
    assert view.count == len(list(view.files())) == ROUNDS - 3


@pytest.mark.parametrize("changing", [1, 2, 3, 7])
def test_a_view_holds_no_more_however_often_the_same_files_are_written(view: View, changing: int) -> None:
    view = written(view, numbered(8))
    sizes = []
    for number in range(ROUNDS):
        view = written(view, numbered(changing, f"walrus{number % 10}"))
        sizes.append(view.size)
    assert max(sizes[ROUNDS // 2 :]) <= max(sizes[: ROUNDS // 2])
    assert len(found(view, "file")) == 8


def test_views_of_earlier_commits_go_on_answering(view: View) -> None:
    earlier = written(view, numbered(5))
    later = written(earlier, numbered(5, "ostrich"))
    assert len(found(earlier, "walrus")) == len(found(later, "ostrich")) == 5
    assert not found(later, "walrus") + found(earlier, "ostrich")
