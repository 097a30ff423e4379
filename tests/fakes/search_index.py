"""A search index that looks at every file for every query."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hit, Hits, Query, Snippet
from memory_service.domain.trees import Change
from memory_service.search.corrections import mended
from memory_service.search.documents import Document, analyse
from memory_service.search.front_matter import tag
from memory_service.search.queries import Phrase, Reading, missing_phrases, understand
from memory_service.search.respelling import respelled
from memory_service.search.scoring import phrase_impact, raw_score, share, weight
from memory_service.search.snippets import snippet

Documents = dict[MemoryPath, Document]


@dataclass(frozen=True)
class Built:
    """What an index was built of, and where its readers are kept."""

    commit: CommitId
    documents: Documents
    kept: dict[CommitId, "ScanReader"]


@dataclass(frozen=True)
class ScanReader:
    commit: CommitId
    documents: Documents
    built: Built
    ranking: int

    @property
    def built_of(self) -> CommitId:
        return self.built.commit

    def at(self, commit: CommitId, changes: Sequence[Change], read: Callable[[BlobId], bytes]) -> "ScanReader":
        documents = dict(self.built.documents)
        for change in changes:
            documents.pop(change.path, None)
            here = self.documents.get(change.path)
            if here and here.blob == change.new:
                documents[change.path] = replace(here, updated_at=change.at)
            elif change.new:
                content = read(change.new)
                file = File(path=change.path, blob=change.new, content=content, updated_at=change.at)
                documents[change.path] = analyse(file)
        return replace(self, commit=commit, documents=documents)

    def keep(self) -> None:
        self.built.kept[self.commit] = self

    def search(self, query: Query) -> Hits:
        reading = understand(query.text)
        reading, corrections = mended(reading, self._found(reading)[1], self)
        found, held = self._found(reading)
        weights = [times * weight(files, len(found)) for times, files in zip(reading.times, held, strict=True)]
        asked = sum(weights)
        matches: list[tuple[int, MemoryPath, int]] = []
        for path, places in found.items():
            phrases = places[len(reading.terms) :]
            sections = {section for place in phrases or places for section in place}
            if sections and all(phrases) and _asked_of(self.documents[path], query):
                raws = {section: _raw(section, places, weights) for section in sections}
                raw, section = min((-raw, section) for section, raw in raws.items())
                matches.append((raw, path, section))
        hits = [
            _hit(self.documents[path], section, share(-raw, asked), {word.term: word.written for word in reading.words})
            for raw, path, section in sorted(matches)[query.skip : query.skip + query.limit]
        ]
        return Hits(
            hits=tuple(hits),
            total=len(matches),
            terms=reading.terms,
            corrections=corrections,
            missing_phrase=next((phrase.written for phrase in missing_phrases(reading, held)), None),
        )

    def _found(self, reading: Reading) -> tuple[dict[MemoryPath, list[dict[int, int]]], list[int]]:
        """Where each of the terms, then each of the phrases stands in each file, and in how many files."""
        found = {
            document.path: [_term_impacts(document, term) for term in reading.terms]
            + [_phrase_impacts(document, phrase) for phrase in reading.phrases]
            for document in self.documents.values()
        }
        return found, [sum(bool(places[nth]) for places in found.values()) for nth in range(len(reading.times))]

    def example(self, term: str) -> Hit:
        told = (
            (-impact, path, section)
            for path, document in self.documents.items()
            for section, impact in _term_impacts(document, term).items()
        )
        _, path, section = min(told)
        return _hit(self.documents[path], section, 1, {term: term})

    def respelled(self, found: Hits, content: Callable[[Hit], str]) -> Hits:
        return respelled(found, content)

    def terms(self, prefix: str) -> set[str]:
        held = (term for document in self.documents.values() for here in document.impacts for term in here)
        return {term for term in held if term.startswith(prefix)}

    def files_with(self, term: str) -> int:
        return sum(bool(_term_impacts(document, term)) for document in self.documents.values())

    def snippet(self, hit: Hit, content: str, terms: Sequence[str]) -> Snippet:
        return snippet(content, (hit.start_line, hit.end_line), terms)

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        return [(document.path, document.blob) for document in self.documents.values()]

    def close(self) -> None:
        pass


class ScanIndex:
    """Keeps the documents of each organisation in a dictionary that is replaced, never changed."""

    def __init__(self, ranking: int = 0) -> None:
        self.ranking = ranking
        self.readers: dict[OrgId, ScanReader] = {}
        self.kept: dict[OrgId, dict[CommitId, ScanReader]] = {}

    def commit(self, org: OrgId) -> CommitId | None:
        return self.readers[org].commit if org in self.readers else None

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        reader = self.readers.get(org)
        if reader is None or reader.commit != base:
            return False
        removed = set(gone)
        kept = {path: document for path, document in reader.documents.items() if path not in removed}
        documents = kept | {file.path: analyse(file) for file in files}
        self.readers[org] = replace(reader, commit=head, documents=documents)
        return True

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        documents = {file.path: analyse(file) for file in files}
        built = Built(head, documents, self.kept.setdefault(org, {}))
        self.readers[org] = ScanReader(head, documents, built, self.ranking)

    def reader(self, org: OrgId, at: CommitId | None = None) -> ScanReader | None:
        return self.kept.get(org, {}).get(at) if at else self.readers.get(org)

    def stale(self, org: OrgId) -> bool:
        return False


def _asked_of(document: Document, query: Query) -> bool:
    """Whether a file passes the filters of a query."""
    return (
        document.path.is_within(query.folder or MemoryPath("/"))
        and (query.updated_after is None or document.updated_at >= query.updated_after)
        and (query.updated_before is None or document.updated_at < query.updated_before)
        and {tag(wanted) for wanted in query.tags} <= set(document.tags)
    )


def _raw(section: int, places: list[dict[int, int]], weights: list[int]) -> int:
    there = [(worth, place[section]) for worth, place in zip(weights, places, strict=True) if section in place]
    return raw_score(sum(worth * impact for worth, impact in there), sum(worth for worth, _ in there), sum(weights))


def _term_impacts(document: Document, term: str) -> dict[int, int]:
    """Section → impact of a term."""
    return {number: here[term] for number, here in enumerate(document.impacts) if term in here}


def _phrase_impacts(document: Document, phrase: Phrase) -> dict[int, int]:
    """Section → impact of a phrase that begins there."""
    if not all(_term_impacts(document, term) for term in phrase.terms):
        return {}
    found: dict[int, int] = {}
    begin = 0
    for number, part in enumerate(document.parts):
        count = sum(
            document.words[place : place + len(phrase.words)] == phrase.words
            for place in range(begin, begin + part.length)
        )
        if count:
            found[number] = phrase_impact(count)
        begin += part.length
    return found


def _hit(document: Document, section: int, score: float, asked: Mapping[str, str]) -> Hit:
    part = document.parts[section]
    return Hit(
        path=document.path,
        blob=document.blob,
        updated_at=document.updated_at,
        score=score,
        title=document.title,
        heading=part.heading,
        start_line=part.start_line,
        end_line=part.end_line,
        matched=tuple(written for term, written in asked.items() if section in _term_impacts(document, term)),
    )
