"""How a push that is good becomes part of main."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import PushId
from memory_service.domain.pushes import Pusher, PushMode
from memory_service.storage.ancestry import relation
from memory_service.storage.batch import Head
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.history import History
from memory_service.storage.merge.tree_merge import Conflict, Conflicted, MergeTooLong, TreeMerge
from memory_service.storage.messages import compose, identity, one_line, trailers_of
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_files import Staged, stage
from memory_service.storage.pack_writing import FinishedPack, PackWriter
from memory_service.storage.receive.faults import Enough, Faults, shown
from memory_service.storage.receive.incoming import Incoming
from memory_service.storage.receive.inspection import Job
from memory_service.storage.receive.reports import Refused, refusal
from memory_service.storage.receive.tree_rules import TreeRules
from memory_service.storage.receive.unpacking import Unpacked
from memory_service.storage.repository import Repository
from memory_service.storage.tree_cache import TreeCache, Trees

_BESIDE = 4
"""So many times it is found out beside the writers what main becomes, before it is done in their turn."""
_PULL = "git pull, resolve, then push again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push whose commits and files are good in themselves."""

    id: PushId
    pusher: Pusher
    old: Oid
    """What the client believes that main names."""
    tip: Oid
    commits: int
    """How many of its commits are new."""
    pack: Staged | None
    """Its objects; None when all of them are here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What main becomes."""

    base: Head
    """What it is."""
    head: Head
    packs: Sequence[Staged] = ()
    """All that is new in it."""
    meanwhile: int = 0
    """Commits of main that were merged with those pushed."""


class Landing:
    """Brings one push into main."""

    def __init__(self, repository: Repository, push: Push, job: Job, mode: PushMode) -> None:
        self._repository = repository
        self._push = push
        self._job = job
        self._mode = mode
        self._objects = Incoming(repository.objects, push.pack.pack if push.pack else None)
        self._trees = Trees(self._objects, TreeCache(job.store.tree_cache_bytes))
        self._history = History(self._objects, self._trees)
        self._commit = cache(self._history.commit)

    def run(self) -> Plan:
        """Move main; durable when this returns.

        Raises:
            Refused: it does not fit what main is.
            OSError: the disk failed, and main has not moved.
            InternalError: the disk failed after main moved.
            Overloaded: another program moves main at this moment.
        """
        for turn in range(_BESIDE + 1):
            plan = self._plan(self._job.limits.merge_seconds)
            with self._repository.turn():
                if self._repository.current().oid != plan.base.oid:
                    if turn < _BESIDE:
                        continue
                    plan = self._plan(self._job.limits.turn_seconds)
                if plan.head.oid == plan.base.oid or self._publish(plan):
                    return plan
                break
        raise Overloaded("main is being moved by another program")

    def _plan(self, seconds: float) -> Plan:
        base, push = self._repository.current(), self._push
        related = relation(self._commit, base.oid, push.tip)
        if push.tip in related.bases:
            return Plan(base=base, head=base)
        forward = base.oid in related.bases
        if self._mode is PushMode.FAST_FORWARD and not (forward and push.old == base.oid):
            raise Refused("main has moved on: git pull, then push again")
        if not related.bases:
            raise Refused("it has no commit in common with main: clone first, then bring your files into the clone")
        if forward:
            tip = self._commit(push.tip)
            if base.oid != self._job.head:
                self._check(tip.tree, base)
            return Plan(base=base, head=Head(push.tip, tip), packs=self._pushed)
        head = self._merged(base, related.bases, seconds)
        packs = [*self._pushed, stage(self._job.aside, *self._made())]
        return Plan(base=base, head=head, packs=packs, meanwhile=related.only_one)

    def _merged(self, base: Head, ancestors: Sequence[Oid], seconds: float) -> Head:
        self._objects.made.clear()
        merging = TreeMerge(self._trees, self._content, self._objects.make, self._job.limits.merge_lines, seconds)
        before = [self._commit(oid).tree for oid in ancestors]
        try:
            tree = merging.merge(before, base.commit.tree, self._commit(self._push.tip).tree)
        except Conflicted as error:
            raise self._told(error.conflicts, base) from error
        except MergeTooLong as error:
            raise Refused("merging it takes the server too long: git pull, then push again") from error
        self._check(tree, base)
        commit = self._merge_commit(base, tree)
        return Head(self._objects.make(Kind.COMMIT, commit.encode()), commit)

    def _merge_commit(self, base: Head, tree: Oid) -> Commit:
        push = self._push
        many = f"{push.commits} commit{'s' if push.commits > 1 else ''}"
        return Commit(
            tree=tree,
            parents=(base.oid, push.tip),
            author=identity(push.pusher.key_name, push.pusher.key_id),
            committer=SERVICE,
            time=max(int(self._job.now.timestamp()), base.commit.time),
            message=compose(
                f"Merge push of {many} by {push.pusher.key_name}",
                {"Key-Id": push.pusher.key_id, "Push-Id": push.id},
            ),
        )

    def _check(self, tree: Oid, base: Head) -> None:
        """Look at what main would become, since two good states can make one that is not."""
        faults = Faults(self._job.limits.faults)
        rules = TreeRules(self._objects, Unpacked(), faults, self._job.store, self._job.limits)
        more = False
        try:
            rules.check(tree, [base.commit.tree], " (together with what is on main)")
        except Enough:
            more = True
        if faults.found:
            raise refusal(faults.found, more=more)

    def _told(self, conflicts: Sequence[Conflict], base: Head) -> Refused:
        made = dict(self._history.origins(base.oid, {conflict.path for conflict in conflicts if conflict.was_changed}))
        lines = []
        for conflict in conflicts[: self._job.limits.faults]:
            by = f", by {_maker(*made[conflict.path])}" if conflict.path in made else ""
            lines.append(f"{shown(conflict.path)}: {conflict.reason}{by}")
        files = shown(conflicts[0].path) if len(conflicts) == 1 else f"{len(conflicts)} files"
        return Refused(f"conflict in {files}: {_PULL}", tuple(lines))

    def _content(self, blob: Oid) -> bytes:
        return self._objects.need(blob, Kind.BLOB)

    def _publish(self, plan: Plan) -> bool:
        push = self._push
        log = f"push: {push.commits} commits by {push.pusher.key_id} ({push.id})"
        line = b"%b %d +0000\t%b" % (SERVICE, plan.head.commit.time, one_line(log).encode())
        return self._repository.publish(plan.packs, plan.base, plan.head, line)

    @property
    def _pushed(self) -> Sequence[Staged]:
        return [self._push.pack] if self._push.pack else []

    def _made(self) -> tuple[FinishedPack, bytes]:
        """What the merge has made."""
        file = io.BytesIO()
        writer = PackWriter(file)
        for oid, made in self._objects.made.items():
            writer.add(made.kind, made.data, oid)
        return writer.finish(), file.getvalue()


def _maker(oid: Oid, commit: Commit) -> str:
    execution = trailers_of(commit.message).get("Execution-Id")
    return f"commit {oid.hex()[:10]}" + (f" (Execution-Id: {execution})" if execution else "")
