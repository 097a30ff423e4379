"""A server with the program git and one without it, and people around their organisations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.domain.calls import Scope
from tests.git_client.people import Person
from tests.service_fixtures import Organisation, RunningService, running_service

ON_ONE_SERVER = pytest.mark.parametrize("served", ["without git"], indirect=True)
"""For tests of what does not differ between the two servers: all but how packs are made."""


class Host:
    """An organisation, with people who clone its memory and agents who change it."""

    def __init__(self, org: Organisation, folder: Path) -> None:
        self.org = org
        self._folder = folder

    @property
    def running(self) -> RunningService:
        """The service that it belongs to."""
        return self.org.running

    @property
    def address(self) -> str:
        """The address of the repository."""
        return f"{self.running.address}/git/{self.org.name}.git"

    def person(self, name: str = "Ada", *, scope: Scope = Scope.GIT_WRITE) -> Person:
        """Somebody with a key of that name, and nothing else yet."""
        key = self.org.key(name, [scope])
        home = self._folder / name
        home.mkdir()
        return Person(name, home, self.address_with(key), self.running.clock)

    def clone(self, name: str = "Ada", *options: str) -> Person:
        """Somebody with a clone."""
        return self.person(name).clone(*options)

    def address_with(self, key: str) -> str:
        """The address of the repository, with a key."""
        return self.address.replace("://", f"://anybody:{key}@")


@pytest.fixture(scope="session", params=["with git", "without git"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The servers that the tests of this process share: one that has the program git, and one that has not."""
    folder = tmp_path_factory.mktemp("served")
    with running_service(folder, use_git_binary=request.param == "with git", push_suffixes=".bin") as running:
        yield running


@pytest.fixture
def host(served: RunningService, tmp_path: Path) -> Iterator[Host]:
    """A fresh organisation of this test alone."""
    organisation = served.organisation()
    yield Host(organisation, tmp_path)
    organisation.close()
