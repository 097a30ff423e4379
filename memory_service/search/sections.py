"""The sections of a markdown file: the units that are ranked and shown.

A line scanner, not a markdown parser: all that is needed is where headings stand, and a scanner that knows front matter
and fenced code reads forty megabytes in about a second, a full parser in minutes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from memory_service.search.front_matter import FRONT_MATTER

SMALL = 300
"""Characters below which a section is joined with the next one."""
LARGE = 2000
"""Characters above which a section is cut, between two lines."""
MAX_HEADING = 200
"""Characters of a heading or title that are read: some patterns below take a time that grows with their square."""

_FRONT_TITLE = re.compile(r"^title:(.*)$", re.MULTILINE)
_AROUND_TITLE = "\"' \t\r"
# Begins with the line break before the line, which the regex engine finds fastest.
_MARK = re.compile(
    r"\n {0,3}(?:(?P<fence>`{3,}|~{3,})(?P<info>.*)|(?P<level>\#{1,6})(?P<text>[ \t].*|\r?)|(?P<line>=+|-+)[ \t]*\r?)$",
    re.MULTILINE,
)
_CLOSING_MARKS = re.compile(r"(?:^|[ \t]+)#+$")
_NO_PARAGRAPH = re.compile(r"\s*(?:$|[#>|*+=-]|\d+[.)]\s|<|`{3}|~{3}| {4}|\t)")
_INLINE = re.compile(r"[\[<*`\\]|__")
_ANCHOR = re.compile(r"</?a\b[^>]*>", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*|__|\*|`+)(?=\S)(.+?)(?<=[^\s\\])\1")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Section:
    """Whole lines of a file that belong together."""

    start: int
    """Where the text begins, in characters of the file."""
    end: int
    start_line: int
    """The first line, counting from 1."""
    end_line: int
    path: tuple[str, ...]
    """The headings above, outermost first."""
    headings: tuple[str, ...]
    """All headings above or within."""

    @property
    def size(self) -> int:
        """Characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Heading:
    start: int
    level: int
    text: str


def title_of(content: str) -> str | None:
    """The title of a file: ``title:`` of its front matter, else its first heading of the first level, else None."""
    content = content.removeprefix("\ufeff")
    front = FRONT_MATTER.match(content)
    titled = front and _FRONT_TITLE.search(front.group())
    title = titled.group(1).strip(_AROUND_TITLE)[:MAX_HEADING].rstrip() if titled else ""
    return title or next((heading.text for heading in _headings(content) if heading.level == 1 and heading.text), None)


def sections_of(content: str) -> list[Section]:
    """Cut a file into sections that cover all of it, in order. An empty file is one empty section."""
    return list(_in_bounds(content, _joined(content, _outline(content))))


def _headings(content: str) -> Iterator[_Heading]:
    front = FRONT_MATTER.match(content)
    fence = ""
    for mark in _MARK.finditer("\n" + content, front.end() if front else 0):
        start = mark.start()  # the added line break makes up for the one that the mark begins with
        if mark["fence"]:
            fence = _after_fence(fence, mark["fence"], mark["info"])
        elif fence:
            continue
        elif mark["level"]:
            yield _Heading(start, len(mark["level"]), _plain(mark["text"]))
        else:
            above = content.rfind("\n", 0, max(0, start - 1)) + 1
            line = content[above : max(above, start - 1)]
            if not _NO_PARAGRAPH.match(line):
                yield _Heading(above, 1 if mark["line"][0] == "=" else 2, _plain(line))


def _after_fence(fence: str, mark: str, info: str) -> str:
    """The fence that is open after a line that looks like one."""
    if not fence:
        return "" if mark[0] == "`" and "`" in info else mark
    return "" if mark.startswith(fence) and not info.strip() else fence


def _plain(text: str) -> str:
    """The words of a heading without the marks of links, emphasis, code and anchors."""
    text = _CLOSING_MARKS.sub("", text.strip()[:MAX_HEADING]).rstrip()
    if not _INLINE.search(text):
        return text
    text = _LINK.sub(r"\1", _ANCHOR.sub("", text))
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub(r"\2", text)).strip()


def _outline(content: str) -> Iterator[Section]:
    """One section per heading, and one for what stands before the first."""
    start, line, open_headings = 0, 1, list[_Heading]()
    for heading in [*_headings(content), None]:
        end = heading.start if heading else len(content)
        if end > start or (heading is None and start == 0):
            text = content[start:end]
            lines = text.count("\n")
            path = tuple(above.text for above in open_headings if above.text)
            yield Section(start, end, line, line + lines - text.endswith("\n"), path, path)
            start, line = end, line + lines
        if heading:
            open_headings = [above for above in open_headings if above.level < heading.level] + [heading]


def _joined(content: str, outline: Iterator[Section]) -> Iterator[Section]:
    """Join a small section with the following ones, and one that is small and last with the one before."""
    groups: list[list[Section]] = []
    for section in outline:
        if groups and _small(groups[-1]):
            groups[-1].append(section)
        else:
            groups.append([section])
    if len(groups) > 1 and _small(groups[-1]):
        last = groups.pop()
        groups[-1] += last
    return (_union(content, group) for group in groups)


def _small(group: list[Section]) -> bool:
    return group[-1].end - group[0].start < SMALL


def _union(content: str, parts: list[Section]) -> Section:
    """One section of several. Its name is what its large parts have in common, else those with a text of their own."""
    if len(parts) == 1:
        return parts[0]
    telling = [part for part in parts if part.size >= SMALL] or [part for part in parts if _has_text(content, part)]
    return Section(
        start=parts[0].start,
        end=parts[-1].end,
        start_line=parts[0].start_line,
        end_line=parts[-1].end_line,
        path=_common([part.path for part in telling or parts]),
        headings=tuple(dict.fromkeys(heading for part in parts for heading in part.headings)),
    )


def _has_text(content: str, section: Section) -> bool:
    first, _, rest = content[section.start : section.end].strip().partition("\n")
    return bool(rest) or not first.startswith("#")


def _common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    shortest, *_ = sorted(paths, key=len)
    for depth in range(len(shortest), 0, -1):
        if all(path[:depth] == shortest[:depth] for path in paths):
            return shortest[:depth]
    return ()


def _in_bounds(content: str, sections: Iterator[Section]) -> Iterator[Section]:
    """Cut what is larger than ``LARGE`` into pieces of about equal size, between lines and best between paragraphs."""
    for section in sections:
        rest = section
        while rest.size > LARGE:
            end = _cut(content, rest)
            if rest.end - end < SMALL:
                break
            lines = content.count("\n", rest.start, end)
            yield replace(rest, end=end, end_line=rest.start_line + lines - 1)
            rest = replace(rest, start=end, start_line=rest.start_line + lines)
        yield rest


def _cut(content: str, section: Section) -> int:
    """Where the first piece of a large section ends: at its end when it is one line."""
    size = section.size // -(-section.size // LARGE)
    wanted, farthest = section.start + size, section.start + LARGE
    for line_break, nearest in (("\n\n", section.start + size // 2), ("\n", section.start + SMALL)):
        found = content.rfind(line_break, nearest, wanted), content.find(line_break, wanted - 1, farthest)
        ends = [place + len(line_break) for place in found if place >= 0]
        if ends:
            return min(ends, key=lambda end: abs(end - wanted))
    following = content.find("\n", farthest, section.end)
    return following + 1 if following >= 0 else section.end
