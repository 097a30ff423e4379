"""A family of capabilities whose runs a test steers."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from memory_service.domain.calls import Call, JsonObject
from memory_service.domain.capabilities import Account, Capability, CapabilityKind, Outcome
from memory_service.domain.ids import OrgId

SECONDS = 10
"""How long anything that a test waits for may take before the test fails."""


def echo(call: Call, argument: Any) -> Outcome:
    """Answers what it was given, and through which account."""
    return Outcome(result={"input": dict(argument), "account": call.connected_account_id}, summary="Echoed")


def taken_as_it_is(tool_input: JsonObject) -> JsonObject:
    """A ``parse`` that refuses nothing."""
    return tool_input


ECHO = Capability(
    name="echo",
    kind=CapabilityKind.MEMORY,
    description="Answers its input.",
    parameters={"type": "object", "properties": {}},
    parse=taken_as_it_is,
    handler=echo,
    read_only=True,
    idempotent=True,
)

CHANGING = replace(ECHO, name="change", read_only=False, idempotent=False)
"""Not worth a second try without an idempotency key, and without a trace of what it did."""


def named(name: str, handler: Callable[[Call, Any], Outcome], like: Capability = ECHO, **changes: Any) -> Capability:
    """A capability with a handler of its own."""
    return replace(like, name=name, handler=handler, **changes)


def failing(error: Exception) -> Callable[[Call, Any], Outcome]:
    """A handler that raises."""

    def handler(call: Call, argument: Any) -> Outcome:
        raise error

    return handler


def checkpointing(*summaries: str) -> Callable[[Call, Any], Outcome]:
    """A handler that tells how far it has come."""

    def handler(call: Call, argument: Any) -> Outcome:
        for summary in summaries:
            call.checkpoint(summary)
        return echo(call, argument)

    return handler


class Gate:
    """A handler that stands still, once entered, until it is let go."""

    def __init__(self, handler: Callable[[Call, Any], Outcome] = echo) -> None:
        self._handler = handler
        self._entered = threading.Semaphore(0)
        self._open = threading.Event()
        self.calls: list[Call] = []

    def __call__(self, call: Call, argument: Any) -> Outcome:
        self.calls.append(call)
        self._entered.release()
        assert self._open.wait(SECONDS), "the gate was never opened"
        return self._handler(call, argument)

    def wait_entered(self) -> None:
        """Wait until one more run stands at the gate."""
        assert self._entered.acquire(timeout=SECONDS), "the tool was never entered"

    def open(self) -> None:
        """Let every run go, those at the gate and those that come."""
        self._open.set()


def account(account_id: str, integration_id: str) -> Account:
    """A connected account."""
    return Account(connected_account_id=account_id, integration_id=integration_id, backend="fixture")


def integrations(org: OrgId) -> Sequence[Capability]:
    """An organisation's own: a calendar on two accounts (acme) or on one (others), and a board on one."""
    prefix = "acc" if org == "acme" else f"acc_{org}"
    calendars = [account(f"{prefix}_1", "calendar"), account(f"{prefix}_2", "calendar")]
    return [
        named(
            "calendar_create_event",
            echo,
            CHANGING,
            kind=CapabilityKind.INTEGRATION,
            accounts=tuple(calendars if org == "acme" else calendars[:1]),
        ),
        named("board_list", echo, kind=CapabilityKind.INTEGRATION, accounts=(account(f"{prefix}_3", "board"),)),
    ]
