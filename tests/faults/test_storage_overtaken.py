"""The journal is emptied beside the writer: what is only on its way is not taken for what is there."""

import threading
from pathlib import Path

import pytest

from memory_service.domain.errors import Overloaded
from memory_service.storage import Repositories, disk
from memory_service.storage.locks import held
from tests.clocks import ManualClock
from tests.edits import append
from tests.faults.power import losses, watched
from tests.faults.storage_faults import ACME, NOTE, hooked, label_of, made_store, note_of

ROUNDS = 20_000
"""More looks than a thread ever needs to come to the writer's turn; each waits a millisecond."""


def waits_for_a_turn(repository: Path) -> bool:
    """Whether somebody waits for the writer's turn, as the first in the queue."""
    try:
        with held(repository / "turn.lock", 0):
            return False
    except Overloaded:
        return True


def a_line_beside_a_checkpoint(root: Path, moment: str) -> None:
    """Write a line, and let a checkpoint begin at some moment of it and go on until it has to wait for the writer."""
    store = Repositories(root, ManualClock())
    with store.opened(ACME) as repository:
        checkpoint = threading.Thread(target=repository.publisher.checkpoint)
    before = disk.before

    def begin(operation: str, path: Path) -> None:
        before(operation, path)
        if label_of(operation, path) == moment and not checkpoint.ident:
            checkpoint.start()
            pause = threading.Event()
            for _ in range(ROUNDS):
                if waits_for_a_turn(root / "acme.git"):
                    return
                pause.wait(0.001)
            raise AssertionError("the checkpoint does not wait for the writer")

    with hooked(begin):
        store.write(ACME, append(NOTE, b"second\n"))
        checkpoint.join()


@pytest.mark.parametrize("moment", ["sync journal", "rename .pack", "rename .idx", "link .lock", "rename main"])
def test_a_record_that_is_being_carried_out_is_kept_until_what_it_says_is_durable(tmp_path: Path, moment: str) -> None:
    root = tmp_path / "orgs"
    made_store(root)
    end = watched(root, lambda acknowledge: a_line_beside_a_checkpoint(root, moment))[-1]
    for number, loss in enumerate(losses(0)):
        left = tmp_path / f"{number}" / "orgs"
        left.parent.mkdir()
        loss.leave(end, left)
        store = Repositories(left, ManualClock())
        assert note_of(store) == b"first\nsecond\n", loss.name
        assert store.verify(ACME) == []
