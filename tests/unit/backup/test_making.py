"""Backups in a folder and in a file: what is written, and what is left alone."""

import tarfile
from pathlib import Path

import pytest

from memory_service.backup import Written, opened_target
from memory_service.domain.errors import (
    BackupDamaged,
    BackupOfAnotherVersion,
    BackupPlaceTaken,
    BackupPlaceUnusable,
    DataCorrupt,
)
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.real_git import git
from tests.unit.backup.places import (
    ACME,
    BETA,
    assert_same,
    back_up,
    files,
    made_data,
    manifest_of,
    restored,
    sealed,
    write,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return made_data(tmp_path / "data")


@pytest.fixture(params=["folder", "file.tar"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / "copies" / str(request.param)


@pytest.fixture(autouse=True)
def copies(tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()


def test_a_backup_brings_back_everything_that_is_kept(data: Path, place: Path, tmp_path: Path) -> None:
    back_up(data, place)
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["memory.db", "orgs"]
    # A second one in its place, after further writes.
    write(data, 100, 101)
    write(data, 1, org=BETA)
    back_up(data, place)
    restored(place, tmp_path / "once more")
    assert_same(data, tmp_path / "once more")


def test_a_second_backup_into_a_folder_writes_only_what_is_new(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    assert set(back_up(data, place).written.values()) == {Written.ALL}
    before = files(place)
    unchanged = back_up(data, place)
    assert set(unchanged.written.values()) == {Written.NOTHING}
    assert unchanged.size == 0
    assert {name: at for name, at in files(place).items() if name != "manifest.json"} == {
        name: at for name, at in before.items() if name != "manifest.json"
    }
    write(data, 100)
    changed = back_up(data, place)
    assert changed.written == {ACME: Written.NEW, BETA: Written.NOTHING}
    assert {name for name in before if files(place).get(name) != before[name]} == {"manifest.json"}
    whole, new = [bundle.file.size for bundle in changed.manifest.orgs[0].bundles]
    assert new < whole / 2


def test_the_bundles_of_a_folder_can_be_cloned_and_pulled(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    back_up(data, place)
    write(data, 100)
    first, second = [bundle.file.name for bundle in back_up(data, place).manifest.orgs[0].bundles]
    git(tmp_path, "clone", "-q", str(place / first), "clone")
    git(tmp_path / "clone", "bundle", "verify", str(place / second))
    git(tmp_path / "clone", "pull", "-q", str(place / second), "main")
    assert (tmp_path / "clone" / "notes" / "100.md").read_text() == "note 100\n"


def test_however_many_backups_were_made_there_are_few_bundles(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    most, bundles = 0, back_up(data, place).manifest.orgs[0].bundles
    for number in range(16):
        write(data, 100 + number)
        bundles = back_up(data, place).manifest.orgs[0].bundles
        most = max(most, len(bundles))
        assert [bundle.base for bundle in bundles] == [None, *(bundle.tip for bundle in bundles[:-1])]
    assert 2 <= most <= 8
    assert len(list(place.glob("orgs/acme/*"))) == len(bundles)
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


def test_a_bundle_that_is_gone_from_the_folder_is_written_again(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    back_up(data, place)
    (place / "orgs/acme/00001.bundle").unlink()
    (place / "orgs/beta/00001.bundle").chmod(0o600)
    (place / "orgs/beta/00001.bundle").write_bytes(b"short")
    (place / "memory.00001.db").unlink()
    assert set(back_up(data, place).written.values()) == {Written.ALL}
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


def test_a_history_that_was_replaced_by_hand_is_written_anew_without_what_was_to_go(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    back_up(data, place)
    git(data / "orgs/acme.git", "update-ref", "refs/heads/main", "main~3")
    git(data / "orgs/acme.git", "repack", "-adq")
    assert back_up(data, place).written[ACME] == Written.ALL
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


def test_an_archive_is_a_plain_tar_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies" / "x.tar"
    back_up(data, place)
    with tarfile.open(place) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert names == ["memory.00001.db", "orgs/acme/00001.bundle", "orgs/beta/00001.bundle", "manifest.json"]
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == ["x.tar"]
    restored(tmp_path / "unpacked", tmp_path / "again")
    assert_same(data, tmp_path / "again")


def test_a_folder_is_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "new"
    back_up(data, place)
    for path in [place, *place.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_nothing_is_written_over_what_is_no_backup(data: Path, tmp_path: Path) -> None:
    places = [tmp_path / "copies" / name for name in ("other", "other.tar", "notes.txt")]
    places[0].mkdir()
    (places[0] / "diary.md").write_text("dear diary")
    places[1].write_bytes(b"x" * 2000)
    places[2].write_text("notes")
    before = files(tmp_path / "copies")
    for place in places:
        with pytest.raises(BackupPlaceTaken):
            back_up(data, place)
    with pytest.raises(BackupPlaceTaken):
        back_up(data, data)
    assert files(tmp_path / "copies") == before


def test_a_backup_of_another_data_folder_is_not_written_over(data: Path, place: Path, tmp_path: Path) -> None:
    back_up(data, place)
    with open_service(Settings(data_dir=tmp_path / "other")) as service:
        service.organisations.create("acme")
    with pytest.raises(BackupPlaceTaken):
        back_up(tmp_path / "other", place)
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


def test_two_backups_are_not_written_at_one_place_at_once(data: Path, place: Path, tmp_path: Path) -> None:
    back_up(data, place)
    with opened_target(place), pytest.raises(BackupPlaceUnusable):
        back_up(data, place)
    back_up(data, place)
    restored(place, tmp_path / "again")
    assert_same(data, tmp_path / "again")


@pytest.mark.parametrize("where", ["no/such/folder.tar", "file/within", "x" * 300, "x" * 300 + ".tar"], ids=range(4))
def test_a_place_that_cannot_be_made_is_told(data: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupPlaceUnusable):
        back_up(data, tmp_path / where)


def test_a_backup_is_not_built_on_one_that_cannot_be_read(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "copies"
    back_up(data, place)
    manifest = manifest_of(place)
    (place / "manifest.json").write_bytes(sealed({**manifest, "format": 2}))
    with pytest.raises(BackupOfAnotherVersion):
        back_up(data, place)
    (place / "manifest.json").write_text("{")
    with pytest.raises(BackupDamaged):
        back_up(data, place)
    assert (place / "orgs/acme/00001.bundle").exists()


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_repository_that_is_not_well_fails_the_backup_and_leaves_the_one_there(
    data: Path, place: Path, tmp_path: Path, how: str
) -> None:
    back_up(data, place)
    restored(place, tmp_path / "before")
    write(data, 100)
    repository = data / "orgs" / "acme.git"
    if how == "missing":
        repository.rename(tmp_path / "acme.git")
    else:
        for pack in repository.rglob("*.pack"):
            pack.chmod(0o600)
            pack.write_bytes(pack.read_bytes()[:12] + bytes(500))
    with pytest.raises(DataCorrupt):
        back_up(data, place)
    restored(place, tmp_path / "after")
    assert_same(tmp_path / "before", tmp_path / "after")
