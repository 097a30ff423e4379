"""What every store of commits does, in memory and on disk."""

import threading

import pytest

from memory_service.domain.errors import (
    MemoryExists,
    MemoryNotFound,
    NotFound,
    OrgNotFound,
    PathInvalid,
    PayloadTooLarge,
    QuotaExceeded,
)
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Found
from memory_service.memory.ports import Store
from tests.clocks import ManualClock
from tests.contracts.store.stores import ACME, FILE_BYTES, FOLDER_ENTRIES, ROOT, content_of, names
from tests.edits import append, edit, put


def test_a_new_memory_has_a_head_and_an_empty_root(store: Store) -> None:
    snapshot = store.snapshot(ACME)
    assert snapshot.commit == store.head(ACME)
    assert list(snapshot.entries(ROOT)) == []
    root = snapshot.entry(ROOT)
    assert root
    assert root.is_folder


def test_an_unknown_organisation_has_nothing(store: Store, clock: ManualClock) -> None:
    nobody = OrgId("nobody")
    for call in (
        lambda: store.head(nobody),
        lambda: store.snapshot(nobody),
        lambda: store.write(nobody, put("/a.md", b"x")),
        lambda: store.find(nobody, "Execution-Id", "exec_1", clock()),
    ):
        with pytest.raises(OrgNotFound):
            call()


def test_a_written_file_is_read_back_at_the_commit_that_wrote_it(store: Store) -> None:
    published = store.write(ACME, put("/topics/icp.md", "größer".encode()))
    assert published.changed
    assert published.previous is None
    assert published.commit == store.head(ACME)
    snapshot = store.snapshot(ACME, published.commit)
    entry = snapshot.entry(MemoryPath("/topics/icp.md"))
    assert entry
    assert entry.blob == published.blob
    assert snapshot.read(published.blob) == "größer".encode()


def test_the_version_of_a_file_is_the_blob_id_that_git_gives(store: Store) -> None:
    assert store.write(ACME, put("/a.md", b"hello\n")).blob == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_an_edit_meets_what_the_one_before_has_left(store: Store) -> None:
    first = store.write(ACME, append("/daily/note.md", b"one\n"))
    second = store.write(ACME, append("/daily/note.md", b"two\n"))
    assert second.previous == first.blob
    assert content_of(store, "/daily/note.md") == b"one\ntwo\n"


def test_an_edit_is_told_the_version_that_it_meets(store: Store) -> None:
    met: list[Found | None] = []

    def look(found: Found | None) -> bytes:
        met.append(found)
        return b"new"

    published = store.write(ACME, put("/a.md", b"old"))
    store.write(ACME, edit("/a.md", look))
    assert met == [Found(blob=published.blob, content=b"old")]


@pytest.mark.parametrize("answer", [None, b"same"])
def test_an_edit_that_changes_nothing_makes_no_commit(store: Store, answer: bytes | None) -> None:
    before = store.write(ACME, put("/a.md", b"same"))
    published = store.write(ACME, edit("/a.md", lambda found: answer))
    assert not published.changed
    assert published.commit == before.commit == store.head(ACME)
    assert published.blob == published.previous == before.blob


def test_an_absent_file_cannot_be_left_as_it_is(store: Store) -> None:
    with pytest.raises(MemoryNotFound):
        store.write(ACME, edit("/a.md", lambda found: None))


def test_what_an_edit_raises_reaches_its_caller_and_changes_nothing(store: Store) -> None:
    class Refused(Exception):
        pass

    def refuse(found: Found | None) -> bytes:
        raise Refused

    before = store.head(ACME)
    with pytest.raises(Refused):
        store.write(ACME, edit("/a.md", refuse))
    assert store.head(ACME) == before
    assert names(store) == []


def test_an_empty_file_is_a_file(store: Store) -> None:
    assert store.write(ACME, put("/a.md", b"")).changed
    assert content_of(store, "/a.md") == b""


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ("/Topics/a.md", "/topics/a.md"),
        ("/a/Topics/b.md", "/a/topics/c.md"),
        ("/topics/A.md", "/topics/a.md"),
        ("/Straße.md", "/STRASSE.md"),
        ("/\u1e9b\u0323.md", "/\u1e69.md"),
    ],
)
def test_a_name_that_some_file_system_takes_for_another_is_refused(store: Store, there: str, asked: str) -> None:
    store.write(ACME, put(there, b"x"))
    with pytest.raises(PathInvalid) as caught:
        store.write(ACME, put(asked, b"y"))
    assert caught.value.rule == "twin"


