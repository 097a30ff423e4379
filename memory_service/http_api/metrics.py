"""What the operator can measure: counts and times by method, route and status, never by organisation or path."""

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest


class Metrics:
    """The metrics of one application; two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Histogram(
            "memory_service_http_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.open_streams = Gauge(
            "memory_service_event_streams", "Event streams that are open.", registry=self._registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry)
