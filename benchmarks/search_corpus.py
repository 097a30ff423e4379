"""Real pages to search, and questions of words that stand in them.

``SEARCH_CORPUS`` names a tar archive of markdown files. None is part of this project.
"""

import os
import random
import re
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from benchmarks.search_peers import Page
from memory_service.search import title_of
from memory_service.search.stop_words import STOP_WORDS

_HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]{3,}")
WORDS = range(2, 6)
"""How many words a question has."""


@contextmanager
def extracted() -> Iterator[Path | None]:
    """The folder of the files, for a while; None, and why is said, where no archive is named."""
    archive = os.environ.get("SEARCH_CORPUS")
    if not archive:
        Console().print("search: SEARCH_CORPUS names no archive of markdown files (see benchmarks/search_corpus.py)")
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
        yield Path(folder)


def files(folder: Path) -> list[Page]:
    """Each file as a page."""
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*.md"))
    return [_page(path.as_posix(), (folder / path).read_text("utf-8", "replace")) for path in paths]


def sections(pages: Sequence[Page]) -> list[Page]:
    """Each file cut at its headings, every piece as a page."""
    return [
        Page(f"{page.name.removesuffix('.md')}/{number:04}.md", page.title, text)
        for page in pages
        for number, text in enumerate(filter(str.strip, _HEADING.split(page.text)))
    ]


def questions(pages: Sequence[Page], count: int, seed: int) -> list[str]:
    """Questions of two to five telling words that stand together in a page, always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 # nothing secret is drawn
    found: list[str] = []
    while len(found) < count:
        words = sorted(set(_WORD.findall(chance.choice(pages).text.lower())) - STOP_WORDS)
        wanted = chance.choice(WORDS)
        if len(words) >= wanted:
            found.append(" ".join(chance.sample(words, wanted)))
    return found


def _page(name: str, text: str) -> Page:
    return Page(name, title_of(text) or name, text)
