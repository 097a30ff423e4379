"""What a store takes on, and where it says no."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLimits:
    """The bounds of a store; the defaults are those that the service states."""

    file_bytes: int = 1 << 20
    """Size of a memory file."""
    folder_entries: int = 10_000
    """Files and folders directly in one folder."""
    waiting_edits: int = 1024
    """Edits of one repository that wait for their turn in this process."""
    batch: int = 64
    """Edits that are made durable together."""
    packs: int = 50
    """Packs of one repository, above which small ones are put together."""
    open_repositories: int = 256
    """Repositories whose indexes are held in memory."""
    tree_cache_bytes: int = 64 << 20
    """Memory for parsed folders, shared by all repositories."""
    lock_seconds: float = 10.0
    """How long a write waits for another process, and how old a lock of a dead git gets."""
