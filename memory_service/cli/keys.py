"""``memory-service key``: the keys of organisations."""

from datetime import datetime
from typing import Annotated, Any

import typer

from memory_service.cli.options import Data, Json, service_command
from memory_service.domain.calls import Scope
from memory_service.domain.keys import Key

app = typer.Typer(help="Keys: each belongs to one organisation. Only their hashes are kept.", no_args_is_help=True)

COLUMNS = {
    "id": "ID",
    "org": "ORG",
    "name": "NAME",
    "scopes": "SCOPES",
    "hint": "ENDS IN",
    "createdAt": "CREATED",
    "expiresAt": "EXPIRES",
    "lastUsedAt": "LAST USED",
    "revokedAt": "REVOKED",
}


@app.command("create")
def create(
    org: Annotated[str, typer.Option("--org", metavar="NAME", help="The organisation.")],
    name: Annotated[
        str, typer.Option("--name", metavar="LABEL", help="Who or what uses it; the author of its commits.")
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="S", help=f"One of {', '.join(Scope)}; may be repeated. Default: runtime."),
    ] = None,
    expires: Annotated[int | None, typer.Option("--expires", metavar="DAYS", min=1, help="Days until it ends.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Create a key and print its secret, once, alone on standard output."""
    with service_command(data, as_json=as_json) as (service, output):
        key, secret = service.keyring.create(org, name, scope or [Scope.RUNTIME], expires)
        output.value({**_shown(key), "secret": secret}, secret)


@app.command("list")
def list_(
    org: Annotated[str | None, typer.Option("--org", metavar="NAME", help="Only this organisation's.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List keys, revoked and expired ones included."""
    with service_command(data, as_json=as_json) as (service, output):
        output.rows("keys", [_shown(key) for key in service.keyring.list(org)], COLUMNS)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as the list shows it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Revoke a key: new calls with it answer 401."""
    with service_command(data, as_json=as_json) as (service, output):
        key = service.keyring.revoke(key_id)
        output.value(_shown(key), f"Revoked {key.id} ({key.name})")


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "org": key.org,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "hint": key.hint,
        "createdAt": _moment(key.created_at),
        "expiresAt": _moment(key.expires_at),
        "lastUsedAt": _moment(key.last_used_at),
        "revokedAt": _moment(key.revoked_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
