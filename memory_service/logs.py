"""Logging: one JSON object a line on standard error, with no header, body, path of a memory or key in it."""

import logging
import sys
import traceback
from typing import Any

import structlog


def configure_logging(level: str) -> None:
    """Send the log of the service, and what libraries warn of, to standard error as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        # What is below the level is not even put together: a request has a line.
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _discreet],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    # Below warnings, libraries log what passes through them: addresses, headers, the events of a stream.
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.startswith("memory_service"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def log_fault(error: BaseException) -> None:
    """Log a bug by its type and the places it passed through; its message may hold content and is left out."""
    structlog.get_logger("memory_service").error("fault", **_described(error))


def log_cut_off(executions: int) -> None:
    """Log how many executions the end of the process will cut off."""
    structlog.get_logger("memory_service").warning("executions cut off", count=executions)


def _described(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__name__,
        "cause": type(cause).__name__ if cause else None,
        "errno": getattr(cause if isinstance(cause, OSError) else error, "errno", None),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _discreet(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What a library logs, its exceptions described as faults are, and without the objects that further lines show."""
    event["event"] = str(event["event"]).partition("\n")[0]
    _, error, _ = event.pop("exc_info", None) or (None, None, None)
    return {**event, **_described(error)} if error else event
