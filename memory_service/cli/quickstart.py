"""What ``make run`` does: a server on a data folder that holds a sample organisation, and a key to try it with."""

from pathlib import Path
from typing import Annotated

import typer

from memory_service.cli.options import Data, command
from memory_service.cli.output import Output
from memory_service.cli.serve import listening_socket, serve_until_told
from memory_service.descriptors import take_all
from memory_service.domain.calls import Scope
from memory_service.domain.ids import OrgId
from memory_service.service import Service, open_service

ORG = "acme"

WELCOME = """\
memory-service is running at {address}, with the organisation "{org}" in {data}.

  key      {secret}
  stop     Ctrl-C; `make run` starts again on the same data, with a further key

Try it:

  curl -s {address}/api/runtime/capabilities -H "Authorization: Bearer {secret}"

  curl -s {address}/api/runtime/tools/memory_search -H "Authorization: Bearer {secret}" \\
    -H "Content-Type: application/json" -d '{{"input": {{"query": "enterprise fintech ICP"}}}}'

  curl -s {address}/api/runtime/tools/memory_append -H "Authorization: Bearer {secret}" \\
    -H "Content-Type: application/json" \\
    -d '{{"input": {{"path": "/daily/2026-05-04.md", "content": "- Tried the memory service."}}}}'

Every changing call is one commit: git -C {repository} log

Edit it yourself, with any user name and the key as password:

  git clone {address}/git/{org}.git
"""


def quickstart(
    sample: Annotated[Path, typer.Option("--sample", help="The folder that the organisation is made from.")],
    data: Data = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve a sample organisation, which is made where there is none."""
    take_all()
    with (
        command(data, as_json=False, log=True, port=port) as (settings, output),
        listening_socket(settings.host, settings.port) as listener,
        open_service(settings) as service,
    ):
        org = _sample(service, output, sample)
        _, secret = service.keyring.create(org, "quickstart", [Scope.RUNTIME, Scope.GIT_WRITE], None)
        welcome = WELCOME.format(
            address="{address}",
            org=org,
            data=settings.data_dir,
            secret=secret,
            repository=service.repository_path(org),
        )
        serve_until_told(service, listener, lambda address: output.value({}, welcome.replace("{address}", address)))


def _sample(service: Service, output: Output, source: Path) -> OrgId:
    """The sample organisation, made from a folder where it does not exist yet."""
    there = [org.name for org in service.organisations.list() if org.name == ORG]
    if there:
        return there[0]
    with output.progress("Importing") as importing:
        created = service.organisations.create(ORG, source, importing)
    with output.progress("Indexing") as indexing:
        service.memory.reindex(created.org, indexing)
    return created.org
