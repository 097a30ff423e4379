"""The YAML front matter of a markdown file, as far as a memory reads it: its tags.

A strict small subset of YAML 1.2, since a parser of all of it is slow, types what it reads (``yes``, ``1e3``), and
fails: ``tags:`` at the beginning of a line with a list in brackets, a list of dashes, or words with commas between.
What is of another shape has no tags; nothing is ever an error.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

MAX_TAG = 64
"""Characters of a tag; longer ones are none."""
MAX_TAGS = 64
"""Tags of a file; further ones are not looked at."""

FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)")

# White space of YAML, here and where a pattern is ASCII: a no-break space is a character like any other.
_SPACE = " \t\r\n"
_TAGS = re.compile(r"^tags[ \t]*:(?=\s)[ \t]*(?:(?P<list>\[)|(?P<line>[^\s#].*))?", re.MULTILINE | re.ASCII)
_DASHED = re.compile(r"(?:[^\S\n]*(?:#.*)?\n)*(?:[ \t]*-[ \t]+(?P<item>.*))?", re.ASCII)
_QUOTED = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'"""
# Possessive: whatever somebody writes is read in a time that grows with its length, not with the square of it.
_GAP = r"(?:\s++|#.*+)*+"
_ITEM = re.compile(rf"{_GAP}(?P<item>{_QUOTED}|[^\s,\[\]\"'#][^,\[\]\n]*+)?{_GAP}(?P<end>[,\]])", re.ASCII)
_VALUE = re.compile(rf"(?P<value>{_QUOTED})[ \t\r]*(?:#.*)?$|(?P<plain>[^\s\"'].*)$", re.ASCII)
_COMMENT = re.compile(r"(?:^|\s)#.*", re.ASCII)
_NO_TAG = re.compile(r"[&*!|>{}%@`\[\]]|[-?:](?:\s|$)|(?:~|null|Null|NULL)$|.*:(?:\s|$)", re.ASCII)


def tags_of(content: str) -> tuple[str, ...]:
    """The tags of a file as ``tag`` folds them, distinct and in order."""
    front = FRONT_MATTER.match(content)
    found = front and _TAGS.search(front.group())
    if not (front and found):
        return ()
    if found["list"]:
        items: Iterable[str] = _bracketed(front.group(), found.end())
    elif found["line"]:
        items = _between_commas(found["line"])
    else:
        items = map(_value, _dashed(front.group(), found.end()))
    return tuple(dict.fromkeys(filter(None, map(tag, islice(items, MAX_TAGS)))))


def tag(text: str) -> str:
    """A tag as it is compared: without ``#`` before it, whatever its case, width and spaces; empty where it is none."""
    if len(text) > MAX_TAG:
        return ""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = " ".join(folded.split()).removeprefix("#").strip()
    return folded if len(folded) <= MAX_TAG else ""


def _bracketed(text: str, start: int) -> list[str]:
    """The items up to the closing bracket, over any number of lines; none where it is missing."""
    items = []
    while item := _ITEM.match(text, start):
        items.append(_value(item["item"] or ""))
        if item["end"] == "]" or len(items) == MAX_TAGS:
            return items
        start = item.end()
    return []


def _dashed(text: str, start: int) -> Iterator[str]:
    start = text.find("\n", start) + 1
    while (line := _DASHED.match(text, start)) and line["item"] is not None:
        yield line["item"]
        start = line.end() + 1


def _between_commas(line: str) -> Iterable[str]:
    value = _value(line)
    return value.split(",") if line[0] not in "\"'" else [value]


def _value(text: str) -> str:
    """What a scalar says; empty for what is none, or is no text."""
    scalar = _VALUE.match(text.strip(_SPACE))
    if not scalar:
        return ""
    quoted: str | None = scalar["value"]
    if quoted is None:
        plain = _COMMENT.sub("", scalar["plain"]).strip(_SPACE)
        return "" if _NO_TAG.match(plain) else plain
    if quoted[0] == "'":
        return quoted[1:-1].replace("''", "'")
    try:
        return str(json.loads(quoted, strict=False))  # the escapes of JSON are those of YAML that are in use
    except ValueError:
        return ""
