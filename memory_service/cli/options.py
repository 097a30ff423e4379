"""The options that every command takes, and the service that it works on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from memory_service.cli.output import EXIT_FAULT, Output, exit_code
from memory_service.domain.errors import InternalError, MemoryServiceError, RequestInvalid
from memory_service.logs import configure_logging, log_fault
from memory_service.service import Service, open_service
from memory_service.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Data folder; else MEMORY_SERVICE_DATA_DIR, else ./data.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@contextmanager
def command(
    data: Path | None, *, as_json: bool, log: bool = False, **overrides: Any
) -> Iterator[tuple[Settings, Output]]:
    """Run the body of a command: an error becomes one sentence and the exit code that belongs to it.

    ``overrides`` are settings that the arguments name; None means not named. Only faults are logged without ``log``.
    """
    output = Output(as_json=as_json)
    try:
        settings = _settings({**overrides, "data_dir": data})
        configure_logging(settings.log_level if log else "error")
        yield settings, output
    except MemoryServiceError as error:
        output.failure(error)
        raise SystemExit(exit_code(error)) from None
    except (typer.Exit, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 (the outermost edge: a person gets a sentence, the log gets the places)
        log_fault(error)
        output.failure(
            InternalError(f"Unexpected failure ({type(error).__name__}); please report it with the log above")
        )
        raise SystemExit(EXIT_FAULT) from None


@contextmanager
def service_command(data: Path | None, *, as_json: bool) -> Iterator[tuple[Service, Output]]:
    """Run the body of a command that works on the data folder; works beside a running server."""
    with command(data, as_json=as_json) as (settings, output), open_service(settings) as service:
        yield service, output


def _settings(named: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**{name: value for name, value in named.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "MEMORY_SERVICE_" + str(wrong["loc"][0]).upper()
        raise RequestInvalid(f"setting {name}: {wrong['msg']}") from None
