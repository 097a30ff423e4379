"""What every store of the runtime does with idempotency keys, in memory and in a database."""

from dataclasses import replace

import pytest

from memory_service.domain.ids import KeyId
from memory_service.domain.steps import Earlier, IdempotencyKey
from memory_service.runtime.ports import RuntimeStore
from tests.records import (
    ACME,
    RIVAL,
    at,
    checkpoint,
    completed,
    execution,
    finish,
    idempotency,
    session,
    start,
)


def test_an_idempotency_key_that_is_taken_answers_the_earlier_execution_and_keeps_nothing(store: RuntimeStore) -> None:
    first, second = session(1), session(3)
    earlier = start(execution(2, first), new_session=first, idempotency=idempotency("once", fingerprint=b"1" * 32))
    store.begin(earlier)
    repeated = start(execution(4, second), new_session=second, idempotency=idempotency("once", fingerprint=b"2" * 32))
    known = Earlier(execution=earlier.execution, fingerprint=b"1" * 32)
    assert store.begin(repeated) == (replace(first, updated_at=at(2)), known)
    assert store.earlier(idempotency("once")) == known
    assert store.execution(ACME, repeated.execution.id) is None
    assert store.session(ACME, second.id) is None


def test_an_idempotency_key_answers_even_when_its_session_has_been_archived(store: RuntimeStore) -> None:
    kept = session(1)
    begun = start(execution(2, kept), new_session=kept, idempotency=idempotency("once"))
    store.begin(begun)
    archived = store.archive_session(ACME, kept.id, at(3))
    answered, earlier = store.begin(start(execution(4, kept), idempotency=idempotency("once")))
    assert answered == archived
    assert earlier is not None
    assert earlier.execution == begun.execution


@pytest.mark.parametrize(
    "other",
    [
        idempotency("once", org=RIVAL),
        idempotency("once", key=KeyId("key_2")),
        idempotency("once", tool="memory_append"),
        idempotency("twice"),
    ],
)
def test_an_idempotency_key_is_another_in_another_scope(store: RuntimeStore, other: IdempotencyKey) -> None:
    first, second = session(1), session(2, other.org)
    store.begin(start(execution(3, first), new_session=first, idempotency=idempotency("once")))
    _, earlier = store.begin(start(execution(4, second), new_session=second, idempotency=other))
    assert earlier is None


def test_an_idempotency_key_can_be_released_with_the_end(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh, idempotency=idempotency("once"))
    store.begin(begun)
    store.finish(finish(completed(begun.execution, at(3)), release_idempotency=True))
    assert store.earlier(idempotency("once")) is None
    _, earlier = store.begin(start(execution(4, fresh), idempotency=idempotency("once")))
    assert earlier is None


def test_an_idempotency_key_answers_the_end_of_its_execution(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh, idempotency=idempotency("once"))
    store.begin(begun)
    ended = completed(begun.execution, at(3))
    store.finish(finish(ended))
    assert store.earlier(idempotency("once")) == Earlier(execution=ended, fingerprint=b"f" * 32)


def test_checkpoints_and_idempotency_keys_of_what_ended_long_ago_are_forgotten(store: RuntimeStore) -> None:
    fresh = session(1)
    store.create_session(fresh)
    old, new, running = (execution(number, fresh) for number in (10, 11, 12))
    for begun in (old, new, running):
        store.begin(start(begun, idempotency=idempotency(begun.id)))
        store.add_checkpoint(checkpoint(begun, 4))
    store.finish(finish(completed(old, at(20))))
    store.finish(finish(completed(new, at(30))))
    assert store.expire(at(30)) == 1
    assert store.course(old.id, 0) is None
    assert store.earlier(idempotency(old.id)) is None
    assert store.execution(ACME, old.id) == completed(old, at(20))
    for kept in (new, running):
        course = store.course(kept.id, 0)
        assert course is not None
        assert list(course.checkpoints) == [checkpoint(kept, 4)]
    assert store.earlier(idempotency(new.id)) is not None
    assert store.expire(at(30)) == 0
