"""Composition: the one place that knows every room and puts them together over a data folder."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

from memory_service.access import Authenticator
from memory_service.administration import Keyring, Organisations
from memory_service.backup import Backups, is_being_restored
from memory_service.database import Database, FileTables, Keys, Orgs, Pushes, RuntimeRecords
from memory_service.descriptors import Shares, shares
from memory_service.domain.capabilities import Capability
from memory_service.domain.errors import DataFolderUnusable
from memory_service.domain.ids import Clock, NewId, OrgId
from memory_service.examination import Examination
from memory_service.git_serving import git_http, git_program, git_server
from memory_service.identifiers import new_id as system_ids
from memory_service.identifiers import system_clock
from memory_service.instances import ProcessInstances
from memory_service.logs import log_cut_off, log_fault
from memory_service.mcp_serving import mcp_http
from memory_service.memory import Memory, MemoryLimits, memory_capabilities
from memory_service.runtime import AsyncRuntime, Registry, Runtime, RuntimeLimits
from memory_service.search import SearchIndexes, title_of
from memory_service.settings import Settings
from memory_service.storage import Repositories, StorageLimits

if TYPE_CHECKING:
    from memory_service.http_api import Application

DRAIN_SECONDS = 0.5
"""What running executions are given at shutdown, within the three seconds that it may take."""

ROOM_BYTES = 16 * 1024 * 1024
"""Free space below which the service does not count as ready."""

CapabilitiesOf = Callable[[OrgId], Sequence[Capability]]


class Service:
    """Everything over one data folder. Opened by ``open_service``; a context manager, closed at its end."""

    def __init__(self, settings: Settings, clock: Clock, new_id: NewId, capabilities_of: CapabilitiesOf) -> None:
        self.settings = settings
        self._clock = clock
        self._new_id = new_id
        self._served: list[AsyncRuntime] = []
        self.descriptors = shares()
        with ExitStack() as opened:
            folder = _usable(settings.data_dir)
            self.instances = ProcessInstances(folder / "run", new_id("server"))
            opened.callback(self._give_up_instance)
            self.database = Database(folder / "memory.db")
            opened.callback(self.database.close)
            self.repositories = _repositories(settings, folder / "orgs", clock, self.descriptors)
            opened.callback(self.repositories.close)
            orgs = Orgs(self.database)
            self.pushes = Pushes(self.database)
            self.git_server = git_server(settings, self.repositories, orgs, self.pushes, clock, new_id)
            opened.callback(self.git_server.close)
            self.indexes = SearchIndexes(folder / "derived" / "index", open_indexes=self.descriptors.search_indexes)
            self.tables = FileTables(folder / "derived" / "files.db", title_of)
            opened.callback(self.tables.close)
            limits = MemoryLimits(max_file_bytes=settings.max_file_bytes)
            self.memory = Memory(self.repositories, self.indexes, self.tables, limits)
            opened.callback(self.memory.close)
            opened.callback(self.indexes.close)  # first: the memory waits for what is being built
            self._opened = opened.pop_all()
        self._keys = Keys(self.database)
        self.organisations = Organisations(orgs, self.repositories, clock)
        self.keyring = Keyring(self._keys, clock, new_id)
        self.runtime = Runtime(
            RuntimeRecords(self.database),
            Registry(memory_capabilities(self.memory), capabilities_of),
            self.instances,
            clock,
            new_id,
            _runtime_limits(settings),
            log_fault,
        )
        self.backups = Backups(self.database, self.repositories, clock, version("memory-service"))
        self.examination = Examination(self.database, self.repositories, orgs, self.memory, self.runtime)

    def app(self) -> "Application":
        """The HTTP interface, as an ASGI application that may be served once."""
        # Imported here, so that commands which serve nothing start without a web framework.
        from memory_service.http_api import HttpOptions, create_app

        settings = self.settings
        runtime = self.serving_runtime()
        authenticator = Authenticator(self._keys, self._clock, failures_per_minute=settings.auth_failures_per_minute)
        app = create_app(
            runtime=runtime,
            authenticator=authenticator,
            options=HttpOptions(
                public_url=settings.public_url,
                max_body_bytes=settings.max_body_bytes,
                body_seconds=settings.body_seconds,
                requests_at_once=self.descriptors.requests,
                requests_per_second=settings.requests_per_second,
                metrics_enabled=settings.metrics,
                docs_enabled=settings.docs,
            ),
            ready=self._ready,
            new_id=self._new_id,
            on_demand=[mcp_http(settings, runtime, self.memory)],
        )
        if settings.git:
            git = git_http(settings, self.git_server, runtime, authenticator, self.memory)
            app.router.routes.extend(git.routes())
        return app

    def serving_runtime(self) -> AsyncRuntime:
        """The runtime for one event loop; what it still runs at the end keeps the process counting as alive."""
        runtime = AsyncRuntime(self.runtime)
        self._served.append(runtime)
        return runtime

    def stop_taking_on(self) -> None:
        """Refuse further work and end the open streams, as soon as the process is told to end."""
        for runtime in self._served:
            runtime.stop()

    def repository_path(self, org: OrgId) -> Path:
        """The bare git repository of an organisation."""
        return self.settings.data_dir.absolute() / "orgs" / f"{org}.git"

    def close(self) -> None:
        """Close everything that was opened, in the reverse order."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _give_up_instance(self) -> None:
        """Let others settle what this process leaves: not while it can still change something, for which the end of the
        process is awaited."""
        running = sum(runtime.running for runtime in self._served)
        if running:
            log_cut_off(running)
        else:
            self.instances.close()

    def _ready(self) -> Mapping[str, bool]:
        folder = self.settings.data_dir
        return {
            "database": self.database.answers(),
            "storage": os.access(folder / "orgs", os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES,
        }


def open_service(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    new_id: NewId = system_ids,
    capabilities_of: CapabilitiesOf = lambda org: (),
) -> Service:
    """Open the service over the data folder of the settings, which is made where there is none.

    Raises:
        DataFolderUnusable: the folder cannot be made or written.
        DataCorrupt: the database is damaged, or of a newer version.
    """
    return Service(settings, clock, new_id, capabilities_of)


def _usable(folder: Path) -> Path:
    _refuse_half_restored(folder)
    try:
        for part in ("run", "orgs", "derived"):
            (folder / part).mkdir(parents=True, exist_ok=True)
            probe = folder / part / ".probe"
            probe.touch()
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise DataFolderUnusable(str(folder), error.strerror or str(error)) from error
    _refuse_half_restored(folder)  # one that has begun meanwhile has not seen these folders, as they hold no file
    return folder.absolute()


def _refuse_half_restored(folder: Path) -> None:
    if is_being_restored(folder):
        raise DataFolderUnusable(str(folder), "a restore into it has not ended: run it again")


def _repositories(settings: Settings, root: Path, clock: Clock, descriptors: Shares) -> Repositories:
    limits = StorageLimits(
        file_bytes=settings.max_file_bytes,
        suffixes=tuple(settings.push_suffixes.split(",")) if settings.push_suffixes else (),
        open_repositories=settings.open_repositories,
        mapped_indexes=descriptors.pack_indexes,
    )
    return Repositories(root, clock, limits, git_program(settings))


def _runtime_limits(settings: Settings) -> RuntimeLimits:
    return RuntimeLimits(
        workers=settings.workers,
        queue=settings.queue,
        execution_seconds=settings.execution_seconds,
        streams=settings.streams,
        streams_per_key=settings.streams_per_key,
        drain_seconds=DRAIN_SECONDS,
        retention=timedelta(days=settings.event_retention_days),
    )
