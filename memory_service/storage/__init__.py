"""Repositories on disk: snapshots, edits published as commits, history. The only room that knows dulwich."""

from memory_service.storage.bundles import Bundles, restore_repository
from memory_service.storage.candidates import Skipped
from memory_service.storage.creation import Created
from memory_service.storage.git_server import GitServer
from memory_service.storage.limits import PushLimits, StorageLimits, UploadLimits
from memory_service.storage.repositories import Repositories
from memory_service.storage.snapshot import Snapshot

__all__ = [
    "Bundles",
    "Created",
    "GitServer",
    "PushLimits",
    "Repositories",
    "Skipped",
    "Snapshot",
    "StorageLimits",
    "UploadLimits",
    "restore_repository",
]
