"""``python -m memory_service`` is the command line."""

from memory_service.cli import main

main()
