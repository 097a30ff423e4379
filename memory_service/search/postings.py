"""Posting lists as they are ranked, and the memory that they may take."""

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, islice
from threading import Lock

_OVERHEAD = 800
"""Bytes that postings take besides their contents, and their place in a cache."""
_ENTRY = 90
"""Bytes of one section in a dictionary."""
REACHING = [bytes(impact >= least for impact in range(256)) for least in range(256)]
"""For each least impact, whether each impact reaches it, to translate impacts by."""
_HIGHEST = 16
"""At least so many sections are the highest of a term, where so many hold it."""


@dataclass(frozen=True)
class Postings:
    """Where a term or phrase stands and what it tells there; immutable, shared by threads."""

    sections: "array[int]"
    """Numbers of sections, ascending."""
    impacts: bytes
    """For each of them, what the term tells of it."""
    files: int
    """The set of files: bit n is file n."""
    peak: int
    """The largest impact."""

    all_sections: int
    """How many sections there are, with the term or without."""

    def holds(self, section: int) -> bool:
        """Whether the term or phrase stands in a section."""
        place = bisect_left(self.sections, section)
        return place < len(self.sections) and self.sections[place] == section

    def between(self, begin: int, end: int) -> tuple["array[int]", bytes]:
        """Sections, of those from ``begin`` to before ``end``, and impacts."""
        if not begin and end == self.all_sections:
            return self.sections, self.impacts
        span = slice(bisect_left(self.sections, begin), bisect_left(self.sections, end))
        return self.sections[span], self.impacts[span]

    @cached_property
    def told(self) -> Mapping[int, int] | bytes:
        """Section → impact, for many look-ups: for each section there is, or for those that hold the term."""
        if self._sparse:
            return dict(zip(self.sections, self.impacts, strict=True))
        told = bytearray(self.all_sections)
        for section, impact in zip(self.sections, self.impacts, strict=True):
            told[section] = impact
        return bytes(told)

    @cached_property
    def highest(self) -> Sequence[int]:
        """Some of the sections of which it tells most."""
        if len(self.sections) <= 2 * _HIGHEST:
            return self.sections
        least, count = self.peak, self.impacts.count(self.peak)
        while least > 1 and count < _HIGHEST:
            least -= 1
            count += self.impacts.count(least)
        reaching = self.impacts.translate(REACHING[least])
        return array("I", islice(compress(self.sections, reaching), 2 * _HIGHEST))

    @property
    def _sparse(self) -> bool:
        return len(self.sections) * _ENTRY < self.all_sections

    @property
    def size(self) -> int:
        """Bytes of memory, when all is made of it that can be."""
        count = len(self.sections)
        told = count * _ENTRY if self._sparse else self.all_sections
        return _OVERHEAD + (self.sections.itemsize + 1) * count + self.files.bit_length() // 8 + told


def file_set(numbers: Iterable[int], count: int) -> int:
    """A set of some of ``count`` files as the bits of a number, which unites, intersects and counts in no time."""
    digits = bytearray(b"0") * count
    one = ord("1")
    for number in numbers:
        digits[number] = one
    digits.reverse()
    return int(digits, 2) if digits else 0


def numbers_of(files: int) -> Iterator[int]:
    """The numbers in a set of files, ascending."""
    digits = f"{files:b}"[::-1]
    number = digits.find("1")
    while number >= 0:
        yield number
        number = digits.find("1", number + 1)


class PostingsCache:
    """Keeps what was decoded last, of all organisations together, within a number of bytes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._used = 0
        self._entries: OrderedDict[Hashable, Postings] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, decode: Callable[[], Postings]) -> Postings:
        """What is kept under a key, decoded when it is not there."""
        with self._lock:
            entry = self._entries.get(key)
            if entry:
                self._entries.move_to_end(key)
                return entry
        decoded = decode()  # outside the lock: that two threads decode the same costs less than that all wait
        with self._lock:
            replaced = self._entries.pop(key, None)
            self._used += decoded.size - (replaced.size if replaced else 0)
            self._entries[key] = decoded
            while self._used > self._budget:
                self._used -= self._entries.popitem(last=False)[1].size
        return decoded

    def clear(self) -> None:
        """Keep nothing of what there is."""
        with self._lock:
            self._entries.clear()
            self._used = 0
