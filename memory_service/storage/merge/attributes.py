"""What ``.gitattributes`` at the root says about merging (gitattributes, gitignore for the patterns)."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from fnmatch import fnmatchcase


class Driver(Enum):
    """How a file is merged that both sides have changed."""

    TEXT = "text"
    UNION = "union"
    BINARY = "binary"
    """Not at all."""


_LINE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<plain>\S+))(?P<rest>\s.*)')
_ESCAPED = re.compile(r"\\(.)")
_DRIVERS = {
    "merge=union": Driver.UNION,
    "merge=binary": Driver.BINARY,
    "-merge": Driver.BINARY,
    "binary": Driver.BINARY,
    "merge": Driver.TEXT,
    "!merge": Driver.TEXT,
}


class Attributes:
    """The lines of such a file; of those that fit a path, the last one counts."""

    def __init__(self, content: bytes) -> None:
        self._lines = list(_parsed(content.decode("utf-8", "replace")))

    def driver(self, path: str) -> Driver:
        """How a file is merged, named as git writes its path."""
        parts = path.split("/")
        fitting = (driver for pattern, driver in reversed(self._lines) if _fits(pattern, parts))
        return next(fitting, Driver.TEXT)


def _parsed(text: str) -> Iterator[tuple[Sequence[str], Driver]]:
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match or line.lstrip().startswith(("#", "[attr]")):
            continue
        pattern = _ESCAPED.sub(r"\1", match["quoted"]) if match["quoted"] else match["plain"]
        drivers = [_DRIVERS.get(each, Driver.TEXT) for each in match["rest"].split() if _is_about_merging(each)]
        if drivers and not pattern.endswith("/"):
            yield (pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}").split("/"), drivers[-1]


def _is_about_merging(setting: str) -> bool:
    return setting in _DRIVERS or setting.startswith("merge=")


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a pattern stands for a path; ``**`` for any number of folders, tried from none up."""
    place = here = 0
    star, begun = -1, 0
    while here < len(parts):
        if place < len(pattern) and pattern[place] == "**":
            star, begun = place, here
            place += 1
        elif place < len(pattern) and fnmatchcase(parts[here], pattern[place]):
            place, here = place + 1, here + 1
        elif star >= 0:
            begun += 1
            place, here = star + 1, begun
        else:
            return False
    return place == len(pattern)
