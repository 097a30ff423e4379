"""What a store takes on, and where it says no."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLimits:
    """The bounds of a store; the defaults are those that the service states."""

    file_bytes: int = 1 << 20
    """Size of a memory file."""
    suffixes: tuple[str, ...] = ()
    """Further files that people may push, by the ends of their names; their content is not looked at."""
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
    mapped_indexes: int = 256
    """Large indexes of packs that are held open, at a file descriptor each."""
    tree_cache_bytes: int = 64 << 20
    """Memory for parsed folders, shared by all repositories."""
    lock_seconds: float = 10.0
    """How long a write waits for another process, and how old a lock of a dead git gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """The bounds of what is fetched."""

    processes: int = 8
    """Clones and fetches that are served at once."""
    request_lines: int = 50_000
    """Lines of a request: what the client wants, and what it has."""
    silent_seconds: int = 60
    """How long git may be without a word."""
    seconds: int = 600
    """Processor time of one git."""
    memory_bytes: int = 4 << 30
    """Address space of one git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLimits:
    """The bounds of a push, beside those of the store."""

    commands: int = 64
    """Names that one push may want to move."""
    request_lines: int = 1000
    """Lines before the pack; a shallow clone sends one for each place where its history ends."""
    objects: int = 200_000
    """Objects in a pack."""
    inflated_bytes: int = 256 << 20
    """All objects of a pack together, deltas included."""
    chain: int = 50
    """Deltas one upon another."""
    commit_bytes: int = 1 << 16
    """Size of a commit."""
    aside_bytes: int = 1 << 30
    """Size of a file that is made of a push before it is known to be good."""
    files: int = 100_000
    """Files that a commit may change: a few folders that hold one another stand for any number of files."""
    faults: int = 20
    """Reasons that a refused push is told at once."""
    seconds: int = 60
    """How long a push is looked at."""
    memory_bytes: int = 1 << 30
    """Address space of the process that looks at a push."""
    processes: int = 4
    """Pushes that are looked at at once."""
    merge_seconds: float = 20.0
    """How long the server works at merging a push."""
    turn_seconds: float = 1.0
    """How long it may do so in the writer's turn, when agents wait."""
    merge_lines: int = 100_000
    """Lines that a file may have to be merged."""
