"""What belongs to another organisation answers, byte for byte, what does not exist."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.flows.addresses import EXECUTION, SESSION
from tests.runtime_client import RuntimeClient
from tests.service_fixtures import RunningService


@dataclass(frozen=True)
class Things:
    """Names by which a client asks for things, its own or another's."""

    session: str
    execution: str
    path: str
    word: str
    idempotency_key: str
    account: str


NOTHING = Things(SESSION, EXECUTION, "/absent/plans.md", "wobbleframp", "key-00000000", "acc_org-00_north")

Ask = Callable[[RuntimeClient, Things], httpx.Response]


def _once(client: RuntimeClient, things: Things) -> httpx.Response:
    headers = {"Idempotency-Key": things.idempotency_key}
    return client.call("memory_ls", {"path": "/"}, headers=headers)


CASES: dict[str, tuple[int, Ask]] = {
    "session": (404, lambda client, things: client.get(f"/sessions/{things.session}")),
    "session capabilities": (404, lambda client, things: client.get(f"/sessions/{things.session}/capabilities")),
    "session executions": (404, lambda client, things: client.get(f"/sessions/{things.session}/executions")),
    "session invoke": (404, lambda client, things: client.post(f"/sessions/{things.session}/tools/memory_ls")),
    "invoke with session": (404, lambda client, things: client.call("memory_ls", sessionId=things.session)),
    "archive": (404, lambda client, things: client.post(f"/sessions/{things.session}/archive")),
    "execution": (404, lambda client, things: client.get(f"/executions/{things.execution}")),
    "events": (404, lambda client, things: client.get(f"/executions/{things.execution}/events")),
    "file": (404, lambda client, things: client.call("memory_read", {"path": things.path})),
    "folder": (404, lambda client, things: client.call("memory_ls", {"path": things.path.rpartition("/")[0]})),
    "search hit": (200, lambda client, things: client.call("memory_search", {"query": things.word})),
    "search folder": (
        200,
        lambda client, things: client.call("memory_search", {"query": things.word, "path": "/secret"}),
    ),
    "idempotency key": (200, _once),
    "account": (404, lambda client, things: client.call("crm_search_people", connectedAccountId=things.account)),
}


@dataclass(frozen=True)
class Owner:
    """An organisation that has one of each thing."""

    client: RuntimeClient
    things: Things


@pytest.fixture(scope="module")
def owner(running: RunningService) -> Owner:
    """The owner of the things that a stranger asks for."""
    org = running.organisation()
    client = org.client()
    session = client.session(title="Secret plans")
    written = client.invoke(
        "memory_write", {"path": "/secret/plans.md", "content": "The zanzibarium."}, sessionId=session
    )
    things = Things(
        session, written["executionId"], "/secret/plans.md", "zanzibarium", "key-12345678", f"acc_{org.name}_north"
    )
    assert _once(client, things).status_code == 200
    return Owner(client, things)


@pytest.mark.requirement(
    "isolation.session",
    "isolation.execution",
    "isolation.events",
    "isolation.file",
    "isolation.search",
    "isolation.idempotency",
    "isolation.account",
)
@pytest.mark.parametrize("case", CASES)
def test_what_another_owns_answers_what_does_not_exist(owner: Owner, shared_client: RuntimeClient, case: str) -> None:
    status, ask = CASES[case]
    missing = ask(shared_client, NOTHING)
    foreign = ask(shared_client, owner.things)
    assert missing.status_code == status
    assert _neutral(foreign, owner.things) == _neutral(missing, NOTHING)
    assert "idempotency-replayed" not in foreign.headers


@pytest.mark.requirement("isolation.session", "isolation.execution", "isolation.file", "isolation.search")
@pytest.mark.parametrize("case", [case for case in CASES if case != "archive"])
def test_the_owner_is_answered_otherwise(owner: Owner, case: str) -> None:
    _, ask = CASES[case]
    assert _neutral(ask(owner.client, owner.things), owner.things) != _neutral(ask(owner.client, NOTHING), NOTHING)


@pytest.mark.requirement("isolation.session")
def test_a_stranger_does_not_archive_a_session(owner: Owner, shared_client: RuntimeClient) -> None:
    CASES["archive"][1](shared_client, owner.things)
    assert owner.client.get(f"/sessions/{owner.things.session}").json()["session"]["status"] == "active"


@pytest.mark.requirement("isolation.file")
def test_the_version_of_a_foreign_file_shows_nothing_of_it(owner: Owner, running: RunningService) -> None:
    stranger = running.organisation().client()
    stranger.result("memory_write", path="/own.md", content="Mine.")
    foreign = owner.client.result("memory_read", path=owner.things.path)["version"]
    answers = [
        stranger.call("memory_write", {"path": "/own.md", "content": "Ours.", "expectedVersion": version})
        for version in (foreign, "0" * 40)
    ]
    assert [_neutral(answer, NOTHING) for answer in answers[:1]] == [
        _neutral(answer, NOTHING) for answer in answers[1:]
    ]
    assert answers[0].json()["code"] == "version_mismatch"


@pytest.mark.requirement("isolation.session")
def test_a_list_of_sessions_holds_only_ones_own(owner: Owner, running: RunningService) -> None:
    stranger = running.organisation().client()
    mine = stranger.session()
    assert [session["id"] for session in stranger.get("/sessions").json()["sessions"]] == [mine]


@pytest.mark.requirement("isolation.file")
def test_a_name_close_to_a_foreign_file_is_not_suggested(owner: Owner, shared_client: RuntimeClient) -> None:
    answer = shared_client.call("memory_read", {"path": "/secret/plan.md"})
    assert answer.json()["details"]["similar"] == []


def _neutral(answer: httpx.Response, things: Things) -> tuple[int, dict[str, str], bytes]:
    """An answer without what differs between any two: request and execution ids, times, and the name asked for."""
    volatile = {"date", "content-length", "x-request-id", "ratelimit", "ratelimit-policy", "retry-after"}
    headers = {name: value for name, value in answer.headers.items() if name not in volatile}
    text = answer.text
    for name in (things.session, things.execution, things.path.rpartition("/")[0], things.account):
        text = text.replace(name, "ASKED")
    text = re.sub(r"(session|exec|run|req|runtime)_[0-9A-Za-z]+", r"\1_ID", text)
    return answer.status_code, headers, re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text).encode()
