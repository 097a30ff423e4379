"""Logging: one JSON object a line on standard error, with no header, body, path of a memory or key in it."""

import logging
import sys
import traceback

import structlog


def configure_logging(level: str) -> None:
    """Send the log of the service, and of the libraries it stands on, to standard error as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Both would log what the service's own access log says better, one of them with addresses and query strings.
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in ("alembic", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def log_fault(error: BaseException) -> None:
    """Log a bug by its type and the places it passed through; its message may hold content and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    cause = error.__cause__ or error.__context__
    structlog.get_logger("memory_service").error(
        "fault",
        error=type(error).__name__,
        cause=type(cause).__name__ if cause else None,
        errno=getattr(cause if isinstance(cause, OSError) else error, "errno", None),
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
