"""A memory file as the index knows it: what each term tells of each of its sections."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.search.analysis import read
from memory_service.search.front_matter import tags_of
from memory_service.search.scoring import Text, impacts
from memory_service.search.sections import Section, sections_of, title_of

HEADING_JOINER = " > "
_OVERHEAD, _PER_WORD, _PER_TERM = 1000, 8, 40
"""Bytes, about: of a document without any, and of each; a term counts for each section, and where there are several
once more for the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An analysed section."""

    start_line: int
    end_line: int
    heading: str | None
    length: int
    """Words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An analysed file."""

    path: MemoryPath
    blob: BlobId
    updated_at: datetime
    title: str | None
    tags: tuple[str, ...]
    """Folded, as filters compare them."""
    parts: tuple[Part, ...]
    words: tuple[str, ...]
    """Its text, each word as its term."""
    impacts: Sequence[Mapping[str, int]]
    """For each section, what each term tells of it that stands in its text or titles."""
    terms: Set[str]
    """All of those terms, so that a file without one is passed over at once."""

    size: int
    """Bytes of memory, about: words and terms are shared with other documents."""


def analyse(file: File) -> Document:
    """Read a file into a document. Never fails: bytes that are no UTF-8 are replaced."""
    content = text_of(file.content)
    title = title_of(content)
    sections = sections_of(content)
    terms = [read(content[section.start : section.end]) for section in sections]
    texts = [Text(Counter(chain(words, further)), len(words)) for words, further in terms]
    line = tuple(chain.from_iterable(words for words, _ in terms))
    whole = texts[0] if len(texts) == 1 else Text(Counter(chain.from_iterable(chain(*terms))), len(line))
    named = _named(*file.path.parts[:-1], file.path.name.removesuffix(".md"), title or "")
    told = tuple(
        impacts(text, whole, named | _named(*section.headings)) for section, text in zip(sections, texts, strict=True)
    )
    held = told[0].keys() if len(told) == 1 else frozenset().union(*told)
    kept = told if len(told) == 1 else (*told, held)  # the keys of the one section take no memory of their own
    return Document(
        path=file.path,
        blob=file.blob,
        updated_at=file.updated_at,
        title=title,
        tags=tags_of(content),
        parts=tuple(map(_part, sections, texts)),
        words=line,
        impacts=told,
        terms=held,
        size=_OVERHEAD + _PER_WORD * len(line) + _PER_TERM * sum(map(len, kept)),
    )


def _part(section: Section, text: Text) -> Part:
    return Part(
        start_line=section.start_line,
        end_line=max(section.start_line, section.end_line),
        heading=HEADING_JOINER.join(section.path) or None,
        length=text.length,
    )


def text_of(content: bytes) -> str:
    """The text of a file."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def _named(*names: str) -> frozenset[str]:
    return frozenset().union(*map(_name_terms, names))


@lru_cache(maxsize=1000)
def _name_terms(name: str) -> frozenset[str]:
    return frozenset(chain(*read(name)))
