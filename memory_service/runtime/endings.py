"""How an execution ends: with what its handler did, or with an error.

A failure is kept with ``details.executionId``: it is put there once, here, and every surface shows it.

An error is worth a retry when the very same request may succeed and can do no harm. Most errors mean that nothing was
changed. A few leave that open; after these, a retry is harmless only when the capability is idempotent, or when the
request carries an idempotency key. The key is released when a retry shall run anew: after an error that is worth one
and is known to have changed nothing that a second run would change again. Otherwise the key keeps standing for the
failure, and a retry is answered with it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from memory_service.domain.capabilities import Capability, EffectUnknown, Outcome
from memory_service.domain.errors import IntegrationFailed, IntegrationTimeout, InternalError, MemoryServiceError
from memory_service.domain.executions import Execution, ExecutionStatus, Failure
from memory_service.domain.steps import Finish

_EFFECT_UNKNOWN = (InternalError, IntegrationFailed, IntegrationTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The end of an execution by an error."""

    failure: Failure
    release: bool
    """Whether its idempotency key is forgotten, so that a retry runs anew."""


Ending = Outcome | Failed


def failed(error: MemoryServiceError, execution: Execution, *, idempotent: bool, keyed: bool) -> Failed:
    """The end by an error that a handler raised; ``keyed`` says whether an idempotency key came with the request."""
    harmless = idempotent or not isinstance(error, _EFFECT_UNKNOWN)
    return Failed(
        failure=_failure(error, execution, retryable=error.retryable and (harmless or keyed)),
        release=error.retryable and harmless,
    )


def cut_off(what: str, capability: Capability, execution: Execution, *, keyed: bool) -> Ending:
    """The end of an execution that stopped somewhere on its way: the truth that it acts on tells how far it came.

    Raises:
        whatever ``capability.recall`` raises, except ``EffectUnknown``.
    """
    try:
        outcome = None if capability.read_only else capability.recall(execution)
    except EffectUnknown:
        error = InternalError(f"{what}; whether it changed anything is not known")
        return failed(error, execution, idempotent=capability.idempotent, keyed=keyed)
    if outcome is not None:
        return outcome
    return Failed(
        failure=_failure(InternalError(f"{what} before it changed anything"), execution, retryable=True), release=True
    )


def finish(execution: Execution, ending: Ending, at: datetime) -> Finish:
    """The end of an execution, ready to be kept."""
    if isinstance(ending, Failed):
        failed = replace(execution, status=ExecutionStatus.FAILED, finished_at=at, failure=ending.failure)
        return Finish(execution=failed, release_idempotency=ending.release)
    completed = replace(
        execution,
        status=ExecutionStatus.COMPLETED,
        finished_at=at,
        summary=ending.summary,
        result=ending.result,
        commit=ending.commit,
    )
    return Finish(execution=completed, seen=ending.seen)


def _failure(error: MemoryServiceError, execution: Execution, *, retryable: bool) -> Failure:
    return Failure(
        code=error.code,
        message=error.message,
        details={**error.details, "executionId": execution.id},
        retryable=retryable,
        retry_after=error.retry_after,
    )
