"""Git over HTTP, put together: keys and repositories behind the addresses, and what else follows from a push."""

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from memory_service.access import Authenticator
from memory_service.database import Orgs, Pushes
from memory_service.domain.calls import Principal
from memory_service.domain.errors import MemoryServiceError
from memory_service.domain.ids import Clock, NewId, OrgId
from memory_service.logs import log_fault
from memory_service.memory import Memory
from memory_service.runtime import AsyncRuntime
from memory_service.settings import Settings
from memory_service.storage import GitServer, Repositories, UploadLimits

if TYPE_CHECKING:
    from memory_service.git_http import GitHttp


def git_program(settings: Settings) -> Path | None:
    """The program ``git``, where there is one and it is to be used."""
    program = shutil.which("git") if settings.use_git_binary else None
    return Path(program) if program else None


def git_server(
    settings: Settings, repositories: Repositories, orgs: Orgs, pushes: Pushes, clock: Clock, new_id: NewId
) -> GitServer:
    """What git's clients fetch from and push to."""
    return GitServer(
        repositories,
        clock=clock,
        new_id=new_id,
        push_mode=orgs.push_mode,
        record=pushes.add,
        git=git_program(settings),
        upload_limits=UploadLimits(processes=settings.git_operations),
    )


def git_http(
    settings: Settings, server: GitServer, runtime: AsyncRuntime, authenticator: Authenticator, memory: Memory
) -> "GitHttp":
    """The addresses at which git's clients are served."""
    # Imported here, so that commands which serve nothing start without a web framework.
    from memory_service.git_http import GitHttp, GitOptions
    from memory_service.http_api import note_principal

    async def authenticate(secret: str | None, address: str) -> Principal:
        return await runtime.call(authenticator.authenticate, secret, address)

    return GitHttp(
        server,
        authenticate,
        GitOptions(
            spool_folder=str(settings.data_dir.absolute() / "run"),
            max_push_bytes=settings.max_push_bytes,
            operations=settings.git_operations,
            read_seconds=settings.body_seconds,
        ),
        on_principal=note_principal,
        on_push=partial(_warm, memory),
    )


def _warm(memory: Memory, org: OrgId) -> None:
    """Bring the mirrors to what was pushed, for the sake of the next call's speed; it would do the same itself."""
    try:
        memory.refresh(org)
    except MemoryServiceError:
        pass  # it takes long, or the server is shutting down
    except Exception as error:  # noqa: BLE001 - nobody waits for it
        log_fault(error)