def test_a_path_that_is_no_memory_file_is_refused(store: Store) -> None:
    with pytest.raises(PathInvalid):
        store.write(ACME, put("/a.txt", b"x"))


@pytest.mark.parametrize(("there", "asked"), [("/a.md", "/a.md/b.md"), ("/a.md/b.md", "/a.md")])
def test_a_name_is_a_file_or_a_folder_but_not_both(store: Store, there: str, asked: str) -> None:
    store.write(ACME, put(there, b"x"))
    with pytest.raises(MemoryExists):
        store.write(ACME, put(asked, b"y"))


def test_a_full_folder_takes_no_more_names_but_its_files_can_change(store: Store) -> None:
    for number in range(FOLDER_ENTRIES):
        store.write(ACME, put(f"/full/{number}.md", b"x"))
    with pytest.raises(QuotaExceeded):
        store.write(ACME, put("/full/more.md", b"x"))
    with pytest.raises(QuotaExceeded):
        store.write(ACME, put("/full/more/a.md", b"x"))
    assert store.write(ACME, put("/full/0.md", b"y")).changed


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(store: Store) -> None:
    store.write(ACME, put("/a.md", b"x" * FILE_BYTES))
    with pytest.raises(PayloadTooLarge):
        store.write(ACME, append("/a.md", b"x"))
    assert content_of(store, "/a.md") == b"x" * FILE_BYTES


def test_a_listing_holds_files_and_folders_in_the_order_of_their_bytes(store: Store) -> None:
    for path in ("/b.md", "/b/x.md", "/a.md", "/é.md"):
        store.write(ACME, put(path, path.encode()))
    assert names(store) == ["/a.md", "/b", "/b.md", "/é.md"]
    assert [entry.is_folder for entry in store.snapshot(ACME).entries(ROOT)] == [False, True, False, False]


def test_what_is_absent_has_no_entry_and_lists_nothing(store: Store) -> None:
    store.write(ACME, put("/a.md", b"x"))
    snapshot = store.snapshot(ACME)
    assert snapshot.entry(MemoryPath("/b.md")) is None
    assert snapshot.entry(MemoryPath("/a.md/b.md")) is None
    assert list(snapshot.entries(MemoryPath("/nowhere"))) == []
    assert list(snapshot.entries(MemoryPath("/a.md"))) == []


def test_a_snapshot_stays_as_it_was(store: Store) -> None:
    store.write(ACME, put("/a.md", b"old"))
    snapshot = store.snapshot(ACME)
    store.write(ACME, put("/a.md", b"new"))
    store.write(ACME, put("/b.md", b"new"))
    entry = snapshot.entry(MemoryPath("/a.md"))
    assert entry
    assert entry.blob
    assert snapshot.read(entry.blob) == b"old"
    assert [entry.path.text for entry in snapshot.entries(ROOT)] == ["/a.md"]
    assert [e.path for e in store.snapshot(ACME, snapshot.commit).entries(ROOT)] == [MemoryPath("/a.md")]


def test_an_unknown_commit_or_version_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.snapshot(ACME, CommitId("1" * 40))
    with pytest.raises(NotFound):
        store.snapshot(ACME).read(BlobId("1" * 40))


def test_appends_from_many_threads_all_arrive(store: Store) -> None:
    threads, each = 8, 10
    ready = threading.Barrier(threads)
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            ready.wait(10)
            for turn in range(each):
                store.write(ACME, append("/daily/note.md", b"%d.%d\n" % (number, turn)))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not failures
    lines = (content_of(store, "/daily/note.md") or b"").splitlines()
    assert sorted(lines) == sorted(b"%d.%d" % (number, turn) for number in range(threads) for turn in range(each))
    for number in range(threads):
        own = [line for line in lines if line.startswith(b"%d." % number)]
        assert own == [b"%d.%d" % (number, turn) for turn in range(each)]
