"""Calls from many threads, carried out in batches by one of them at a time."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from memory_service.domain.errors import InternalError, Overloaded
from memory_service.domain.lanes import Lanes, Places

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class _Ticket(Generic[Asked, Answer]):
    def __init__(self, asked: Asked, lane: Sequence[str]) -> None:
        self.asked = asked
        self.lane = lane
        self.woken = threading.Lock()  # held until its owner is to go on: an Event costs twice as much
        self.woken.acquire()
        self.leads = False
        self.outcome: Answer | Exception = InternalError()


class Turns(Generic[Asked, Answer]):
    """A queue whose waiting callers take turns in carrying out what waits: no thread of its own, no idle wait.

    ``carry_out`` gets what up to ``batch`` callers ask, those of one lane in order of arrival, and answers each with a
    value or an exception, which its caller gets; what it raises, all of them get.
    """

    def __init__(
        self, carry_out: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], *, waiting: int, batch: int
    ) -> None:
        self._carry_out = carry_out
        self._batch = batch
        self._guard = threading.Lock()
        self._places = Places(waiting)
        self._waiting = Lanes[_Ticket[Asked, Answer]]()
        self._led = False

    def take(self, asked: Asked, lane: Sequence[str] = ()) -> Answer:
        """Have something carried out; returns once it is. Where many wait, their lanes take turns: see ``Lanes``.

        Raises:
            Overloaded: too many wait.
        """
        ticket = _Ticket[Asked, Answer](asked, lane)
        with self._guard:
            if not self._led:
                self._led = ticket.leads = True
            elif self._places.take(lane):
                self._waiting.put(lane, ticket)
            else:
                raise Overloaded("too many writes are waiting")
        if not ticket.leads:
            ticket.woken.acquire()
        if ticket.leads:
            self._lead(ticket)
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome

    def _lead(self, own: _Ticket[Asked, Answer]) -> None:
        """Carry out one batch, the own call first; then hand on the lead."""
        with self._guard:
            tickets = [own, *self._called(self._batch - 1)]
        try:
            outcomes = self._carry_out([ticket.asked for ticket in tickets])
            for ticket, outcome in zip(tickets, outcomes, strict=True):
                ticket.outcome = outcome
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            for ticket in tickets:
                ticket.outcome = error
        finally:
            with self._guard:
                following = self._called(1)
                self._led = bool(following)
            for ticket in following:
                ticket.leads = True
            for ticket in (*tickets[1:], *following):
                ticket.woken.release()

    def _called(self, most: int) -> list[_Ticket[Asked, Answer]]:
        """Those whose turn it is; their places are free."""
        tickets = self._waiting.take(most)
        for ticket in tickets:
            self._places.give_back(ticket.lane)
        return tickets
