"""Power is lost at any moment: what was acknowledged is there, and nobody has to do anything by hand."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from memory_service.storage import Repositories, StorageLimits, laps, pack_files
from memory_service.storage.caretaker import Caretaker
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.faults.power import NAMES_AND_ZEROS, Loss, Moment, losses, watched
from tests.faults.pushing import prepare_push, pushed, pushed_file
from tests.faults.storage_faults import ACME, NOTE, assert_sound, made_store, note_of

Acknowledge = Callable[[], None]
Prepare = Callable[[Path], None]
Work = Callable[[Path, Acknowledge], None]
Holds = Callable[[Path, int], None]
WRITES = 8
SOME = 40
"""States that are looked at of each work; the slow test looks at all."""


def some_lines(root: Path, acknowledge: Acknowledge) -> None:
    """Writes, while packs are put together and the journal is emptied."""
    store = Repositories(root, ManualClock(), StorageLimits(packs=10_000))
    repository = root / "acme.git"
    for number in range(WRITES):
        store.write(ACME, append(NOTE, b"%d\n" % number))
        acknowledge()
        if number % 3 == 2:
            consolidate(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)
        if number == WRITES // 2:
            with store.opened(ACME) as opened:
                opened.publisher.checkpoint()


def large_lines(root: Path, acknowledge: Acknowledge) -> None:
    """Writes that are too large for the journal, and small ones."""
    store = Repositories(root, ManualClock(), StorageLimits(packs=10_000))
    for number in range(3):
        store.write(ACME, put(f"/large-{number}.md", bytes(range(1, 128)) * 40))
        store.write(ACME, append(NOTE, b"%d\n" % number))
        acknowledge()


def a_push(root: Path, acknowledge: Acknowledge) -> None:
    """A push that is merged with what an agent wrote meanwhile."""
    store = Repositories(root, ManualClock())
    store.write(ACME, append(NOTE, b"0\n"))
    acknowledge()
    assert pushed(root).ok
    acknowledge()


def lines_of(store: Repositories) -> list[bytes]:
    return note_of(store).splitlines()


def holds(root: Path, acknowledged: int) -> None:
    """What must be true once power is back."""
    with closing(Repositories(root, ManualClock())) as store:
        lines = lines_of(store)
        assert lines == [b"first", *(b"%d" % number for number in range(len(lines) - 1))]
        assert len(lines) > acknowledged
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"more\n")).changed
        assert lines_of(Repositories(root, ManualClock())) == [*lines, b"more"]
    assert_sound(root)


def push_holds(root: Path, acknowledged: int) -> None:
    """The same of a line and a push."""
    with closing(Repositories(root, ManualClock())) as store:
        assert len(lines_of(store)) > min(acknowledged, 1)
        assert pushed_file(store) == b"pushed\n" or acknowledged < 2
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"more\n")).changed
    assert_sound(root)


@pytest.fixture(autouse=True)
def small_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that is full after four records, and takes only small ones."""
    monkeypatch.setattr(laps, "HALF", 3 * 4096)
    monkeypatch.setattr(pack_files, "LARGEST", 3500)
    # Its thread would write while the disk is looked at, which takes a moment; the works here empty the journal.
    monkeypatch.setattr(Caretaker, "settle", lambda caretaker, publisher: None)


def one_note(root: Path) -> None:
    """A store with one note, and a push onto that."""
    made_store(root).close()
    prepare_push(root)


def to_recover(root: Path) -> None:
    """A store that has lost power while its journal was all that was durable of two lines."""
    prepared = root.with_name("prepared")
    one_note(prepared)

    def work(acknowledge: Acknowledge) -> None:
        store = Repositories(prepared, ManualClock())
        store.write(ACME, append(NOTE, b"0\n"))
        store.write(ACME, append(NOTE, b"1\n"))

    end = watched(prepared, work)[-1]
    NAMES_AND_ZEROS.leave(end, root)


