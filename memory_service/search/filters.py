"""Which files a query asks of, by what is known of each beside its text: its path, its last change and its tags."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.search.front_matter import tag
from memory_service.search.postings import file_set

_MARKS = 64
"""How many sets are kept of the files that were changed before some moment: the others are made from the nearest."""
_REMEMBERED = 64
"""How many sets of the files that have a tag are kept."""


class FileFacts:
    """What is known of the files of a layer, in order of path. A set of files is the bits of a number.

    Immutable; what makes a filter quick is made when one is first asked for.
    """

    def __init__(self, paths: list[str], moments: Sequence[datetime], tags: Sequence[Sequence[str]]) -> None:
        """``moments`` of the last change of each file, ``tags`` folded."""
        self.paths = paths
        self.all = (1 << len(paths)) - 1
        self._moments = moments
        self._tags = tags
        self._tagged = lru_cache(_REMEMBERED)(self._with_tag)

    def file(self, path: MemoryPath) -> int | None:
        """The number of a file, None when it is not there."""
        number = bisect_left(self.paths, path.text)
        return number if number < len(self.paths) and self.paths[number] == path.text else None

    def within(self, folder: MemoryPath | None) -> range:
        """The numbers of the files at or below a path: a range, because they are in order of path."""
        if folder is None or folder.is_root:
            return range(len(self.paths))
        number = self.file(folder)
        if number is not None:
            return range(number, number + 1)
        after = folder.text + chr(ord("/") + 1)
        return range(bisect_left(self.paths, folder.text + "/"), bisect_left(self.paths, after))

    def chosen(self, query: Query) -> int:
        """The files that pass all filters of a query."""
        below = self.within(query.folder)
        files = (1 << below.stop) - (1 << below.start)
        if query.updated_after:
            files &= ~self._before(query.updated_after)
        if query.updated_before:
            files &= self._before(query.updated_before)
        for wanted in query.tags:
            files &= self._tagged(tag(wanted))
        return files

    def _before(self, moment: datetime) -> int:
        """The files last changed before a moment."""
        moments, order, marks = self._by_moment
        count = bisect_left(moments, moment)
        nth = count // self._step
        return marks[nth] | file_set(order[nth * self._step : count], len(self.paths))

    @cached_property
    def _step(self) -> int:
        return len(self.paths) // _MARKS + 1

    @cached_property
    def _by_moment(self) -> tuple[list[datetime], list[int], list[int]]:
        """The moments in order, the files in that order, and the set of the first n steps of them for each n."""
        order = sorted(range(len(self.paths)), key=self._moments.__getitem__)
        marks = [0]
        for start in range(0, len(order), self._step):
            marks.append(marks[-1] | file_set(order[start : start + self._step], len(self.paths)))
        return [self._moments[number] for number in order], order, marks

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        numbers = defaultdict(list)
        for number, held in enumerate(self._tags):
            for name in held:
                numbers[name].append(number)
        return dict(numbers)

    def _with_tag(self, name: str) -> int:
        return file_set(self._numbers.get(name, ()), len(self.paths))
