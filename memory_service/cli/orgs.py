"""``memory-service org``: organisations."""

from pathlib import Path
from typing import Annotated

import typer

from memory_service.cli.options import Data, Json, service_command
from memory_service.domain.pushes import PushMode

app = typer.Typer(help="Organisations: each has one repository and one index.", no_args_is_help=True)

SHOWN_SKIPS = 20
SHOWN_PUSHES = 50
PUSH_COLUMNS = {"at": "AT", "keyName": "PUSHED BY", "keyId": "KEY", "commits": "COMMITS", "old": "FROM", "new": "TO"}


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
            {"name": org.name, "createdAt": org.created_at.isoformat(timespec="seconds"), "push": org.push}
            for org in service.organisations.list()
        ]
        output.rows("organisations", rows, {"name": "NAME", "createdAt": "CREATED", "push": "PUSH"})


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The organisation.")],
    push: Annotated[
        PushMode,
        typer.Option("--push", help="What becomes of a push over commits that its author has not seen."),
    ],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change how an organisation takes pushes: the server merges them, or git's own rule holds."""
    with service_command(data, as_json=as_json) as (service, output):
        service.organisations.set_push_mode(name, push)
        output.value({"name": name, "push": push}, f"Pushes to {name}: {push}")


@app.command("pushes")
def pushes(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The organisation.")],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The last so many.")] = SHOWN_PUSHES,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List what was pushed to an organisation, and with whose key; the newest first."""
    with service_command(data, as_json=as_json) as (service, output):
        (org,) = service.organisations.chosen(name)
        names = {key.id: key.name for key in service.keyring.list(org)}
        rows = [
            {
                "id": push.id,
                "at": push.at.isoformat(timespec="seconds"),
                "keyId": push.key_id,
                "keyName": names.get(push.key_id),
                "commits": push.commits,
                "old": push.old,
                "new": push.new,
            }
            for push in service.pushes.list(org, limit)
        ]
        output.rows("pushes", rows, PUSH_COLUMNS)
