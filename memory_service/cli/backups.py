"""``memory-service backup`` and ``restore``: a copy of everything that is kept, and the way back."""

from pathlib import Path
from typing import Annotated

import typer

from memory_service import backup as copies
from memory_service.cli.options import Data, Json, command
from memory_service.domain.errors import DataFolderUnusable
from memory_service.service import open_service

Place = Annotated[
    Path, typer.Argument(metavar="PLACE", help="One archive if it ends in .tar, else a folder.", show_default=False)
]


def backup(place: Place, data: Data = None, as_json: Json = False) -> None:
    """Copy everything that is kept; in a folder that has a backup, only what is new is written."""
    with command(data, as_json=as_json) as (settings, output):
        if not (settings.data_dir / "memory.db").exists():
            raise DataFolderUnusable(str(settings.data_dir), "nothing is kept there")
        with open_service(settings) as service, copies.opened_target(place) as target:
            made = service.backups.make(target, str(place), output.progress)
        orgs = [
            {"name": org.name, "commit": org.commit, "written": made.written[org.name]} for org in made.manifest.orgs
        ]
        unchanged = sum(org["written"] == copies.Written.NOTHING for org in orgs)
        output.value(
            {"place": str(place), "madeAt": made.manifest.made_at, "bytes": made.size, "organisations": orgs},
            f"Backed up {_counted(len(orgs))} to {place}: {unchanged} unchanged, {made.size} bytes written",
        )


def restore(place: Place, data: Data = None, as_json: Json = False) -> None:
    """Put a backup into an empty data folder, whole or not at all."""
    with command(data, as_json=as_json) as (settings, output), copies.opened_source(place) as source:
        manifest = copies.restore(source, settings.data_dir, output.progress)
        orgs = [{"name": org.name, "commit": org.commit} for org in manifest.orgs]
        output.value(
            {"place": str(place), "madeAt": manifest.made_at, "organisations": orgs},
            f"Restored {_counted(len(orgs))} as of {manifest.made_at}",
        )


def _counted(organisations: int) -> str:
    return f"{organisations} organisation{'' if organisations == 1 else 's'}"
