"""What a writer is shown of a change that it has not seen."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from io import BytesIO

from memory_service.memory.lines import decoded

_CONTEXT = 3
_MOST_LINES = 1000
"""Differing lines up to which hunks are looked for: the time that difflib takes grows with their square."""
_CUT = "... the diff goes on; read the file ...\n"
_UNFINISHED = "\n\\ No newline at end of file\n"

Opcode = tuple[str, int, int, int, int]
"""As ``difflib.SequenceMatcher.get_opcodes`` gives them."""


def unified(name: str, old: bytes, new: bytes, max_bytes: int) -> str:
    """The unified diff from one content of a file to another, cut after the last line that fits into ``max_bytes``.

    Where very much differs, it is one hunk that takes all of that out and puts the new in.
    """
    return "".join(_fitting(_lines(name, _split(old), _split(new)), max_bytes))


def _split(content: bytes) -> list[str]:
    return [decoded(line) for line in BytesIO(content).readlines()]


def _lines(name: str, old: list[str], new: list[str]) -> Iterator[str]:
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    if len(old) == len(new) == head:
        return
    yield f"--- a{name}\n+++ b{name}\n"
    skipped = max(0, head - _CONTEXT)
    spared = max(0, tail - _CONTEXT)
    old, new = old[skipped : len(old) - spared], new[skipped : len(new) - spared]
    for hunk in _hunks(old, new, head - skipped, tail - spared):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = hunk[0], hunk[-1]
        yield f"@@ -{_range(old_start, old_end, skipped)} +{_range(new_start, new_end, skipped)} @@\n"
        for tag, i1, i2, j1, j2 in hunk:
            if tag == "equal":
                yield from (_marked(" ", line) for line in old[i1:i2])
            else:
                yield from (_marked("-", line) for line in old[i1:i2])
                yield from (_marked("+", line) for line in new[j1:j2])


def _hunks(old: list[str], new: list[str], head: int, tail: int) -> Iterable[Sequence[Opcode]]:
    if max(len(old), len(new)) <= _MOST_LINES:
        return SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT)
    old_tail, new_tail = len(old) - tail, len(new) - tail
    return [
        [
            ("equal", 0, head, 0, head),
            ("replace", head, old_tail, head, new_tail),
            ("equal", old_tail, len(old), new_tail, len(new)),
        ]
    ]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    return next(
        (i for i, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )


def _range(start: int, end: int, skipped: int) -> str:
    length = end - start
    return f"{skipped + start + (length > 0)},{length}"


def _marked(mark: str, line: str) -> str:
    return mark + (line if line.endswith("\n") else line + _UNFINISHED)


def _fitting(lines: Iterable[str], max_bytes: int) -> Iterator[str]:
    room = max_bytes - len(_CUT)
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            yield _CUT
            return
        yield line
