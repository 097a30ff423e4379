"""``memory-service serve``: the server process."""

import gc
import signal
import socket
import sys
from collections.abc import Callable
from typing import Annotated

import typer
import uvicorn

from memory_service.cli.connections import BudgetedHttp
from memory_service.cli.options import Data, Json, command
from memory_service.descriptors import take_all
from memory_service.domain.errors import AddressUnusable
from memory_service.service import Service, open_service

GRACE_SECONDS = 1
"""What open connections are given at shutdown; streams end by themselves before."""


def serve(
    data: Data = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one. Default: 8000.", show_default=False)
    ] = None,
    public_url: Annotated[
        str | None, typer.Option("--public-url", metavar="URL", help="Address that clients use.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the runtime API until the process is told to end."""
    take_all()
    with (
        command(data, as_json=as_json, log=True, host=host, port=port, public_url=public_url) as (
            settings,
            output,
        ),
        listening_socket(settings.host, settings.port) as listener,
        open_service(settings) as service,
    ):
        serve_until_told(
            service, listener, lambda address: output.value({"address": address}, f"Listening on {address}")
        )


def serve_until_told(service: Service, listener: socket.socket, announce: Callable[[str], None]) -> None:
    """Serve on a listening socket until the process is told to end; tells the address once requests are answered.

    Raises:
        DataCorrupt: the database is damaged.
    """
    service.examination.refuse_damage()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn ends its loop on the first of these and then raises it again, for us: time to close and to go.
        signal.signal(number, lambda *_: sys.exit())
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    config = uvicorn.Config(
        service.app(),
        http=BudgetedHttp.bounded(service.settings.body_seconds, service.descriptors.connections),
        log_config=None,
        proxy_headers=False,  # whoever connects could name any address as its own
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, lambda: announce(address), service.stop_taking_on).run(sockets=[listener])


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on an address.

    Raises:
        AddressUnusable: it is taken, or none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise AddressUnusable(host, port, error.strerror or str(error)) from error
    return listener


class _Server(uvicorn.Server):
    """Says when it is ready to answer, and when it is about to end: open streams would keep it waiting."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            # All that the modules are made of stays: each full collection would look through it again.
            gc.collect()
            gc.freeze()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so, then end as uvicorn does."""
        self._ending()
        await super().shutdown(sockets=sockets)
