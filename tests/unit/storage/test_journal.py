"""The journal: what is in it is there, whatever has become of the rest, and nothing else is taken for a record."""

from pathlib import Path

import pytest

from memory_service.domain.errors import InternalError
from memory_service.domain.ids import CommitId
from memory_service.storage import Repositories, laps
from memory_service.storage.journal import Journal
from memory_service.storage.laps import FRAME
from memory_service.storage.pack_writing import FinishedPack
from memory_service.storage.records import KeptPack, Record
from tests.clocks import ManualClock
from tests.edits import append
from tests.real_git import git
from tests.unit.storage.conftest import ACME

BLOCK = 4096
_BEFORE = 72
"""Bytes of a record before the content of its first pack."""
OIDS = [bytes([number]) * 20 for number in range(40)]


def record(number: int, content: bytes = b"pack") -> Record:
    return Record(OIDS[number], OIDS[number + 1], [KeptPack(FinishedPack("ab" * 20, b"index"), content)])


def news(journal: Journal) -> list[Record]:
    told = list(journal.news())
    journal.take_note()
    return told


def added(journal: Journal, one: Record) -> None:
    news(journal)
    if not journal.room(one):
        journal.free(journal.read())
    journal.done(journal.add(one))


def records_in(folder: Path) -> list[Record]:
    return [one for half in Journal(folder).read() for one in half.records]


@pytest.fixture
def small_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laps, "HALF", 3 * BLOCK)


def test_what_was_added_is_read_by_others_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    records = [record(number, b"x" * (3000 * number + 1)) for number in range(5)]
    for one in records:
        added(journal, one)
    assert records_in(tmp_path) == records
    assert journal.tip == OIDS[5]


def test_what_others_add_is_news_until_it_is_taken_note_of(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    assert news(one) == []
    assert news(other) == []
    added(one, record(0))
    assert other.news() == [record(0)]
    assert news(other) == [record(0)]
    assert news(other) == []
    added(other, record(1))
    assert news(one) == [record(0), record(1)]


def test_what_is_taken_back_is_not_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    journal.take_back(journal.add(record(1)))
    assert records_in(tmp_path) == [record(0)]
    added(journal, record(2))
    assert records_in(tmp_path) == [record(0), record(2)]


@pytest.mark.usefixtures("small_halves")
def test_halves_take_turns_and_nothing_of_former_laps_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(30):
        added(journal, record(number))
        assert records_in(tmp_path)[-1] == record(number)
        assert len(records_in(tmp_path)) <= 4
    assert (tmp_path / "journal").stat().st_size <= 6 * BLOCK


def test_a_record_that_is_larger_than_a_half_is_not_added(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    large = record(1, bytes(laps.HALF))
    assert not journal.room(large)
    with pytest.raises(InternalError):
        journal.add(large)
    assert records_in(tmp_path) == [record(0)]


@pytest.mark.usefixtures("small_halves")
def test_a_half_that_was_written_to_meanwhile_is_not_freed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    seen = journal.read()
    added(journal, record(1))
    journal.free(seen)
    assert records_in(tmp_path) == [record(0), record(1)]
    journal.free(journal.read())
    assert records_in(tmp_path) == []


def test_a_half_whose_last_record_gave_way_to_another_is_not_freed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    one = journal.add(record(1))
    seen = journal.read()
    journal.take_back(one)
    added(journal, record(2))
    journal.free(seen)
    assert records_in(tmp_path) == [record(0), record(2)]


@pytest.mark.parametrize("size", [0, 1, 27, 28, 1000, 4000])
def test_a_torn_tail_counts_for_nothing(tmp_path: Path, size: int) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    added(journal, record(1, b"y" * 5000))
    with (tmp_path / "journal").open("r+b") as file:
        file.truncate(2 * BLOCK + size)
    assert records_in(tmp_path) == [record(0)]


def test_a_record_within_what_a_record_contains_is_none(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    added(journal, record(0))
    # As it is in the file, with all that one could know: whole, at the beginning of a block, of a lap to come.
    stored = (tmp_path / "journal").read_bytes()[BLOCK : 2 * BLOCK]
    for lap in range(1, 6):
        forged = lap.to_bytes(8, "little") + stored[8:]
        for _ in range(2):
            journal.free(journal.read())
            added(journal, record(1, bytes(BLOCK - FRAME - _BEFORE) + forged))
            at = (tmp_path / "journal").read_bytes().find(forged[:FRAME])
            assert at % BLOCK == 0
            journal.free(journal.read())
            added(journal, record(2))
            assert records_in(tmp_path) == [record(2)]


def heads(store: Repositories, count: int) -> list[CommitId]:
    return [store.write(ACME, append("/a.md", b"%d\n" % number)).commit for number in range(count)]


def test_a_main_that_somebody_has_moved_back_stays(store: Repositories, root: Path) -> None:
    one, _ = heads(store, 2)
    git(root / "acme.git", "update-ref", "refs/heads/main", one)
    assert Repositories(root, ManualClock()).head(ACME) == one
    other = Repositories(root, ManualClock())
    assert other.write(ACME, append("/b.md", b"x")).changed
    assert git(root / "acme.git", "rev-parse", "main^").strip() == one


def test_a_main_that_a_loss_of_power_has_moved_back_is_moved_on(store: Repositories, root: Path) -> None:
    one, two = heads(store, 2)
    main = root / "acme.git" / "refs" / "heads" / "main"
    main.write_text(f"{one}\n")
    assert Repositories(root, ManualClock()).head(ACME) == two


def test_packs_that_were_put_together_are_not_written_again(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    two = heads(store, 6)[-1]
    git(repository, "repack", "-a", "-d")
    packs = set(repository.rglob("*.pack"))
    assert Repositories(root, ManualClock()).head(ACME) == two
    assert set(repository.rglob("*.pack")) == packs


def test_a_journal_that_somebody_has_removed_is_begun_anew(store: Repositories, root: Path) -> None:
    heads(store, 2)
    (root / "acme.git" / "journal").unlink()
    three = heads(store, 1)[0]
    assert records_in(root / "acme.git")[-1].new.hex() == three


def test_a_store_that_is_closed_needs_no_journal(store: Repositories, root: Path) -> None:
    heads(store, 3)
    assert records_in(root / "acme.git")
    store.close()
    assert records_in(root / "acme.git") == []
