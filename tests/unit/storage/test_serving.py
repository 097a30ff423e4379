"""What is fetched, with the real git as the client: from the git program, and from our own packs."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.domain.errors import OrgNotFound, Overloaded, RequestInvalid
from memory_service.domain.ids import OrgId
from memory_service.domain.pushes import PushMode
from memory_service.storage import GitServer, Repositories
from memory_service.storage.limits import UploadLimits
from memory_service.storage.pkt_lines import pkt_line
from tests.clocks import CountingIds, ManualClock
from tests.edits import append, put
from tests.git_over_http import served_over_http
from tests.real_git import git
from tests.unit.storage.conftest import ACME

GIT = Path(shutil.which("git") or "/usr/bin/git")
NOTE = "/daily/note.md"


def server_of(store: Repositories, program: Path | None, limits: UploadLimits | None = None) -> GitServer:
    return GitServer(
        store,
        clock=ManualClock(),
        new_id=CountingIds(),
        push_mode=lambda org: PushMode.MERGE,
        record=lambda record: None,
        git=program,
        upload_limits=limits or UploadLimits(),
    )


@pytest.fixture(params=[GIT, None], ids=["with git", "without git"])
def server(request: pytest.FixtureRequest, store: Repositories) -> Iterator[GitServer]:
    for number in range(5):
        store.write(ACME, append(NOTE, b"line %d\n" % number))
    server = server_of(store, request.param)
    yield server
    server.close()


@pytest.fixture
def url(server: GitServer) -> Iterator[str]:
    with served_over_http(server) as address:
        yield f"{address}/{ACME}.git"


def commits(clone: Path) -> int:
    return int(git(clone, "rev-list", "--count", "HEAD"))


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_a_clone_has_all_and_is_sound(store: Repositories, url: str, tmp_path: Path, version: str) -> None:
    clone = tmp_path / "clone"
    settings = ["-c", f"protocol.version={version}", "-c", "transfer.fsckObjects=true"]
    git(tmp_path, *settings, "clone", "-q", url, str(clone))
    assert git(clone, "rev-parse", "HEAD").strip() == store.head(ACME)
    assert git(clone, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert (clone / NOTE[1:]).read_text().splitlines()[-1] == "line 4"
    git(clone, "fsck", "--full", "--strict")


@pytest.mark.parametrize("version", ["0", "2"])
def test_a_fetch_brings_what_is_new(store: Repositories, url: str, tmp_path: Path, version: str) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", url, str(clone))
    git(clone, "config", "protocol.version", version)
    for number in range(3):
        store.write(ACME, append("/topics/new.md", b"%d\n" % number))
        git(clone, "pull", "-q", "--ff-only")
        assert git(clone, "rev-parse", "HEAD").strip() == store.head(ACME)
    git(clone, "fetch", "-q")
    assert (clone / "topics/new.md").read_text() == "0\n1\n2\n"
    git(clone, "fsck", "--full", "--strict")


def test_a_clone_with_own_commits_fetches_the_others(store: Repositories, url: str, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", url, str(clone))
    for number in range(40):
        git(clone, "-c", "user.name=E", "-c", "user.email=e@f", "commit", "-q", "--allow-empty", "-m", str(number))
    store.write(ACME, put("/b.md", b"b"))
    for version in ("0", "2"):
        git(clone, "-c", f"protocol.version={version}", "fetch", "-q")
        assert git(clone, "rev-parse", "origin/main").strip() == store.head(ACME)
        store.write(ACME, append("/b.md", b"b"))
    git(clone, "fsck", "--full", "--strict")


@pytest.mark.parametrize("version", ["0", "2"])
def test_the_history_can_be_had_in_part_deepened_and_whole_again(
    store: Repositories, url: str, tmp_path: Path, version: str
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "-c", f"protocol.version={version}", "clone", "-q", "--depth", "1", url, str(clone))
    git(clone, "config", "protocol.version", version)
    assert commits(clone) == 1
    assert (clone / NOTE[1:]).read_text().startswith("line 0\n")
    store.write(ACME, append(NOTE, b"new\n"))
    git(clone, "pull", "-q", "--ff-only")
    assert commits(clone) == 2
    git(clone, "fetch", "-q", "--depth", "3")
    assert git(clone, "rev-list", "--count", "origin/main").strip() == "3"
    git(clone, "fetch", "-q", "--unshallow")
    assert commits(clone) == 7
    git(clone, "fsck", "--full", "--strict")


def test_packs_that_git_has_put_together_are_served(store: Repositories, url: str, tmp_path: Path, root: Path) -> None:
    """They hold deltas, and beside them stand packs of ours that hold some of the same objects."""
    repository = root / f"{ACME}.git"
    store.write(ACME, put("/long.md", b"".join(b"%d a line\n" % number for number in range(500))))
    store.write(ACME, append("/long.md", b"more\n"))
    for flags in (["-a"], ["-a", "-f"]):
        git(repository, "-c", "repack.useDeltaBaseOffset=" + str(len(flags) == 1).lower(), "repack", "-q", *flags)
        store.write(ACME, append("/long.md", b"more\n"))
    for pack in (repository / "objects/pack").glob("*.pack"):
        assert pack.with_suffix(".idx").exists()
    git(tmp_path, "-c", "transfer.fsckObjects=true", "clone", "-q", url, str(tmp_path / "clone"))
    assert git(tmp_path / "clone", "rev-parse", "HEAD").strip() == store.head(ACME)


def test_objects_in_files_of_their_own_are_served(store: Repositories, url: str, tmp_path: Path, root: Path) -> None:
    """People who run git in the repository leave such."""
    repository = root / f"{ACME}.git"
    tree = git(repository, "rev-parse", "main^{tree}").strip()
    new = git(repository, "-c", "user.name=E", "-c", "user.email=e@f", "commit-tree", "-p", "main", "-m", "x", tree)
    git(repository, "update-ref", "refs/heads/main", new.strip())
    git(tmp_path, "clone", "-q", url, str(tmp_path / "clone"))
    assert git(tmp_path / "clone", "rev-parse", "HEAD") == new


def test_the_files_can_be_had_one_by_one_where_git_serves(store: Repositories, tmp_path: Path) -> None:
    store.write(ACME, put("/a.md", b"content\n"))
    server = server_of(store, GIT)
    with served_over_http(server) as address:
        clone = tmp_path / "clone"
        git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"{address}/{ACME}.git", str(clone))
        assert "?" in git(clone, "rev-list", "--objects", "--missing=print", "HEAD")
        git(clone, "checkout", "-q", "main")
        assert (clone / "a.md").read_text() == "content\n"
    server.close()


def test_a_clone_is_whole_although_agents_go_on_while_it_is_made(
    store: Repositories, server: GitServer, tmp_path: Path
) -> None:
    old = store.head(ACME)
    store.write(ACME, append(NOTE, b"meanwhile\n"))
    body = pkt_line(b"want %b multi_ack_detailed ofs-delta\n" % old.encode()) + b"0000" + pkt_line(b"done\n")
    (tmp_path / "a.pack").write_bytes(answered(server, body).removeprefix(pkt_line(b"NAK\n")))
    git(tmp_path, "init", "-q", "--bare", "clone.git")
    clone = tmp_path / "clone.git"
    git(clone, "index-pack", "--strict", "-o", "objects/pack/pack-a.idx", str(tmp_path / "a.pack"))
    (tmp_path / "a.pack").rename(clone / "objects/pack/pack-a.pack")
    git(clone, "update-ref", "refs/heads/main", old)
    git(clone, "fsck", "--full", "--strict", "--connectivity-only")


def answered(server: GitServer, body: bytes, protocol: str = "") -> bytes:
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        return b"".join(server.upload(ACME, file, protocol))


@pytest.mark.parametrize("body", [b"rubbish", b"0008have", pkt_line(b"want 123\n") + b"0000", b"fffe"])
def test_what_is_no_request_is_refused(server: GitServer, body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        answered(server, body)


def test_what_is_not_here_cannot_be_wanted(server: GitServer) -> None:
    body = pkt_line(b"want %b multi_ack_detailed\n" % (b"1" * 40)) + b"0000" + pkt_line(b"done\n")
    assert b"not our ref" in answered(server, body)


def test_who_wants_nothing_gets_nothing(server: GitServer) -> None:
    assert answered(server, b"0000") == b""


def test_only_so_many_lines_are_read(store: Repositories) -> None:
    server = server_of(store, None, UploadLimits(request_lines=10))
    want = pkt_line(b"want %b\n" % store.head(ACME).encode())
    with pytest.raises(RequestInvalid, match="too many lines"):
        answered(server, want * 11 + b"0000")
    with pytest.raises(RequestInvalid, match="too many lines"):
        answered(server, want + b"0000" + pkt_line(b"have %b\n" % (b"1" * 40)) * 11)
    server.close()


def test_only_so_much_is_served_at_once_and_who_leaves_makes_room(root: Path, store: Repositories) -> None:
    for program in (GIT, None):
        server = server_of(store, program, UploadLimits(processes=1))
        server._patience = 0
        reading = server.advertise_upload(ACME)
        next(reading)
        with pytest.raises(Overloaded):
            next(server.advertise_upload(ACME))
        reading.close()  # type: ignore[attr-defined] # it is a generator
        assert list(server.advertise_upload(ACME))
        server.close()


def test_an_unknown_organisation_has_nothing_to_fetch(server: GitServer) -> None:
    with pytest.raises(OrgNotFound):
        next(server.advertise_upload(OrgId("nobody")))


def test_a_setting_of_the_machine_does_not_reach_the_git_that_serves(
    store: Repositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[uploadpack]\n\thideRefs = refs/heads\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "uploadpack.hideRefs")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "refs/heads")
    server = server_of(store, GIT)
    assert store.head(ACME).encode() in b"".join(server.advertise_upload(ACME))
    server.close()
