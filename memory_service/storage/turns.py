"""Calls from many threads, carried out in batches by one of them at a time."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from memory_service.domain.errors import InternalError, Overloaded

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class _Ticket(Generic[Asked, Answer]):
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.woken = threading.Event()
        self.leads = False
        self.outcome: Answer | Exception = InternalError()


class Turns(Generic[Asked, Answer]):
    """A queue whose waiting callers take turns in carrying out what waits: no thread of its own, no idle wait.

    ``carry_out`` gets what up to ``batch`` callers ask, in order of arrival, and answers each with a value or an
    exception, which its caller gets; what it raises, all of them get.
    """

    def __init__(
        self, carry_out: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], *, waiting: int, batch: int
    ) -> None:
        self._carry_out = carry_out
        self._limit = waiting
        self._batch = batch
        self._guard = threading.Lock()
        self._waiting: deque[_Ticket[Asked, Answer]] = deque()
        self._led = False

    def take(self, asked: Asked) -> Answer:
        """Have something carried out; returns once it is.

        Raises:
            Overloaded: too many wait.
        """
        ticket = _Ticket[Asked, Answer](asked)
        with self._guard:
            if len(self._waiting) >= self._limit:
                raise Overloaded("too many writes are waiting")
            self._waiting.append(ticket)
            ticket.leads, self._led = not self._led, True
        if not ticket.leads:
            ticket.woken.wait()
        if ticket.leads:
            self._lead()
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome

    def _lead(self) -> None:
        """Carry out one batch, the own call included, since it is the first that waits; then hand on the lead."""
        with self._guard:
            tickets = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
        try:
            outcomes = self._carry_out([ticket.asked for ticket in tickets])
            for ticket, outcome in zip(tickets, outcomes, strict=True):
                ticket.outcome = outcome
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            for ticket in tickets:
                ticket.outcome = error
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                self._led = following is not None
            for ticket in tickets:
                ticket.woken.set()
            if following:
                following.leads = True
                following.woken.set()
