"""Which commit of a repository belongs to a state of the database."""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from memory_service.domain.ids import CommitId, OrgId
from memory_service.storage.ancestry import contains
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.history import History
from memory_service.storage.messages import trailers_of
from memory_service.storage.objects import Oid
from memory_service.storage.upload.enumeration import commits_between

_EXECUTION = "Execution-Id"


class Ledger(Protocol):
    """What one state of the database tells of commits."""

    def has_execution(self, execution_id: str) -> bool:
        """Whether it knows an execution."""

    def pushed(self, org: OrgId) -> Collection[CommitId]:
        """What main was after each push that it knows."""


def last_recorded(history: History, before: Oid, head: Oid, org: OrgId, ledger: Ledger) -> Oid:
    """The newest commit of main that a state of the database tells of, and with it none that it does not know.

    ``before`` is what main named before that state, ``head`` what it names after it. Whatever the state tells of was
    published before all that was begun after it, and main's commits form one line: so what is cut off is only what
    came later.
    """
    if head == before or not contains(history.commit, head, before):
        return head  # in the second case somebody has put another history in its place by hand
    made = commits_between(history.commit, [head], [before], (), ())
    pushed = ledger.pushed(org) if made else ()
    last, later = before, set[Oid]()
    for oid in _in_order(made):
        commit = made[oid]
        execution = trailers_of(commit.message).get(_EXECUTION) if commit.committer == SERVICE else None
        if later.intersection(commit.parents) or (execution and not ledger.has_execution(execution)):
            later.add(oid)
        elif execution or oid.hex() in pushed:
            last = oid
    return last


def _in_order(commits: Mapping[Oid, Commit]) -> Iterator[Oid]:
    """Each commit after all its parents; clocks may have been wrong, so no time is asked."""
    done: set[Oid] = set()
    waiting = list(commits)
    while waiting:
        oid = waiting[-1]
        before = [parent for parent in commits[oid].parents if parent in commits and parent not in done]
        if oid not in done and before:
            waiting += before
            continue
        waiting.pop()
        if oid not in done:
            done.add(oid)
            yield oid
