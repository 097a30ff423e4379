"""One push to one repository, from the request to the report."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from memory_service.domain.errors import MemoryServiceError, Unavailable
from memory_service.domain.ids import Clock, CommitId, NewId, OrgId, PushId
from memory_service.domain.pushes import Pusher, PushMode, PushRecord
from memory_service.storage import disk
from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.pack_files import Staged
from memory_service.storage.pack_writing import FinishedPack
from memory_service.storage.receive.inspection import INDEX, PACK, Inspected, Job
from memory_service.storage.receive.landing import Landing, Plan, Push
from memory_service.storage.receive.quarantine import quarantine
from memory_service.storage.receive.reports import Refused, Report, refusal
from memory_service.storage.receive.request import ZERO, Command, PushRequest, parse
from memory_service.storage.refs import MAIN
from memory_service.storage.repository import Repository

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a push needs beside the repository."""

    inspect: Callable[[Job, int], Inspected]
    """Looks at a push in an open file, given by its descriptor."""
    clock: Clock
    new_id: NewId
    record: Callable[[PushRecord], None]
    store: StorageLimits
    limits: PushLimits


class Receiving:
    """Pushes to one repository, one at a time each."""

    def __init__(self, org: OrgId, repository: Repository, mode: PushMode, around: Surroundings) -> None:
        self._org = org
        self._repository = repository
        self._mode = mode
        self._around = around

    def receive(self, body: BinaryIO, pusher: Pusher) -> bytes:
        """Take in a push; answers the report.

        Raises:
            RequestInvalid: the body is no such request.
        """
        request = parse(body, self._around.limits)
        report = Report(request)
        for command in request.commands:
            if command.ref != MAIN:
                report.refuse(command.ref, Refused("only main can be pushed: merge into it first"))
            elif command.new == ZERO:
                report.refuse(MAIN, Refused("main cannot be deleted"))
        main = next((command for command in request.commands if command.ref == MAIN and command.new != ZERO), None)
        if main and len(request.commands) > 1 and b"atomic" in request.capabilities:
            report.refuse(MAIN, Refused("the push is atomic, and another name in it is refused"))
        elif main:
            self._move(main, request, body, pusher, report)
        return report.encode() if request.commands else b""

    def _move(self, command: Command, request: PushRequest, body: BinaryIO, pusher: Pusher, report: Report) -> None:
        around = self._around
        push_id = PushId(around.new_id("push"))
        try:
            with disk.told(), quarantine(self._repository.folder, push_id, around.store.lock_seconds) as aside:
                job = self._job(command, request, aside)
                found = around.inspect(job, body.fileno())
                if found.damage:
                    return report.damaged(found.damage)
                push = _push(push_id, pusher, job, command, found)
                plan = Landing(self._repository, push, job, self._mode).run()
        except Refused as error:
            return report.refuse(MAIN, error)
        except MemoryServiceError as error:
            if not isinstance(error, Unavailable):
                _log.exception("push %s failed", push_id)
            return report.refuse(MAIN, Refused(error.message))
        if plan.head.oid == plan.base.oid:
            return report.accept(MAIN, command.new, "main has these commits already: nothing was changed")
        self._record(push, plan)
        return report.accept(MAIN, plan.base.oid, _said(plan))

    def _job(self, command: Command, request: PushRequest, aside: Path) -> Job:
        around = self._around
        return Job(
            repository=self._repository.folder,
            aside=aside,
            pack_start=request.pack_start,
            tip=command.new,
            head=self._repository.main.read(),
            now=around.clock(),
            store=around.store,
            limits=around.limits,
        )

    def _record(self, push: Push, plan: Plan) -> None:
        record = PushRecord(
            id=push.id,
            org=self._org,
            key_id=push.pusher.key_id,
            old=CommitId(plan.base.oid.hex()),
            new=CommitId(plan.head.oid.hex()),
            commits=push.commits,
            at=self._around.clock(),
        )
        try:
            self._around.record(record)
        except Exception:  # noqa: BLE001 main has moved and stays; its log names the key too
            _log.exception("push %s is not recorded", push.id)


def _push(push_id: PushId, pusher: Pusher, job: Job, command: Command, found: Inspected) -> Push:
    if found.faults:
        raise refusal(found.faults, more=found.more)
    pack = None
    if found.pack:
        pack = Staged(job.aside / PACK, FinishedPack(found.pack, (job.aside / INDEX).read_bytes()))
    return Push(id=push_id, pusher=pusher, old=command.old, tip=command.new, commits=found.commits, pack=pack)


def _said(plan: Plan) -> str:
    if not plan.meanwhile:
        return ""
    commits = f"{plan.meanwhile} commit{'s' if plan.meanwhile > 1 else ''}"
    return f"Merged with {commits} made meanwhile, as {plan.head.oid.hex()[:10]}: git pull to see them"
