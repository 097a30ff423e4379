"""Files that were moved on one side while the other side changed them."""

from collections import Counter
from collections.abc import Callable, Mapping

from memory_service.storage.objects import Oid

_LIKE = 0.5
"""So much of a file must be found in another one that it counts as moved there; git's own measure too."""
_MOST = 100
"""Files that are read at most to find where one has gone."""


def moved_to(old: Oid, added: Mapping[bytes, Oid], read: Callable[[Oid], bytes]) -> bytes | None:
    """Which of some new files a file that is gone has become, or None: the same content, or the one most like it."""
    same = min((path for path, blob in added.items() if blob == old), default=None)
    if same is not None or len(added) > _MOST:
        return same
    lines = _lines(read(old))
    likeness, path = max(
        ((_likeness(lines, _lines(read(blob))), path) for path, blob in added.items()), default=(0.0, b"")
    )
    return path if likeness >= _LIKE else None


def _lines(content: bytes) -> Counter[bytes]:
    return Counter(content.splitlines())


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    size = max(_size(one), _size(other))
    return _size(one & other) / size if size else 0.0


def _size(lines: Counter[bytes]) -> int:
    return sum((len(line) + 1) * count for line, count in lines.items())
