"""``memory-service reindex``, ``doctor`` and ``gc``: what is kept is checked and put in order, the rest made again."""

from typing import Annotated

import typer

from memory_service.cli.options import Data, Json, service_command
from memory_service.cli.output import EXIT_FAULT

GC_COLUMNS = {
    "name": "NAME",
    "packs": "PACKS",
    "putTogether": "PUT TOGETHER",
    "bytes": "BYTES",
    "removed": "REMOVED",
}


def reindex(
    org: Annotated[str | None, typer.Option("--org", metavar="NAME", help="Only this organisation.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build the search index and the file table again from the repositories."""
    with service_command(data, as_json=as_json) as (service, output):
        names = service.organisations.chosen(org)
        for name in names:
            with output.progress(f"Indexing {name}") as progress:
                service.memory.reindex(name, progress)
        output.value({"reindexed": names}, f"Reindexed {', '.join(names) or 'nothing: there is no organisation'}")


def doctor(data: Data = None, as_json: Json = False) -> None:
    """Check everything that is kept; mend what is derived; end with 1 when something is left that it cannot mend."""
    with service_command(data, as_json=as_json) as (service, output):
        with output.progress("Checking") as progress:
            findings = service.examination.run(progress)
        rows = [
            {"subject": finding.subject, "problem": finding.problem, "mended": finding.mended} for finding in findings
        ]
        for finding in findings:
            output.note(f"{finding.subject}: {finding.problem}{' (mended)' if finding.mended else ''}")
        left = sum(not finding.mended for finding in findings)
        healthy = "Everything is well" if not findings else f"{len(findings)} found, {len(findings) - left} mended"
        output.value({"healthy": not left, "findings": rows}, healthy)
        if left:
            raise typer.Exit(EXIT_FAULT)


def gc(
    org: Annotated[str | None, typer.Option("--org", metavar="NAME", help="Only this organisation.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put packs of repositories together where there are many, as servers do by themselves."""
    with service_command(data, as_json=as_json) as (service, output):
        names = service.organisations.chosen(org)
        rows = []
        with output.progress("Looking through" if dry_run else "Putting packs together") as progress:
            for done, name in enumerate(names):
                progress(done, len(names))
                work = service.repositories.upkeep(name, dry_run=dry_run)
                rows.append(
                    {
                        "name": name,
                        "packs": work.packs,
                        "putTogether": work.together,
                        "bytes": work.size if work.together else 0,
                        "removed": work.removed,
                    }
                )
            progress(len(names), len(names))
        output.rows("organisations", rows, GC_COLUMNS)
