"""What can be configured of the HTTP interface."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """Limits and addresses of the HTTP interface."""

    public_url: str | None = None
    """Where clients reach the service, without a closing slash; None: where the request itself went."""
    max_body_bytes: int = 2 * 1024 * 1024
    body_seconds: float = 30.0
    """How long the body of a request may take to arrive."""
    requests_at_once: int = 10_000
    """Of all keys; event streams among them."""
    requests_per_second: int = 1000
    """For each key."""
    ping_seconds: float = 15.0
    """Between two heartbeats of an event stream."""
    send_seconds: float = 30.0
    """How long a client may leave an event unread before its stream is dropped."""
    metrics_enabled: bool = True
    docs_enabled: bool = True
