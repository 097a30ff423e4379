"""The command line: each command is a few lines over the service, and fails with one sentence."""

from memory_service.cli.app import app, main

__all__ = ["app", "main"]
