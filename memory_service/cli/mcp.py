"""``memory-service mcp``: the tools for one agent on this machine, without a server."""

import signal
from typing import Annotated

import typer

from memory_service.cli.options import Data, Json, command
from memory_service.mcp_serving import speak_on_stdio
from memory_service.service import open_service


def mcp(
    org: Annotated[str, typer.Option("--org", metavar="NAME", help="The organisation whose memory it is.")],
    name: Annotated[
        str, typer.Option("--name", metavar="LABEL", help="Who the agent's commits are by.")
    ] = "local agent",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Speak the Model Context Protocol on standard input and output until the input ends."""
    # What is cut off is settled by whoever works on the data next, as after a crash; an agent that ends waits for none.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with command(data, as_json=as_json) as (settings, _), open_service(settings) as service:
        (known,) = service.organisations.chosen(org)
        speak_on_stdio(service.serving_runtime(), service.memory, known, name)