def two_lines_more(root: Path, acknowledge: Acknowledge) -> None:
    """Recovery, and writes after it."""
    acknowledge()
    acknowledge()
    store = Repositories(root, ManualClock())
    for number in (2, 3):
        store.write(ACME, append(NOTE, b"%d\n" % number))
        acknowledge()


def states(moments: list[Moment]) -> Iterator[tuple[Moment, Loss]]:
    """Everything that may be left of some work."""
    return ((moment, loss) for number, moment in enumerate(moments) for loss in losses(number))


def check(found: Iterable[tuple[Moment, Loss]], folder: Path, holds: Holds) -> None:
    """Look whether what must be true is true of what is left."""
    seen = set()
    for number, (moment, loss) in enumerate(found):
        root = folder / f"{number}" / "orgs"
        root.parent.mkdir()
        loss.leave(moment, root)
        files = sorted((str(path.relative_to(root)), path.read_bytes()) for path in root.rglob("*") if path.is_file())
        state = hash((moment.acknowledged, tuple(files)))
        if state not in seen:
            try:
                holds(root, moment.acknowledged)
            except Exception as error:
                raise AssertionError(f"{loss.name} was left, before {moment.before}") from error
        seen.add(state)
        shutil.rmtree(root.parent)


WORKS = [
    pytest.param(one_note, some_lines, holds, id="writes"),
    pytest.param(one_note, large_lines, holds, id="large writes"),
    pytest.param(one_note, a_push, push_holds, id="push"),
    pytest.param(to_recover, two_lines_more, holds, id="recovery"),
]


def moments_of(tmp_path: Path, prepare: Prepare, work: Work) -> list[Moment]:
    root = tmp_path / "orgs"
    prepare(root)
    return watched(root, lambda acknowledge: work(root, acknowledge))


@pytest.mark.parametrize(("prepare", "work", "holds"), WORKS)
def test_a_loss_of_power_loses_nothing_acknowledged(tmp_path: Path, prepare: Prepare, work: Work, holds: Holds) -> None:
    found = list(states(moments_of(tmp_path, prepare, work)))
    assert len(found) > 10 * SOME
    check(found[:: len(found) // SOME], tmp_path, holds)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("prepare", "work", "holds"), WORKS)
def test_a_loss_of_power_at_any_moment_loses_nothing_acknowledged(
    tmp_path: Path, prepare: Prepare, work: Work, holds: Holds
) -> None:
    check(states(moments_of(tmp_path, prepare, work)), tmp_path, holds)


def first_line(root: Path, acknowledge: Acknowledge) -> None:
    """The first write to a repository."""
    Repositories(root, ManualClock()).write(ACME, append(NOTE, b"first\n"))


def first_line_in_place(root: Path, acknowledge: Acknowledge) -> None:
    """The same, and the journal is emptied."""
    store = Repositories(root, ManualClock())
    store.write(ACME, append(NOTE, b"first\n"))
    store.close()


@pytest.mark.parametrize(
    ("work", "left_out"),
    [
        (first_line, ""),
        (first_line, "sync journal"),
        (first_line, "sync .git"),
        (first_line_in_place, ""),
        (first_line_in_place, "sync .pack"),
        (first_line_in_place, "sync .idx"),
        (first_line_in_place, "sync pack"),
        (first_line_in_place, "sync main"),
        (first_line_in_place, "sync heads"),
    ],
)
def test_each_sync_is_needed(tmp_path: Path, work: Work, left_out: str) -> None:
    root = tmp_path / "orgs"
    with closing(Repositories(root, ManualClock())) as store:
        store.create(ACME, author="Ada", author_id="key_1")
    end = watched(root, lambda acknowledge: work(root, acknowledge), left_out)[-1:]
    with pytest.raises(AssertionError) if left_out else nullcontext():
        check(states(end), tmp_path, holds)
