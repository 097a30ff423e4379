"""``memory-service reindex`` and ``doctor``: what is derived is made again; what is kept is checked."""

from typing import Annotated

import typer

from memory_service.cli.options import Data, Json, service_command
from memory_service.cli.output import EXIT_FAULT


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
