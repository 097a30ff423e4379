"""Any mix of writes and pushes leaves what a dictionary would hold, merged file by file."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.storage.merge.text_merge import merge_texts
from memory_service.storage.objects import Oid
from memory_service.storage.receive.inspection import inspect
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.packs import Made
from tests.push_client import MAIN, ZERO, Served, request

ACME = OrgId("acme")
Files = dict[str, bytes]
PATHS = st.sampled_from(["a.md", "b.md", "daily/n.md", "daily/m.md", "f/c.md", "f/g/d.md"])
ATTRIBUTES = b"daily/*.md merge=union\n"


def nested(files: Files) -> dict[str, object]:
    """Files by path as folders within folders."""
    root: dict[str, object] = {}
    for path, content in files.items():
        *folders, name = path.split("/")
        place = root
        for folder in folders:
            place = place.setdefault(folder, {})  # type: ignore[assignment] # a folder
        place[name] = content
    return root


def merged(base: Files, ours: Files, theirs: Files) -> Files | None:
    """What both sides have made of some files; None where a person has to look."""
    files: Files = {}
    for path in {*base, *ours, *theirs}:
        old, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if mine == other or other == old:
            new = mine
        elif mine == old:
            new = other
        elif mine is None or other is None:
            return None
        else:
            found = merge_texts(old or b"", mine, other, union=path.startswith("daily/"))
            if found.conflicts:
                return None
            new = found.content
        if new is not None:
            files[path] = new
    return files


@dataclass
class Person:
    """Somebody with a clone: what it was made of, what is in it now, and the commits in between."""

    base: Files = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    tip: str = ""
    made: Made = field(default_factory=Made)
    commits: int = 0

    def pull(self, head: str, files: Files) -> None:
        """Begin anew with what main is."""
        self.base, self.files = dict(files), dict(files)
        self.tip, self.made, self.commits = head, Made(), 0


class AnyMixOfWritesAndPushes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        root = Path(self.cleanup.enter_context(TemporaryDirectory())) / "orgs"
        self.served = Served(root, ManualClock())
        self.cleanup.callback(self.served.close)
        self.served.server._surroundings = replace(self.served.server._surroundings, inspect=inspect)
        self.store = self.served.store
        self.store.create(ACME, author="Ada", author_id="key_1")
        self.files: Files = {}
        self.mirror: Files = {}
        self.mirrored: CommitId | None = None
        self.pushed: list[str] = []
        self.people = [Person(), Person()]
        for person in self.people:
            person.pull(self.store.head(ACME), self.files)
        self.number = 0

    def text(self, path: str, *, own: bool) -> bytes:
        """A line that no other file has, so that nothing counts as moved."""
        self.number += 1
        return b"%b %d\n" % (path.encode(), self.number if own else 0)

    @rule(path=PATHS, own=st.booleans())
    def write(self, path: str, own: bool) -> None:
        self.files[path] = self.text(path, own=own)
        self.store.write(ACME, put("/" + path, self.files[path]))

    @rule(path=PATHS)
    def append(self, path: str) -> None:
        line = self.text(path, own=True)
        self.files[path] = self.files.get(path, b"") + line
        self.store.write(ACME, append("/" + path, line))

    @rule(who=st.integers(0, 1), path=PATHS, what=st.sampled_from(["write", "same", "append", "begin", "delete"]))
    def edit(self, who: int, path: str, what: str) -> None:
        person = self.people[who]
        there = person.files.get(path, b"")
        line = self.text(path, own=what != "same")
        made = {"append": there + line, "begin": line + there, "delete": None}.get(what, line)
        person.files.pop(path, None)
        if made is not None:
            person.files[path] = made
        tree = person.made.tree(nested({".gitattributes": ATTRIBUTES, **person.files}))  # type: ignore[arg-type] # nested
        person.tip = person.made.commit(tree, person.tip, text=b"%d\n" % self.number).hex()
        person.commits += 1

    @rule(who=st.integers(0, 1))
    def push(self, who: int) -> None:
        person, head = self.people[who], self.store.head(ACME)
        answer = self.served.send(ACME, request([(ZERO, person.tip, MAIN)], person.made.pack()))
        expected = merged(person.base, self.files, person.files) if person.commits else self.files
        assert answer.ok == (expected is not None), answer
        if expected is None:
            assert self.store.head(ACME) == head
            person.pull(head, self.files)
            return
        self.files = expected
        self.pushed.append(person.tip)
        # From here on the clone is at what was pushed, which is not what main is.
        person.base, person.made, person.commits = dict(person.files), Made(), 0

    @rule(who=st.integers(0, 1))
    def pull(self, who: int) -> None:
        self.people[who].pull(self.store.head(ACME), self.files)

    @invariant()
    def what_is_there_is_what_the_dictionary_holds(self) -> None:
        snapshot = self.store.snapshot(ACME)
        changes = snapshot.changes(self.mirrored)
        assert changes is not None
        for change in changes:
            self.mirror.pop(change.path.text[1:], None)
            if change.new:
                self.mirror[change.path.text[1:]] = snapshot.read(change.new)
                assert self.shows(change.commit, change.path, change.new)
        self.mirrored = snapshot.commit
        assert self.mirror == self.files

    def shows(self, commit: CommitId, path: MemoryPath, blob: str) -> bool:
        entry = self.store.snapshot(ACME, commit).entry(path)
        return entry is not None and entry.blob == blob

    def teardown(self) -> None:
        with self.store.opened(ACME) as repository:
            head: Oid = repository.main.read()
            assert all(repository.history.contains(head, bytes.fromhex(tip)) for tip in self.pushed)
        assert self.store.verify(ACME) == []
        assert len(self.served.records) <= len(self.pushed)
        self.cleanup.close()


TestAnyMixOfWritesAndPushes = AnyMixOfWritesAndPushes.TestCase
TestAnyMixOfWritesAndPushes.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
