"""A server process like ``memory-service serve``, with the fixture tools: ``python -m tests.fixture_server DIR``."""

import sys
from pathlib import Path

from memory_service.cli.serve import listening_socket, serve_until_told
from memory_service.logs import configure_logging
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.fixture_tools import FixtureTools


def main(data: Path) -> None:
    """Serve until told to end; prints the address as the real command does."""
    settings = Settings(data_dir=data)
    configure_logging("info")
    with (
        listening_socket("127.0.0.1", 0) as listener,
        open_service(settings, capabilities_of=FixtureTools().capabilities) as service,
    ):
        serve_until_told(service, listener, lambda address: print(f"Listening on {address}", flush=True))  # noqa: T201 (what the test reads)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
