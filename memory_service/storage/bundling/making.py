"""Writing a bundle: a few lines of text, and a pack of what they name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import CommitId
from memory_service.storage.objects import Oid
from memory_service.storage.refs import MAIN
from memory_service.storage.repository import Repository
from memory_service.storage.upload.enumeration import commits_between, objects_of
from memory_service.storage.upload.packing import count_in, pack_of, pack_of_all

SIGNATURE = b"# v2 git bundle\n"
_ATTEMPTS = 5
"""How often packs may be put together by somebody else between the list of them and their opening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle is to hold."""

    repository: Repository
    tip: Oid
    """What main is in it."""
    base: Oid | None
    """What whoever takes it in has already; None for nothing."""
    new: dict[Oid, None] = field(default_factory=dict)
    """The objects, where there is a base."""

    @property
    def after(self) -> CommitId | None:
        """The base as others name it."""
        return CommitId(self.base.hex()) if self.base else None

    def open(self) -> tuple[int, Iterator[bytes]]:
        """The number of its objects, and its bytes in parts; what is read may be put together or removed meanwhile.

        Raises:
            DataCorrupt: something is missing or damaged; also while the parts are read.
            Overloaded: another program puts packs together again and again.
        """
        known = b"-%b\n" % self.base.hex().encode() if self.base else b""
        tip = self.tip.hex().encode()
        parts = self._parts()
        header = next(parts)
        # With HEAD a clone of the bundle has files: git looks for a branch that names the same commit.
        head = SIGNATURE + known + b"%b HEAD\n%b %b\n\n" % (tip, tip, MAIN)
        return count_in(header), chain([head, header], parts)

    def _parts(self) -> Iterator[bytes]:
        objects = self.repository.objects
        if self.base:
            return pack_of(objects, self.new)
        for _ in range(_ATTEMPTS):
            packs = objects.packs()
            # What is not in a pack yet is no pack's to tell.
            if not (objects.all_packed and any(pack.index.offset(self.tip) is not None for pack in packs)):
                return pack_of(objects, _new(self.repository, self.tip, None))
            parts = pack_of_all(packs)
            try:
                return chain([next(parts)], parts)
            except FileNotFoundError:
                continue
        raise Overloaded("its packs are being put together by another program")


def bundle_of(repository: Repository, tip: Oid, base: Oid | None) -> Bundle:
    """A bundle of what leads to ``tip`` and not to ``base``; of all there is where ``base`` does not lead to it."""
    if base is None or not repository.history.contains(tip, base):
        return Bundle(repository=repository, tip=tip, base=None)
    return Bundle(repository=repository, tip=tip, base=base, new=_new(repository, tip, base))


def _new(repository: Repository, tip: Oid, base: Oid | None) -> dict[Oid, None]:
    commit = repository.history.commit
    commits = commits_between(commit, [tip], [base] if base else [], (), ())
    return objects_of(commits, commit, repository.trees, ())
