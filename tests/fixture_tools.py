"""Tools of kind ``integration`` that tests steer: two accounts, a run held at a gate, failures of every kind."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from memory_service.domain.calls import Call, JsonObject
from memory_service.domain.capabilities import Account, Capability, CapabilityKind, Outcome
from memory_service.domain.errors import (
    Conflict,
    Forbidden,
    InputInvalid,
    IntegrationFailed,
    IntegrationTimeout,
    Overloaded,
    QuotaExceeded,
    StorageFull,
)
from memory_service.domain.ids import OrgId

FAILURES: Mapping[str, Callable[[], Exception]] = {
    "forbidden": lambda: Forbidden("read this board"),
    "quota_exceeded": lambda: QuotaExceeded("The board", 10),
    "conflict": Conflict,
    "integration_failed": lambda: IntegrationFailed("the upstream answered with a page of HTML"),
    "integration_timeout": IntegrationTimeout,
    "overloaded": Overloaded,
    "storage_full": StorageFull,
    "internal_error": lambda: RuntimeError("password=hunter2"),
}
"""What ``board_fail`` raises, by the code that it is told."""

_SECONDS = 20
_LOOKS = 400
"""How often a held run looks at its deadline within that time."""


class Gate:
    """Holds one run of ``board_hold`` until it is let go, and makes it speak."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._orders: queue.Queue[str | None] = queue.Queue()
        self.runs = 0

    def checkpoint(self, summary: str) -> None:
        """Make the held run add a checkpoint."""
        self._orders.put(summary)

    def release(self) -> None:
        """Let the held run end, and those that come after it."""
        self._orders.put(None)

    def wait_entered(self) -> None:
        """Wait until a run stands at the gate."""
        assert self.entered.wait(_SECONDS), "the tool was never entered"

    def hold(self, call: Call) -> None:
        """Stand at the gate, as the tool."""
        self.runs += 1
        self.entered.set()
        while (order := self._order(call)) is not None:
            call.checkpoint(order)
        self._orders.put(None)

    def _order(self, call: Call) -> str | None:
        """The next order; while there is none, the deadline of the call is looked at, as a well-behaved tool does."""
        for _ in range(_LOOKS):
            call.check()
            with suppress(queue.Empty):
                return self._orders.get(timeout=_SECONDS / _LOOKS)
        raise TimeoutError("nobody has opened the gate")


class FixtureTools:
    """The tools of one test server, and the gates that tests hold them with."""

    def __init__(self) -> None:
        self._gates: defaultdict[str, Gate] = defaultdict(Gate)
        self._broken: set[str] = set()

    def gate(self, name: str) -> Gate:
        """The gate of that name; calls of ``board_hold`` name it in their input."""
        return self._gates[name]

    def capabilities(self, org: OrgId) -> Sequence[Capability]:
        """The tools of an organisation; its account ids bear its name, as ids of different owners differ."""
        north = Account(connected_account_id=f"acc_{org}_north", integration_id="crm", backend="fixture")
        south = Account(connected_account_id=f"acc_{org}_south", integration_id="crm", backend="fixture")
        board = Account(connected_account_id=f"acc_{org}_board", integration_id="board", backend="fixture")
        return [
            _tool("crm_search_people", _search_people, (north, south), {"name": "Name to look for."}),
            _tool("board_list", _list_cards, (board,), {"filter": "Any JSON."}),
            _tool("board_hold", self._hold, (board,), {"gate": "Which gate to stand at."}, read_only=False),
            _tool("board_fail", self._fail, (board,), {"code": "Which error to end in.", "once": "Fail only once."}),
            _tool(
                "board_post",
                self._fail,
                (board,),
                {"code": "Which error to end in.", "once": "Fail only once."},
                read_only=False,
                idempotent=False,
            ),
        ]

    def _hold(self, call: Call, tool_input: Mapping[str, Any]) -> Outcome:
        self.gate(tool_input["gate"]).hold(call)
        return Outcome(result={"held": tool_input["gate"]}, summary="Held")

    def _fail(self, call: Call, tool_input: Mapping[str, Any]) -> Outcome:
        once = tool_input.get("once")
        if once is None or once not in self._broken:
            self._broken.add(str(once))
            failure = FAILURES[tool_input["code"]]()
            raise failure
        return Outcome(result={"mended": once}, summary="Mended")


def _search_people(call: Call, tool_input: Mapping[str, Any]) -> Outcome:
    return Outcome(result={"account": call.connected_account_id, "input": dict(tool_input)}, summary="0 people")


def _list_cards(call: Call, tool_input: Mapping[str, Any]) -> Outcome:
    return Outcome(result={"account": call.connected_account_id, "input": dict(tool_input)}, summary="0 cards")


def _tool(
    name: str,
    handler: Callable[[Call, Any], Outcome],
    accounts: tuple[Account, ...],
    properties: Mapping[str, str],
    *,
    read_only: bool = True,
    idempotent: bool = True,
) -> Capability:
    def parse(tool_input: JsonObject) -> JsonObject:
        for member in tool_input:
            if member not in properties:
                raise InputInvalid(name, [{"field": member, "message": "is unknown", "rule": "unknown"}])
        return tool_input

    return Capability(
        name=name,
        kind=CapabilityKind.INTEGRATION,
        description=f"Fixture: {name}.",
        parameters={
            "type": "object",
            "properties": {member: {"description": text} for member, text in properties.items()},
            "additionalProperties": False,
        },
        parse=parse,
        handler=handler,
        read_only=read_only,
        idempotent=idempotent,
        accounts=accounts,
    )
