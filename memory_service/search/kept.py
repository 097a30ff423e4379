"""The states of indexes that searches go on in."""

from collections import Counter, OrderedDict
from threading import Lock

from memory_service.domain.ids import CommitId, OrgId
from memory_service.search.views import View


class KeptViews:
    """Those that were asked for last, of all organisations together, within a number of bytes; at least one.

    What they share is counted once, also where it is open besides: so they may take less memory, but not more. Each
    generation among them holds a file open, as it may be of an index that has been replaced.
    """

    def __init__(self, budget: int, files: int) -> None:
        """``budget`` in bytes; ``files`` bounds the generations."""
        self._budget = budget
        self._files = files
        self._views: OrderedDict[tuple[OrgId, CommitId], View] = OrderedDict()
        self._holders: Counter[int] = Counter()
        """How many views have each shared part, by its identity, which stays its own while one of them holds it."""
        self._size = 0
        self._lock = Lock()

    def get(self, org: OrgId, commit: CommitId) -> View | None:
        """The view of a commit, if it is kept."""
        with self._lock:
            view = self._views.get((org, commit))
            if view:
                self._views.move_to_end((org, commit))
            return view

    def keep(self, org: OrgId, view: View) -> None:
        """Keep a view, in the place of those that were not asked for for the longest time."""
        with self._lock:
            if (org, view.commit) not in self._views:
                self._views[org, view.commit] = view
                self._count_in(view)
            self._views.move_to_end((org, view.commit))
            while len(self._views) > 1 and self._too_much:
                self._count_out(self._views.popitem(last=False)[1])

    def clear(self) -> None:
        """Keep nothing of what there is."""
        with self._lock:
            self._views.clear()
            self._holders.clear()
            self._size = 0

    @property
    def _too_much(self) -> bool:
        generations = {id(view.generation.layer) for view in self._views.values()}
        return self._size > self._budget or len(generations) > self._files

    def _count_in(self, view: View) -> None:
        self._size += view.own_size
        for part in view.shared:
            if not self._holders[id(part)]:
                self._size += part.size
            self._holders[id(part)] += 1

    def _count_out(self, view: View) -> None:
        self._size -= view.own_size
        for part in view.shared:
            self._holders[id(part)] -= 1
            if not self._holders[id(part)]:
                self._size -= part.size
                del self._holders[id(part)]
