"""The command line: each command is a few lines over the service, and fails with one sentence."""

from memory_service.cli.entry import main

__all__ = ["main"]
