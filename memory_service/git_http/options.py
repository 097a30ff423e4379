"""What can be configured of git over HTTP."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOptions:
    """Limits of git over HTTP."""

    spool_folder: str | None = None
    """Where bodies are kept while they arrive, in files without a name; None: where the system keeps such files."""
    max_push_bytes: int = 256 * MIB
    """Largest body of a push."""
    max_fetch_bytes: int = 10 * MIB
    """Largest body of a request of a fetch: what the client has and wants. The limit of git's own server."""
    operations: int = 16
    """Requests that are worked on at the same time."""
    waiting: int = 64
    """Requests that may wait for their turn."""
    wait_seconds: float = 30.0
    """How long one may wait."""
    body_seconds: float = 600.0
    """How long a body may take to arrive as a whole."""
    read_seconds: float = 30.0
    """How long a client may send nothing while its body is awaited."""
    send_seconds: float = 60.0
    """How long a client may leave a part of its answer unread."""

    @property
    def operations_of_org(self) -> int:
        """Requests of one organisation that are worked on at the same time: one cannot keep out all others."""
        return max(1, self.operations // 2)
