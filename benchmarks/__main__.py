"""``python -m benchmarks [NAME ...]`` runs all benchmarks, or those named, and prints their tables."""

import importlib
import sys

NAMES = ("calls", "git", "languages", "mcp", "organisations", "search", "search_pages", "search_quality", "storage")


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        importlib.import_module(f"benchmarks.{name}").main()


main()
