"""The objects of a repository and those of a push that is not part of it yet."""

from memory_service.storage.object_store import Objects, ObjectStore
from memory_service.storage.objects import Kind, Object, Oid, oid_of
from memory_service.storage.pack_reading import Pack


class Incoming(Objects):
    """Finds in the repository what neither the push nor its merge has."""

    def __init__(self, here: ObjectStore, pushed: Pack | None) -> None:
        self._here = here
        self._pushed = pushed
        self.made: dict[Oid, Object] = {}
        """What came into being by merging, in the order of coming into being."""

    def make(self, kind: Kind, data: bytes) -> Oid:
        """Take in an object; answers its name."""
        oid = oid_of(kind, data)
        self.made.setdefault(oid, Object(kind, data))
        return oid

    def get(self, oid: Oid) -> Object | None:
        """An object, or None when nobody has it."""
        return self.made.get(oid) or (self._pushed and self._pushed.get(oid)) or self._here.get(oid)
