"""A queue that is fair between those who fill it."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """Items that wait, in lanes within lanes that are served in turn: who fills one makes only that one wait.

    A lane is named by the names of those that it is in, from the widest, and its own; all items are equally deep. A
    lane is full once it holds as many as there are places free in the one that it is in: however many others fill
    theirs, there is room for who comes new (Choudhury and Hahne, "Dynamic queue length thresholds", 1998). To be used
    by one thread at a time.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._all = _Lane[Item]()

    def __len__(self) -> int:
        return self._all.count

    def put(self, names: Sequence[str], item: Item) -> bool:
        """Let an item wait at the end of a lane; answers whether there was room."""
        return self._all.put(names, item, self._places)

    def take(self, most: int) -> list[Item]:
        """The items whose turn it is, so many at most; they wait no more."""
        return [self._all.take() for _ in range(min(most, len(self)))]


class _Lane(Generic[Item]):
    def __init__(self) -> None:
        self.count = 0
        self.items: deque[Item] = deque()
        self.within: OrderedDict[str, _Lane[Item]] = OrderedDict()

    def put(self, names: Sequence[str], item: Item, free: int) -> bool:
        if names:
            lane = self.within.get(names[0]) or _Lane()
            if not lane.put(names[1:], item, free - self.count):
                return False
            self.within[names[0]] = lane
        elif self.count >= free:
            return False
        else:
            self.items.append(item)
        self.count += 1
        return True

    def take(self) -> Item:
        self.count -= 1
        if self.items:
            return self.items.popleft()
        name, lane = self.within.popitem(last=False)
        item = lane.take()
        if lane.count:
            self.within[name] = lane  # behind the others
        return item
