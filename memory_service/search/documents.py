"""A memory file as the index knows it: what each term tells of each of its sections."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.search.analysis import terms
from memory_service.search.scoring import TITLE_BOOST, impact
from memory_service.search.sections import Section, sections_of, title_of

HEADING_JOINER = " > "


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionInfo:
    """What a hit tells of its section."""

    start_line: int
    end_line: int
    heading: str | None
    first_position: int
    """Words of the file before this section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An analysed file."""

    path: MemoryPath
    blob: BlobId
    updated_at: datetime
    title: str | None
    sections: tuple[SectionInfo, ...]
    impacts: Mapping[str, Mapping[int, int]]
    """Term → number of a section (from 0) → impact."""
    positions: Mapping[str, tuple[int, ...]]
    """Term → where it stands in the text of the file, counting words."""
    length: int
    """Words."""


def analyse(file: File) -> Document:
    """Read a file into a document. Never fails: bytes that are no UTF-8 are replaced."""
    content = text_of(file.content)
    title = title_of(content)
    impacts: dict[str, dict[int, int]] = defaultdict(dict)
    positions: dict[str, list[int]] = defaultdict(list)
    infos = []
    first_position = 0
    for number, section in enumerate(sections_of(content)):
        frequencies, length = _frequencies(content[section.start : section.end], first_position, positions)
        for term in _title_terms(file.path, title, section):
            frequencies[term] = frequencies.get(term, 0) + TITLE_BOOST
        for term, frequency in frequencies.items():
            impacts[term][number] = impact(frequency, length)
        infos.append(_info(section, first_position))
        first_position += length
    return Document(
        path=file.path,
        blob=file.blob,
        updated_at=file.updated_at,
        title=title,
        sections=tuple(infos),
        impacts=dict(impacts),
        positions={term: tuple(found) for term, found in positions.items()},
        length=first_position,
    )


def text_of(content: bytes) -> str:
    """The text of a file."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def _frequencies(text: str, first_position: int, positions: dict[str, list[int]]) -> tuple[dict[str, int], int]:
    """Count the terms of a section, note where they stand in the file, and tell how many words it has."""
    frequencies: dict[str, int] = {}
    length = 0
    for term, position in terms(text):
        frequencies[term] = frequencies.get(term, 0) + 1
        positions[term].append(first_position + position)
        length = position + 1
    return frequencies, length


def _title_terms(path: MemoryPath, title: str | None, section: Section) -> set[str]:
    names = [*path.parts[:-1], path.name.removesuffix(".md"), title or "", *section.headings]
    return {term for name in names for term, _ in terms(name)}


def _info(section: Section, first_position: int) -> SectionInfo:
    return SectionInfo(
        start_line=section.start_line,
        end_line=max(section.start_line, section.end_line),
        heading=HEADING_JOINER.join(section.path) or None,
        first_position=first_position,
    )
