"""What the index knows of a file."""

from hashlib import sha256

import pytest

from memory_service.search.documents import analyse
from memory_service.search.generations import SCHEMA_VERSION
from memory_service.search.scoring import Text, impacts
from tests.unit.search.builders import file

SAMPLE = """\
---
title: A sample of everything
tags: [Sample, "c++"]
---

# Ideal *customers* of `memory_service`

Enterprise fintechs didn't use C++ or .NET v2.1 before 2026-04-15; getUserName calls foo.barBaz().
Their women went to the organised colour theatre.

## 日本語 und Straße

ﬁnance — naïve, שלום. Łódź, İstanbul; договоры, μηχανές, الآلات, मशीनों, மொழிகள், լեզուներ.
"""

FINGERPRINTS = {5: "e7da581abf97ae80"}


def told(content: str, term: str, path: str = "/a.md") -> dict[int, int]:
    impacts = analyse(file(path, content)).impacts
    return {number: here[term] for number, here in enumerate(impacts) if term in here}


def test_a_section_is_told_of_by_its_own_text_its_file_and_the_titles_above_it() -> None:
    text = "text " * 100
    content = f"# Walrus\n\n{text}\n\n## Fox\n\nwalrus {text}\n\n# Other\n\n{text}\n"
    file = Text({"walrus": 2}, 304)
    # The title of the file is a title of every section; a heading is also a word of the section that it begins.
    assert told(content, "walrus") == {
        0: impacts(Text({"walrus": 1}, 101), file, ["walrus", "a"])["walrus"],
        1: impacts(Text({"walrus": 1}, 102), file, ["walrus", "fox", "a"])["walrus"],
        2: impacts(Text({}, 101), file, ["walrus", "other", "a"])["walrus"],
    }
    assert list(told(content, "fox")) == [1]


def test_a_file_is_known_by_the_names_in_its_path() -> None:
    assert told("text", "acm", "/customers/acme/notes.md") == told("text", "note", "/customers/acme/notes.md") != {}
    assert told("text", "md", "/customers/acme/notes.md") == {}


def test_an_empty_file_is_known_by_its_name() -> None:
    document = analyse(file("/walrus.md", ""))
    assert (len(document.parts), document.words, [*map(list, document.impacts)]) == (1, (), [["walrus"]])


def test_what_is_no_utf8_is_replaced() -> None:
    given = file("/a.md", "")
    document = analyse(
        type(given)(path=given.path, blob=given.blob, content=b"fox \xff\xfe", updated_at=given.updated_at)
    )
    assert document.words == ("fox",)


def test_the_words_of_a_document_are_those_of_its_parts() -> None:
    document = analyse(file("/a.md", SAMPLE * 20))
    assert sum(part.length for part in document.parts) == len(document.words)
    assert len(document.impacts) == len(document.parts)


def test_the_version_is_raised_whenever_a_file_is_read_otherwise() -> None:
    document = analyse(file("/topics/sample.md", SAMPLE * 3))
    known = repr(
        (
            document.title,
            document.tags,
            document.parts,
            document.words,
            [sorted(here.items()) for here in document.impacts],
        )
    )
    fingerprint = sha256(known.encode()).hexdigest()[:16]
    if FINGERPRINTS.get(SCHEMA_VERSION) != fingerprint:
        pytest.fail(f"raise SCHEMA_VERSION: indexes on disk were not made like this; its fingerprint is {fingerprint}")
