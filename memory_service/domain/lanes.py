"""A queue that is fair between those who fill it.

Both halves know lanes within lanes. A lane is named by the names of those that it is in, from the widest, and its own.
Neither may be used by two threads at the same time.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
_SHARE = 9


class Places:
    """A number of places, of which no lane can take all: there is room for who comes new, however many fill theirs.

    A lane may hold nine for each that is still free in the one that it is in: alone, nine of ten (Choudhury and Hahne,
    "Dynamic queue length thresholds", 1998).
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._all = _Share()

    def take(self, lane: Sequence[str]) -> bool:
        """Take a place; answers whether there was one."""
        return self._all.take(lane, self._count)

    def give_back(self, lane: Sequence[str]) -> None:
        """Let a place go that has been taken."""
        self._all.give_back(lane)


class _Share:
    def __init__(self) -> None:
        self.taken = 0
        self.within: dict[str, _Share] = {}

    def take(self, names: Sequence[str], most: int) -> bool:
        if self.taken >= most:
            return False
        if names:
            share = self.within.get(names[0]) or _Share()
            if not share.take(names[1:], (most - self.taken) * _SHARE):
                return False
            self.within[names[0]] = share
        self.taken += 1
        return True

    def give_back(self, names: Sequence[str]) -> None:
        self.taken -= 1
        if names:
            share = self.within[names[0]]
            share.give_back(names[1:])
            if not share.taken:
                del self.within[names[0]]


class Lanes(Generic[Item]):
    """Items that wait, in lanes that are served in turn: who fills one makes only that one wait."""

    def __init__(self) -> None:
        self._all = _Lane[Item]()

    def __len__(self) -> int:
        return self._all.count

    def put(self, lane: Sequence[str], item: Item) -> None:
        """Let an item wait at the end of a lane."""
        self._all.put(lane, item)

    def take(self, most: int) -> list[Item]:
        """The items whose turn it is, so many at most; they wait no more."""
        return [self._all.take() for _ in range(min(most, len(self)))]


class _Lane(Generic[Item]):
    def __init__(self) -> None:
        self.count = 0
        self.items: deque[Item] = deque()
        self.within: OrderedDict[str, _Lane[Item]] = OrderedDict()

    def put(self, names: Sequence[str], item: Item) -> None:
        self.count += 1
        if names:
            self.within.setdefault(names[0], _Lane()).put(names[1:], item)
        else:
            self.items.append(item)

    def take(self) -> Item:
        self.count -= 1
        if self.items:
            return self.items.popleft()
        name, lane = self.within.popitem(last=False)
        item = lane.take()
        if lane.count:
            self.within[name] = lane  # behind the others
        return item
