"""``memory-service org``: organisations."""

from pathlib import Path
from typing import Annotated

import typer

from memory_service.cli.options import Data, Json, service_command

app = typer.Typer(help="Organisations: each has one repository and one index.", no_args_is_help=True)

SHOWN_SKIPS = 20


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 63 of a-z, 0-9 and -.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="PATH", help="A folder of markdown (one first commit) or a git repository."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Create an organisation, empty or from a folder or a git repository."""
    with service_command(data, as_json=as_json) as (service, output):
        with output.progress("Importing") as importing:
            created = service.organisations.create(name, source, importing)
        with output.progress("Indexing") as indexing:
            service.memory.reindex(created.org, indexing)
        shown = created.skipped if as_json else created.skipped[:SHOWN_SKIPS]
        for skipped in shown:
            output.note(f"Skipped {skipped.path}: {skipped.reason}")
        if len(shown) < len(created.skipped):
            output.note(f"... and {len(created.skipped) - len(shown)} more (all of them with --json)")
        output.value(
            {
                "name": created.org,
                "commit": created.commit,
                "files": created.files,
                "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in created.skipped],
            },
            f"Created {created.org}: {created.files} files, {len(created.skipped)} skipped, commit {created.commit}",
        )


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """List the organisations."""
    with service_command(data, as_json=as_json) as (service, output):
        rows = [
            {"name": org.name, "createdAt": org.created_at.isoformat(timespec="seconds")}
            for org in service.organisations.list()
        ]
        output.rows("organisations", rows, {"name": "NAME", "createdAt": "CREATED"})
