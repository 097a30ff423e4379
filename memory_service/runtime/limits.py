"""How much the runtime takes on at once, and for how long."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeLimits:
    """The bounds of one server process."""

    workers: int = 40
    """Executions that run at the same time: so many that only read, and so many others."""
    queue: int = 1000
    """Executions of each kind that wait for a worker; further ones are refused."""
    execution_seconds: float = 30.0
    """From the start of a handler to its deadline."""
    streams: int = 2000
    """Event streams open at the same time."""
    streams_per_key: int = 100
    """Event streams that one key holds open."""
    poll_seconds: float = 0.5
    """Between two looks for events of an execution that another process runs."""
    settle_seconds: float = 1.0
    """What settling is given at the start before requests are served beside it."""
    drain_seconds: float = 2.0
    """What running executions are given at shutdown."""
    upkeep_seconds: float = 60.0
    """Between two rounds of settling what was cut off and forgetting what is old."""
    retention: timedelta = timedelta(days=90)
    """How long the events and the idempotency key of an ended execution are kept."""
